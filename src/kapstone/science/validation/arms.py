"""The arms of the trials, simulated: doses, sessions, days, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kapstone.science.bands import seeded
from kapstone.science.cohort import (
    NOTHING,
    Change,
    block_days,
    block_sizes,
    cast,
    visit_noise,
)
from kapstone.science.parameters import load_parameters
from kapstone.science.protocols import SIX, Protocol, infusions
from kapstone.science.quantities import FloatArray
from kapstone.science.symptoms import MADRS_HIGHEST, Expectancy, Scenario

PEOPLE = 20_480
SEED = 5
ASAT = (1, 1, 2, 2, 3, 3, 4, 4)
TWICE_WEEKLY = (0, 3, 7, 10)
THRICE_WEEKLY = (0, 2, 4, 7, 9, 11, 14)
EIGHT = (0, 3, 7, 10, 14, 17, 21, 24)
LAST_DAY = SIX[-1]
SALLOUM_VISITS = (5, 7, 14)
RELAPSE_VISITS = tuple(sorted((*range(14, 121, 7), *range(17, 121, 7))))
TRIAL_LEARNING = 2.0
EARLY = (1, 3, 5, 8, 10, 12, 13, 14)
LATE = (30, 32, 34, 36, 38, 40, 42, 44)
READ_DAY = 90
RATES_THAT_FIT = {1.0: 1.43, 2.0: 1.0, 4.0: 0.637, 8.0: 0.374}
"""
For each learning multiplier, the factor on the trail rates with which training after one dose
(Price 2022, day 30) comes out as it does at the recommended multiplier of 2.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """One arm: MADRS expected and as rated, shape (days + 1, n), and the start, shape (n,)."""

    expected: FloatArray
    rated: FloatArray
    start: FloatArray

    def change(self, day: int) -> float:
        """Mean change from the start, points."""
        return float((self.expected[day] - self.start).mean())

    def responded(self, day: int) -> NDArray[np.bool_]:
        """Who is rated at half the start or less, shape (n,)."""
        return np.asarray(self.rated[day] <= 0.5 * self.start)

    def response(self, day: int) -> float:
        """Percent who respond on a day."""
        return 100.0 * float(self.responded(day).mean())

    def remission(self, day: int) -> float:
        """Percent rated 10 or less on a day."""
        return 100.0 * float((self.rated[day] <= 10.0).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one arm went through, and what was changed in everybody."""

    doses: tuple[int, ...] = ()
    sessions: tuple[int, ...] = ()
    days: int = 60
    mg_per_kg: float = 0.5
    expectancy: Expectancy = Expectancy.ACTIVE
    scenario: Scenario = Scenario.OPTIMISTIC
    learning: float = TRIAL_LEARNING
    setbacks: float = 0.0
    change: Change = NOTHING


def arm(doses: tuple[int, ...], sessions: tuple[int, ...] = (), **rest: Any) -> Arm:
    """Simulate one arm of a trial, in the scenario the model was fitted in."""
    return _simulated(Plan(doses=doses, sessions=sessions, **rest))


@cache
def _simulated(plan: Plan) -> Arm:
    parameters = load_parameters()
    protocol = Protocol(
        name="trial arm", days=plan.days,
        doses=infusions(plan.doses, mg_per_kg=plan.mg_per_kg), sessions=plan.sessions,
        expectancy=plan.expectancy, scenario=plan.scenario, learning=plan.learning,
        setbacks_per_month=plan.setbacks,
    )  # fmt: skip
    scores, starts = [], []
    for block, size in enumerate(block_sizes(PEOPLE)):
        people = cast(
            protocol, seed=SEED, block=block, count=size, parameters=parameters,
            change=plan.change,
        )  # fmt: skip
        scores.append(np.stack([day.madrs for day in block_days(protocol, people, parameters)]))
        starts.append(people.mood.start)
    expected = np.concatenate(scores, axis=1)
    noise = visit_noise(seeded(SEED), plan.days + 1, PEOPLE, parameters)
    rated = np.clip(expected + noise.T, 0.0, MADRS_HIGHEST)
    return Arm(expected, rated, np.concatenate(starts))


def control(days: int = 60, expectancy: Expectancy = Expectancy.ACTIVE) -> Arm:
    """Simulate a control arm: expectancy alone."""
    return arm((), days=days, expectancy=expectancy)


def relapse_days(after: Arm) -> FloatArray:
    """
    Give days from the last infusion to relapse, for those who had responded a day after it.

    Relapse is less than half of the improvement at two visits in a row, visits twice a week;
    who has not relapsed by the last visit gets 999.
    """
    failing = after.rated > 0.5 * after.start
    days = np.full(PEOPLE, 999.0)
    for visit, following in pairwise(RELAPSE_VISITS):
        both = failing[visit] & failing[following]
        days = np.where((days == 999.0) & both, visit - LAST_DAY, days)
    return days[after.responded(LAST_DAY + 1)]


def timing_gain(
    learning: float, *, change: Change = NOTHING, doses: tuple[int, ...] = SIX
) -> float:
    """
    Give what eight sessions inside the windows gain over the same a month later, on day 90.

    Mean MADRS points at the drug's fitted share. Without doses it is what an earlier start
    gains by itself, which no window explains.
    """
    early, late = (
        arm(doses, plan, days=READ_DAY, learning=learning, change=change)
        for plan in (EARLY, LATE)
    )
    return float((late.expected[READ_DAY] - early.expected[READ_DAY]).mean())
