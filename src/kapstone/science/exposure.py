"""Receptor occupancy, and the occupancy exposure of each dose: the currency of the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kapstone.science.events import DoseEvent, Product, Route, in_order
from kapstone.science.modes import Term
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.people import Body, typical
from kapstone.science.pharmacokinetics import Disposition, check_amounts, entries
from kapstone.science.quantities import FloatArray, Grade, ModelError, times

NG_PER_ML_TO_NM = 1000.0
CARRY_OVER_H = 24.0
"""A dose within this of an earlier one is charged only for what it adds."""
PANEL_EDGES_H = (0.0, 0.1, 0.3, 0.7, 1.5, 3.0, 6.0)
NODES = np.array([0.238619186083196909, 0.661209386466264514, 0.932469514203152028])
WEIGHTS = np.array([0.467913934572691047, 0.360761573048138608, 0.171324492379170345])
"""Gauss-Legendre, six points: the right-hand half, which mirrors the left."""


@dataclass(frozen=True, slots=True, eq=False)
class DoseExposure:
    """
    What one dose brings to the window.

    ``exposure_h`` occupancy summed from the start to 6 h after it, in hours, and ``amplitude``,
    the jump of the window it gives (1 for 0.5 mg/kg IV over 40 min): arrays of shape (n,).
    Evidence C: rat binding applied to human levels; the amplitude is an assumption (D).
    """

    event: DoseEvent
    exposure_h: FloatArray
    amplitude: FloatArray
    sha256: str
    grade: Grade = Grade.ANIMALS

    @property
    def time_h(self) -> float:
        """Hours at which the dose began."""
        return self.event.time_h


@dataclass(frozen=True, slots=True)
class _Drive:
    """Factors from ng/mL to the ratio x of occupancy x/(1+x)."""

    ketamine: float
    norketamine: float
    esketamine: float


def _drive(parameters: Parameters) -> _Drive:
    number, masses = parameters.number, parameters.reference
    parent = number("pd.FU_K") * NG_PER_ML_TO_NM / masses["mw_ketamine"] / number("pd.IC50_K")
    other = number("pd.FU_N") * NG_PER_ML_TO_NM / masses["mw_norketamine"] / number("pd.IC50_N")
    return _Drive(parent, other, parent * number("pd.POT_S"))


def _unit_terms(event: DoseEvent, disposition: Disposition, drive: _Drive) -> tuple[Term, ...]:
    """Give x for each mg of a dose, as terms: linear in the levels, so doses add up."""
    device = event.product is Product.ESKETAMINE_DEVICE
    factor = drive.esketamine if device else drive.ketamine
    return disposition.weighed(event, factor, drive.norketamine)


def _unit_ratio(
    event: DoseEvent, elapsed_h: FloatArray, disposition: Disposition, drive: _Drive
) -> FloatArray:
    """Give x for each mg of a dose at hours since it began, shape (n, m)."""
    first, *rest = _unit_terms(event, disposition, drive)
    total = first.after(elapsed_h)
    for term in rest:
        total = total + term.after(elapsed_h)
    return total


def _summed(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Sum over nodes in one order: a person's last bit must not hang on how many there are."""
    total = np.zeros(len(values))
    for row, weight in zip(values.T, weights, strict=True):
        total += weight * row
    return total


class Occupier(Protocol):
    """Something that sums occupancy as ``occupied`` does, only quicker."""

    def occupied(
        self, terms: Sequence[Term], nodes: FloatArray, weights: FloatArray, amounts: FloatArray
    ) -> FloatArray:
        """Give sum_m weight_m x_m/(1+x_m), x = amount x the terms' sum, shape (n,)."""
        ...


