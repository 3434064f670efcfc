"""The tests' own databases are what they claim: fenced, used by the app's role, and copied."""

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from tests import databases

from kapstone.core.people.models import Clinic
from kapstone.site import checks


@pytest.mark.django_db
def test_tests_run_as_the_role_that_owns_nothing():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("kapstone_app",)


@pytest.mark.django_db
def test_a_migrated_database_passes_every_database_check():
    assert checks.check_database(None, databases=["default"]) == []


@pytest.mark.django_db
def test_the_app_may_not_take_down_a_fence():
    statement = "ALTER TABLE people_patient NO FORCE ROW LEVEL SECURITY"
    with (
        pytest.raises(ProgrammingError, match="must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_test_with_its_own_database_keeps_what_it_commits(own_database):
    Clinic.objects.create(slug="kept", name="Kept", phone="1")
    connection.close()
    assert Clinic.objects.filter(slug="kept").exists()
    assert connection.settings_dict["NAME"] == own_database


@pytest.mark.django_db
def test_what_another_test_committed_is_not_here():
    assert not Clinic.objects.filter(slug="kept").exists()


def test_copies_differ_and_can_be_dropped(django_db_blocker, django_test_environment):
    with django_db_blocker.unblock():
        one, other = databases.copy(), databases.copy()
        assert one != other
        for name in (one, other):
            databases.drop(name)
            with pytest.raises(psycopg.OperationalError, match="does not exist"):
                psycopg.connect(databases.postgres.ensure().conninfo(database=name))
