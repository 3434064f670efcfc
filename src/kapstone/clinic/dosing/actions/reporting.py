"""Record an adverse event, in a session or after it."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kapstone.catalogue.room import load_room
from kapstone.clinic.dosing.models import AdverseEvent, DosingSession
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.models import Patient, User
from kapstone.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventSeen:
    """What happened: the term, how grave (1 to 5), when, and what was done."""

    term: str
    grade: int
    began_at: datetime
    ended_at: datetime | None = None
    is_serious: bool = False
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
        is_serious=event.is_serious,
        began_at=event.began_at,
        ended_at=event.ended_at,
        action_taken=event.action_taken.strip(),
        description=event.description.strip(),
    )
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


def _check(event: AdverseEventSeen, at: datetime) -> None:
    faults: dict[str, str] = {}
    if event.term not in {one.code for one in load_room().adverse_events}:
        faults["term"] = "Choose what happened."
    if not 1 <= event.grade <= 5:
        faults["grade"] = "The grade is a number from 1 to 5."
    if event.began_at > at:
        faults["began_at"] = "It cannot have begun in the future."
    if event.ended_at is not None and event.ended_at < event.began_at:
        faults["ended_at"] = "It cannot end before it began."
    if faults:
        raise InvalidInput(faults)