def occupancy(
    events: Sequence[DoseEvent],
    times_h: Sequence[float] | FloatArray,
    *,
    body: Body | None = None,
    parameters: Parameters | None = None,
) -> FloatArray:
    """
    Give the share of NMDA receptors blocked, from arterial levels of every dose.

    Parameters
    ----------
    events : doses in any order; may be empty
    times_h : shape (m,), hours on the clock of the doses
    body : the typical 70 kg adult if none

    Returns
    -------
    array of shape (n, m), or (m,) for one person; 0 to 1

    Raises
    ------
    QuantityError : times that are not finite, or an amount above what was studied

    Notes
    -----
    Evidence C. Source: Shaffer 2014 (rat); docs/science/effects.md, equation 1.
    Not for: a person's true receptor block, which nobody has measured at these doses.
    """
    parameters = parameters or load_parameters()
    body = body or typical(parameters=parameters)
    at = times("times", times_h, low=-np.inf)
    check_amounts(events, body)
    disposition, drive = Disposition(body, parameters), _drive(parameters)
    ratio = np.zeros((body.count, len(at)))
    for event in events:
        ratio += event.amount_mg * _unit_ratio(event, at - event.time_h, disposition, drive)
    share = ratio / (1.0 + ratio)
    return share[0] if body.count == 1 else share


def amplitude(
    exposure_h: float | FloatArray, *, parameters: Parameters | None = None
) -> FloatArray:
    """
    Turn an occupancy exposure in h into the jump it gives the window, same shape.

    One is the jump of 0.5 mg/kg IV over 40 min in a 70 kg adult. Evidence D.
    Source: docs/science/window.md, equation 1.
    """
    parameters = parameters or load_parameters()
    half, reference = parameters.number("window.A50"), parameters.number("window.A_REF")
    dose = np.asarray(exposure_h, dtype=np.float64)
    return np.asarray(dose / (dose + half) * ((reference + half) / reference))


def exposure(
    events: Sequence[DoseEvent],
    *,
    body: Body | None = None,
    scale: FloatArray | None = None,
    engine: Occupier | None = None,
    parameters: Parameters | None = None,
) -> tuple[DoseExposure, ...]:
    """
    Give each dose its occupancy exposure and the jump of the window it brings.

    Parameters
    ----------
    events : doses in any order; may be empty
    body : the typical 70 kg adult if none; n people give arrays of shape (n,)
    scale : a factor on every amount for each person, shape (n,); not for nasal doses, whose
        uptake depends on the amount
    engine : the compiled sum, where it is asked for; NumPy if none

    Returns
    -------
    one DoseExposure for each dose, in order of time

    Raises
    ------
    QuantityError : an amount above what was studied
    ModelError : a factor on a nasal dose

    Notes
    -----
    A dose given while an earlier one still acts is charged with what it adds, and doses of one
    sitting (each begun within 6 h of the one before) saturate together: a dose split in two
    opens no wider a window than the dose whole.
    Gauss-Legendre on panels that break where the input does: within 1e-6 for every route.
    Source: docs/science/window.md.
    """
    parameters = parameters or load_parameters()
    body = body or typical(parameters=parameters)
    if scale is not None and any(event.route is Route.INTRANASAL for event in events):
        raise ModelError("a nasal dose is a fixed amount: it cannot be scaled by weight")
    check_amounts(events, body, scale)
    ordered = in_order(events)
    summing = _Summing(body, parameters, scale, engine)
    exposures = [
        summing.exposure(event, ordered[:place]) for place, event in enumerate(ordered)
    ]
    jumps = _amplitudes(ordered, exposures, parameters)
    name = parameters.sha256
    return tuple(
        DoseExposure(event, hours, jump, name)
        for event, hours, jump in zip(ordered, exposures, jumps, strict=True)
    )


def _amplitudes(
    ordered: Sequence[DoseEvent], exposures: Sequence[FloatArray], parameters: Parameters
) -> list[FloatArray]:
    """Give each dose the rise of its sitting's amplitude."""
    span_h = parameters.number("window.EXPOSURE_H")
    jumps: list[FloatArray] = []
    so_far, last_h = np.zeros(1), -np.inf
    for event, own in zip(ordered, exposures, strict=True):
        before = so_far if event.time_h - last_h < span_h else np.zeros(1)
        so_far, last_h = before + own, event.time_h
        jumps.append(
            amplitude(so_far, parameters=parameters) - amplitude(before, parameters=parameters)
        )
    return jumps


