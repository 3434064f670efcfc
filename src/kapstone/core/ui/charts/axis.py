"""Times on an axis: the only place where a chart meets the calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

DAY_HOURS = 24.0


@dataclass(frozen=True, slots=True)
class DayMark:
    """The start of a day on an axis of hours (or of days), and what it is called."""

    at: float
    label: str
    today: bool = False
    weekend: bool = False


@dataclass(frozen=True, slots=True)
class NowMark:
    """
    Now, on an axis.

    ``origin`` is the moment at the axis's zero, as an ISO time with its offset: with it the
    page's clock moves the line each minute, and tells the time in ``zone``.
    """

    at: float
    label: str = ""
    origin: str = ""
    zone: str = ""


def hours_after(origin: datetime, moment: datetime) -> float:
    """Return the hours from an origin to a moment; both know their zone."""
    # Not ``moment - origin``: within one zone that counts the clock, not the time that passed.
    return (moment.timestamp() - origin.timestamp()) / 3600


def day_marks(
    origin: datetime, hours: float, *, today: date, form: str = "%a %-d"
) -> Iterator[DayMark]:
    """
    Yield the days that lie on an axis of hours, by the clock of the origin's zone.

    A day of 23 or 25 hours, when clocks change, keeps its true length.
    """
    end = origin.timestamp() + hours * 3600
    day = origin.date()
    while True:
        starts = datetime.combine(day, time(), tzinfo=origin.tzinfo)
        at = (starts.timestamp() - origin.timestamp()) / 3600
        if starts.timestamp() >= end:
            return
        yield DayMark(
            at=at,
            label=starts.strftime(form),
            today=day == today,
            weekend=day.weekday() >= 5,
        )
        day += timedelta(days=1)


def day_spans(days: Sequence[DayMark], end: float) -> Iterator[tuple[DayMark, float]]:
    """Yield each day with the place where it ends: at the next one, the last at the end."""
    for i, day in enumerate(days):
        yield day, days[i + 1].at if i + 1 < len(days) else end
