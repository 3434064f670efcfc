"""One person's full picture, as a page shows it: window, phases, band, trails and symptoms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kapstone.science.bands import LEVELS, Band, check_draws, quantiles, seeded
from kapstone.science.daily import DailyMap, Diary, drawn_habit
from kapstone.science.events import DoseEvent
from kapstone.science.exposure import DoseExposure, exposure
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.people import Covariates, drawn, typical
from kapstone.science.phases import OpenSpan, phases
from kapstone.science.quantities import HOURS_PER_DAY, FloatArray, Grade, within
from kapstone.science.symptoms import Scenario, drawn_mood, drug_share, madrs
from kapstone.science.trails import counts_by_day, day_doses
from kapstone.science.window import (
    Window,
    drawn_clock,
    openness_at,
    scaled_learning,
    segments,
    typical_clock,
    window,
)

STEP_H = 6.0
ADULT = Covariates()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """
    What the model says of one person's doses.

    ``window`` and ``band`` (W) every six hours, ``trails`` (the chance q of the new trail) and
    ``symptoms`` (MADRS) each day, from day 0 to ``days``. Bands are of people drawn around this
    one, not of this one alone.
    """

    doses: tuple[DoseExposure, ...]
    window: Window
    spans: tuple[OpenSpan, ...]
    band: Band
    trails: Band
    symptoms: Band
    sha256: str


def picture(
    events: Sequence[DoseEvent],
    *,
    seed: int,
    days: int = 60,
    draws: int = 2000,
    sessions_h: Sequence[float] = (),
    person: Covariates = ADULT,
    scenario: Scenario = Scenario.CENTRAL,
    parameters: Parameters | None = None,
) -> Picture:
    """
    Draw one person's whole picture at once: one set of drawn people serves every band.

    Parameters
    ----------
    events : doses in hours from the start of day 0; may be empty
    seed : the same seed gives the same bytes
    days : 1 to 730 days
    draws : people drawn, 10 to 100,000
    sessions_h : hours of the integration sessions
    person : weight, interaction, age; a 70 kg adult if not said

    Raises
    ------
    QuantityError : an impossible number of days or draws, a time before day 0, or what
        ``exposure`` refuses

    Notes
    -----
    Source: docs/science. Evidence D, and F for the symptoms.
    Not for: a forecast of this person, which needs his own ratings.
    """
    parameters = parameters or load_parameters()
    check_draws(draws)
    within("days", days, 1, 730, "d")
    hours = np.arange(0.0, days * HOURS_PER_DAY + STEP_H / 2.0, STEP_H)
    body = typical(
        person.weight_kg, interaction=person.interaction, age_years=person.age_years,
        parameters=parameters,
    )  # fmt: skip
    doses = exposure(events, body=body, parameters=parameters)
    share = drug_share(scenario, parameters)
    rng = seeded(seed)
    around = drawn(
        draws, rng, weight_kg=person.weight_kg, interaction=person.interaction,
        parameters=parameters,
    )  # fmt: skip
    clock = drawn_clock(draws, rng, parameters)
    jumps = exposure(events, body=around, parameters=parameters)
    diary = Diary(
        days=days,
        doses=[dose for dose in day_doses(jumps) if dose.day < days],
        sessions=counts_by_day(sessions_h, days),
    )
    habit = drawn_habit(draws, rng, parameters)
    mood = drawn_mood(draws, rng, share=share, parameters=parameters)
    stepping = DailyMap(diary, scaled_learning(clock, share), habit, mood, count=draws)
    chosen, scores = np.empty((days + 1, draws)), np.empty((days + 1, draws))
    for day, state in enumerate(stepping.states()):
        chosen[day] = state.chosen
        scores[day] = madrs(
            mood, day=day, relief=state.relief, chosen=state.chosen, chosen_first=chosen[0],
            begun=day > 0,
        )  # fmt: skip

    def band_of(times_h: FloatArray, values: FloatArray, grade: Grade) -> Band:
        rows = quantiles(values, LEVELS)
        return Band(times_h, LEVELS, rows, draws, seed, parameters.sha256, grade)

    each_day = HOURS_PER_DAY * np.arange(days + 1.0)
    openness = openness_at(segments(jumps, clock), clock, hours)
    return Picture(
        doses=doses,
        window=window(doses, hours, parameters=parameters),
        spans=phases(doses, clock=typical_clock(parameters), parameters=parameters),
        band=band_of(hours, openness, Grade.ASSUMPTION),
        trails=band_of(each_day, chosen.T, Grade.ASSUMPTION),
        symptoms=band_of(each_day, scores.T, Grade.FITTED),
        sha256=parameters.sha256,
    )
