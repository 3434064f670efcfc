"""A batch as it is posted, and the answer to it, as the wire has them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kapstone.clinic.dosing.sync.envelope import PROTOCOL, Event, read_event
from kapstone.clinic.dosing.sync.judging import Verdict
from kapstone.clinic.dosing.sync.outbox import MOST_IN_BATCH, Standing
from kapstone.errors import InvalidInput

_MEMBERS = frozenset({"protocol", "session", "device_id", "waiting", "events"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something in a batch that is not an event: its id as far as it has one, and why."""

    id: str | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a tablet sent."""

    device_id: UUID
    waiting: int
    parts: tuple[Event | Unreadable, ...]

    @property
    def events(self) -> tuple[Event, ...]:
        """List what can be read."""
        return tuple(one for one in self.parts if isinstance(one, Event))


def read_batch(raw: object, session: UUID) -> Batch:
    """
    Read a batch; an event in it that cannot be read does not spoil the others.

    Raises
    ------
    InvalidInput
        If it is not a batch of this session at all.
    """
    if not isinstance(raw, dict) or set(raw) != _MEMBERS or raw["protocol"] != PROTOCOL:
        raise InvalidInput({"": f"A batch of {PROTOCOL} is expected here, and nothing else."})
    device, waiting, events = raw["device_id"], raw["waiting"], raw["events"]
    if raw["session"] != str(session):
        raise InvalidInput({"": "This batch belongs to another session."})
    if not isinstance(waiting, int) or isinstance(waiting, bool) or not 0 <= waiting < 2**31:
        raise InvalidInput({"": "waiting must be how many events are on the tablet only."})
    if not isinstance(events, list) or not 1 <= len(events) <= MOST_IN_BATCH:
        raise InvalidInput({"": f"A batch holds from 1 to {MOST_IN_BATCH} events."})
    return Batch(
        device_id=read_uuid(device, "device_id"),
        waiting=waiting,
        parts=tuple(_part(one) for one in events),
    )


def read_uuid(raw: object, name: str) -> UUID:
    """
    Read one UUID.

    Raises
    ------
    InvalidInput
        If it is none, or not written in small letters.
    """
    try:
        if isinstance(raw, str) and str(UUID(raw)) == raw:
            return UUID(raw)
    except ValueError:
        pass
    raise InvalidInput({name: f"{name} must be a UUID, in small letters."})


def _part(raw: object) -> Event | Unreadable:
    try:
        return read_event(raw)
    except InvalidInput as wrong:
        named = raw.get("event_id") if isinstance(raw, dict) else None
        return Unreadable(id=named[:64] if isinstance(named, str) else None, words=str(wrong))


def answer_as_wire(
    session: UUID, batch: Batch, verdicts: Iterable[Verdict], *, mark: int, server_ms: int
) -> dict[str, Any]:
    """Write the answer to a batch: one result for each part of it, in its order."""
    told = iter(verdicts)
    return {
        "protocol": PROTOCOL,
        "session": str(session),
        "device_id": str(batch.device_id),
        "mark": mark,
        "server_ms": server_ms,
        "results": [
            _no_event(one) if isinstance(one, Unreadable) else _result(next(told))
            for one in batch.parts
        ],
    }


def _no_event(one: Unreadable) -> Mapping[str, Any]:
    return {
        "id": one.id,
        "status": str(Standing.REFUSED),
        "commit_no": None,
        "code": "not-an-event",
        "words": one.words[:300],
        "flags": [],
        "is_again": False,
    }


def _result(one: Verdict) -> Mapping[str, Any]:
    return {
        "id": str(one.event.event_id),
        "status": str(one.standing),
        "commit_no": one.commit_no,
        "code": one.code,
        "words": one.words,
        "flags": list(one.flags),
        "is_again": one.is_again,
    }
