"""The model again, as differential equations: a stiff solver for tests, and nothing shared."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp

from kapstone.science.events import DoseEvent
from kapstone.science.parameters import load_parameters
from kapstone.science.people import Body
from kapstone.science.pharmacokinetics import entries


def _value(field: np.ndarray) -> float:
    return float(field[0])


class Oracle:
    """Integrates one body with LSODA, restarted wherever the input changes."""

    def __init__(self, body: Body) -> None:
        masses = load_parameters().reference
        self.body = body
        self.ratio = masses["mw_norketamine"] / masses["mw_ketamine"]
        b = {name: _value(getattr(body, name)) for name in body.__slots__ if name != "count"}
        flow, intrinsic = b["liver_flow"], b["intrinsic_clearance"]
        clearance = flow * intrinsic / (flow + intrinsic)
        k10 = clearance / b["central_volume"]
        k12 = b["shallow_flow"] / b["central_volume"]
        k21 = b["shallow_flow"] / b["shallow_volume"]
        k13, k31 = b["deep_flow"] / b["central_volume"], b["deep_flow"] / b["deep_volume"]
        kn = b["metabolite_clearance"] / b["metabolite_volume"]
        kf = b["metabolite_flow"] / b["metabolite_volume"]
        kb = b["metabolite_flow"] / b["metabolite_deep_volume"]
        formed = b["metabolised"] * self.ratio * k10
        kv = b["venous_rate"]
        rates = np.zeros((6, 6))  # A1 A2 A3 N1 N2 Cv
        rates[0, :3] = -(k10 + k12 + k13), k21, k31
        rates[1, :2] = k12, -k21
        rates[2, 0], rates[2, 2] = k13, -k31
        rates[3, 0], rates[3, 3], rates[3, 4] = formed, -(kn + kf), kb
        rates[4, 3], rates[4, 4] = kf, -kb
        rates[5, 0], rates[5, 5] = kv / b["central_volume"], -kv
        self.rates = rates
        self.volumes = b["central_volume"], b["metabolite_volume"]

    def levels(self, events: Sequence[DoseEvent], times_h: np.ndarray) -> np.ndarray:
        """Give arterial, venous ketamine and norketamine in ng/mL, shape (3, m)."""
        inputs = [
            (event.time_h + entry.lag_h, entry, event.amount_mg)
            for event in events
            for entry in entries(event, self.body, self.ratio)
        ]
        stops = {0.0, float(times_h[-1])}
        stops |= {start for start, _, _ in inputs}
        stops |= {start + entry.duration_h for start, entry, _ in inputs}
        edges = sorted(stop for stop in stops if 0.0 <= stop <= times_h[-1])
        state = np.zeros(6)
        found = np.zeros((6, len(times_h)))
        for low, high in pairwise(edges):
            state = state + self._pulses(inputs, low)
            inside = (times_h >= low) & (times_h <= high)
            answer = solve_ivp(
                self._slope, (low, high), state, method="LSODA", args=(inputs, low),
                rtol=1e-11, atol=1e-13, dense_output=False,
                t_eval=np.unique(np.append(times_h[inside], high)),
            )  # fmt: skip
            assert answer.success, answer.message
            at = np.searchsorted(answer.t, times_h[inside])
            found[:, inside] = answer.y[:, at]
            state = answer.y[:, -1]
        ketamine, other = self.volumes
        return 1000.0 * np.stack([found[0] / ketamine, found[5], found[3] / other])

    def _pulses(self, inputs: list, now: float) -> np.ndarray:
        state = np.zeros(6)
        for start, entry, amount in inputs:
            if start == now and entry.rate is None and entry.duration_h == 0.0:
                state[3 if entry.metabolite else 0] += _value(entry.share) * amount
        return state

    def _slope(self, time: float, state: np.ndarray, inputs: list, low: float) -> np.ndarray:
        slope = self.rates @ state
        for start, entry, amount in inputs:
            into = 3 if entry.metabolite else 0
            given = _value(entry.share) * amount
            if entry.rate is not None and low >= start:
                rate = _value(entry.rate)
                slope[into] += given * rate * np.exp(-rate * (time - start))
            elif entry.duration_h > 0.0 and start <= low < start + entry.duration_h:
                slope[into] += given / entry.duration_h
        return slope
