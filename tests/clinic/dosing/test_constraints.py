"""What may never be false in any row, and that rows are only ever added."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from tests.clinic.dosing.scene import BASELINE, HOUR, PLANNED

from kapstone.clinic.dosing.entries import as_json
from kapstone.clinic.dosing.models import (
    AdverseEvent,
    AdverseEventReview,
    CheckAnswer,
    DoseGiven,
    DoseLease,
    DoseOrder,
    DosingSession,
    EventReceipt,
    HomeLetter,
    RoomDevice,
    SessionEntry,
    SessionSignature,
)


@pytest.fixture
def row(scene):
    return {
        "clinic": scene.clinic,
        "subjects": scene.patient.alone,
        "recorded_at": PLANNED,
        "recorded_by": scene.nurse,
    }


def entry(scene, row, **change):
    given = {
        "session": scene.session,
        "kind": "vitals",
        "payload": as_json(BASELINE),
        "observed_at": PLANNED,
        "device_at": PLANNED,
    }
    return SessionEntry.objects.create(**(row | given | change))


def dose(scene, row, **change):
    given = {
        "session": scene.session,
        "product": "racemic",
        "route": "IM",
        "amount_mg": Decimal(53),
        "weight_kg": Decimal(81),
        "given_at": PLANNED,
    }
    change.setdefault("entry", entry(scene, row, kind="dose"))
    return DoseGiven.objects.create(**(row | given | change))


def order(scene, row, **change):
    given = {
        "course": scene.course,
        "number": 1,
        "product": "racemic",
        "route": "IM",
        "amount_mg": Decimal(53),
        "max_session_mg": Decimal(53),
        "weight_kg": Decimal(81),
        "weighed_at": PLANNED,
        "rationale": "start-low",
        "signed_at": PLANNED,
    }
    return DoseOrder.objects.create(**(row | given | change))


def signature(scene, row, **change):
    given = {
        "session": scene.session,
        "meaning": "gate",
        "printed_name": "Nurse",
        "role": "nurse",
        "signed_at": PLANNED,
    }
    return SessionSignature.objects.create(**(row | given | change))


def adverse(scene, row, **change):
    given = {"session": scene.session, "term": "nausea", "grade": 2, "began_at": PLANNED}
    return AdverseEvent.objects.create(**(row | given | change))


def review(scene, row, **change):
    given = {
        "event": change.pop("event", None) or adverse(scene, row),
        "relatedness": "possible",
        "is_expected": True,
        "outcome": "resolved",
        "words": "Seen with the team.",
        "is_closed": False,
        "reviewed_at": PLANNED,
    }
    return AdverseEventReview.objects.create(**(row | given | change))


def letter(scene, row, **change):
    given = {
        "session": scene.session,
        "sheet": "standard.v1",
        "text": "No driving.",
        "text_sha256": "0" * 64,
        "given_at": PLANNED,
    }
    return HomeLetter.objects.create(**(row | given | change))


@pytest.mark.parametrize(
    ("make", "change", "name"),
    [
        (order, {"amount_mg": Decimal(0)}, "order_is_above_zero"),
        (order, {"weight_kg": Decimal(0)}, "order_is_above_zero"),
        (order, {"max_session_mg": Decimal(52)}, "order_is_within_its_own_maximum"),
        (entry, {"kind": "correction"}, "a_correction_names_what_it_corrects"),
        (dose, {"amount_mg": Decimal(0)}, "dose_is_above_zero_unless_it_corrects"),
        (dose, {"amount_mg": Decimal(-1)}, "dose_is_above_zero_unless_it_corrects"),
        (dose, {"given_at": PLANNED + HOUR}, "dose_is_recorded_after_it_is_given"),
        (adverse, {"grade": 0}, "grade_is_1_to_5"),
        (adverse, {"grade": 6}, "grade_is_1_to_5"),
    ],
)
def test_the_database_itself_refuses(scene, row, make, change, name):
    make(scene, row)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make(scene, row, **change)


def test_one_person_signs_one_meaning_once(scene, row):
    signature(scene, row)
    signature(scene, row, meaning="discharge")
    with (
        pytest.raises(IntegrityError, match="one_signature_of_a_person_for_a_meaning"),
        transaction.atomic(),
    ):
        signature(scene, row)


def test_an_adverse_event_is_closed_once(scene, row):
    event = adverse(scene, row)
    review(scene, row, event=event)
    review(scene, row, event=event, is_closed=True)
    with (
        pytest.raises(IntegrityError, match="one_review_closes_an_adverse_event"),
        transaction.atomic(),
    ):
        review(scene, row, event=event, is_closed=True)


def test_an_entry_is_corrected_by_one_entry(scene, row):
    old = entry(scene, row)
    entry(scene, row, kind="correction", supersedes=old)
    with pytest.raises(IntegrityError), transaction.atomic():
        entry(scene, row, kind="correction", supersedes=old)


def test_a_dose_is_corrected_by_one_dose_and_may_then_be_none(scene, row):
    old = dose(scene, row)
    dose(scene, row, corrects=old, amount_mg=Decimal(0))
    with pytest.raises(IntegrityError), transaction.atomic():
        dose(scene, row, corrects=old, amount_mg=Decimal(1))


def test_an_id_is_used_once(scene, row):
    old = entry(scene, row)
    with pytest.raises(IntegrityError), transaction.atomic():
        entry(scene, row, entry_id=old.entry_id)


@pytest.mark.parametrize(
    ("make", "field", "value"),
    [
        (entry, "observed_at", PLANNED - HOUR),
        (dose, "amount_mg", Decimal(50)),
        (order, "amount_mg", Decimal(50)),
        (signature, "printed_name", "Somebody"),
        (adverse, "grade", 1),
        (review, "is_closed", True),
        (letter, "text", "Drive."),
    ],
)
def test_no_row_is_ever_changed(scene, row, make, field, value):
    made = make(scene, row)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        type(made).objects.filter(pk=made.pk).update(**{field: value})


@pytest.mark.parametrize(
    "model",
    [
        AdverseEvent,
        AdverseEventReview,
        CheckAnswer,
        DoseGiven,
        DoseOrder,
        DosingSession,
        HomeLetter,
        SessionEntry,
        SessionSignature,
    ],
)
def test_no_row_is_ever_deleted(scene, row, model):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        model.objects.all()._raw_delete("default")


def test_an_order_is_taken_back_once_and_for_good(scene, row):
    made = order(scene, row)
    made.revoked_at = PLANNED
    made.save(update_fields=["revoked_at"])
    made.revoked_at = PLANNED + timedelta(days=1)
    with pytest.raises(Exception, match="written once"), transaction.atomic():
        made.save(update_fields=["revoked_at"])


# --- Tablets


def lease(scene, row, **change):
    given = {
        "session": scene.session,
        "number": 1,
        "device_id": UUID(int=1),
        "order": scene.order(),
        "most_mg": Decimal(53),
        "granted_at": PLANNED,
        "expires_at": PLANNED + HOUR,
    }
    return DoseLease.objects.create(**(row | given | change))


def receipt(scene, row, **change):
    given = {
        "session": scene.session,
        "device_id": UUID(int=1),
        "device_seq": 1,
        "mark": 1,
        "event_id": UUID(int=2),
        "fingerprint": "0" * 64,
        "prev_hash": "0" * 64,
        "is_hand_timed": False,
        "wall_ms": 0,
        "mono_ms": 0,
        "status": "held",
        "sent": {},
    }
    return EventReceipt.objects.create(**(row | given | change))


def test_a_person_opens_the_room_on_a_tablet_once(scene, row):
    given = {"session": scene.session, "device_id": UUID(int=1), "storage": "persistent"}
    RoomDevice.objects.create(**row, **given)
    with pytest.raises(IntegrityError, match="opens_the_room"):
        RoomDevice.objects.create(**row, **given)


def test_one_lease_has_a_number(scene, row):
    order = lease(scene, row).order
    with pytest.raises(IntegrityError, match="one_lease_has_a_number"):
        lease(scene, row, order=order)


def test_a_lease_ends_after_it_starts(scene, row):
    with pytest.raises(IntegrityError, match="ends_after_it_starts"):
        lease(scene, row, expires_at=PLANNED)


def test_an_event_is_received_once(scene, row):
    receipt(scene, row)
    with pytest.raises(IntegrityError, match="received_once"):
        receipt(scene, row)


@pytest.mark.parametrize("wrong", [{"sent": None}, {"status": "saved"}, {"status": "else"}])
def test_an_event_is_in_the_record_or_held_whole(scene, row, wrong):
    with pytest.raises(IntegrityError, match="in_the_record_or_held"):
        receipt(scene, row, **wrong)


def test_who_looked_and_when_are_said_together(scene, row):
    with pytest.raises(IntegrityError, match="who_looked_and_when"):
        receipt(scene, row, looked_at=PLANNED)


def test_one_entry_has_a_commit_number(scene, row):
    entry(scene, row, commit_no=1)
    with pytest.raises(IntegrityError, match="one_entry_has_a_commit_number"):
        entry(scene, row, commit_no=1)
