"""What the patient's timeline is drawn from; times are days on one axis."""

from __future__ import annotations

from dataclasses import dataclass

from kapstone.core.ui.charts.axis import DayMark, NowMark

# A weather: its icon, the token of its mark and of its ground, and its word.
WEATHER = {
    "storm": ("cloud-lightning", "lake", "lake", "storm"),
    "bright": ("sun", "window-ink", "window", "bright"),
    "fog": ("cloud-fog", "ink2", "edge", "fog"),
    "still": ("moon-star", "moss", "moss", "still"),
    "other": ("circle-dashed", "ink2", "edge", "something else"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """One dose of the course, by its number."""

    day: float
    number: int
    planned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session: preparation, integration."""

    day: float
    label: str
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """One instrument's scores, the zone of remission and the patient's own response line."""

    name: str
    low: float
    high: float
    points: tuple[tuple[float, float], ...] = ()
    due: tuple[float, ...] = ()
    remission_under: float | None = None
    response_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ribbon:
    """One trail's strength by day, 0 to 1."""

    name: str
    is_new: bool
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """
    The whole treatment on one axis.

    ``curve`` holds (day, level) of the combined window of doses given, ``planned_curve`` of
    those and the planned ones. ``weather`` and ``sleep`` hold one entry a day; None is missing.
    """

    uid: str
    name: str
    start: float
    end: float
    ticks: tuple[DayMark, ...] = ()
    now: NowMark | None = None
    curve: tuple[tuple[float, float], ...] = ()
    planned_curve: tuple[tuple[float, float], ...] = ()
    doses: tuple[Dose, ...] = ()
    sessions: tuple[Session, ...] = ()
    scores: tuple[Scores, ...] = ()
    weather: tuple[tuple[float, str | None], ...] = ()
    trails: tuple[Ribbon, ...] = ()
    sleep: tuple[tuple[float, float | None], ...] = ()
    sleep_goal: float = 7.0
    short_night: float = 5.0
    no_dose: str = "First dose not planned"

    def day_words(self, day: float) -> str:
        """Name a day on the axis: by the tick before it, and how many days after."""
        before = [tick for tick in self.ticks if tick.at <= day]
        if not before:
            return f"day {day:.0f}"
        days = int(day - before[-1].at)
        return f"{before[-1].label} +{days}" if days else before[-1].label
