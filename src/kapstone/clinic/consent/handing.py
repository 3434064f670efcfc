"""Hand a tablet to a patient in the clinic, take it back, and say whether it still holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from kapstone.clinic.consent.models import ConsentHandover
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.models import Patient, User
from kapstone.core.people.repeats import first_written
from kapstone.errors import NotAllowed

# Judgement: the form is read in a quarter of an hour; with questions it takes most of a visit.
HANDOVER_HOLDS = timedelta(minutes=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a consent is signed: on which device, and whether it was handed over."""

    device: str = ""
    handover: ConsentHandover | None = None


OWN_DEVICE = Place()


@transaction.atomic
def hand_over(
    *, by: User, at: datetime, patient: Patient, entry_id: UUID | None = None
) -> ConsentHandover:
    """
    Hand a tablet to the patient who is here, as the witness of what they choose and sign.

    Raises
    ------
    NotAllowed
        If the policy does not let this user witness for the patient.
    """
    _require(by, at, patient)
    entry_id = entry_id or uuid4()
    if (first := first_written(ConsentHandover, entry_id, patient.alone)) is not None:
        return first
    handover = ConsentHandover.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        expires_at=at + HANDOVER_HOLDS,
    )
    _note(by, at, patient, "consent-tablet-handed-over", handover)
    return handover


@transaction.atomic
def confirm_handover(
    *, by: User, at: datetime, patient: Patient, handover: ConsentHandover
) -> ConsentHandover:
    """
    Keep that the patient read their own name and birth date, and said that it is them.

    Raises
    ------
    NotAllowed
        If the tablet is no longer handed over.
    """
    _require(by, at, patient)
    check_handover(by=by, at=at, patient=patient, handover=handover)
    if handover.confirmed_at is None:
        handover.confirmed_at = at
        handover.save(update_fields=["confirmed_at"])
        _note(by, at, patient, "consent-patient-confirmed", handover)
    return handover


@transaction.atomic
def take_back(
    *, by: User, at: datetime, patient: Patient, handover: ConsentHandover
) -> ConsentHandover:
    """End a handover: from this moment nothing can be chosen or signed on it."""
    if handover.ended_at is None:
        handover.ended_at = at
        handover.save(update_fields=["ended_at"])
        _note(by, at, patient, "consent-tablet-given-back", handover)
    return handover


def check_handover(
    *, by: User, at: datetime, patient: Patient, handover: ConsentHandover
) -> None:
    """
    Refuse what is chosen or signed on a tablet that is not this patient's now.

    Raises
    ------
    NotAllowed
        If it ended or ran out, is another patient's, or another witness's.
    """
    is_theirs = handover.subjects_id == patient.alone_id and handover.recorded_by_id == by.pk
    if not is_theirs or not is_open(handover, at):
        raise NotAllowed("This tablet is no longer handed over. Please give it back.")


def is_open(handover: ConsentHandover, at: datetime) -> bool:
    """Say whether a tablet is still in the patient's hands."""
    return handover.ended_at is None and at < handover.expires_at


def _require(by: User, at: datetime, patient: Patient) -> None:
    require(
        by=by,
        at=at,
        record_class="consent_witness",
        action=Action.CREATE,
        subjects=[patient.pk],
    )


def _note(
    by: User, at: datetime, patient: Patient, deed: str, handover: ConsentHandover
) -> None:
    note(
        by=by,
        at=at,
        deed=deed,
        record=handover,
        clinic_id=patient.clinic_id,
        subjects=[patient.pk],
    )