class _Summing:
    """Sums occupancy over the 6 h after a dose; like doses share one curve."""

    def __init__(
        self,
        body: Body,
        parameters: Parameters,
        scale: FloatArray | None,
        engine: Occupier | None,
    ) -> None:
        self._scale = np.ones((1, 1)) if scale is None else scale[:, None]
        self._engine = engine
        self._disposition = Disposition(body, parameters)
        self._drive = _drive(parameters)
        self._span_h = parameters.number("window.EXPOSURE_H")
        self._kept: dict[tuple[object, ...], tuple[FloatArray, FloatArray]] = {}
        self._done: dict[tuple[object, ...], FloatArray] = {}

    def exposure(self, event: DoseEvent, earlier: Sequence[DoseEvent]) -> FloatArray:
        """Give the exposure that a dose adds to those before it, shape (n,)."""
        near = [one for one in earlier if event.time_h - one.time_h < CARRY_OVER_H]
        if near:
            return self._added(event, near)
        key = (*self._shape(event), event.amount_mg)
        if key not in self._done:
            self._done[key] = self._alone(event)
        return self._done[key]

    def _alone(self, event: DoseEvent) -> FloatArray:
        """Give the exposure of a dose that no other comes near."""
        amounts = event.amount_mg * self._scale
        if self._engine is not None:
            nodes, weights = self._nodes(event)
            terms = _unit_terms(event, self._disposition, self._drive)
            return self._engine.occupied(terms, nodes, weights, amounts[:, 0])
        weights, unit = self._curve(event)
        free = amounts * unit
        free += 1.0
        np.reciprocal(free, out=free)
        return np.asarray(weights.sum() - _summed(free, weights))

    def _shape(self, event: DoseEvent) -> tuple[object, ...]:
        """Name what a unit curve depends on: the atomiser's depends on the amount too."""
        amount = event.amount_mg if event.route is Route.INTRANASAL else 0.0
        return (
            event.route,
            event.product,
            event.duration_h,
            event.hold_min,
            event.swallow,
            amount,
        )

    def _curve(self, event: DoseEvent) -> tuple[FloatArray, FloatArray]:
        """Give weights (m,) and the unit curve (n, m); doses of one shape share them."""
        shape = self._shape(event)
        if shape not in self._kept:
            nodes, weights = self._nodes(event)
            unit = _unit_ratio(event, nodes, self._disposition, self._drive)
            self._kept[shape] = weights, unit
        return self._kept[shape]

    def _nodes(
        self, event: DoseEvent, extra_h: Sequence[float] = ()
    ) -> tuple[FloatArray, FloatArray]:
        """Lay Gauss-Legendre panels between the moments at which the input changes."""
        disposition = self._disposition
        lags = [one.lag_h for one in entries(event, disposition.body, disposition.ratio)]
        breaks = {0.0, event.duration_h, *lags, *extra_h}
        edges = {start + step for start in breaks for step in PANEL_EDGES_H}
        inside = sorted(edge for edge in edges if 0.0 <= edge <= self._span_h)
        kept = [inside[0]]
        for edge in inside[1:]:
            if edge in breaks or edge == self._span_h or edge - kept[-1] >= 0.3 * (edge + 0.1):
                kept.append(edge)
        points = np.concatenate([-NODES[::-1], NODES])
        weights = np.concatenate([WEIGHTS[::-1], WEIGHTS])
        low, high = np.array(kept[:-1])[:, None], np.array(kept[1:])[:, None]
        middle, half = (high + low) / 2.0, (high - low) / 2.0
        return (middle + half * points).ravel(), (half * weights).ravel()

    def _added(self, event: DoseEvent, near: Sequence[DoseEvent]) -> FloatArray:
        """Give occupancy with this dose less occupancy without it."""
        kinks = [
            one.time_h + shift - event.time_h for one in near for shift in (0.0, one.duration_h)
        ]
        nodes, weights = self._nodes(event, [kink for kink in kinks if kink > 0.0])
        before = self._scale * sum(
            one.amount_mg
            * _unit_ratio(
                one, nodes + event.time_h - one.time_h, self._disposition, self._drive
            )
            for one in near
        )
        after = before + event.amount_mg * self._scale * _unit_ratio(
            event, nodes, self._disposition, self._drive
        )
        return _summed(after / (1.0 + after) - before / (1.0 + before), weights)
