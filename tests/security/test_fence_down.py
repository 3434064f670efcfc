"""With the fence down the clinics are not apart: the drill of tenants can fail (F06)."""

from django.db import connection, transaction
from django.utils import timezone
from tests import databases
from tests.core.access.sweep.building import build

from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Clinic, Patient
from kapstone.site import postgres


def patients_seen_from(slug):
    with transaction.atomic():
        stand_in(clinic_id=Clinic.objects.get(slug=slug).pk, user_id=None)
        return Patient.objects.count()


def test_only_the_database_fence_stands_between_two_clinics_rows(own_database):
    with transaction.atomic():
        build(timezone.now())
    assert patients_seen_from("elm") == 1
    with databases.connected_to(own_database, user=postgres.SUPERUSER):
        assert patients_seen_from("elm") == 4


def test_the_fence_is_set_for_a_transaction_and_never_for_a_session(own_database):
    with transaction.atomic():
        stand_in(clinic_id=1, user_id=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('kapstone.clinic', true)")
        assert not cursor.fetchone()[0]
