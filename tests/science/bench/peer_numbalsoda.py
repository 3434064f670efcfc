"""numbalsoda: LSODA called from compiled code, the equations compiled by numba."""

from __future__ import annotations

import numba as nb
import numpy as np
from numbalsoda import lsoda, lsoda_sig
from tests.science.bench.workload import (
    A50,
    A_REF,
    CAP,
    DAYS,
    DOSE_DAYS,
    FADE_D,
    FLOOR,
    INFUSION_D,
    JUMP,
    KAPPA,
    N0,
    O0,
    PULL,
    SESSIONS,
    SLOPE,
    SPAN_D,
    USES,
    Work,
)

ABSOLUTE = 0.1


@nb.cfunc(lsoda_sig)
def slope(time, y_, dy, p_):
    """Give the eleven slopes; place 25 of the constants is the infusion's rate."""
    y = nb.carray(y_, (11,))
    p = nb.carray(p_, (26,))
    ratio = p[9] * y[0] + p[10] * y[3]
    dy[0] = p[25] - (p[0] + p[1] + p[3]) * y[0] + p[2] * y[1] + p[4] * y[2]
    dy[1] = p[1] * y[0] - p[2] * y[1]
    dy[2] = p[3] * y[0] - p[4] * y[2]
    dy[3] = p[5] * y[0] - (p[6] + p[7]) * y[3] + p[8] * y[4]
    dy[4] = p[7] * y[3] - p[8] * y[4]
    dy[5] = ratio / (1.0 + ratio)
    dy[6] = -p[12] * y[6]
    dy[7] = p[14] * p[12] * y[6] - p[13] * y[7]
    dy[8] = y[7]
    dy[9] = -p[16] * y[9]
    dy[10] = p[16] * y[9] - p[17] * y[10]


@nb.cfunc(lsoda_sig)
def slow_slope(time, y_, dy, p_):
    """Give the five slow slopes alone: what is left once a person has reduced the model."""
    y = nb.carray(y_, (5,))
    p = nb.carray(p_, (26,))
    dy[0] = -p[12] * y[0]
    dy[1] = p[14] * p[12] * y[0] - p[13] * y[1]
    dy[2] = y[1]
    dy[3] = -p[16] * y[3]
    dy[4] = p[16] * y[3] - p[17] * y[4]


WHOLE, SLOW = slope.address, slow_slope.address


@nb.njit
def _trails(relief, summed, p, out):
    new, old = N0, O0
    first = new**2 / (new**2 + old**2)
    for day in range(DAYS + 1):
        chosen = new**2 / (new**2 + old**2)
        gain = p[23] * relief[day] + SLOPE * (chosen - first)
        if day > 0:
            gain += p[24] * np.exp(-np.log(2.0) / FADE_D * day)
        out[day, 2], out[day, 3], out[day, 4] = new, old, chosen
        out[day, 5] = p[22] * np.exp(-max(gain, FLOOR))
        if day < DAYS:
            share = chosen + PULL * relief[day] * (1.0 - chosen)
            learnt = 1.0 + (p[15] - 1.0) * summed[day]
            uses = USES * share + KAPPA * SESSIONS[day]
            new = 1.0 - (1.0 - new) * np.exp(-p[18] * uses * learnt)
            new = N0 + (new - N0) * np.exp(-p[21] * (1.0 - share))
            old = 1.0 - (1.0 - old) * np.exp(-p[19] * USES * (1.0 - share))
            uses = USES * share + KAPPA * SESSIONS[day] / 2.0
            old *= np.exp(-p[20] * uses * learnt)


@nb.njit
def _one(constants, relative, whole, out):
    p = np.zeros(26)
    p[:25] = constants
    rate = p[11] / INFUSION_D
    tight = ABSOLUTE * relative
    p[25] = rate
    legs = np.array([0.0, INFUSION_D])
    state = lsoda(WHOLE, np.zeros(11), legs, data=p, rtol=relative, atol=tight)[0][-1].copy()
    p[25] = 0.0
    legs = np.array([INFUSION_D, SPAN_D])
    state = lsoda(WHOLE, state, legs, data=p, rtol=relative, atol=tight)[0][-1].copy()
    hours = 24.0 * state[5]
    size = hours / (hours + A50) * (A_REF + A50) / A_REF
    shift = 6 if whole else 0
    state = np.zeros(11 if whole else 5)
    summed = np.zeros(DAYS + 1)
    for place in range(len(DOSE_DAYS)):
        start = DOSE_DAYS[place]
        end = DOSE_DAYS[place + 1] if place + 1 < len(DOSE_DAYS) else float(DAYS)
        day = int(start)
        out[day, 0], out[day, 1] = state[shift + 1], state[shift + 4]
        summed[day] = state[shift + 2]
        state[shift] += size * max(0.0, 1.0 - state[shift + 1] / CAP)
        relief = 1.0 - state[shift + 4] - state[shift + 3]
        state[shift + 3] += min(JUMP * size, 0.98) * relief
        begin = start
        if whole:
            p[25] = rate
            legs = np.array([start, start + INFUSION_D])
            state = lsoda(WHOLE, state, legs, data=p, rtol=relative, atol=tight)[0][-1].copy()
            p[25] = 0.0
            begin = start + INFUSION_D
        at = np.empty(int(end) - day + 1)
        at[0] = begin
        at[1:] = np.arange(day + 1, int(end) + 1)
        if whole:
            rows = lsoda(WHOLE, state, at, data=p, rtol=relative, atol=tight)[0]
        else:
            rows = lsoda(SLOW, state, at, data=p, rtol=relative, atol=tight)[0]
        for step in range(1, len(at)):
            out[day + step, 0] = rows[step, shift + 1]
            out[day + step, 1] = rows[step, shift + 4]
            summed[day + step] = rows[step, shift + 2]
        state = rows[-1].copy()
    for day in range(DAYS):
        summed[day] = summed[day + 1] - summed[day]
    _trails(out[:, 1], summed, p, out)


@nb.njit(nogil=True)
def _all(constants, relative, whole, out):
    for person in range(len(constants)):
        _one(constants[person], relative, whole, out[person])


def solve(work: Work, relative: float) -> np.ndarray:
    """Solve everybody's eleven states: shape (n, days + 1, 6)."""
    return _solved(work, relative, whole=True)


def solve_reduced(work: Work, relative: float) -> np.ndarray:
    """Solve blood levels for 6 h alone, then the five slow states: reduced by hand."""
    return _solved(work, relative, whole=False)


def _solved(work: Work, relative: float, *, whole: bool) -> np.ndarray:
    out = np.zeros((len(work.constants), DAYS + 1, 6))
    _all(work.constants, relative, whole, out)
    return out
