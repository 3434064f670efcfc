"""A forecast for one person: a pool of virtual patients, reweighted on his own ratings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kapstone.science.cohort import BLOCK, block_days, block_sizes, cast
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.protocols import Protocol
from kapstone.science.quantities import FloatArray, Grade, ModelError, QuantityError, within
from kapstone.science.symptoms import MADRS_HIGHEST

DEPRESSION = "depression"
SMALLEST_POOL = 20_000
LARGEST_POOL = 200_000
FEWEST_ALIKE = 30.0


@dataclass(frozen=True, slots=True)
class Rating:
    """One MADRS score of the person, on a whole day after the first dose (day 0 before it)."""

    day: int
    madrs: float


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Virtual patients under this person's own protocol: MADRS, shape (days + 1, n)."""

    protocol: Protocol
    madrs: FloatArray
    seed: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecast:
    """
    Intervals of MADRS on days, from the ratings so far: arrays of shape (m,).

    ``low`` to ``high`` should hold the next *rating* of ``level`` of people alike, visit noise
    included. ``alike`` is how many of the pool still speak (effective sample size). There is a
    middle, for drawing the range, and no line to be shown alone. Evidence F.
    """

    days: FloatArray
    low: FloatArray
    middle: FloatArray
    high: FloatArray
    level: float
    alike: float
    ratings: tuple[Rating, ...]
    sha256: str
    caveat: str = "Expect the range, not the middle."
    grade: Grade = Grade.FITTED


def pool(
    protocol: Protocol,
    *,
    seed: int,
    count: int = SMALLEST_POOL,
    indication: str = DEPRESSION,
    parameters: Parameters | None = None,
) -> Pool:
    """
    Simulate the pool for a person's own doses, sessions and practice.

    Parameters
    ----------
    count : 20,000 to 200,000 virtual patients

    Raises
    ------
    ModelError : an indication other than depression: none has a symptom model
    QuantityError : too small or too large a pool

    Notes
    -----
    Source: docs/science/forecast.md.
    """
    parameters = parameters or load_parameters()
    if indication != DEPRESSION:
        raise ModelError(
            f"no symptom model for {indication!r}: a forecast holds for depression only"
        )
    if not SMALLEST_POOL <= count <= LARGEST_POOL:
        raise QuantityError(f"a pool holds {SMALLEST_POOL} to {LARGEST_POOL}, got {count!r}")
    scores = np.empty((protocol.days + 1, count))
    for block, size in enumerate(block_sizes(count)):
        people = cast(protocol, seed=seed, block=block, count=size, parameters=parameters)
        start = block * BLOCK
        for day in block_days(protocol, people, parameters):
            scores[day.day, start : start + size] = day.madrs
    return Pool(protocol, scores, seed, parameters.sha256)


def forecast(
    people: Pool,
    ratings: Sequence[Rating],
    days: Sequence[int],
    *,
    level: float = 0.8,
    parameters: Parameters | None = None,
) -> Forecast:
    """
    Weigh the pool by how well each member fits the ratings, and give the interval it leaves.

    Parameters
    ----------
    ratings : the person's own scores, in any order; may be empty
    days : whole days to look at, up to the protocol's last
    level : share of people the interval should hold, 0.5 to 0.95

    Raises
    ------
    QuantityError : a rating or day outside the protocol, or a level outside 0.5 to 0.95
    ModelError : fewer than 30 of the pool resemble the person: the model does not know him

    Notes
    -----
    Weights are normal likelihoods with the visit SD; the interval adds that SD again.
    Source: docs/science/forecast.md. Evidence F.
    Not for: one number, a promise, or any disorder but depression.
    """
    parameters = parameters or load_parameters()
    within("level", level, 0.5, 0.95, "(a share)")
    last = people.protocol.days
    for rating in ratings:
        within("day of a rating", rating.day, 0, last, "d")
        within("MADRS", rating.madrs, 0.0, MADRS_HIGHEST, "points")
    ahead = np.asarray(days, dtype=np.intp)
    if ahead.ndim != 1 or np.any(ahead < 0) or np.any(ahead > last):
        raise QuantityError(f"days must be whole days from 0 to {last}")
    spread = parameters.number("symptom.MADRS_SD")
    weights = _weights(people, ratings, spread)
    alike = 1.0 / float(np.sum(weights**2))
    if alike < FEWEST_ALIKE:
        raise ModelError(
            f"only {alike:.0f} of {len(weights)} virtual patients resemble these ratings: "
            "the model gives no forecast for this person"
        )
    levels = ((1.0 - level) / 2.0, 0.5, (1.0 + level) / 2.0)
    rows = np.array([_quantiles(people.madrs[day], weights, spread, levels) for day in ahead])
    low, middle, high = rows.reshape(-1, 3).T
    return Forecast(
        days=ahead.astype(np.float64), low=low, middle=middle, high=high, level=level,
        alike=alike, ratings=tuple(ratings), sha256=people.sha256,
    )  # fmt: skip


def _weights(people: Pool, ratings: Sequence[Rating], spread: float) -> FloatArray:
    """Give normal likelihoods that sum to one, shape (n,)."""
    logs = np.zeros(people.madrs.shape[1])
    for rating in ratings:
        logs -= ((people.madrs[rating.day] - rating.madrs) / spread) ** 2 / 2.0
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


GRID = np.linspace(0.0, MADRS_HIGHEST, 601)


def _quantiles(
    scores: FloatArray, weights: FloatArray, spread: float, levels: Sequence[float]
) -> FloatArray:
    """Give weighted quantiles of score plus visit noise, on a grid of 0.1 points."""
    step = GRID[1]
    mass = np.bincount(
        np.clip(np.rint(scores / step), 0, len(GRID) - 1).astype(np.intp),
        weights=weights,
        minlength=len(GRID),
    )
    reach = int(5.0 * spread / step)
    bell = np.exp(-((np.arange(-reach, reach + 1) * step / spread) ** 2) / 2.0)
    spread_out = np.convolve(mass, bell / bell.sum())
    spread_out[reach] += spread_out[:reach].sum()
    spread_out[-reach - 1] += spread_out[len(spread_out) - reach :].sum()
    below = np.cumsum(spread_out[reach : len(spread_out) - reach])
    return np.asarray(np.interp(levels, below / below[-1], GRID))
