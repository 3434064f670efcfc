"""
What a set of events says, in whatever order they came.

Nothing here asks which event is the newest. Sets grow, stages only rise, an event is struck
only by one that names it; so every replica that holds the same events reads the same room.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations
from types import MappingProxyType
from uuid import UUID

from kapstone.clinic.dosing.sync.envelope import Event
from kapstone.clinic.dosing.sync.judging import amount_of
from kapstone.clinic.dosing.sync.lease import QUESTIONED

TWICE_WITHIN_MS = 60_000
# Higher wins, whatever came last.
STAGES: Mapping[str, int] = MappingProxyType(
    {
        "ready": 1,
        "dosing": 2,
        "peak": 3,
        "recovery": 4,
        "left-against-advice": 5,
        "went-home": 6,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One event, and what the server said of it: nothing yet, for one that waits here."""

    event: Event
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What stands in a session."""

    entries: frozenset[UUID]
    struck: frozenset[UUID]
    doses: Mapping[UUID, Decimal]  # that stand, by the event that first said so
    in_question: frozenset[UUID]  # doses that a prescriber has to reconcile
    is_stopped: bool
    emergency: frozenset[str]
    stage: str
    responsible: frozenset[UUID]
    checks: Mapping[str, bool]
    charted_twice: frozenset[frozenset[UUID]]
    verified: frozenset[UUID] = field(default_factory=frozenset)

    @property
    def total_mg(self) -> Decimal:
        """Add up every dose that stands; one in question counts until it is said not to."""
        return sum(self.doses.values(), Decimal(0))

    @property
    def is_in_conflict(self) -> bool:
        """Whether no further dose may be given until a prescriber has reconciled."""
        return bool(self.in_question)


def read_room(heard: Iterable[Heard], most_mg: Decimal | None = None) -> Room:
    """
    Read the room from its events: the same room from every order of the same events.

    Parameters
    ----------
    heard : the events, in any order, any of them more than once
    most_mg : the most that may be given in the session; above it every dose is in question
    """
    found = {one.event.event_id: one for one in heard}
    struck = frozenset(
        one.event.supersedes
        for one in found.values()
        if one.event.kind == "correction" and one.event.supersedes is not None
    )
    doses = dict(_doses(found, struck))
    states = [one.event for one in found.values() if one.event.kind == "state"]
    return Room(
        entries=frozenset(found),
        struck=struck,
        doses=MappingProxyType(doses),
        in_question=_in_question(found, doses, most_mg) - _uuids(states, "reconcile"),
        is_stopped=_is_stopped(found.values()),
        emergency=_items(states, "emergency"),
        stage=_stage(states, doses),
        responsible=_responsible(states),
        checks=MappingProxyType(_checks(states)),
        charted_twice=frozenset(_twice(found, struck)),
        verified=_uuids(states, "verify"),
    )


# --- Doses


def _doses(
    found: Mapping[UUID, Heard], struck: frozenset[UUID]
) -> Iterator[tuple[UUID, Decimal]]:
    """Give each dose that stands, with what its newest correction says was given."""
    corrections = {
        one.event.supersedes: one.event
        for one in sorted(found.values(), key=lambda one: one.event.event_id, reverse=True)
        if one.event.kind == "correction"
    }
    for root, one in found.items():
        if one.event.kind != "dose":
            continue
        amount, last = amount_of(one.event), root
        while last in struck:  # each names one before it, so this ends
            said = corrections[last]
            instead = said.payload.get("instead")
            amount = Decimal(str(instead["amount_mg"])) if instead else Decimal(0)
            last = said.event_id
        if amount > 0:
            yield root, amount


def _in_question(
    found: Mapping[UUID, Heard], doses: Mapping[UUID, Decimal], most_mg: Decimal | None
) -> frozenset[UUID]:
    """
    Find the doses given without the lease, too much, or not knowing of each other.

    A dose said later not to have been given still questions the other, until a prescriber
    has reconciled it.
    """
    if most_mg is not None and sum(doses.values()) > most_mg:
        return frozenset(doses)
    written = {key: one.event for key, one in found.items() if one.event.kind == "dose"}
    doubtful = {key for key in written if found[key].flags & QUESTIONED}
    for one, other in combinations(written, 2):
        if one not in written[other].knows and other not in written[one].knows:
            doubtful |= {one, other}
    return frozenset(doubtful & doses.keys())


# --- States


def _items(states: Iterable[Event], change: str) -> frozenset[str]:
    return frozenset(
        str(one.payload["item"]) for one in states if one.payload["change"] == change
    )


def _uuids(states: Iterable[Event], change: str) -> frozenset[UUID]:
    return frozenset(UUID(one) for one in _items(states, change))


def _is_stopped(heard: Iterable[Heard]) -> bool:
    """Whether anybody ever asked to stop or began an emergency: not undone by a correction."""
    return any(
        (one.event.kind == "event" and one.event.payload.get("event") == "asks-to-stop")
        or (one.event.kind == "state" and one.event.payload["change"] == "emergency")
        for one in heard
    )


def _stage(states: Iterable[Event], doses: Mapping[UUID, Decimal]) -> str:
    reached = {item for item in _items(states, "room") if item in STAGES}
    if doses:
        reached.add("dosing")
    return max(reached, key=lambda one: STAGES[one], default="ready")


def _responsible(states: Iterable[Event]) -> frozenset[UUID]:
    """
    Say who watches: whoever began, until somebody they offered it to has accepted.

    An offer names whom, and the holding that it passes on; an acceptance names the offer.
    """
    handed = [one for one in states if one.payload["change"] == "handover"]
    holding = {one.event_id: one.actor for one in handed if one.payload["item"] == "begin"}
    offers = {
        str(one.event_id): one.payload["value"].split(" ", 1)
        for one in handed
        if one.payload["item"] == "offer"
    }
    passed: set[str] = set()
    for one in handed:
        to, held = offers.get(one.payload.get("value", ""), ("", ""))
        if one.payload["item"] == "accept" and to == str(one.actor):
            holding[one.event_id] = one.actor
            passed.add(held)
    return frozenset(who for mine, who in holding.items() if str(mine) not in passed)


def _checks(states: Iterable[Event]) -> dict[str, bool]:
    """Say for each item whether a tick stands: one that no un-tick names."""
    checks = [one for one in states if one.payload["change"] == "check"]
    undone = {
        one.payload["value"].split(" ", 1)[1][:36]
        for one in checks
        if one.payload["value"].startswith("undo ")
    }
    ticks = [one for one in checks if not one.payload["value"].startswith("undo ")]
    items = {str(one.payload["item"]) for one in checks}
    return {
        item: any(
            one.payload["item"] == item and str(one.event_id) not in undone for one in ticks
        )
        for item in sorted(items)
    }


def _twice(found: Mapping[UUID, Heard], struck: frozenset[UUID]) -> Iterator[frozenset[UUID]]:
    """Find equal vital signs within a minute from two devices: perhaps charted twice."""
    vitals = [
        one.event
        for one in found.values()
        if one.event.kind == "vitals" and one.event.event_id not in struck
    ]
    for one, other in combinations(vitals, 2):
        if (
            one.device_id != other.device_id
            and one.payload == other.payload
            and abs(one.observed_ms - other.observed_ms) <= TWICE_WITHIN_MS
        ):
            yield frozenset({one.event_id, other.event_id})
