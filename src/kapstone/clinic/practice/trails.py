"""From a log to the strength of two trails: one pass of the science for each fork. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kapstone.clinic.window.curve import WindowDose, reckon
from kapstone.science.quantities import Grade, ModelError, QuantityError
from kapstone.science.trails import Strengths, Walk, Way, strengths
from kapstone.science.window import PlainJump

HOURS = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedWalk:
    """One walk at a fork that was not undone."""

    walked_at: datetime
    which: str  # new, old or noticed


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFacts:
    """Everything the strengths of one fork's trails are computed from."""

    named_at: datetime
    doses: Sequence[WindowDose]
    sessions: Sequence[datetime]  # integration sessions that worked on this fork
    walks: Sequence[LoggedWalk]
    at: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailCurve:
    """
    Strengths of the new and the old trail, 0 to 1: at the start of each day, and now.

    ``without_window`` is empty, or says why the doses could not be read; the trails were then
    stepped on walks and sessions alone.
    """

    days: tuple[date, ...]
    new: tuple[float, ...]
    old: tuple[float, ...]
    new_now: float
    old_now: float
    sha256: str
    grade: Grade
    without_window: str = ""

    def on(self, day: date) -> tuple[float, float]:
        """Give the strengths at the start of a day: the first day's before it, now after it."""
        if day > self.days[-1]:
            return self.new_now, self.old_now
        place = max(0, (day - self.days[0]).days)
        return self.new[place], self.old[place]


def trail_curve(facts: TrailFacts) -> TrailCurve:
    """Step one fork's trails through their log, up to now."""
    first = min([facts.named_at, *(dose.given_at for dose in facts.doses)])
    calendar = _Calendar(first.astimezone(facts.zone).date(), facts.zone)
    jumps, reason = _jumps(facts.doses, calendar)
    found = strengths(
        jumps,
        now_h=calendar.hours(facts.at),
        sessions_h=[calendar.hours(moment) for moment in facts.sessions],
        walks=[Walk(calendar.hours(walk.walked_at), Way(walk.which)) for walk in facts.walks],
    )
    return _curve(found, calendar, reason)


def _curve(found: Strengths, calendar: _Calendar, reason: str) -> TrailCurve:
    return TrailCurve(
        days=tuple(calendar.first + timedelta(days=int(day)) for day in found.days),
        new=tuple(map(float, found.new)),
        old=tuple(map(float, found.old)),
        new_now=found.new_now,
        old_now=found.old_now,
        sha256=found.sha256,
        grade=found.grade,
        without_window=reason,
    )


def _jumps(
    doses: Sequence[WindowDose], calendar: _Calendar
) -> tuple[tuple[PlainJump, ...], str]:
    if not doses:
        return (), ""
    try:
        reckoning = reckon(doses)
    except (QuantityError, ModelError) as refusal:
        return (), str(refusal)
    ordered = sorted(doses, key=lambda dose: dose.given_at)
    return tuple(
        PlainJump(calendar.hours(dose.given_at), jump.amplitude)
        for dose, jump in zip(ordered, reckoning.jumps, strict=True)
    ), ""


@dataclass(frozen=True, slots=True)
class _Calendar:
    """
    Days of a clinic as the daily map counts them: 24 hours each, whatever the clocks do.

    A walk at 09:00 stays at hour 9 of its day on the day the clocks change.
    """

    first: date
    zone: ZoneInfo

    def hours(self, moment: datetime) -> float:
        local = moment.astimezone(self.zone)
        into = datetime.combine(date.min, local.time()) - datetime.combine(date.min, time())
        return (local.date() - self.first).days * HOURS + into / timedelta(hours=1)
