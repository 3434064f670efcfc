"""Array types, evidence grades, and the two errors that the models raise."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kapstone.errors import KapstoneError

FloatArray: TypeAlias = NDArray[np.float64]

HOURS_PER_DAY = 24.0
MINUTES_PER_HOUR = 60.0


class QuantityError(KapstoneError, ValueError):
    """A number that cannot be the physical quantity it stands for."""

    status = 422


class ModelError(KapstoneError, ValueError):
    """A question that the model was not made for, or a parameter file it will not read."""

    status = 422


class Grade(StrEnum):
    """How a quantity is known: the letter shown beside it (docs/science/evidence.md)."""

    TRIALS = "A"
    FEW_HUMANS = "B"
    ANIMALS = "C"
    ASSUMPTION = "D"
    FITTED = "F"

    @property
    def meaning(self) -> str:
        """The grade in plain words."""
        return _MEANINGS[self]


_MEANINGS = {
    Grade.TRIALS: "human trials or large pooled data",
    Grade.FEW_HUMANS: "few or indirect human data",
    Grade.ANIMALS: "animals or test tubes",
    Grade.ASSUMPTION: "an assumption",
    Grade.FITTED: "fitted here to published values",
}


def within(name: str, value: float, low: float, high: float, unit: str) -> float:
    """
    Give the number back if it is finite and inside its limits.

    Raises
    ------
    QuantityError : the number is not finite, or lies outside ``low`` to ``high``
    """
    if not math.isfinite(value) or not low <= value <= high:
        raise QuantityError(f"{name} must be from {low:g} to {high:g} {unit}, got {value!r}")
    return float(value)


def times(name: str, values: object, *, low: float = 0.0) -> FloatArray:
    """
    Read a list of times as a float array of shape (m,).

    Raises
    ------
    QuantityError : not one-dimensional, not finite, or below ``low``
    """
    array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if array.ndim != 1:
        raise QuantityError(f"{name} must be a list of numbers, got shape {array.shape}")
    if not np.all(np.isfinite(array)) or np.any(array < low):
        raise QuantityError(f"{name} must be finite and at least {low:g}")
    return array
