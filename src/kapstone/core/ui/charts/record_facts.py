"""What the session record is drawn from; times are minutes from the first dose."""

from __future__ import annotations

from dataclasses import dataclass

from kapstone.core.ui.charts.axis import NowMark


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """
    One set of vital signs.

    A value that was not taken is None and ``reason`` says why; ``struck`` is a set that a later
    one corrects: it stays on the chart, struck through.
    """

    at: float
    systolic: float | None = None
    diastolic: float | None = None
    pulse: float | None = None
    saturation: float | None = None
    alertness: int | None = None
    reason: str = ""
    struck: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseGiven:
    """A dose, as the pill above the chart names it."""

    at: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something noted: the icon shown, the words in the table."""

    at: float
    icon: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The protocol's limits: tell the prescriber, or act. Any may be absent."""

    tell_systolic: float | None = None
    act_systolic: float | None = None
    low_systolic: float | None = None
    tell_pulse: float | None = None
    low_pulse: float | None = None
    tell_saturation: float | None = None
    act_saturation: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """
    The record of one session.

    ``zero_clock`` is the clock time of the first dose in minutes after midnight, in the
    clinic's zone; ``due`` are the minutes at which vital signs are due.
    """

    uid: str
    vitals: tuple[Vitals, ...] = ()
    due: tuple[float, ...] = ()
    doses: tuple[DoseGiven, ...] = ()
    events: tuple[Happened, ...] = ()
    limits: Limits = Limits()
    zero_clock: int = 0
    start: float = -20.0
    end: float = 120.0
    now: NowMark | None = None
    empty: str = "Nothing recorded yet. The chart begins with the first set of vital signs."


def clock(zero: int, minutes: float) -> str:
    """Give the clock time of a minute of the session, 24 hours."""
    total = (zero + round(minutes)) % (24 * 60)
    return f"{total // 60:02d}:{total % 60:02d}"


def pressure(vitals: Vitals) -> str:
    """Write a blood pressure, or that none was taken."""
    if vitals.systolic is None or vitals.diastolic is None:
        return "no value"
    return f"{vitals.systolic:.0f}/{vitals.diastolic:.0f}"


def measured(value: float | None) -> str:
    """Write one value, or that none was taken."""
    return "no value" if value is None else f"{value:.0f}"
