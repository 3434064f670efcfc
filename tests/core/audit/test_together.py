"""Many rows in one statement are the rows that one by one would be written."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, transaction
from tests.builders import make_clinic

from kapstone.core.access.fences import stand_in
from kapstone.core.audit.models import AuditEntry
from kapstone.core.audit.together import insert_all, insert_columns

AT = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def clinic(db):
    made = make_clinic()
    stand_in(clinic_id=made.pk, user_id=None)
    return made


def entry(clinic, number, **change):
    told = {
        "clinic_id": clinic.pk,
        "at": AT,
        "by": f"nurse-{number}",
        "by_id": None,
        "deed": "entry-written",
        "record": 'it\'s \\ a "test" %s',
        "subjects": [number, 7],
        "detail": {"words": "§ %s", "none": None, "deep": {"list": [1, "a", True]}},
    }
    return AuditEntry(**{**told, **change})


def test_rows_come_back_as_they_were_and_in_their_order(clinic):
    rows = [entry(clinic, number) for number in range(250)]
    insert_all(rows)
    kept = AuditEntry.objects.order_by("pk")
    fields = [field.attname for field in AuditEntry._meta.concrete_fields]
    told = [[getattr(row, name) for name in fields] for row in rows]
    assert [[getattr(row, name) for name in fields] for row in kept] == told
    assert len({row.pk for row in rows}) == 250


def test_nothing_is_written_of_what_cannot_be_said(clinic):
    insert_all([])
    assert insert_columns(AuditEntry, []) == []
    with pytest.raises(TypeError, match="set is not written"):
        insert_all([entry(clinic, 1), entry(clinic, 2, detail={1})])
    with pytest.raises(DataError), transaction.atomic():
        insert_all([entry(clinic, 1), entry(clinic, 2, deed="x" * 65)])
    assert not AuditEntry.objects.exists()
