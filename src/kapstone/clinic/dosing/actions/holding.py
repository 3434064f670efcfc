"""Decide about what a tablet sent and the server holds beside the record."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from kapstone.clinic.dosing.landing import Landing, Person
from kapstone.clinic.dosing.models import (
    DosingSession,
    EventReceipt,
    HeldDecision,
    SessionEntry,
)
from kapstone.clinic.dosing.queries import patient_of
from kapstone.clinic.dosing.steps import AHEAD, last_commit
from kapstone.clinic.dosing.sync.envelope import at_ms, read_event
from kapstone.clinic.dosing.sync.judging import Verdict
from kapstone.clinic.dosing.sync.outbox import Standing
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import Access, require
from kapstone.core.audit.actions import note, note_all
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Role, User
from kapstone.errors import Finding, InvalidInput, NotAllowed, Refused, Weight

Decision = HeldDecision.Decision
REASON_LEAST = 10
_DOSE = "A dose may have been given: a prescriber decides about it."
_AHEAD = "Its time still lies ahead. Set it aside, and write it with the right time."


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What to do with an event that is held: one of three, with what each needs."""

    decision: Decision
    entry: SessionEntry | None = None  # entered anew: the entry that says it
    reason: str = ""
    entry_id: UUID | None = None


@transaction.atomic
def decide_held(
    *, by: User, at: datetime, receipt: EventReceipt, decided: Decided
) -> HeldDecision:
    """
    Decide about an event that is held: once, by a person, and the event stays as it was sent.

    Accepted as it is, it is written into the record by whoever decides, with the time that it
    was sent with. Pressing twice, or two people at once, decides once: the first stands.

    Raises
    ------
    NotAllowed
        If the user may not write in this session, or a dose is not theirs to decide.
    InvalidInput
        If a reason or the entry that says it is missing.
    Refused
        If the event cannot stand in the record as it is.
    """
    session = receipt.session
    patient_id = patient_of(session).pk
    require(
        by=by,
        at=at,
        record_class="dosing_session",
        action=Action.CREATE,
        subjects=[patient_id],
    )
    hold("session", session.pk)
    done = HeldDecision.objects.filter(receipt=receipt).first()
    if done is not None:
        return done
    if _is_dose(receipt) and by.role != Role.PRESCRIBER:
        raise NotAllowed(_DOSE)
    row = HeldDecision.objects.create(
        clinic_id=session.clinic_id,
        subjects_id=session.subjects_id,
        entry_id=decided.entry_id or uuid4(),
        recorded_at=at,
        recorded_by=by,
        session=session,
        receipt=receipt,
        decision=decided.decision,
        became=_entry(by, at, receipt, decided, patient_id),
        reason=_reason(decided),
    )
    EventReceipt.objects.filter(pk=receipt.pk, looked_at=None).update(
        looked_at=at, looked_by=by
    )
    note(
        by=by,
        at=at,
        deed="held-entry-decided",
        record=row,
        clinic_id=session.clinic_id,
        subjects=[patient_id],
        decision=str(decided.decision),
        held_for=receipt.code,
    )
    return row


def _is_dose(receipt: EventReceipt) -> bool:
    """Whether the event says that the drug was given, or corrects what was said of it."""
    sent = receipt.sent or {}
    payload = sent.get("payload") or {}
    corrected = sent.get("kind") == "correction" and payload.get("of") == "dose"
    return sent.get("kind") == "dose" or corrected


def _reason(decided: Decided) -> str:
    reason = decided.reason.strip()
    if decided.decision is Decision.SET_ASIDE and len(reason) < REASON_LEAST:
        words = f"Say why it is set aside, in at least {REASON_LEAST} characters."
        raise InvalidInput({"reason": words})
    return reason


def _entry(
    by: User, at: datetime, receipt: EventReceipt, decided: Decided, patient_id: int
) -> SessionEntry | None:
    if decided.decision is Decision.SET_ASIDE:
        return None
    if decided.decision is Decision.ACCEPTED:
        return _accept(by, at, receipt, patient_id)
    if decided.entry is None or decided.entry.session_id != receipt.session_id:
        raise InvalidInput({"entry": "Choose the entry that says it."})
    return decided.entry


def _accept(by: User, at: datetime, receipt: EventReceipt, patient_id: int) -> SessionEntry:
    """Write the event as an entry of whoever decides, by the rules of a batch."""
    session: DosingSession = receipt.session
    event = read_event(receipt.sent)
    if at_ms(event.observed_ms) > at + AHEAD:
        raise Refused([Finding("future-time", Weight.BLOCK, _AHEAD)])
    if SessionEntry.objects.filter(entry_id=event.event_id).exists():
        event = replace(event, event_id=uuid4())  # that id stands for something else
    event = replace(event, actor=by.key)
    may_amend = Access(by, at).decide("dosing_session", Action.AMEND, [patient_id]).allowed
    landing = Landing(
        by=by,
        at=at,
        session=session,
        patient_id=patient_id,
        people={by.key: Person(user=by, may_write=True, may_amend=may_amend)},
        written={},
        next_no=last_commit(session) + 1,
    )
    fault = landing.check(event)
    if fault is not None:
        raise Refused([Finding(fault[0], Weight.BLOCK, fault[1])])
    landing.land(
        [Verdict(event=event, fingerprint=receipt.fingerprint, standing=Standing.SAVED)]
    )
    ((verdict, row),) = landing.landed
    if row is None:
        raise Refused([Finding(verdict.code, Weight.BLOCK, verdict.words)])
    note_all(landing.audit)
    return row
