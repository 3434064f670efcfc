"""Trails on a real log: how strong the new and the old trail stand, day by day."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

import numpy as np

from kapstone.science.daily import DailyMap, DayDose, Diary, Habit, typical_habit
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.quantities import HOURS_PER_DAY, FloatArray, Grade, QuantityError, within
from kapstone.science.symptoms import Mood, drug_share, typical_mood
from kapstone.science.window import Clock, Jump, typical_clock


class Way(StrEnum):
    """What was done at a fork. Noticing is logged and valued; it moves neither trail."""

    NEW = "new"
    OLD = "old"
    NOTICED = "noticed"


@dataclass(frozen=True, slots=True)
class Walk:
    """One logged walk at a fork, in hours on the clock of the doses."""

    time_h: float
    way: Way


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strengths:
    """
    One trail's strengths at the start of each day, 0 to ``days``: arrays of shape (days + 1,).

    ``new`` and ``old`` from 0 to 1; ``chosen`` the chance that a trigger is answered on the new
    trail; ``openness`` W and ``relief`` E. ``new_now`` and ``old_now`` hold what today's logged
    walks and sessions have already done. Evidence D: a teaching picture, never a measurement.
    """

    days: FloatArray
    new: FloatArray
    old: FloatArray
    chosen: FloatArray
    openness: FloatArray
    relief: FloatArray
    new_now: float
    old_now: float
    sha256: str
    grade: Grade = Grade.ASSUMPTION


def strengths(
    doses: Sequence[Jump],
    *,
    now_h: float,
    sessions_h: Sequence[float] = (),
    walks: Sequence[Walk] = (),
    clock: Clock | None = None,
    habit: Habit | None = None,
    mood: Mood | None = None,
    parameters: Parameters | None = None,
) -> Strengths:
    """
    Step one trail through its log, up to now.

    Parameters
    ----------
    doses : what ``exposure`` gives for one person; hours count from the start of day 0
    now_h : hours from the start of day 0; what is later is left out
    sessions_h : hours of the integration sessions that worked on this trail
    walks : what was logged at this fork; a day without a walk follows the expected use, so a
        missed entry is never read as disuse
    clock, habit, mood : the typical person's if none; relief at the central drug share

    Returns
    -------
    Strengths : at the start of each day up to today, and as they stand now

    Raises
    ------
    QuantityError : now before day 0 or more than 3,660 days on, or a time before day 0

    Notes
    -----
    The daily map of the virtual patient, with the counts that were logged in place of those
    expected. Source: docs/science/trails.md.
    Not for: a claim about a person's brain.
    """
    parameters = parameters or load_parameters()
    within("now", now_h, 0.0, 3660.0 * HOURS_PER_DAY, "h")
    today = math.floor(now_h / HOURS_PER_DAY)
    past_walks = [walk for walk in walks if walk.time_h <= now_h]
    diary = Diary(
        days=today + 1,
        doses=day_doses([dose for dose in doses if dose.time_h <= now_h]),
        sessions=counts_by_day((hour for hour in sessions_h if hour <= now_h), today + 1),
        new=counts_by_day(
            (walk.time_h for walk in past_walks if walk.way == Way.NEW), today + 1
        ),
        old=counts_by_day(
            (walk.time_h for walk in past_walks if walk.way == Way.OLD), today + 1
        ),
    )
    share = drug_share(parameters=parameters)
    stepping = DailyMap(
        diary,
        clock or typical_clock(parameters),
        habit or typical_habit(parameters=parameters),
        mood or typical_mood(share=share, parameters=parameters),
    )
    states = list(islice(stepping.states(), today + 1))
    new_now, old_now = stepping.walked_so_far(states[-1], today, now_h / HOURS_PER_DAY - today)
    return Strengths(
        days=np.arange(today + 1.0),
        new=np.array([state.new[0] for state in states]),
        old=np.array([state.old[0] for state in states]),
        chosen=np.array([state.chosen[0] for state in states]),
        openness=np.array([state.openness[0] for state in states]),
        relief=np.array([state.relief[0] for state in states]),
        new_now=float(new_now[0]),
        old_now=float(old_now[0]),
        sha256=parameters.sha256,
    )


def day_doses(doses: Iterable[Jump]) -> tuple[DayDose, ...]:
    """
    Put each dose at the start of the day it falls on, in order of time.

    Raises
    ------
    QuantityError : a dose before day 0
    """
    ordered = sorted(doses, key=lambda dose: dose.time_h)
    return tuple(DayDose(_day(dose.time_h), dose.amplitude) for dose in ordered)


def _day(time_h: float) -> int:
    if not math.isfinite(time_h) or time_h < 0:
        raise QuantityError(
            f"a time must be at least 0 h after the start of day 0, got {time_h!r}"
        )
    return math.floor(time_h / HOURS_PER_DAY)


def counts_by_day(hours: Iterable[float], days: int) -> FloatArray:
    """
    Count hours by the day they fall on, shape (days,); what is later is left out.

    Raises
    ------
    QuantityError : an hour before day 0
    """
    counts = np.zeros(days)
    for hour in hours:
        if (day := _day(hour)) < days:
            counts[day] += 1.0
    return counts
