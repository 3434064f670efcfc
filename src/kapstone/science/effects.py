"""Acute effects in the hours after a dose: what groups did, and how far people differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kapstone.science.bands import LEVELS, Band, check_draws, quantiles, seeded
from kapstone.science.events import DoseEvent, Product, in_order
from kapstone.science.exposure import occupancy
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.people import Body, drawn, typical
from kapstone.science.pharmacokinetics import Disposition, check_amounts
from kapstone.science.quantities import FloatArray, Grade, QuantityError, times, within

CADSS_HIGHEST = 92.0
SAME_SITTING_H = 6.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Effects:
    """
    Effects at times: arrays of shape (m,) for the average of a group, (n, m) for n people.

    ``occupancy`` a share; ``dissociation`` CADSS points; ``systolic``, ``diastolic`` rise in
    mmHg; ``heart_rate`` rise in beats/min; ``sedation`` the chance of MOAA/S below 5.
    Evidence B and F. The cuff and the clinician's eye decide, not these curves.
    """

    times_h: FloatArray
    occupancy: FloatArray
    dissociation: FloatArray
    systolic: FloatArray
    diastolic: FloatArray
    heart_rate: FloatArray
    sedation: FloatArray
    sha256: str
    grade: Grade = Grade.FEW_HUMANS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Temper:
    """How strongly people answer: multipliers of mean one, shape (n,) or (1,)."""

    dissociation: FloatArray
    pressure: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectBands:
    """The 5 to 95 % band of each effect, at the same times."""

    occupancy: Band
    dissociation: Band
    systolic: Band
    diastolic: Band
    heart_rate: Band
    sedation: Band


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readiness:
    """
    The share of people like this one who would meet the criteria at each time, shape (m,).

    Never a release: that needs the criteria observed, and ``watch_h`` hours where the product's
    label asks for them. ``half_by_h`` and ``nearly_all_by_h`` (97.5 %) are hours on the clock
    of the doses, or none if not reached by the last time asked for.
    """

    times_h: FloatArray
    probability: FloatArray
    half_by_h: float | None
    nearly_all_by_h: float | None
    watch_h: float | None
    sha256: str
    caveat: str = "A share of people, for planning. It clears nobody: observe, then decide."
    grade: Grade = Grade.ASSUMPTION


def average_temper() -> Temper:
    """Give the multipliers of the group's average. Source: docs/science/effects.md."""
    return Temper(dissociation=np.ones(1), pressure=np.ones(1))


def drawn_temper(
    count: int, rng: np.random.Generator, parameters: Parameters | None = None
) -> Temper:
    """
    Draw n people's multipliers: lognormal of mean one.

    A person's pressure differs between sessions as much as people differ: draw anew for each.
    Source: docs/science/effects.md, equations 3 and 4.
    """
    parameters = parameters or load_parameters()
    wide = parameters.number("pd.CADSS_SIG")
    narrow = parameters["pd.SBP_MAX"].spread
    return Temper(
        dissociation=np.exp(wide * rng.standard_normal(count) - wide**2 / 2.0),
        pressure=np.exp(narrow * rng.standard_normal(count) - narrow**2 / 2.0),
    )


def effects(
    events: Sequence[DoseEvent],
    times_h: Sequence[float] | FloatArray,
    *,
    body: Body | None = None,
    temper: Temper | None = None,
    sessions_before: int = 0,
    older_or_hypertensive: bool = False,
    parameters: Parameters | None = None,
) -> Effects:
    """
    Give the acute effects of the doses at times.

    Parameters
    ----------
    events : doses in any order; may be empty
    times_h : shape (m,), hours on the clock of the doses
    body, temper : the typical 70 kg adult and the group's average if none
    sessions_before : sessions before the first of these; dissociation fades 12 % with each
    older_or_hypertensive : multiply the pressure rise by 1.5, a judgement

    Raises
    ------
    QuantityError : times that are not finite, a negative count, or an amount above the studied

    Notes
    -----
    Effect sites follow the arterial level; esketamine counts twice. The device's effects
    decline too slowly after 80 min. Source: docs/science/effects.md.
    Not for: discharge timing, or any decision at the bedside.
    """
    parameters = parameters or load_parameters()
    body, temper = body or typical(parameters=parameters), temper or average_temper()
    number = parameters.number
    within("sessions before", sessions_before, 0, 1000, "sessions")
    at = times("times", times_h, low=-np.inf)
    check_amounts(events, body)
    site = _site_levels(events, at, body, parameters)
    fast, slow = site(number("pd.T_KE0")), site(number("pd.T_KEBP"))
    pressure = temper.pressure[:, None] * slow / (slow + number("pd.BP_C50"))
    older = number("pd.BP_OLDER") if older_or_hypertensive else 1.0
    share = fast / (fast + number("pd.SED_C50"))
    logit = number("pd.SED_B0") + number("pd.SED_B1") * share
    faded = (1.0 - number("pd.CADSS_TOL")) ** _sessions_at(events, at, sessions_before)
    return Effects(
        times_h=at,
        occupancy=occupancy(events, at, body=body, parameters=parameters),
        dissociation=_plain(_dissociation(fast, temper, parameters) * faded),
        systolic=_plain(number("pd.SBP_MAX") * older * pressure),
        diastolic=_plain(number("pd.DBP_MAX") * older * pressure),
        heart_rate=_plain(number("pd.HR_MAX") * pressure),
        sedation=_plain(1.0 / (1.0 + np.exp(-logit))),
        sha256=parameters.sha256,
    )


def _plain(values: FloatArray) -> FloatArray:
    """Drop the axis of people where there is one."""
    return np.asarray(values[0] if len(values) == 1 else values)


