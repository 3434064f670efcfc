"""Routes: what was published, guard rails on an order, vital signs due, time to observe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import ClassVar

from kapstone.catalogue.basis import Basis, Figure, deciding
from kapstone.catalogue.reader import BlankText
from kapstone.catalogue.rows import refuse_repeats
from kapstone.catalogue.shelf import Sheet, latest, take
from kapstone.errors import CatalogueError, Weight


class Quantity(StrEnum):
    """What a guard rail looks at."""

    MG = "mg"
    MG_PER_KG = "mg_per_kg"
    MG_PER_KG_PER_MIN = "mg_per_kg_per_min"
    DURATION_MIN = "duration_min"
    FIRST_SESSION_MG = "first_session_mg"
    SESSIONS_IN_7_DAYS = "sessions_in_7_days"


class Side(StrEnum):
    """Which side of a limit is wrong."""

    ABOVE = "above"
    BELOW = "below"
    OTHER_THAN = "other-than"


class SignSet(StrEnum):
    """Which signs are taken."""

    FULL = "full"
    OXYGEN_AND_PULSE = "oxygen-and-pulse"
    PRESSURE_AND_ALERTNESS = "pressure-and-alertness"

    @property
    def signs(self) -> tuple[str, ...]:
        """Give the names of the signs in the set."""
        return _SIGNS[self]


_SIGNS: Mapping[SignSet, tuple[str, ...]] = {
    SignSet.FULL: (
        "systolic_mmhg",
        "diastolic_mmhg",
        "heart_rate_per_min",
        "spo2_percent",
        "breaths_per_min",
        "alertness",
    ),
    SignSet.OXYGEN_AND_PULSE: ("heart_rate_per_min", "spo2_percent"),
    SignSet.PRESSURE_AND_ALERTNESS: ("systolic_mmhg", "diastolic_mmhg", "alertness"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A dose or schedule somebody published: shown as context, never as a suggestion."""

    words: str
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A guard rail on an order: past soft a reason is asked, past hard it stops."""

    code: str
    quantity: Quantity
    side: Side
    basis: tuple[Basis, ...]
    soft: float | None = None
    hard: float | None = None
    steps: tuple[float, ...] = ()
    words: str = ""

    def __post_init__(self) -> None:
        deciding(self.basis)
        if (self.side is Side.OTHER_THAN) != bool(self.steps):
            raise CatalogueError(f"{self.code}: steps belong to other-than, and to it alone")
        if not self.steps and self.soft is None and self.hard is None:
            raise CatalogueError(f"{self.code}: give soft, hard or both")
        if self.soft is not None and self.hard is not None:
            ordered = (
                self.soft < self.hard if self.side is Side.ABOVE else self.hard < self.soft
            )
            if not ordered:
                raise CatalogueError(f"{self.code}: soft must come before hard")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRule:
    """How old the weight behind a dose may be."""

    days: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplement:
    """When a further dose in the same session may be given."""

    before_minute: Figure
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalFloor:
    """Hours since the last dose: under hard nobody may, under soft a reason is asked."""

    hard_hours: Figure
    soft_hours: Figure
    deep_soft_hours: Figure | None = None
    deep_from_mg: Figure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One set of vital signs, in minutes from the dose."""

    minute: int
    signs: SignSet
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalsRule:
    """When vital signs are due, and how long the patient is observed."""

    points: tuple[Point, ...]
    from_end_every_minutes: int
    overdue_factor: Figure  # a reading is overdue at this many times its interval
    observe_minutes: Figure
    basis: tuple[Basis, ...]
    during_infusion_every_minutes: int = 0
    observe_after_end_minutes: Figure | None = None
    counts_from_last_dose: bool = True

    def __post_init__(self) -> None:
        deciding(self.basis)
        minutes = [point.minute for point in self.points]
        if not minutes or minutes[0] != 0 or any(b <= a for a, b in pairwise(minutes)):
            raise CatalogueError("vitals: points must start at 0 and rise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Sheet):
    """One way in, with one product. ``route`` and ``product`` are the science's own codes."""

    KIND: ClassVar[str] = "routes"

    name: str
    route: str
    product: str
    formulation: str
    parenteral: bool
    bioavailability_words: str
    onset_words: str
    order_note: BlankText
    published: tuple[Published, ...]
    guards: tuple[Guard, ...]
    interval: IntervalFloor
    vitals: VitalsRule
    weight: WeightRule | None = None
    supplement: Supplement | None = None

    def __post_init__(self) -> None:
        refuse_repeats((guard.code for guard in self.guards), "guards")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardCrossing:
    """A guard rail that an order passes: a caution past soft, a block past hard."""

    guard: Guard
    weight: Weight
    value: float
    limit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalsDue:
    """One set of vital signs that is due."""

    due_at: datetime
    overdue_at: datetime
    signs: tuple[str, ...]
    words: str = ""


def load_route(code: str, version: int | None = None) -> Route:
    """Read one route; without a version, the newest."""
    return take(Route, code, version)


def routes() -> Mapping[str, Route]:
    """Give the newest version of every route, keyed by code."""
    return latest(Route)


def route_for(route: str, product: str) -> Route:
    """
    Find the sheet of a way in and a product, as the science names them.

    Raises
    ------
    CatalogueError : the two do not go together
    """
    for found in routes().values():
        if (found.route, found.product) == (route, product):
            return found
    raise CatalogueError(f"no route {route} for {product}")


def guards_crossed(
    route: Route, quantities: Mapping[Quantity, float | None]
) -> tuple[GuardCrossing, ...]:
    """
    Give every guard rail that these quantities pass, blocks first.

    Parameters
    ----------
    quantities : what is known of the order; an unknown one is left out or ``None``
    """
    found = [
        crossing
        for guard in route.guards
        if (value := quantities.get(guard.quantity)) is not None
        and (crossing := _crossing(guard, value))
    ]
    return tuple(sorted(found, key=lambda crossing: crossing.weight is not Weight.BLOCK))


def vitals_due(
    route: Route,
    dose_times: Sequence[datetime],
    until: datetime,
    *,
    infusion_ended_at: datetime | None = None,
) -> tuple[VitalsDue, ...]:
    """
    List the vital signs due from the first dose until a moment, both ends included.

    Each further dose starts the schedule again. After the last point of the schedule, or
    after the end of an infusion, signs are due at the route's steady interval.

    Parameters
    ----------
    dose_times : when each dose of the session was given, at least one, in any order
    until : the moment to list up to, such as the planned end of observation
    infusion_ended_at : when the infusion ended; until it is known it is taken to run on
    """
    starts = sorted(dose_times)
    if not starts:
        return ()
    moments: dict[datetime, Point] = {}
    for start, next_start in zip(starts, [*starts[1:], None], strict=True):
        stop = until if next_start is None else min(until, next_start)
        for at, point in _moments(route.vitals, start, stop, infusion_ended_at):
            if at <= stop and (next_start is None or at < next_start):
                moments[at] = point
    ordered = sorted(moments)
    gaps = [later - earlier for earlier, later in pairwise(ordered)]
    first_gap = gaps[0] if gaps else timedelta(minutes=route.vitals.from_end_every_minutes)
    return tuple(
        VitalsDue(
            due_at=at,
            overdue_at=at + (route.vitals.overdue_factor.value - 1) * gap,
            signs=moments[at].signs.signs,
            words=moments[at].words,
        )
        for at, gap in zip(ordered, [first_gap, *gaps], strict=True)
    )


def observe_until(
    route: Route, dose_times: Sequence[datetime], *, infusion_ended_at: datetime | None = None
) -> datetime:
    """
    Give the earliest moment at which minimum observation is met.

    Raises
    ------
    CatalogueError : no dose was given, so nothing can be counted from it
    """
    if not dose_times:
        raise CatalogueError("no dose has been given: there is nothing to observe from")
    rule = route.vitals
    met_at = max(dose_times) + timedelta(minutes=rule.observe_minutes.value)
    if infusion_ended_at is not None and rule.observe_after_end_minutes is not None:
        after_end = timedelta(minutes=rule.observe_after_end_minutes.value)
        met_at = max(met_at, infusion_ended_at + after_end)
    return met_at


def _moments(
    rule: VitalsRule, start: datetime, stop: datetime, ended_at: datetime | None
) -> Iterator[tuple[datetime, Point]]:
    """Yield the schedule of one dose, without an end of its own."""
    last = start
    for point in rule.points:
        last = start + timedelta(minutes=point.minute)
        yield last, point
    steady = Point(minute=rule.points[-1].minute, signs=rule.points[-1].signs)
    if rule.during_infusion_every_minutes:
        running_until = stop if ended_at is None else ended_at
        step = timedelta(minutes=rule.during_infusion_every_minutes)
        while last + step <= running_until:
            last += step
            yield last, steady
        if ended_at is None:
            return
        if last < ended_at:
            last = ended_at
            yield last, Point(minute=0, signs=steady.signs, words="end of the infusion")
    step = timedelta(minutes=rule.from_end_every_minutes)
    while last + step <= stop:
        last += step
        yield last, steady


def _crossing(guard: Guard, value: float) -> GuardCrossing | None:
    if guard.side is Side.OTHER_THAN:
        limit = ", ".join(f"{step:g}" for step in guard.steps)
        known = value in guard.steps
        return (
            None
            if known
            else GuardCrossing(guard=guard, weight=Weight.CAUTION, value=value, limit=limit)
        )
    for limit_value, weight in ((guard.hard, Weight.BLOCK), (guard.soft, Weight.CAUTION)):
        if limit_value is not None and _passes(guard.side, value, limit_value):
            return GuardCrossing(
                guard=guard, weight=weight, value=value, limit=f"{limit_value:g}"
            )
    return None


def _passes(side: Side, value: float, limit: float) -> bool:
    return value > limit if side is Side.ABOVE else value < limit
