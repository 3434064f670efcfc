"""Record an adverse event, in a session or after it."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from kapstone.catalogue.plausibility import load_plausibility
from kapstone.catalogue.room import load_room
from kapstone.clinic.dosing.escalation import prescribers_of
from kapstone.clinic.dosing.events import needs_review
from kapstone.clinic.dosing.models import AdverseEvent, DosingSession
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.models import Notice, Patient, User
from kapstone.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventSeen:
    """What happened: the term, how grave (1 to 5), when, and what was done."""

    term: str
    grade: int
    began_at: datetime
    ended_at: datetime | None = None
    is_serious: bool = False
    serious_by: tuple[str, ...] = ()
    is_expected: bool | None = None
    relatedness: str = ""
    action: str = ""
    outcome: str = ""
    action_taken: str = ""
    description: str = ""


@transaction.atomic
def record_adverse_event(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    event: AdverseEventSeen,
    session: DosingSession | None = None,
    entry_id: UUID | None = None,
) -> AdverseEvent:
    """
    Record an unwanted occurrence. The same entry sent twice is recorded once.

    Raises
    ------
    NotAllowed
        If the user may not record adverse events of this patient.
    InvalidInput
        If the term is not one of the list, the grade not 1 to 5, or a time makes no sense.
    """
    require(
        by=by, at=at, record_class="adverse_event", action=Action.CREATE, subjects=[patient.pk]
    )
    done = AdverseEvent.objects.filter(entry_id=entry_id).first() if entry_id else None
    if done is not None:
        return done
    _check(event, at)
    row = AdverseEvent.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        session=session,
        term=event.term,
        grade=event.grade,
        is_serious=event.is_serious or bool(event.serious_by),
        serious_by=list(event.serious_by),
        is_expected=event.is_expected,
        relatedness=event.relatedness,
        action=event.action,
        outcome=event.outcome,
        began_at=event.began_at,
        ended_at=event.ended_at,
        action_taken=event.action_taken.strip(),
        description=event.description.strip(),
    )
    if needs_review(row):
        _tell(patient, at)
    note(
        by=by,
        at=at,
        deed="adverse-event-recorded",
        record=row,
        clinic_id=patient.clinic_id,
        subjects=[patient.pk],
        term=event.term,
        grade=event.grade,
    )
    return row


def _tell(patient: Patient, at: datetime) -> None:
    """Tell the prescribers that an event waits for them, without saying what it was."""
    hours = load_room().review_within_hours.value
    for reader in prescribers_of(patient, at):
        Notice.objects.create(
            clinic_id=patient.clinic_id,
            to=reader,
            about=patient,
            kind="adverse-event",
            text=f"An adverse event of {patient.number} is to be looked at in {hours:g} h.",
            at=at,
        )


def _check(event: AdverseEventSeen, at: datetime) -> None:
    faults = {**_off_the_list(event), **_times(event, at)}
    if event.term not in {one.code for one in load_room().adverse_events}:
        faults["term"] = "Choose what happened."
    if not 1 <= event.grade <= 5:
        faults["grade"] = "The grade is a number from 1 to 5."
    if faults:
        raise InvalidInput(faults)


def _off_the_list(event: AdverseEventSeen) -> dict[str, str]:
    words, faults = load_room(), {}
    for name, named in (
        ("relatedness", words.relatedness),
        ("action", words.actions),
        ("outcome", words.event_outcomes),
    ):
        if getattr(event, name) not in {"", *(one.code for one in named)}:
            faults[name] = "Choose one of the list."
    if set(event.serious_by) - {one.code for one in words.serious}:
        faults["serious_by"] = "Choose from the list."
    return faults


def _times(event: AdverseEventSeen, at: datetime) -> dict[str, str]:
    faults: dict[str, str] = {}
    longest = timedelta(days=load_plausibility().time.event_days.value)
    if event.began_at > at:
        faults["began_at"] = "It cannot have begun in the future."
    elif event.began_at < at - longest:
        faults["began_at"] = "That is more than a year ago. Check the date."
    if event.ended_at is not None and event.ended_at > at:
        faults["ended_at"] = "It cannot have ended in the future."
    if event.ended_at is not None and event.ended_at < event.began_at:
        faults["ended_at"] = "It cannot end before it began."
    return faults