def _dissociation(level: FloatArray, temper: Temper, parameters: Parameters) -> FloatArray:
    number = parameters.number
    steep = number("pd.CADSS_G")
    raised, half = level**steep, number("pd.CADSS_C50") ** steep
    points = number("pd.CADSS_MAX") * raised / (raised + half)
    return np.asarray(np.minimum(temper.dissociation[:, None] * points, CADSS_HIGHEST))


def _site_levels(
    events: Sequence[DoseEvent], at: FloatArray, body: Body, parameters: Parameters
) -> Callable[[float], FloatArray]:
    """Give a function from an effect site's half-life to its level, esketamine weighted."""
    disposition = Disposition(body, parameters)
    potency = parameters.number("pd.POT_S")

    def level(half_life_h: float) -> FloatArray:
        total = np.zeros((body.count, len(at)))
        for event in events:
            weight = potency if event.product is Product.ESKETAMINE_DEVICE else 1.0
            curve = disposition.effect_curve(event, at - event.time_h, half_life_h)
            total += weight * event.amount_mg * curve
        return total

    return level


def _sessions_at(events: Sequence[DoseEvent], at: FloatArray, before: int) -> FloatArray:
    """Count the sessions before the one that each time belongs to, shape (m,)."""
    starts: list[float] = []
    last = -np.inf
    for event in in_order(events):
        if event.time_h - last >= SAME_SITTING_H:
            starts.append(event.time_h)
        last = event.time_h
    begun = np.searchsorted(np.array(starts), at, side="right")
    return np.asarray(before + np.maximum(begun - 1.0, 0.0))


def effect_bands(
    events: Sequence[DoseEvent],
    times_h: Sequence[float] | FloatArray,
    *,
    seed: int,
    draws: int = 400,
    weight_kg: float | None = None,
    interaction: str = "none",
    sessions_before: int = 0,
    parameters: Parameters | None = None,
) -> EffectBands:
    """
    Draw the bands of every acute effect: bodies and tempers differ, reading noise left out.

    Parameters
    ----------
    seed : the same seed gives the same bytes
    draws : number of people drawn, 10 to 100,000

    Raises
    ------
    QuantityError : too few or too many draws, times that are not finite, an impossible weight

    Notes
    -----
    Source: docs/science/effects.md. Evidence B and F.
    """
    parameters = parameters or load_parameters()
    people = _people(draws, seed, weight_kg, interaction, parameters)
    found = effects(
        events, times_h, body=people[0], temper=people[1], sessions_before=sessions_before,
        parameters=parameters,
    )  # fmt: skip

    def band_of(values: FloatArray, grade: Grade = Grade.FEW_HUMANS) -> Band:
        rows = quantiles(values, LEVELS)
        return Band(found.times_h, LEVELS, rows, draws, seed, parameters.sha256, grade)

    return EffectBands(
        occupancy=band_of(found.occupancy, Grade.ANIMALS),
        dissociation=band_of(found.dissociation),
        systolic=band_of(found.systolic),
        diastolic=band_of(found.diastolic),
        heart_rate=band_of(found.heart_rate),
        sedation=band_of(found.sedation),
    )


def _people(
    draws: int, seed: int, weight_kg: float | None, interaction: str, parameters: Parameters
) -> tuple[Body, Temper]:
    """Draw bodies and tempers from one seed."""
    check_draws(draws)
    rng = seeded(seed)
    body = drawn(
        draws, rng, weight_kg=weight_kg, interaction=interaction, parameters=parameters
    )
    return body, drawn_temper(draws, rng, parameters)


def readiness(
    events: Sequence[DoseEvent],
    times_h: Sequence[float] | FloatArray,
    *,
    seed: int,
    draws: int = 1000,
    weight_kg: float | None = None,
    interaction: str = "none",
    sessions_before: int = 0,
    parameters: Parameters | None = None,
) -> Readiness:
    """
    Give the share of people who would meet every criterion, at rising times after the doses.

    The criteria: CADSS below 4, systolic rise below 10 mmHg, chance of sedation below 0.2.

    Raises
    ------
    QuantityError : times that do not rise, no dose, or what ``effects`` refuses

    Notes
    -----
    Display only. Source: docs/science/effects.md, section Readiness.
    Not for: release. The model has no airway, no fall, no nausea and no judgement.
    """
    parameters = parameters or load_parameters()
    at = times("times", times_h, low=-np.inf)
    if not events:
        raise QuantityError("readiness follows a dose, and there is none")
    if np.any(np.diff(at) <= 0):
        raise QuantityError("times of readiness must rise")
    people = _people(draws, seed, weight_kg, interaction, parameters)
    found = effects(
        events, at, body=people[0], temper=people[1], sessions_before=sessions_before,
        parameters=parameters,
    )  # fmt: skip
    number = parameters.number
    ready = found.dissociation < number("readiness.CADSS")
    ready &= found.systolic < number("readiness.SBP_RISE")
    ready &= found.sedation < number("readiness.SEDATION")
    share = ready.mean(axis=0)
    device = any(event.product is Product.ESKETAMINE_DEVICE for event in events)
    return Readiness(
        times_h=at,
        probability=share,
        half_by_h=_lasting(at, share, 0.5),
        nearly_all_by_h=_lasting(at, share, 0.975),
        watch_h=number("readiness.WATCH_H") if device else None,
        sha256=parameters.sha256,
    )


def _lasting(at: FloatArray, share: FloatArray, level: float) -> float | None:
    """Give the first time from which the share stays at or above a level."""
    below = np.flatnonzero(share < level)
    first = below[-1] + 1 if len(below) else 0
    return float(at[first]) if first < len(at) else None
