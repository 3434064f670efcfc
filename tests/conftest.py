"""The database and the served clinic that every test may ask for."""

from collections.abc import Iterator

import pytest

pytest_plugins = ["tests.serving", "tests.figures"]


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker) -> Iterator[None]:
    """Connect as the app's role to a fresh copy of the migrated database."""
    from tests import databases

    with django_db_blocker.unblock():
        name = databases.copy()
        with databases.connected_to(name):
            yield
        databases.drop(name)


@pytest.fixture
def own_database(django_test_environment, django_db_blocker) -> Iterator[str]:
    """
    Give one test a database of its own, in which what it commits stays.

    For tests of locks, of several connections, and of what survives a rollback. Not together
    with ``db``; and pytest-django's ``transactional_db`` does not work here, since it empties
    tables afterwards, which the app's role may not.
    """
    from tests import databases

    with django_db_blocker.unblock():
        name = databases.copy()
        with databases.connected_to(name):
            yield name
        databases.drop(name)
