"""What the window chart is drawn from."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from kapstone.core.ui.charts.axis import DayMark, NowMark


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How open the window is at each hour, 0 to 1, with the ranges that hold 50 and 90 %."""

    hours: tuple[float, ...]
    mid: tuple[float, ...]
    inner: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    outer: tuple[tuple[float, ...], tuple[float, ...]] | None = None

    def __post_init__(self) -> None:
        rows = (self.mid, *(self.inner or ()), *(self.outer or ()))
        if any(len(row) != len(self.hours) for row in rows):
            message = f"A curve of {len(self.hours)} hours needs as many values in each row."
            raise ValueError(message)

    def at(self, hour: float) -> float:
        """Return the middle value at an hour, on the straight line between its neighbours."""
        return between(self.hours, self.mid, hour)


def between(hours: Sequence[float], values: Sequence[float], hour: float) -> float:
    """Return a value on the straight line between neighbours; zero outside the hours."""
    if not hours or not hours[0] <= hour <= hours[-1]:
        return 0.0
    i = max(1, bisect_left(hours, hour))
    if i >= len(hours):
        return values[-1]
    share = (hour - hours[i - 1]) / (hours[i] - hours[i - 1])
    return values[i - 1] + share * (values[i] - values[i - 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase of the window, in words."""

    label: str
    start: float
    end: float
    note: str = ""
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseMark:
    """A dose on the axis."""

    at: float
    words: str = ""
    planned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSession:
    """A session; ``state`` is done, booked, free (a slot) or held (being placed)."""

    at: float
    title: str
    when: str
    state: str = "booked"


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeRow:
    """One practice and the hours at which it was done or is planned."""

    label: str
    done: tuple[float, ...] = ()
    planned: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of sleep or of ordinary life; ``late`` marks a short or late night."""

    start: float
    end: float
    label: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCurve:
    """
    Everything on the planner's chart; hours count from the first dose of the session.

    ``ahead`` is the curve as it would be with the planned doses: dashed where it differs.
    """

    uid: str
    title: str
    curve: Curve | None
    ahead: Curve | None = None
    start: float = 0.0
    end: float = 168.0
    phases: tuple[Phase, ...] = ()
    days: tuple[DayMark, ...] = ()
    doses: tuple[DoseMark, ...] = ()
    sessions: tuple[PlannedSession, ...] = ()
    practices: tuple[PracticeRow, ...] = ()
    sleep: tuple[Span, ...] = ()
    life: tuple[Span, ...] = ()
    now: NowMark | None = None
    empty: str = "No dose yet, so no window to draw."
