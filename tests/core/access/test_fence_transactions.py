"""A fence lasts as long as its transaction, and never a moment longer."""

import pytest
from django.db import connection, transaction

from kapstone.core.access.fences import stand_in


def one(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def test_the_fence_falls_with_the_transaction(own_database):
    with transaction.atomic():
        stand_in(clinic_id=1, user_id=2)
        assert one("SELECT kapstone_clinic()") == (1,)
    assert one("SELECT kapstone_clinic()") == (None,)


def test_a_fence_outside_a_transaction_is_refused(own_database):
    with pytest.raises(transaction.TransactionManagementError):
        stand_in(clinic_id=1, user_id=1)
