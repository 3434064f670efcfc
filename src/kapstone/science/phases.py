"""When the window opens, is most open, and closes, at stated levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.quantities import HOURS_PER_DAY, Grade
from kapstone.science.window import Clock, Jump, segments, typical_clock

FOREVER_D = 400.0
BISECTIONS = 60


class Phase(StrEnum):
    """Where a moment lies."""

    BETWEEN = "between"
    OPENING = "opening"
    MOST_OPEN = "most open"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of W that name the phases. Judgement (D): see the parameter file."""

    opens: float
    most_open: float
    closes: float


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """
    One stretch of openness, in hours on the clock of the doses.

    It opens when W rises through ``levels.opens`` and closes when W falls through
    ``levels.closes``; doses close together share one. ``most_open`` holds the spans at or above
    ``levels.most_open``: none after a small dose, several when doses are days apart.
    """

    opens_h: float
    closes_h: float
    most_open: tuple[tuple[float, float], ...]
    peak_h: float
    peak: float
    levels: Levels
    sha256: str
    grade: Grade = Grade.ASSUMPTION

    @property
    def most_open_from_h(self) -> float | None:
        """Start of the first most-open span, if there is one."""
        return self.most_open[0][0] if self.most_open else None

    @property
    def most_open_until_h(self) -> float | None:
        """End of the last most-open span, if there is one."""
        return self.most_open[-1][1] if self.most_open else None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch on which W only rises or only falls, in hours."""

    from_h: float
    until_h: float
    start_h: float
    slow: float
    fast: float
    rise: float
    decay: float

    def at(self, time_h: float) -> float:
        days = (time_h - self.start_h) / HOURS_PER_DAY
        return self.slow * math.exp(-self.decay * days) - self.fast * math.exp(
            -self.rise * days
        )

    def crossing(self, level: float) -> float | None:
        """Give the hour at which W passes a level, if it does."""
        low, high = self.from_h, self.until_h
        rising = self.at(low) < level
        if rising == (self.at(high) < level):
            return None
        for _ in range(BISECTIONS):
            middle = (low + high) / 2.0
            if (self.at(middle) < level) == rising:
                low = middle
            else:
                high = middle
        return high


def levels(parameters: Parameters | None = None) -> Levels:
    """Give the levels of W that name the phases. Source: docs/science/window.md, Phases."""
    parameters = parameters or load_parameters()
    names = ("LEVEL_OPENS", "LEVEL_MOST", "LEVEL_CLOSES")
    return Levels(*(parameters.number(f"window.{name}") for name in names))


def phases(
    jumps: Sequence[Jump],
    *,
    clock: Clock | None = None,
    parameters: Parameters | None = None,
) -> tuple[OpenSpan, ...]:
    """
    Give every stretch in which the window is open, for the typical clock or one person's.

    Parameters
    ----------
    jumps : what ``exposure`` gives for one person, in any order; may be empty
    clock : the typical person's if none

    Returns
    -------
    the open spans in order of time; empty where no dose brings W up to ``levels.opens``

    Notes
    -----
    Exact to 1e-9 h: W rises at most once and falls at most once between doses.
    Source: docs/science/window.md, section Phases. Evidence D.
    """
    parameters = parameters or load_parameters()
    clock = clock or typical_clock(parameters)
    stated = levels(parameters)
    pieces = _pieces(jumps, clock)
    spans: list[OpenSpan] = []
    opened: float | None = None
    for piece in pieces:
        if opened is None:
            rises = piece.at(piece.from_h) < piece.at(piece.until_h)
            opened = piece.crossing(stated.opens) if rises else None
        elif (closed := _falls(piece, stated.closes)) is not None:
            spans.append(_span(pieces, (opened, closed), stated, parameters.sha256))
            opened = None
    return tuple(spans)


def _falls(piece: _Piece, level: float) -> float | None:
    return piece.crossing(level) if piece.at(piece.until_h) < level else None


def _pieces(jumps: Sequence[Jump], clock: Clock) -> list[_Piece]:
    """Cut the curve at each dose and at each summit between doses."""
    parts = segments(jumps, clock)
    rise, decay = float(clock.rise[0]), float(clock.decay[0])
    starts = [float(start) for start in parts.starts_h]
    ends = [*starts[1:], starts[-1] + FOREVER_D * HOURS_PER_DAY] if starts else []
    pieces: list[_Piece] = []
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        slow, fast = float(parts.slow[0, place]), float(parts.fast[0, place])
        cuts = {start, end}
        ratio = rise * fast / (decay * slow) if slow else 0.0
        if ratio > 0:
            cuts.add(
                min(max(start + HOURS_PER_DAY * math.log(ratio) / (rise - decay), start), end)
            )
        pieces += [
            _Piece(low, high, start, slow, fast, rise, decay)
            for low, high in pairwise(sorted(cuts))
        ]
    return pieces


def _span(
    pieces: Sequence[_Piece], ends: tuple[float, float], stated: Levels, name: str
) -> OpenSpan:
    """Gather the summit and the most-open spans of one stretch."""
    opens_h, closes_h = ends
    inside = [piece for piece in pieces if piece.from_h < closes_h and piece.until_h > opens_h]
    summits = [
        (piece.at(hour), hour) for piece in inside for hour in (piece.from_h, piece.until_h)
    ]
    peak, peak_h = max(summits)
    passes = [
        hour for piece in inside if (hour := piece.crossing(stated.most_open)) is not None
    ]
    spans = tuple(zip(passes[::2], passes[1::2], strict=True))
    return OpenSpan(opens_h, closes_h, spans, peak_h, peak, stated, name)


def phase_at(spans: Sequence[OpenSpan], time_h: float) -> Phase:
    """
    Name the phase at an hour on the clock of the doses.

    Before the first most-open hour it is opening, after the last closing; between two it is
    opening again. Without a most-open span the summit divides them.
    """
    for span in spans:
        if span.opens_h <= time_h < span.closes_h:
            if any(start <= time_h < end for start, end in span.most_open):
                return Phase.MOST_OPEN
            last = span.most_open_until_h
            return (
                Phase.OPENING
                if time_h < (span.peak_h if last is None else last)
                else Phase.CLOSING
            )
    return Phase.BETWEEN
