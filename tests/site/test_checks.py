"""The database's checks: each planted fault is found, and by its own name."""

import psycopg
import pytest
from django.db import connection
from tests import databases

from kapstone.site import checks, postgres


def plant(database: str, *statements: str) -> None:
    """Break the database as only its owner or a superuser could."""
    address = postgres.ensure().conninfo(user=postgres.SUPERUSER, database=database)
    with psycopg.connect(address, autocommit=True) as direct:
        for statement in statements:
            direct.execute(statement)


def found() -> list[str]:
    connection.close()
    return [message.id for message in checks.check_database(None, databases=["default"])]


def test_a_sound_database_passes(own_database):
    assert found() == []


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("ALTER TABLE people_patient NO FORCE ROW LEVEL SECURITY", ["site.E008"]),
        ("ALTER TABLE people_patient DISABLE ROW LEVEL SECURITY", ["site.E008"]),
        ("ALTER TABLE people_patient OWNER TO kapstone_app", ["site.E007"]),
        ("ALTER DATABASE {name} SET synchronous_commit = off", ["site.E009"]),
    ],
)
def test_a_planted_fault_is_found(own_database, statement, codes):
    plant(own_database, statement.format(name=own_database))
    assert found() == codes


def test_serving_as_the_owner_is_refused(own_database):
    with databases.connected_to(own_database, user=postgres.OWNER):
        assert [message.id for message in checks.check_database(None, ["default"])] == [
            "site.E007"
        ]


def test_serving_as_a_superuser_is_refused(own_database):
    with databases.connected_to(own_database, user=postgres.SUPERUSER):
        codes = [message.id for message in checks.check_database(None, ["default"])]
    assert "site.E006" in codes


def test_without_a_database_named_nothing_is_asked():
    assert checks.check_database(None, databases=None) == []
