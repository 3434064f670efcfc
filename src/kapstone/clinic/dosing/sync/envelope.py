"""One event as it travels: its shape, canonical text, fingerprint and place in a chain."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from kapstone.errors import InvalidInput

PROTOCOL = "room-sync/1"
GENESIS = "0" * 64  # what stands before a device's first event
SOURCES = ("room", "paper")
MOST_TEXT = 40
MOST_KNOWN = 50  # doses that one dose may say it knew of
MOST_DEEP = 6  # how far a payload may nest
SAFE = 2**53 - 1  # the largest whole number that a browser keeps exactly
LAST_MS = 4_102_444_800_000  # the year 2100
LAST_SEQ = 2**31 - 1  # what the database's column holds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NAME = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")  # NUL, and half a character
_WORD = re.compile(r"[\x21-\x7e]{1,40}", re.ASCII)
_SOURCE = re.compile("|".join(SOURCES))
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    One event, made on a device and never changed.

    ``observed_ms`` is the time it is about, in the server's time as the device reckoned it;
    ``wall_ms`` and ``mono_ms`` are the device's two clocks when it was made, ``offset_ms`` what
    to add to the wall clock for the server's time, within ``unc_ms``; both are None before the
    device has asked. ``lease`` and ``knows`` belong to a dose: the number under which it was
    given, and the doses of this session that the device knew of.
    """

    event_id: UUID
    session: UUID
    device_id: UUID
    device_seq: int
    actor: UUID
    authenticated: str
    kind: str
    payload: Mapping[str, Any]
    observed_ms: int
    wall_ms: int
    mono_ms: int
    epoch_id: str
    client_version: str
    prev_hash: str
    is_hand_timed: bool = False
    source: str = "room"
    offset_ms: int | None = None
    unc_ms: int | None = None
    supersedes: UUID | None = None
    lease: int | None = None
    knows: tuple[UUID, ...] = ()

    @property
    def reckoned_ms(self) -> int | None:
        """Give the server's time at which the event was made, as the device reckoned it."""
        return None if self.offset_ms is None else self.wall_ms + self.offset_ms


MEMBERS = frozenset(field.name for field in fields(Event)) - {"observed_ms"} | {"observed_at"}


