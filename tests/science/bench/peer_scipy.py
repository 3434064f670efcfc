"""SciPy's LSODA, equations in Python, restarted at each dose and infusion's end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp
from tests.science.bench.workload import (
    A50,
    A_REF,
    CAP,
    COLUMNS,
    DAYS,
    DOSE_DAYS,
    INFUSION_D,
    JUMP,
    SPAN_D,
    Work,
    assembled,
)

ABSOLUTE = 0.1


def slope(time: float, y: np.ndarray, rate: float, c: dict[str, float]) -> list[float]:
    """Give the eleven slopes; the last five are the window and relief."""
    a1, a2, a3, n1, n2, _, x, w, _, eu, e = y
    ratio = c["drive_k"] * a1 + c["drive_n"] * n1
    return [
        rate - (c["k10"] + c["k12"] + c["k13"]) * a1 + c["k21"] * a2 + c["k31"] * a3,
        c["k12"] * a1 - c["k21"] * a2,
        c["k13"] * a1 - c["k31"] * a3,
        c["form"] * a1 - (c["kn"] + c["kf"]) * n1 + c["kb"] * n2,
        c["kf"] * n1 - c["kb"] * n2,
        ratio / (1.0 + ratio),
        -c["rise"] * x,
        c["norm"] * c["rise"] * x - c["decay"] * w,
        w,
        -c["on"] * eu,
        c["on"] * eu - c["off"] * e,
    ]


def _leg(
    state: np.ndarray,
    span: tuple[float, float],
    rate: float,
    c: dict[str, float],
    relative: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Solve one leg, stopping at its days: states there, and the last."""
    whole = np.arange(np.ceil(span[0]), np.floor(span[1]) + 1.0)
    inside = whole[(whole > span[0]) & (whole < span[1])]
    answer = solve_ivp(
        slope, span, state, method="LSODA", args=(rate, c), rtol=relative,
        atol=ABSOLUTE * relative, t_eval=np.append(inside, span[1]),
    )  # fmt: skip
    return answer.y[:, :-1], answer.y[:, -1]


def solve(work: Work, relative: float) -> np.ndarray:
    """Solve everybody, one after the other: shape (n, days + 1, 6)."""
    found = []
    for constants in work.constants:
        c = dict(zip(COLUMNS, constants, strict=True))
        rate = c["dose"] / INFUSION_D
        state = np.zeros(11)
        _, state = _leg(state, (0.0, INFUSION_D), rate, c, relative)
        _, state = _leg(state, (INFUSION_D, SPAN_D), 0.0, c, relative)
        hours = 24.0 * state[5]
        size = hours / (hours + A50) * (A_REF + A50) / A_REF
        days = np.zeros((11, DAYS + 1))
        state = np.zeros(11)
        edges = [*DOSE_DAYS, float(DAYS)]
        for start, end in pairwise(edges):
            days[:, int(start)] = state
            state = state.copy()
            state[6] += size * max(0.0, 1.0 - state[7] / CAP)
            state[9] += min(JUMP * size, 0.98) * (1.0 - state[10] - state[9])
            _, state = _leg(state, (start, start + INFUSION_D), rate, c, relative)
            inside, state = _leg(state, (start + INFUSION_D, end), 0.0, c, relative)
            days[:, int(start) + 1 : int(end)] = inside
        days[:, DAYS] = state
        found.append(assembled(days[7], days[10], np.diff(days[8], append=0.0), constants))
    return np.array(found)
