"""Sums of exponentials: the closed form every linear compartment model comes down to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kapstone.science.people import Body
from kapstone.science.quantities import FloatArray

APART = 3e-5
"""
A step nearly as fast as a mode is replaced by the mean of two steps, this far to either side.

Dividing by the difference of the rates themselves would cost the digits. The mean is off by
about the square of this share (1e-9), and rounding by 1e-16 over it: both are well inside the
1e-6 promised against an ODE solver. Three rates alike in one chain, which no drawn person has,
cost up to 3e-4.
"""
PEOPLE_AT_ONCE = 512


@dataclass(frozen=True, slots=True, eq=False)
class Modes:
    """
    A response sum_k weight_k exp(-rate_k t), for n people.

    ``rates`` in 1/h and ``weights`` (per unit put in) both have shape (n, k), or (1, k) where
    all share them.
    """

    rates: FloatArray
    weights: FloatArray

    def scaled(self, factor: FloatArray) -> Modes:
        """Multiply the response by one factor for each person, shape (n,) or (1,)."""
        return Modes(self.rates, self.weights * factor[:, None])

    def through(self, rate: FloatArray, gain: FloatArray) -> Modes:
        """
        Pass the response through one first-order step: gain x exp(-rate t), convolved.

        ``rate`` in 1/h and ``gain`` in 1/h have shape (n,) or (1,). The result has k + 1 modes,
        or k + 2 where somebody's rate is close to one of his modes.
        """
        apart = self._apart(rate)
        if not apart.any():
            return self._stepped(rate, gain)
        above = self._stepped(rate * (1.0 + apart), gain * 0.5)
        below = self._stepped(rate * (1.0 - apart), gain * 0.5)
        return above.plus(below, self.rates.shape[1])

    def _apart(self, rate: FloatArray) -> FloatArray:
        """Say how far to either side to step, 0 where nothing is close: shape (n,) or (1,)."""
        gaps = np.abs(self.rates / rate[:, None] - 1.0)
        close = (gaps < APART / 2.0).any(axis=1)
        apart = np.where(close, APART, 0.0)
        while True:
            sides = np.abs(gaps - apart[:, None]).min(axis=1)
            clash = close & (sides < APART / 4.0)
            if not clash.any():
                return apart
            apart = np.where(clash, apart * 1.6, apart)

    def _stepped(self, rate: FloatArray, gain: FloatArray) -> Modes:
        rates = self.rates
        parts = self.weights * gain[:, None] / (rate[:, None] - rates)
        tail = -parts.sum(axis=1, keepdims=True)
        rows = len(parts)
        ends = np.broadcast_to(rate[:, None], (rows, 1))
        starts = np.broadcast_to(rates, (rows, rates.shape[1]))
        return Modes(np.concatenate([starts, ends], axis=1), np.hstack([parts, tail]))

    def plus(self, other: Modes, shared: int) -> Modes:
        """Add two responses whose first ``shared`` modes have the same rates."""
        rows = max(len(self.weights), len(other.weights))
        pairs = [
            (np.broadcast_to(one.rates, (rows, one.rates.shape[1])),
             np.broadcast_to(one.weights, (rows, one.weights.shape[1])))
            for one in (self, other)
        ]  # fmt: skip
        (rates, weights), (more_rates, more_weights) = pairs
        together = weights[:, :shared] + more_weights[:, :shared]
        return Modes(
            np.hstack([rates, more_rates[:, shared:]]),
            np.hstack([together, weights[:, shared:], more_weights[:, shared:]]),
        )

    def after(self, elapsed_h: FloatArray, duration_h: float = 0.0) -> FloatArray:
        """
        Give the response to one unit put in at time 0, all at once or over ``duration_h``.

        Parameters
        ----------
        elapsed_h : hours since the start, shape (m,); before the start the response is zero

        Returns
        -------
        array of shape (n, m)
        """
        clock = np.maximum(elapsed_h, 0.0)
        if duration_h == 0.0:
            response = self._sum(self.weights, clock)
        else:
            response = np.empty((len(clock), len(self.weights)))
            weights = self.weights / (self.rates * duration_h)
            during = elapsed_h < duration_h
            response[during] = weights.sum(axis=1) - self._sum(weights, clock[during])
            reached = weights * -np.expm1(-self.rates * duration_h)
            response[~during] = self._sum(reached, clock[~during] - duration_h)
        np.maximum(response, 0.0, out=response)
        response[elapsed_h < 0.0] = 0.0
        return response.T

    def _sum(self, weights: FloatArray, clock: FloatArray) -> FloatArray:
        """
        Add up the modes: shape (m, n), people innermost, so that each pass runs over memory.

        A few hundred people at a time, so that the work stays in cache.
        """
        total = np.zeros((len(clock), len(weights)))
        late = -clock[:, None]
        sizes = np.ascontiguousarray(weights.T)
        rates = np.ascontiguousarray(np.broadcast_to(self.rates, weights.shape).T)
        for first in range(0, len(weights), PEOPLE_AT_ONCE):
            here = slice(first, first + PEOPLE_AT_ONCE)
            part = total[:, here]
            for rate, size in zip(rates[:, here], sizes[:, here], strict=True):
                shape = late * rate
                np.exp(shape, out=shape)
                shape *= size
                part += shape
        return total


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A response that begins ``lag_h`` hours after a dose and is put in over ``duration_h``."""

    modes: Modes
    lag_h: float
    duration_h: float

    def after(self, elapsed_h: FloatArray) -> FloatArray:
        """Give the response at hours since the dose, shape (m,), as (n, m)."""
        return self.modes.after(elapsed_h - self.lag_h, self.duration_h)


