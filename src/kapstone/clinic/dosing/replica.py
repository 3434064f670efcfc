"""
The room of one session, read from the database as the tablets read it from their events.

Entries written by a form of the page were written with everything before them in sight, so they
count as having known of every earlier dose.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kapstone.clinic.dosing.models import (
    DoseLease,
    DosingSession,
    SessionEntry,
)
from kapstone.clinic.dosing.queries import order_in_force
from kapstone.clinic.dosing.sync.envelope import GENESIS, Event, unix_ms
from kapstone.clinic.dosing.sync.lease import Lease, newest
from kapstone.clinic.dosing.sync.room import Heard, Room, read_room

NO_DEVICE = UUID(int=0)  # a page of the server, not a tablet


def room_of(session: DosingSession) -> Room:
    """Read what stands in a session: doses in question, who watches, what is stopped."""
    order = order_in_force(session.course, session.number)
    return read_room(heard_in(session), order.max_session_mg if order else None)


def heard_in(session: DosingSession) -> list[Heard]:
    """List the events of a session in the order they were committed, in one query."""
    rows = SessionEntry.objects.filter(session=session).select_related(
        "recorded_by", "supersedes", "receipt"
    )
    doses: list[UUID] = []
    heard = []
    for row in rows.order_by("pk"):
        heard.append(_heard(row, session.key, tuple(doses)))
        if row.kind == SessionEntry.Kind.DOSE:
            doses.append(row.entry_id)
    return heard


def _heard(row: SessionEntry, session: UUID, earlier: tuple[UUID, ...]) -> Heard:
    receipt = getattr(row, "receipt", None)
    event = Event(
        event_id=row.entry_id,
        session=session,
        device_id=receipt.device_id if receipt else NO_DEVICE,
        device_seq=receipt.device_seq if receipt else 1,
        actor=row.recorded_by.key,
        authenticated=receipt.authenticated if receipt else "page",
        kind=row.kind,
        payload=row.payload,
        observed_ms=unix_ms(row.observed_at),
        wall_ms=unix_ms(row.device_at),
        mono_ms=0,
        epoch_id="server",
        client_version="server",
        prev_hash=GENESIS,
        supersedes=row.supersedes.entry_id if row.supersedes else None,
        knows=tuple(UUID(one) for one in receipt.knows) if receipt else earlier,
    )
    return Heard(event=event, flags=frozenset(receipt.flags) if receipt else frozenset())


def leases_of(session: DosingSession) -> list[Lease]:
    """List every dose lease of a session, in the order they were given."""
    rows = DoseLease.objects.filter(session=session).select_related("order")
    return [lease_of(row) for row in rows.order_by("number")]


def lease_of(row: DoseLease) -> Lease:
    """Read one lease."""
    return Lease(
        number=row.number,
        device_id=row.device_id,
        order=str(row.order.key),
        most_mg=row.most_mg,
        granted_ms=unix_ms(row.granted_at),
        expires_ms=unix_ms(row.expires_at),
        lot=row.lot,
    )


def lease_in_force(leases: Sequence[Lease], at: datetime) -> Lease | None:
    """Give the lease that holds now."""
    last = newest(leases)
    return last if last is not None and last.holds(unix_ms(at)) else None


def is_leased_elsewhere(session: DosingSession, device_id: str, at: datetime) -> bool:
    """Whether another tablet than this one may give the drug now."""
    held = lease_in_force(leases_of(session), at)
    return held is not None and str(held.device_id) != device_id
