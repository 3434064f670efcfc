"""Doses to blood levels, in closed form: ketamine and norketamine, for one person or many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from kapstone.science.events import DoseEvent, Product, Route
from kapstone.science.modes import Modes, Term, joined, metabolite_modes, parent_modes
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.people import Body, typical
from kapstone.science.quantities import (
    MINUTES_PER_HOUR,
    FloatArray,
    Grade,
    ModelError,
    QuantityError,
    times,
)

REFERENCE_HOLD_H = 10.0 / 60.0
MG_PER_L_TO_NG_PER_ML = 1000.0
LIMIT_MG_PER_KG = {
    Route.INTRAVENOUS: 3.0,
    Route.INTRAMUSCULAR: 4.0,
    Route.SUBCUTANEOUS: 4.0,
    Route.SUBLINGUAL: 12.0,
    Route.ORAL: 12.0,
    Route.INTRANASAL: 4.0,
}
"""Above these nobody awake was studied [judgement]; the model refuses, it does not guess."""


class Site(StrEnum):
    """Where the sample is drawn. The effects are driven by the arterial level alone."""

    ARTERIAL = "arterial"
    VENOUS = "venous"


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """
    Blood levels in ng/mL: arrays of shape (m,) for one person, (n, m) for n people.

    Evidence A for the route studied, F for the values fitted (docs/science/evidence.md).
    """

    times_h: FloatArray
    ketamine_ng_ml: FloatArray
    norketamine_ng_ml: FloatArray
    site: Site
    sha256: str
    grade: Grade = Grade.FITTED


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """
    One way drug goes in: a bolus or infusion, or a depot that empties at ``rate``.

    ``share`` mg that enter for each mg given, shape (n,) or (1,); ``lag_h`` hours after the
    start of the dose; ``metabolite`` true where the liver has already made it norketamine.
    """

    name: str
    share: FloatArray
    lag_h: float
    duration_h: float = 0.0
    rate: FloatArray | None = None
    metabolite: bool = False


def entries(event: DoseEvent, body: Body, ratio: float) -> tuple[Entry, ...]:
    """
    Split one dose into the ways it goes in.

    Parameters
    ----------
    ratio : molar mass of norketamine over ketamine

    Notes
    -----
    Source: docs/science/pharmacokinetics.md, equations 4 to 8.
    """
    return _ENTRIES[event.route](event, body, ratio)


def _vein(event: DoseEvent, body: Body, ratio: float) -> tuple[Entry, ...]:
    return (Entry("vein", np.ones(1), 0.0, duration_h=event.duration_h),)


def _muscle(event: DoseEvent, body: Body, ratio: float) -> tuple[Entry, ...]:
    return (Entry("muscle", body.muscle_fraction, 0.0, rate=body.muscle_rate),)


def _skin(event: DoseEvent, body: Body, ratio: float) -> tuple[Entry, ...]:
    return (Entry("skin", body.skin_fraction, 0.0, rate=body.skin_rate),)


def _gut(share: FloatArray, lag_h: float, body: Body, ratio: float) -> tuple[Entry, ...]:
    """Swallow: some passes the liver as ketamine, some leaves it as norketamine."""
    parent = body.absorbed * body.gut_availability * (1.0 - body.extraction)
    metabolite = (body.absorbed - parent) * body.first_pass_metabolite * ratio
    rate = body.oral_rate
    return (
        Entry("gut", share * parent, lag_h, rate=rate),
        Entry("gut, first pass", share * metabolite, lag_h, rate=rate, metabolite=True),
    )


def _mouth(event: DoseEvent, body: Body, ratio: float) -> tuple[Entry, ...]:
    return _gut(np.ones(1), float(body.oral_lag[0]), body, ratio)


def _tongue(event: DoseEvent, body: Body, ratio: float) -> tuple[Entry, ...]:
    hold_h = event.hold_min / MINUTES_PER_HOUR  # the rest is swallowed when the hold ends
    held = -np.expm1(-body.mucosal_uptake * hold_h)
    reference = -np.expm1(-body.mucosal_uptake * REFERENCE_HOLD_H)
    mucosa = np.minimum(body.mucosal_fraction * held / reference, 1.0)
    lag_h = float(body.sublingual_lag[0])
    return (
        Entry("mouth lining", mucosa, lag_h, rate=body.sublingual_rate),
        *_gut((1.0 - mucosa) * event.swallow, hold_h, body, ratio),
    )


def _nose(event: DoseEvent, body: Body, ratio: float) -> tuple[Entry, ...]:
    if event.product is Product.ESKETAMINE_DEVICE:
        mucosa, rate = body.device_fraction, body.device_rate
    else:
        mucosa = body.nasal_fraction / (1.0 + event.amount_mg / body.nasal_half_dose_mg)
        rate = body.nasal_rate
    swallowed = (1.0 - mucosa) * body.nasal_swallowed
    return (
        Entry(f"nose, {event.product}", mucosa, 0.0, rate=rate),
        *_gut(swallowed, float(body.oral_lag[0]), body, ratio),
    )


_ENTRIES: dict[Route, Callable[[DoseEvent, Body, float], tuple[Entry, ...]]] = {
    Route.INTRAVENOUS: _vein,
    Route.INTRAMUSCULAR: _muscle,
    Route.SUBCUTANEOUS: _skin,
    Route.SUBLINGUAL: _tongue,
    Route.ORAL: _mouth,
    Route.INTRANASAL: _nose,
}


class Disposition:
    """
    How one body, or n, answers each way in. Built once for a body, then asked for curves.

    The exponential modes of each way in are worked out on first use and kept, so that six
    like doses cost hardly more than one.
    """

    def __init__(self, body: Body, parameters: Parameters | None = None) -> None:
        self.body = body
        self.parameters = parameters or load_parameters()
        masses = self.parameters.reference
        self.ratio = masses["mw_norketamine"] / masses["mw_ketamine"]
        self._hydroxy_ratio = masses["mw_hnk"] / masses["mw_norketamine"]
        formed = body.metabolised * self.ratio * body.clearance / body.central_volume
        self._parent = parent_modes(body)
        self._metabolite = metabolite_modes(body)
        self._formed = joined(self._parent, self._metabolite).scaled(formed)
        self._kept: dict[tuple[str, str], Modes] = {}

    def unit_curves(
        self, event: DoseEvent, elapsed_h: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """
        Give the arterial levels that 1 mg of a dose leaves, at hours since it began.

        Parameters
        ----------
        elapsed_h : shape (m,), hours since the start of the dose; before it the level is zero

        Returns
        -------
        ketamine and norketamine in ng/mL for each mg, each of shape (n, m)
        """
        return self._curve(event, elapsed_h, "ketamine"), self._curve(
            event, elapsed_h, "norketamine"
        )

    def weighed(self, event: DoseEvent, parent: float, metabolite: float) -> tuple[Term, ...]:
        """
        Give ``parent`` x ketamine + ``metabolite`` x norketamine for 1 mg, ng/mL, as terms.

        Both share the modes of ketamine, so that the sum costs little more than one of them.
        """
        terms: list[Term] = []
        for entry in entries(event, self.body, self.ratio):
            key = (entry.name, f"{parent:g} and {metabolite:g}")
            if key not in self._kept:
                self._kept[key] = self._mixed(entry, parent, metabolite)
            modes = self._kept[key].scaled(entry.share)
            terms.append(Term(modes, entry.lag_h, entry.duration_h))
        return tuple(terms)

    def _mixed(self, entry: Entry, parent: float, metabolite: float) -> Modes:
        body, unit = self.body, MG_PER_L_TO_NG_PER_ML
        other = self._metabolite if entry.metabolite else self._formed
        modes = other.scaled(metabolite * unit / body.metabolite_volume)
        if not entry.metabolite:
            own = self._parent.scaled(parent * unit / body.central_volume)
            modes = own.plus(modes, own.rates.shape[1])
        return modes if entry.rate is None else modes.through(entry.rate, entry.rate)

    def venous_curve(self, event: DoseEvent, elapsed_h: FloatArray) -> FloatArray:
        """Give the venous ketamine level that 1 mg leaves, ng/mL, shape (n, m)."""
        return self._curve(event, elapsed_h, "venous")

    def effect_curve(
        self, event: DoseEvent, elapsed_h: FloatArray, half_life_h: float
    ) -> FloatArray:
        """
        Give the level at an effect site that 1 mg leaves, ng/mL, shape (n, m).

        The site follows the arterial level with the half-life given: dCe/dt = ln2/T (C - Ce).
        """
        rate = np.array([np.log(2.0) / half_life_h])
        total = np.zeros((1, len(elapsed_h)))
        for entry in entries(event, self.body, self.ratio):
            if not entry.metabolite:
                key = (entry.name, f"effect {half_life_h:g}")
                if key not in self._kept:
                    self._kept[key] = self._modes(entry, "ketamine").through(rate, rate)
                response = self._kept[key].after(elapsed_h - entry.lag_h, entry.duration_h)
                total = total + entry.share[:, None] * response
        return total

    def hydroxy_curve(self, event: DoseEvent, elapsed_h: FloatArray) -> FloatArray:
        """
        Give hydroxynorketamine for 1 mg, ng/mL, shape (n, m), to check the closed form.

        Not for: anything else. Two laboratories differ about eight-fold, so no result reads it.
        """
        return self._curve(event, elapsed_h, "hydroxynorketamine")

    def _curve(self, event: DoseEvent, elapsed_h: FloatArray, of: str) -> FloatArray:
        total = np.zeros((1, len(elapsed_h)))
        for entry in entries(event, self.body, self.ratio):
            if entry.metabolite and of in ("ketamine", "venous"):
                continue
            response = self._modes(entry, of).after(elapsed_h - entry.lag_h, entry.duration_h)
            total = total + entry.share[:, None] * response
        return total

    def _modes(self, entry: Entry, of: str) -> Modes:
        key = (entry.name, of)
        if key not in self._kept:
            self._kept[key] = self._built(entry, of)
        return self._kept[key]

    def _built(self, entry: Entry, of: str) -> Modes:
        """Chain the steps from the way in to the level asked for."""
        body = self.body
        if of in ("ketamine", "venous"):
            modes, volume = self._parent, body.central_volume
        else:
            modes = self._metabolite if entry.metabolite else self._formed
            volume = body.metabolite_volume
        if of == "hydroxynorketamine":
            into = body.hydroxylated * self._hydroxy_ratio * body.metabolite_clearance
            out = body.hydroxy_clearance / body.hydroxy_volume
            modes = modes.through(out, into / volume)
            volume = body.hydroxy_volume
        if of == "venous":
            modes = modes.through(body.venous_rate, body.venous_rate)
        if entry.rate is not None:
            modes = modes.through(entry.rate, entry.rate)
        return modes.scaled(MG_PER_L_TO_NG_PER_ML / volume)


def check_amounts(
    events: Sequence[DoseEvent], body: Body, scale: FloatArray | None = None
) -> None:
    """
    Refuse amounts far above what was studied in people who stayed awake.

    Parameters
    ----------
    scale : a factor on every amount for each person, shape (n,), if there is one

    Raises
    ------
    QuantityError : naming the dose, its mg/kg and the limit for its route
    """
    most = float(np.max((1.0 if scale is None else scale) / body.weight_kg))
    for event in events:
        per_kg = event.amount_mg * most
        limit = LIMIT_MG_PER_KG[event.route]
        if per_kg > limit:
            raise QuantityError(
                f"{event.amount_mg:g} mg {event.route} is {per_kg:.2g} mg/kg, above the "
                f"{limit:g} mg/kg that the model was made for"
            )


def profile(
    events: Sequence[DoseEvent],
    times_h: Sequence[float] | FloatArray,
    *,
    body: Body | None = None,
    site: Site | str = Site.ARTERIAL,
    parameters: Parameters | None = None,
) -> Profile:
    """
    Sum the levels that every dose leaves, at each time asked for.

    Parameters
    ----------
    events : doses in any order; may be empty
    times_h : shape (m,), hours on the clock of the doses; may lie before the first dose
    body : the typical 70 kg adult if none
    site : ``arterial``, or ``venous`` for comparing with a sample from a vein

    Returns
    -------
    Profile : arrays of shape (m,) for one person, (n, m) for n people, ng/mL

    Raises
    ------
    QuantityError : times that are not finite, or an amount above what was studied
    ModelError : a site the model does not know

    Notes
    -----
    Doses add up: the model is linear (Kamp 2020, S and R alone and together), except that the
    share a nasal atomiser delivers falls with the amount.
    Source: docs/science/pharmacokinetics.md.
    Not for: reading a laboratory value back into a dose, anaesthesia, children, pregnancy.
    """
    parameters = parameters or load_parameters()
    body = body or typical(parameters=parameters)
    if site not in set(Site):
        raise ModelError(f"unknown site {site!r}; the model knows {', '.join(Site)}")
    at = times("times", times_h, low=-np.inf)
    check_amounts(events, body)
    disposition = Disposition(body, parameters)
    ketamine = np.zeros((body.count, len(at)))
    norketamine = np.zeros((body.count, len(at)))
    for event in events:
        elapsed = at - event.time_h
        parent, metabolite = disposition.unit_curves(event, elapsed)
        if site == Site.VENOUS:
            parent = disposition.venous_curve(event, elapsed)
        ketamine += event.amount_mg * parent
        norketamine += event.amount_mg * metabolite
    if body.count == 1:
        ketamine, norketamine = ketamine[0], norketamine[0]
    return Profile(at, ketamine, norketamine, Site(site), parameters.sha256)