def parent_modes(body: Body) -> Modes:
    """
    Give the amount in the central compartment after 1 mg put into it: three modes, in mg/mg.

    Notes
    -----
    Eigenvalues of the three-compartment model by the trigonometric cubic.
    Source: docs/science/pharmacokinetics.md, equation 2.
    """
    volume = body.central_volume
    k10 = body.clearance / volume
    k12, k21 = body.shallow_flow / volume, body.shallow_flow / body.shallow_volume
    k13, k31 = body.deep_flow / volume, body.deep_flow / body.deep_volume
    a2 = k10 + k12 + k13 + k21 + k31
    a1 = k10 * (k21 + k31) + k12 * k31 + k13 * k21 + k21 * k31
    a0 = k10 * k21 * k31
    p = a1 - a2**2 / 3.0
    q = 2.0 * a2**3 / 27.0 - a2 * a1 / 3.0 + a0
    radius = np.sqrt(-p / 3.0)
    angle = np.arccos(np.clip(q / (2.0 * radius**3), -1.0, 1.0)) / 3.0
    turns = 2.0 * np.pi / 3.0 * np.arange(3.0)
    rates = a2[:, None] / 3.0 + 2.0 * radius[:, None] * np.cos(angle[:, None] + turns)
    rates = _polished(rates, a2, a1, a0)
    weights = (k21[:, None] - rates) * (k31[:, None] - rates)
    for column in range(3):
        for other in range(3):
            if other != column:
                weights[:, column] /= rates[:, other] - rates[:, column]
    return Modes(rates, weights)


def _polished(rates: FloatArray, a2: FloatArray, a1: FloatArray, a0: FloatArray) -> FloatArray:
    """Take one Newton step on the cubic: the slow root loses digits to cancellation."""
    b2, b1, b0 = a2[:, None], a1[:, None], a0[:, None]
    value = ((rates - b2) * rates + b1) * rates - b0
    slope = (3.0 * rates - 2.0 * b2) * rates + b1
    return np.asarray(rates - value / slope)


def metabolite_modes(body: Body) -> Modes:
    """
    Give the norketamine amount in its central compartment after 1 mg put there: two modes.

    Source: docs/science/pharmacokinetics.md, equation 3.
    """
    out = (body.metabolite_clearance + body.metabolite_flow) / body.metabolite_volume
    back = body.metabolite_flow / body.metabolite_deep_volume
    forth = body.metabolite_flow / body.metabolite_volume
    total, product = out + back, out * back - forth * back
    root = np.sqrt(total**2 - 4.0 * product)
    fast = (total + root) / 2.0
    slow = product / fast
    rates = np.stack(np.broadcast_arrays(fast, slow), axis=1)
    weights = np.stack([(fast - back) / root, (back - slow) / root], axis=1)
    return Modes(rates, weights)


def joined(first: Modes, second: Modes) -> Modes:
    """
    Convolve two responses: what leaves the first enters the second.

    ``second`` holds two modes; each is one first-order step with its weight as gain, so the
    result has k + 2 modes, or a few more where rates are close.
    """
    steps = [
        first.through(second.rates[:, column], second.weights[:, column]) for column in range(2)
    ]
    return steps[0].plus(steps[1], first.rates.shape[1])
