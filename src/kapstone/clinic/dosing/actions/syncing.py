"""Tablets in the room: open it on one, take the dose lease, take what they sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kapstone.clinic.dosing.landing import Landing, Person, receipts_of
from kapstone.clinic.dosing.models import (
    DoseLease,
    DoseOrder,
    DosingSession,
    EventReceipt,
    RoomDevice,
)
from kapstone.clinic.dosing.queries import Chart, patient_of
from kapstone.clinic.dosing.received import entries_with, received_of
from kapstone.clinic.dosing.replica import lease_of, leases_of, room_of
from kapstone.clinic.dosing.steps import open_chart, row_of
from kapstone.clinic.dosing.sync.batches import Batch
from kapstone.clinic.dosing.sync.envelope import at_ms, unix_ms
from kapstone.clinic.dosing.sync.judging import Facts, Verdict, judge, mark_of
from kapstone.clinic.dosing.sync.lease import Asked, Lease, take
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import Access, require
from kapstone.core.audit.actions import note, note_all
from kapstone.core.audit.together import insert_columns
from kapstone.core.people.locks import hold
from kapstone.core.people.models import User
from kapstone.errors import Finding, InvalidInput, Refused, Weight

STORAGE = frozenset({"persistent", "best-effort"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """What became of a batch, event by event, and up to where the device's events are here."""

    verdicts: tuple[Verdict, ...]
    mark: int


def _allow(*, by: User, at: datetime, session: DosingSession) -> int:
    patient = patient_of(session)
    require(
        by=by,
        at=at,
        record_class="dosing_session",
        action=Action.CREATE,
        subjects=[patient.pk],
    )
    return patient.pk


# --- A tablet


@transaction.atomic
def enrol_device(
    *,
    by: User,
    at: datetime,
    session: DosingSession,
    device_id: UUID,
    name: str,
    storage: str,
) -> RoomDevice:
    """
    Say that somebody opens the room of this session on this tablet. Twice changes nothing.

    Raises
    ------
    NotAllowed
        If the user may not write in this session.
    InvalidInput
        If the storage is none of the two that a browser can promise.
    """
    patient_id = _allow(by=by, at=at, session=session)
    if storage not in STORAGE:
        raise InvalidInput({"storage": "storage must be persistent or best-effort."})
    hold("session", session.pk)
    done = RoomDevice.objects.filter(
        session=session, device_id=device_id, recorded_by=by
    ).first()
    if done is not None:
        return done
    row = RoomDevice.objects.create(
        **row_of(session, by, at, None),
        device_id=device_id,
        name=name.strip()[:40],
        storage=storage,
    )
    note(
        by=by,
        at=at,
        deed="tablet-opened",
        record=row,
        clinic_id=session.clinic_id,
        subjects=[patient_id],
        device=str(device_id),
        storage=storage,
    )
    return row


# --- The dose lease


@transaction.atomic
def take_lease(
    *,
    by: User,
    at: datetime,
    session: DosingSession,
    device_id: UUID,
    takes_over: bool = False,
    reason: str = "",
    lot: str = "",
) -> Lease:
    """
    Give a tablet the right to give the drug, or renew it.

    Raises
    ------
    NotAllowed
        If the user may not write in this session.
    Refused
        If another tablet has it, a takeover says too little, no order is signed, the session
        is closed, doses are in question, or nobody opened the room on this tablet.
    """
    patient_id = _allow(by=by, at=at, session=session)
    order = _order_to_give(open_chart(session, at), device_id)
    asked = Asked(
        device_id=device_id,
        order=str(order.key),
        most_mg=order.max_session_mg,
        lot=lot.strip()[:40],
        takes_over=takes_over,
        reason=reason.strip()[:200],
    )
    lease = take(leases_of(session), asked, unix_ms(at))
    row = DoseLease.objects.create(
        **row_of(session, by, at, None),
        number=lease.number,
        device_id=device_id,
        order=order,
        most_mg=lease.most_mg,
        lot=lease.lot,
        reason=asked.reason,
        granted_at=at_ms(lease.granted_ms),
        expires_at=at_ms(lease.expires_ms),
    )
    note(
        by=by,
        at=at,
        deed="dose-lease-taken",
        record=row,
        clinic_id=session.clinic_id,
        subjects=[patient_id],
        number=lease.number,
        takes_over=takes_over,
    )
    return lease_of(row)


