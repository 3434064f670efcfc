"""The world of the sweep as a fixture: built once for a module, undone with it."""

import pytest
from django.db import transaction
from django.utils import timezone
from tests.core.access.sweep.building import build


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Build the world once; whoever knocks undoes what the knock wrote."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build(timezone.now())
        transaction.set_rollback(True)
