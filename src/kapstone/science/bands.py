"""Population bands: how far people differ, drawn with a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import SFC64, Generator, SeedSequence

from kapstone.science.events import DoseEvent
from kapstone.science.exposure import exposure
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.people import drawn
from kapstone.science.quantities import FloatArray, Grade, QuantityError, times
from kapstone.science.window import drawn_clock, openness_at, segments

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
DRAW_LIMIT = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """
    Quantiles of a quantity at times: ``values`` has shape (len(levels), m).

    Nine people in ten should lie between the first row and the last, if the model holds.
    """

    times_h: FloatArray
    levels: tuple[float, ...]
    values: FloatArray
    draws: int
    seed: int
    sha256: str
    grade: Grade = Grade.ASSUMPTION

    def at(self, level: float) -> FloatArray:
        """
        Give one row, shape (m,).

        Raises
        ------
        QuantityError : a level the band does not hold
        """
        if level not in self.levels:
            raise QuantityError(f"the band holds {self.levels}, not {level!r}")
        return np.asarray(self.values[self.levels.index(level)])


def check_draws(draws: int) -> None:
    """
    Refuse a number of draws that makes no band.

    Raises
    ------
    QuantityError : fewer than 10 or more than 100,000
    """
    if not 10 <= draws <= DRAW_LIMIT:
        raise QuantityError(f"draws must be from 10 to {DRAW_LIMIT}, got {draws!r}")


def seeded(seed: int) -> Generator:
    """
    Give the stream of a seed: the same numbers on every machine.

    Raises
    ------
    QuantityError : a negative seed
    """
    if seed < 0:
        raise QuantityError(f"a seed must be 0 or more, got {seed!r}")
    return Generator(SFC64(SeedSequence(seed)))


def quantiles(values: FloatArray, levels: Sequence[float]) -> FloatArray:
    """
    Give quantiles over people, of ``values`` with shape (n, m), as (len(levels), m).

    Linear between order statistics, as NumPy's default; sorted once for all levels.
    """
    ranked = np.sort(np.ascontiguousarray(values.T), axis=1)
    place = np.asarray(levels) * (ranked.shape[1] - 1)
    low = np.floor(place).astype(np.intp)
    high = np.minimum(low + 1, ranked.shape[1] - 1)
    part = place - low
    return np.ascontiguousarray((ranked[:, low] * (1.0 - part) + ranked[:, high] * part).T)


def band(
    events: Sequence[DoseEvent],
    times_h: Sequence[float] | FloatArray,
    *,
    seed: int,
    draws: int = 200,
    weight_kg: float | None = None,
    interaction: str = "none",
    parameters: Parameters | None = None,
) -> Band:
    """
    Draw the band of the window for the doses given: bodies, clocks and multipliers differ.

    Parameters
    ----------
    events : doses in any order; may be empty
    times_h : shape (m,), hours on the clock of the doses
    seed : the same seed gives the same bytes
    draws : number of people drawn, 10 to 100,000

    Returns
    -------
    Band : the 5, 25, 50, 75 and 95 % quantiles of W, shape (5, m)

    Raises
    ------
    QuantityError : too few or too many draws, times that are not finite, an impossible weight

    Notes
    -----
    Evidence D: the spread between people is itself an assumption.
    Source: docs/science/window.md, section Bands.
    """
    parameters = parameters or load_parameters()
    check_draws(draws)
    at = times("times", times_h, low=-np.inf)
    rng = seeded(seed)
    body = drawn(
        draws, rng, weight_kg=weight_kg, interaction=interaction, parameters=parameters
    )
    clock = drawn_clock(draws, rng, parameters)
    jumps = exposure(events, body=body, parameters=parameters)
    openness = openness_at(segments(jumps, clock), clock, at)
    return Band(at, LEVELS, quantiles(openness, LEVELS), draws, seed, parameters.sha256)
