"""The phases of the window as a person lives them, and the hour until which they rest. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from kapstone.catalogue.modalities import WindowPhase

MORNING_HOUR = 7  # judgement: rest mode ends at 07:00 on the day after the dose
NIGHT_BELONGS_TO_EVENING = timedelta(hours=5)  # a dose at 01:00 belongs to the evening before
# Hours after a dose at which the phases turn when the science gives no answer (ux.md, part 6).
CLOCK_OPENS, CLOCK_OPEN_UNTIL, CLOCK_CLOSES = (
    timedelta(hours=hours) for hours in (24, 72, 168)
)


IN_WINDOW = frozenset(
    {WindowPhase.RESTING, WindowPhase.OPENING, WindowPhase.OPEN, WindowPhase.CLOSING}
)
"""The phases in which the window of a dose given is not yet closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedSpan:
    """One stretch of openness with its moments as instants."""

    opens_at: datetime
    closes_at: datetime
    peak_at: datetime
    peak: float
    most_open: tuple[tuple[datetime, datetime], ...]

    @property
    def open_from(self) -> datetime:
        """Start of the most open time; of the whole stretch where none is most open."""
        return self.most_open[0][0] if self.most_open else self.opens_at

    @property
    def open_until(self) -> datetime:
        """End of the most open time; of the whole stretch where none is most open."""
        return self.most_open[-1][1] if self.most_open else self.closes_at


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseFacts:
    """What the phase is read from: spans of the doses given, the last dose, and the clock."""

    spans: Sequence[DatedSpan]
    last_dose_at: datetime | None
    at: datetime
    zone: ZoneInfo


def rest_until(dose_at: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment at which rest mode ends: the morning after the dose, clinic time."""
    evening = (dose_at.astimezone(zone) - NIGHT_BELONGS_TO_EVENING).date()
    return datetime.combine(evening + timedelta(days=1), time(MORNING_HOUR), zone)


def phase_at(facts: PhaseFacts) -> WindowPhase:
    """
    Name the phase.

    Rest goes before everything else. A dose given whose window has not risen yet is opening;
    without any dose the phase is *before*.
    """
    if facts.last_dose_at is None or facts.last_dose_at > facts.at:
        return WindowPhase.BEFORE
    if facts.at < rest_until(facts.last_dose_at, facts.zone):
        return WindowPhase.RESTING
    for span in facts.spans:
        if facts.at < span.opens_at:
            return WindowPhase.OPENING
        if facts.at < span.closes_at:
            return _inside(span, facts.at)
    return WindowPhase.BETWEEN


def phase_by_clock(facts: PhaseFacts) -> WindowPhase:
    """Name the phase by the hours since the last dose alone, for when nothing was computed."""
    if facts.last_dose_at is None or facts.last_dose_at > facts.at:
        return WindowPhase.BEFORE
    if facts.at < rest_until(facts.last_dose_at, facts.zone):
        return WindowPhase.RESTING
    since = facts.at - facts.last_dose_at
    if since < CLOCK_OPENS:
        return WindowPhase.OPENING
    if since < CLOCK_OPEN_UNTIL:
        return WindowPhase.OPEN
    return WindowPhase.CLOSING if since < CLOCK_CLOSES else WindowPhase.BETWEEN


def open_time_by_clock(dose_at: datetime) -> tuple[datetime, datetime]:
    """Give the open time by the clock alone, for when nothing was computed."""
    return dose_at + CLOCK_OPENS, dose_at + CLOCK_OPEN_UNTIL


def _inside(span: DatedSpan, at: datetime) -> WindowPhase:
    if any(start <= at < end for start, end in span.most_open):
        return WindowPhase.OPEN
    turns = span.most_open[-1][1] if span.most_open else span.peak_at
    return WindowPhase.OPENING if at < turns else WindowPhase.CLOSING
