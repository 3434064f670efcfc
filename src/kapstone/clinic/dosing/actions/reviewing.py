"""Look at an adverse event, and close it when no more is to be done."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kapstone.catalogue.room import load_room
from kapstone.clinic.dosing.models import AdverseEvent, AdverseEventReview
from kapstone.clinic.dosing.rules import REASON_LEAST
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import User
from kapstone.errors import Finding, InvalidInput, Refused, Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class EventJudged:
    """What a prescriber says of an adverse event."""

    relatedness: str
    is_expected: bool
    outcome: str
    words: str
    is_closed: bool


@transaction.atomic
def review_adverse_event(
    *,
    by: User,
    at: datetime,
    event: AdverseEvent,
    judged: EventJudged,
    entry_id: UUID | None = None,
) -> AdverseEventReview:
    """
    Keep one look at an adverse event. The same entry sent twice is kept once.

    Raises
    ------
    NotAllowed
        If the user may not sign for adverse events of this patient.
    InvalidInput
        If relatedness or outcome is none of the list, or the words say too little.
    Refused
        If the event is closed already, or is closed without knowing how it ended.
    """
    patient = event.subjects.only_patient
    require(
        by=by, at=at, record_class="adverse_event", action=Action.SIGN, subjects=[patient.pk]
    )
    hold("adverse-event", event.pk)
    done = AdverseEventReview.objects.filter(entry_id=entry_id).first() if entry_id else None
    if done is not None:
        return done
    _check(judged)
    if event.reviews.filter(is_closed=True).exists():
        words = "This event is closed already. It only reads."
        raise Refused([Finding("event-closed", Weight.BLOCK, words)])
    row = AdverseEventReview.objects.create(
        clinic_id=event.clinic_id,
        subjects_id=event.subjects_id,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        event=event,
        relatedness=judged.relatedness,
        is_expected=judged.is_expected,
        outcome=judged.outcome,
        words=judged.words.strip(),
        is_closed=judged.is_closed,
        reviewed_at=at,
    )
    note(
        by=by,
        at=at,
        deed="adverse-event-reviewed",
        record=row,
        clinic_id=event.clinic_id,
        subjects=[patient.pk],
        closed=judged.is_closed,
    )
    return row


def _check(judged: EventJudged) -> None:
    words, faults = load_room(), {}
    if judged.relatedness not in {one.code for one in words.relatedness}:
        faults["relatedness"] = "Choose how it is related."
    if judged.outcome not in {one.code for one in words.event_outcomes}:
        faults["outcome"] = "Choose how it ended."
    if len(judged.words.strip()) < REASON_LEAST:
        faults["words"] = f"Say what you saw in at least {REASON_LEAST} characters."
    if judged.is_closed and judged.outcome in {"unknown", "resolving"}:
        faults["is_closed"] = "It is not over yet: keep it open until the outcome is known."
    if faults:
        raise InvalidInput(faults)