def _order_to_give(chart: Chart, device_id: UUID) -> DoseOrder:
    """Give the order, or refuse with what stands against giving anything on this tablet."""
    session = chart.session
    opened = RoomDevice.objects.filter(session=session, device_id=device_id).exists()
    against = (
        (chart.stage.is_closed, "session-closed", "This session is closed; it only reads."),
        (not opened, "not-enrolled", "Open the room on this tablet first."),
        (
            room_of(session).is_in_conflict,
            "dose-conflict",
            "Doses are in question. A prescriber reconciles them first.",
        ),
    )
    for holds, code, words in against:
        if holds:
            raise Refused([Finding(code, Weight.BLOCK, words)])
    if chart.order is None:
        words = "No order is signed for this dose."
        raise Refused([Finding("no-order", Weight.BLOCK, words)])
    return chart.order


# --- A batch


@transaction.atomic(savepoint=False)
def land_batch(*, by: User, at: datetime, session: DosingSession, batch: Batch) -> Landed:
    """
    Take what a tablet sent: all of it in this transaction, or none.

    ``by`` is whoever is signed in; each event is written by whoever made it, if they opened the
    room on this tablet, and flagged if they may no longer write here.

    Raises
    ------
    NotAllowed
        If the user may not write in this session.
    """
    patient_id = _allow(by=by, at=at, session=session)
    hold("session", session.pk)
    people = _people(session, batch, by, at, patient_id)
    received = received_of(session, batch)
    last, written = entries_with(session, batch, received)
    landing = Landing(
        by=by,
        at=at,
        session=session,
        patient_id=patient_id,
        people=people,
        written=written,
        next_no=last + 1,
    )
    has_dose = any(event.kind == "dose" for event in batch.events)
    facts = Facts(
        session=session.key,
        device_id=batch.device_id,
        now_ms=unix_ms(at),
        actors={key: person.may_write for key, person in people.items()},
        before=received.before,
        hashes=received.hashes,
        leases=leases_of(session) if has_dose else (),
    )
    verdicts = judge(facts, batch.events, landing.check)
    landing.land(verdicts)
    new = [verdict.event.device_seq for verdict, _ in landing.landed]
    mark = mark_of([*received.hashes, *new], since=received.mark)
    receipts = insert_columns(EventReceipt, list(receipts_of(landing, mark)))
    if receipts:
        landing.note(
            by,
            "batch-received",
            EventReceipt(pk=receipts[-1]),
            events=len(receipts),
            held=sum(entry is None for _, entry in landing.landed),
            waiting=batch.waiting,
        )
    note_all(landing.audit)
    return Landed(verdicts=_results(verdicts, landing), mark=mark)


def _people(
    session: DosingSession, batch: Batch, by: User, at: datetime, patient_id: int
) -> dict[UUID, Person]:
    """Give everyone who opened the room on this tablet; the policy is asked only about some."""
    rows = RoomDevice.objects.filter(session=session, device_id=batch.device_id)
    authors = {event.actor for event in batch.events}
    correctors = {event.actor for event in batch.events if event.kind == "correction"}
    found: dict[UUID, Person] = {}
    for row in rows.select_related("recorded_by"):
        user, key = row.recorded_by, row.recorded_by.key
        access = Access(user, at)

        def may(action: Action, access: Access = access) -> bool:
            return access.decide("dosing_session", action, [patient_id]).allowed

        found[key] = Person(
            user=user,
            # Whoever sends was asked about already; whoever wrote nothing here needs no answer.
            may_write=user.pk == by.pk or key not in authors or may(Action.CREATE),
            may_amend=key in correctors and may(Action.AMEND),
        )
    return found


def _results(verdicts: Sequence[Verdict], landing: Landing) -> tuple[Verdict, ...]:
    """Give each event its result; one sent twice in a batch gets the same result twice."""
    landed = {(one.event.event_id, one.fingerprint): one for one, _ in landing.landed}
    return tuple(
        replace(landed.get((one.event.event_id, one.fingerprint), one), is_again=one.is_again)
        for one in verdicts
    )
