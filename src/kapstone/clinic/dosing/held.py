"""What a tablet sent and the server holds beside the record, as people read it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet

from kapstone.clinic.dosing.models import (
    DosingSession,
    EventReceipt,
    HeldDecision,
    RoomDevice,
)
from kapstone.clinic.dosing.reading import read_payload
from kapstone.clinic.dosing.record import Record
from kapstone.clinic.dosing.sync.envelope import at_ms
from kapstone.clinic.dosing.words import payload_words
from kapstone.errors import InvalidInput

LONGEST = 400  # characters shown of what cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One event that is held: what it says, from where, by which clocks, and why it is held."""

    receipt: EventReceipt
    words: str
    is_readable: bool
    about_at: datetime  # the time it is about
    tablet_at: datetime  # by the tablet's own clock, when it was made
    server_at: datetime | None  # the same moment in the server's time, as the tablet reckoned
    within: timedelta | None  # and within what
    received_at: datetime
    made_by: str
    sent_by: str
    tablet: str
    why: str

    @property
    def key(self) -> str:
        """Name the event on the page: an id may come twice with other content."""
        return self.receipt.fingerprint


def held_in(session: DosingSession) -> QuerySet[EventReceipt]:
    """List what tablets sent that waits beside the record until a person has decided."""
    rows = EventReceipt.objects.filter(
        session=session, status=EventReceipt.Status.HELD, looked_at__isnull=True
    )
    return rows.select_related("session", "actor", "recorded_by").order_by("pk")


def held_counts(sessions: Iterable[DosingSession]) -> Mapping[int, int]:
    """Count what waits in each of these sessions, by its id; one query for all of them."""
    rows = EventReceipt.objects.filter(
        session__in=[session.pk for session in sessions],
        status=EventReceipt.Status.HELD,
        looked_at__isnull=True,
    )
    return dict(rows.order_by().values_list("session").annotate(count=Count("*")))


def decisions_in(session: DosingSession) -> tuple[HeldDecision, ...]:
    """List what was decided about events that were held, the oldest first."""
    rows = HeldDecision.objects.filter(session=session)
    return tuple(rows.select_related("recorded_by", "receipt").order_by("recorded_at", "pk"))


def read_held(session: DosingSession, record: Record) -> tuple[Held, ...]:
    """Read what waits in a session, in the order it was received; two queries."""
    rows = list(held_in(session))
    names = _tablets(session) if rows else {}
    return tuple(_read(row, record, names) for row in rows)


def sent_words(receipt: EventReceipt, record: Record) -> str:
    """Say what an event that was held says."""
    return _words(receipt, record)[0]


def _read(row: EventReceipt, record: Record, names: Mapping[UUID, str]) -> Held:
    sent = row.sent or {}
    words, is_readable = _words(row, record)
    unsure = None if row.unc_ms is None else timedelta(milliseconds=row.unc_ms)
    return Held(
        receipt=row,
        words=words,
        is_readable=is_readable,
        about_at=datetime.fromisoformat(sent["observed_at"]),
        tablet_at=at_ms(row.wall_ms),
        server_at=None if row.offset_ms is None else at_ms(row.wall_ms + row.offset_ms),
        within=unsure,
        received_at=row.recorded_at,
        made_by=str(row.actor) if row.actor else "",
        sent_by=str(row.recorded_by),
        tablet=names.get(row.device_id, "") or f"tablet {str(row.device_id)[:4]}",
        why=row.words,
    )


def _words(row: EventReceipt, record: Record) -> tuple[str, bool]:
    """Say the event as the list would; where it cannot be read, as it was sent."""
    sent = row.sent or {}
    kind, raw = str(sent.get("kind", "")), sent.get("payload") or {}
    try:
        return payload_words(read_payload(kind, raw), record), True
    except InvalidInput:
        said = "; ".join(f"{name}: {value}" for name, value in raw.items())
        return f"{kind}: {said or 'nothing'}"[:LONGEST], False


def _tablets(session: DosingSession) -> Mapping[UUID, str]:
    """Name the tablets of a session: what each calls itself, and the start of its id."""
    rows = RoomDevice.objects.filter(session=session).values_list("device_id", "name")
    return {device: f"{name or 'tablet'} {str(device)[:4]}" for device, name in rows}
