"""Drawing numbers that differ between people, always from a seeded stream."""

from __future__ import annotations

import math

import numpy as np

from kapstone.science.parameters import Parameter
from kapstone.science.quantities import FloatArray, ModelError


def spread_without(parameter: Parameter, count: int, rng: np.random.Generator) -> FloatArray:
    """Draw value x exp(spread x normal), shape (count,), without a limit."""
    return parameter.value * np.exp(parameter.spread * rng.standard_normal(count))


def spread_within(parameter: Parameter, count: int, rng: np.random.Generator) -> FloatArray:
    """
    Draw value x exp(spread x normal) truncated to the parameter's bounds, shape (count,).

    What falls outside is drawn again, so no weight piles up on a bound.

    Raises
    ------
    ModelError : the parameter has no bounds
    """
    if parameter.bounds is None:
        raise ModelError(f"{parameter.symbol} has no bounds to draw within")
    low, high = (math.log(edge / parameter.value) for edge in parameter.bounds)
    logs = parameter.spread * rng.standard_normal(count)
    outside = np.flatnonzero((logs < low) | (logs > high))
    while len(outside):
        logs[outside] = parameter.spread * rng.standard_normal(len(outside))
        outside = outside[(logs[outside] < low) | (logs[outside] > high)]
    return parameter.value * np.exp(logs)