def uuid7(unix_ms: int, random: int) -> UUID:
    """Make an id that sorts by time: 48 bits of milliseconds, then 74 bits of chance."""
    high, low = random >> 62 & 0xFFF, random & (1 << 62) - 1
    return UUID(int=unix_ms << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def instant(unix_ms: int) -> str:
    """Write a time as the wire has it, to the millisecond, in UTC."""
    at = _EPOCH + timedelta(milliseconds=unix_ms)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def unix_ms(at: datetime) -> int:
    """Give a time as whole milliseconds since 1970."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def at_ms(unix_ms: int) -> datetime:
    """Give the moment that whole milliseconds since 1970 stand for."""
    return _EPOCH + timedelta(milliseconds=unix_ms)


def as_wire(event: Event) -> dict[str, Any]:
    """Write an event as plain JSON; ``read_event`` gives the same event back."""
    return {
        "event_id": str(event.event_id),
        "session": str(event.session),
        "device_id": str(event.device_id),
        "device_seq": event.device_seq,
        "actor": str(event.actor),
        "authenticated": event.authenticated,
        "kind": event.kind,
        "payload": event.payload,
        "observed_at": instant(event.observed_ms),
        "is_hand_timed": event.is_hand_timed,
        "source": event.source,
        "wall_ms": event.wall_ms,
        "mono_ms": event.mono_ms,
        "epoch_id": event.epoch_id,
        "offset_ms": event.offset_ms,
        "unc_ms": event.unc_ms,
        "supersedes": str(event.supersedes) if event.supersedes else None,
        "lease": event.lease,
        "knows": [str(one) for one in event.knows],
        "client_version": event.client_version,
        "prev_hash": event.prev_hash,
    }


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(value: object) -> str:
    """
    Write JSON in the one way that every maker of it agrees on.

    Members sorted by name, no spaces, every character as it is but for what JSON must escape.
    Numbers are whole and exact in a browser; ``read_event`` lets no other in.
    """
    return _CANONICAL.encode(value)


def fingerprint(event: Event) -> str:
    """Give the SHA-256 of an event's canonical text; the next event of the device names it."""
    return hashlib.sha256(canonical(as_wire(event)).encode()).hexdigest()


# --- Reading, strictly


class _Reader:
    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.faults: dict[str, str] = {}

    def uuid(self, name: str, *, version: int | None = None) -> UUID:
        value = self.raw.get(name)
        if isinstance(value, str) and _UUID.fullmatch(value):
            found = UUID(value)
            if version is None or found.version == version:
                return found
        kind = f"a UUID of version {version}" if version else "a UUID"
        self.faults[name] = f"{name} must be {kind}, in small letters."
        return UUID(int=0)

    def uuid_or_none(self, name: str) -> UUID | None:
        return None if self.raw.get(name) is None else self.uuid(name)

    def whole(self, name: str, least: int, most: int) -> int:
        value = self.raw.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.faults[name] = f"{name} must be a whole number from {least} to {most}."
        return least

    def whole_or_none(self, name: str, least: int, most: int) -> int | None:
        return None if self.raw.get(name) is None else self.whole(name, least, most)

    def word(self, name: str, pattern: re.Pattern[str] = _WORD, says: str = "") -> str:
        value = self.raw.get(name)
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        self.faults[name] = f"{name} must be {says or 'one word of at most 40 characters'}."
        return ""

    def instant(self, name: str) -> int:
        value = self.raw.get(name)
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            try:
                return unix_ms(datetime.fromisoformat(value))
            except ValueError:
                pass
        self.faults[name] = f"{name} must be a time such as 2026-03-02T10:05:00.000Z."
        return 0

    def yes(self, name: str) -> bool:
        value = self.raw.get(name)
        if not isinstance(value, bool):
            self.faults[name] = f"{name} must be true or false."
        return value is True

    def known(self, name: str) -> tuple[UUID, ...]:
        value = self.raw.get(name)
        if isinstance(value, list) and len(value) <= MOST_KNOWN:
            texts = [one for one in value if isinstance(one, str) and _UUID.fullmatch(one)]
            if len(texts) == len(value):
                return tuple(UUID(one) for one in texts)
        self.faults[name] = f"{name} must be a list of at most {MOST_KNOWN} UUIDs."
        return ()

    def payload(self) -> Mapping[str, Any]:
        value = self.raw.get("payload")
        if not isinstance(value, dict):
            self.faults["payload"] = "payload must be a set of named values."
            return {}
        fault = next(_faults(value), None)
        if fault is not None:
            self.faults["payload"] = fault
        return value


def _faults(value: object, depth: int = 0) -> Iterator[str]:
    """Yield why a value cannot be written in one canonical way, or cannot be kept."""
    if depth > MOST_DEEP:
        yield f"payload must not nest deeper than {MOST_DEEP}."
    elif isinstance(value, dict):
        for name, part in value.items():
            if not _NAME.fullmatch(name):
                yield "A name in a payload must be small letters, digits and low lines."
            yield from _faults(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _faults(part, depth + 1)
    else:
        yield from _leaf_faults(value)


def _leaf_faults(value: object) -> Iterator[str]:
    if isinstance(value, float):
        yield 'A number with a decimal point travels as text, such as "36.6".'
    elif isinstance(value, int) and abs(value) > SAFE:
        yield "A whole number in a payload is too large."
    elif isinstance(value, str) and UNKEEPABLE.search(value):
        yield "A text in a payload holds a character that cannot be kept."


def read_event(raw: object) -> Event:
    """
    Read one event strictly: every member there, known, and of its kind.

    The payload is read only as far as it can travel; what it means is for the kind to say.

    Raises
    ------
    InvalidInput : member by member what cannot be read, in words
    """
    if not isinstance(raw, dict):
        raise InvalidInput({"": "An event is a set of named values."})
    reader = _Reader(raw)
    event = Event(
        event_id=reader.uuid("event_id", version=7),
        session=reader.uuid("session"),
        device_id=reader.uuid("device_id"),
        device_seq=reader.whole("device_seq", 1, LAST_SEQ),
        actor=reader.uuid("actor"),
        authenticated=reader.word("authenticated"),
        kind=reader.word("kind"),
        payload=reader.payload(),
        observed_ms=reader.instant("observed_at"),
        is_hand_timed=reader.yes("is_hand_timed"),
        source=reader.word("source", _SOURCE, "room or paper"),
        wall_ms=reader.whole("wall_ms", 0, LAST_MS),
        mono_ms=reader.whole("mono_ms", 0, SAFE),
        epoch_id=reader.word("epoch_id"),
        offset_ms=reader.whole_or_none("offset_ms", -LAST_MS, LAST_MS),
        unc_ms=reader.whole_or_none("unc_ms", 0, LAST_MS),
        supersedes=reader.uuid_or_none("supersedes"),
        lease=reader.whole_or_none("lease", 1, LAST_SEQ),
        knows=reader.known("knows"),
        client_version=reader.word("client_version"),
        prev_hash=reader.word("prev_hash", _HASH, "64 hexadecimal digits"),
    )
    if (event.offset_ms is None) != (event.unc_ms is None):
        reader.faults["unc_ms"] = "offset_ms and unc_ms are given together, or neither."
    for name in sorted({str(name) for name in raw} - MEMBERS):
        reader.faults[name[:MOST_TEXT]] = f"{name[:MOST_TEXT]!r} is not part of an event."
    if reader.faults:
        raise InvalidInput(reader.faults)
    return event
