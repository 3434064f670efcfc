"""
Watching after a dose: when vital signs are due, and which values cross a line.

A record and a reminder, not an alarm: nothing here watches a person. The lines say whom to
tell and when to act; a crossing stays until somebody answers it, and a later normal value does
not take it away.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from kapstone.catalogue.routes import VitalsDue, observe_until, route_for, vitals_due
from kapstone.catalogue.thresholds import (
    PARAMETERS,
    Crossing,
    Level,
    VitalsReading,
    judge_vitals,
    load_thresholds,
)
from kapstone.clinic.dosing.entries import Event, Happening, Reply, Vitals


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A dose as the schedule needs it."""

    at: datetime
    route: str
    product: str
    duration_min: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One standing set of vital signs."""

    entry: UUID
    at: datetime
    vitals: Vitals


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One standing event."""

    entry: UUID
    at: datetime
    happening: Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One limit that was crossed, by which entry, and how it was answered."""

    entry: UUID
    at: datetime
    crossing: Crossing
    reply: Reply | None = None
    told: str = ""
    raised_at: datetime | None = None  # when it was written: nobody could answer before
    answered_by: str = ""
    answered_at: datetime | None = None

    def waited(self, at: datetime) -> timedelta:
        """Give how long it waited for an answer, or has waited until now."""
        began = self.raised_at or self.at
        return max((self.answered_at or at) - began, timedelta(0))

    def is_late(self, at: datetime) -> bool:
        """Whether it went, or goes, unanswered for longer than a crossing may."""
        longest = timedelta(seconds=load_thresholds().escalate_after_seconds.value)
        return self.waited(at) >= longest

    @property
    def parameter(self) -> str:
        """Name the parameter, as an answer names it."""
        return self.crossing.parameter

    @property
    def level(self) -> Level:
        """Give how grave it is."""
        return self.crossing.level

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it."""
        return self.reply is None


def due_times(doses: Sequence[Started], until: datetime) -> tuple[VitalsDue, ...]:
    """List when vital signs are due, from the first dose until a moment."""
    if not doses:
        return ()
    first = doses[0]
    return vitals_due(
        route_for(first.route, first.product),
        [dose.at for dose in doses],
        until,
        infusion_ended_at=_infusion_ended(doses),
    )


def next_due(
    doses: Sequence[Started], taken_at: Sequence[datetime], at: datetime
) -> VitalsDue | None:
    """
    Give the first due time that no set of vital signs answers; None before a dose.

    A set answers a due time when it was taken after the middle of the interval before it. The
    set at minute 0 is the baseline, which the dose itself asks for.
    """
    newest = max(taken_at, default=None)
    horizon = max([at, *taken_at]) + timedelta(hours=4)
    for due in due_times(doses, horizon):
        if any(due.due_at == dose.at for dose in doses):
            continue
        early = due.due_at - (due.overdue_at - due.due_at)
        if newest is None or newest < early:
            return due
    return None


def observed_until(doses: Sequence[Started]) -> datetime | None:
    """Give the time to which the person stays at least."""
    if not doses:
        return None
    first = doses[0]
    return observe_until(
        route_for(first.route, first.product),
        [dose.at for dose in doses],
        infusion_ended_at=_infusion_ended(doses),
    )


def _infusion_ended(doses: Sequence[Started]) -> datetime | None:
    ends = [
        dose.at + timedelta(minutes=dose.duration_min) for dose in doses if dose.duration_min
    ]
    return max(ends, default=None)


def raised(
    seen: Sequence[Seen], happened: Sequence[Happened], baseline: Vitals | None
) -> Iterator[Raised]:
    """Yield what each set of vital signs, and each event, crossed: one for each parameter."""
    start = _reading(baseline) if baseline is not None else None
    before: Seen | None = None
    for one in seen:
        since = before.at if before is not None else None
        signs = _signs(happened, since, one.at)
        found = judge_vitals(
            replace(_reading(one.vitals), signs=signs),
            start,
            previous=_reading(before.vitals) if before is not None else None,
        )
        for crossing in found:
            if crossing.value is not None:  # what was seen is raised by its own event
                yield Raised(entry=one.entry, at=one.at, crossing=crossing)
        before = one
    yield from _raised_by_events(seen, happened, start)


def _raised_by_events(
    seen: Sequence[Seen], happened: Sequence[Happened], start: VitalsReading | None
) -> Iterator[Raised]:
    """Judge each event beside the numbers of that moment; yield what the event adds."""
    vomits = 0
    for one in happened:
        newest = [other.vitals for other in seen if other.at <= one.at][-1:]
        numbers = _reading(newest[0]) if newest else VitalsReading()
        is_vomit = one.happening.event is Event.VOMITED
        vomits += is_vomit
        with_event = replace(
            numbers, vomits=vomits if is_vomit else None, signs=_sign(one.happening)
        )
        already = {crossing.code for crossing in judge_vitals(numbers, start)}
        for crossing in judge_vitals(with_event, start):
            if crossing.code not in already:
                yield Raised(entry=one.entry, at=one.at, crossing=crossing)


def _reading(vitals: Vitals) -> VitalsReading:
    return VitalsReading(
        **{name: getattr(vitals, name) for name in PARAMETERS if hasattr(vitals, name)}
    )


def _sign(happening: Happening) -> frozenset[str]:
    if happening.event is Event.ASKS_TO_STOP:
        return frozenset({"asks-to-stop"})
    return frozenset({happening.sign}) if happening.sign else frozenset()


def _signs(
    happened: Sequence[Happened], since: datetime | None, until: datetime
) -> frozenset[str]:
    return frozenset(
        sign
        for one in happened
        if one.at <= until and (since is None or one.at > since)
        for sign in _sign(one.happening)
    )
