"""Relief and symptoms: the drug effect of each dose, and the scale it is read on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from kapstone.science.draws import spread_without
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.quantities import FloatArray, ModelError, QuantityError, within

MADRS_HIGHEST = 60.0
PHQ_HIGHEST = 27.0
PHQ_POINTS = (1.0, 15.0, 27.0)
MADRS_POINTS = (1.0, 24.0, 48.0)
"""The link of Kim and Mulsant 2024 (OPTIMUM, n 555): PHQ-9 1, 15, 27 at MADRS 1, 24, 48."""
MOST_OF_A_JUMP = 0.98


class Scenario(StrEnum):
    """How much of the fitted effect is taken as the drug's own (``DRUG_SHARE``)."""

    OPTIMISTIC = "optimistic"
    CENTRAL = "central"
    CAUTIOUS = "cautious"


class Expectancy(StrEnum):
    """Which share of relief is taken as expectancy: none, or as in a trial's control arm."""

    NONE = "none"
    ACTIVE = "active"
    SALINE = "saline"


def drug_share(
    scenario: Scenario | str = Scenario.CENTRAL, parameters: Parameters | None = None
) -> float:
    """
    Give the share of a scenario: 1.0, 0.6 or 0.3. Evidence D.

    Raises
    ------
    ModelError : a scenario the parameter file does not hold

    Notes
    -----
    Source: docs/science/symptoms.md, section Scenarios.
    """
    parameters = parameters or load_parameters()
    if scenario not in set(Scenario):
        raise ModelError(f"unknown scenario {scenario!r}; known: {', '.join(Scenario)}")
    return parameters.number(f"scenario.{Scenario(scenario).name}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mood:
    """
    How relief comes, goes and shows in n people: fields of shape (n,) or (1,).

    ``start`` MADRS points (S0); ``strength`` (ALPHA, times the drug share) and ``practice``
    (LAMBDA) log units; ``off`` and ``on`` 1/d; ``jump`` (EPS) no unit; ``expectancy`` (P) log
    units at day 0, fading with ``expectancy_decay`` 1/d.
    """

    start: FloatArray
    strength: FloatArray
    practice: FloatArray
    on: FloatArray
    off: FloatArray
    jump: float
    expectancy: FloatArray
    expectancy_decay: float
    floor: float


def typical_mood(
    *,
    start: float | None = None,
    strength: float | None = None,
    practice: float | None = None,
    expectancy: float = 0.0,
    off_factor: float = 1.0,
    share: float = 1.0,
    parameters: Parameters | None = None,
) -> Mood:
    """
    Give the mood of the typical person, or of one with personal values.

    Parameters
    ----------
    start : MADRS before the first dose (S0)
    strength, practice, expectancy : ALPHA, LAMBDA and P in log units
    off_factor : multiplier on the half-life T_EOFF
    share : DRUG_SHARE, which scales ALPHA

    Raises
    ------
    QuantityError : a start outside 0 to 60, or a value that is not finite or too large

    Notes
    -----
    Depression only: no other disorder has a symptom model. Source: docs/science/symptoms.md.
    """
    parameters = parameters or load_parameters()
    number = parameters.number
    first = number("symptom.S0") if start is None else start
    alpha = number("symptom.ALPHA") if strength is None else strength
    slope = number("symptom.LAMBDA") if practice is None else practice
    within("starting MADRS", first, 0.0, MADRS_HIGHEST, "points")
    within("alpha", alpha, 0.0, 20.0, "log units")
    within("lambda", slope, 0.0, 20.0, "log units")
    within("expectancy", expectancy, -5.0, 5.0, "log units")
    within("multiplier on T_EOFF", off_factor, 0.01, 100.0, "(a factor)")
    within("drug share", share, 0.0, 1.0, "(a share)")
    half_d = number("symptom.T_EOFF") * off_factor
    return _mood(
        parameters, np.array([first]), np.array([alpha * share]), np.array([slope]),
        np.array([half_d]), np.array([expectancy]),
    )  # fmt: skip


def drawn_mood(
    count: int,
    rng: np.random.Generator,
    *,
    share: float = 1.0,
    expectancy: Expectancy | str = Expectancy.ACTIVE,
    parameters: Parameters | None = None,
) -> Mood:
    """
    Draw the moods of n people: start normal, strength and half-life lognormal, P normal.

    Raises
    ------
    ModelError : an expectancy the parameter file does not hold

    Notes
    -----
    Source: docs/science/symptoms.md, section Between people.
    """
    parameters = parameters or load_parameters()
    number = parameters.number
    if expectancy not in set(Expectancy):
        raise ModelError(f"unknown expectancy {expectancy!r}; known: {', '.join(Expectancy)}")
    start = number("symptom.S0") + number("symptom.S0_SD") * rng.standard_normal(count)
    start = np.clip(start, 1.0, MADRS_HIGHEST)
    strength = spread_without(parameters["symptom.ALPHA"], count, rng) * share
    half_d = spread_without(parameters["symptom.T_EOFF"], count, rng)
    hope = np.zeros(1)
    if expectancy != Expectancy.NONE:
        mean = number(f"symptom.P_{Expectancy(expectancy).name}")
        hope = mean + number("symptom.W_P") * rng.standard_normal(count)
    practice = np.array([number("symptom.LAMBDA")])
    return _mood(parameters, start, strength, practice, half_d, hope)


def _mood(
    parameters: Parameters,
    start: FloatArray,
    strength: FloatArray,
    practice: FloatArray,
    half_d: FloatArray,
    expectancy: FloatArray,
) -> Mood:
    number = parameters.number
    return Mood(
        start=start,
        strength=strength,
        practice=practice,
        on=np.log(2.0) / np.array([number("symptom.T_EON")]),
        off=np.log(2.0) / half_d,
        jump=number("symptom.EPS"),
        expectancy=expectancy,
        expectancy_decay=float(np.log(2.0)) / number("symptom.T_PLC"),
        floor=number("symptom.Y_FLOOR"),
    )


def madrs(
    mood: Mood,
    *,
    day: float,
    relief: FloatArray,
    chosen: FloatArray,
    chosen_first: FloatArray,
    begun: bool = True,
) -> FloatArray:
    """
    Give the MADRS score expected on a day, shape (n,), without the noise of a visit.

    Parameters
    ----------
    relief : E, shape (n,); chosen : q, and chosen_first : q on day 0, shape (n,)
    begun : false before treatment begins, when there is no expectancy yet

    Notes
    -----
    y = ALPHA E + LAMBDA (q - q0) + P exp(-ln2 t/45); MADRS = S0 exp(-max(y, floor)).
    Evidence F, fitted to older, favourable trials. Source:
    docs/science/symptoms.md, equation 2. Not for: any disorder but depression.
    """
    gain = mood.strength * relief + mood.practice * (chosen - chosen_first)
    if begun:
        gain = gain + mood.expectancy * np.exp(-mood.expectancy_decay * day)
    return np.asarray(mood.start * np.exp(-np.maximum(gain, mood.floor)))


def phq9_of_group(scores: FloatArray) -> FloatArray:
    """
    Map a group's MADRS scores to PHQ-9, same shape. Never for one person: rho is 0.76.

    Raises
    ------
    ModelError : fewer than ten scores, which is no group
    QuantityError : a score outside 0 to 60

    Notes
    -----
    Evidence B. Source: Kim and Mulsant 2024; docs/science/symptoms.md.
    """
    points = np.asarray(scores, dtype=np.float64)
    if points.size < 10:
        raise ModelError(f"the PHQ-9 mapping holds for groups, not for {points.size} scores")
    if not np.all((points >= 0.0) & (points <= MADRS_HIGHEST)):
        raise QuantityError(f"MADRS scores must be from 0 to {MADRS_HIGHEST:g} points")
    return _phq9_line(points)


def _phq9_line(points: FloatArray) -> FloatArray:
    """Join the three points by lines, and run the outer ones on."""
    first = (PHQ_POINTS[1] - PHQ_POINTS[0]) / (MADRS_POINTS[1] - MADRS_POINTS[0])
    second = (PHQ_POINTS[2] - PHQ_POINTS[1]) / (MADRS_POINTS[2] - MADRS_POINTS[1])
    low = PHQ_POINTS[1] + first * (points - MADRS_POINTS[1])
    high = PHQ_POINTS[1] + second * (points - MADRS_POINTS[1])
    return np.clip(np.where(points < MADRS_POINTS[1], low, high), 0.0, PHQ_HIGHEST)
