"""
What a character felt and did, day by day, from one virtual patient of the science core.

A pool of virtual people goes through the character's own doses and sessions; one whose course
turns as the cast says is taken. Scores, walks and evenings then all come from that one person,
so that curves, scores and trails agree with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kapstone.science.cohort import VirtualPatients, virtual_patients
from kapstone.science.events import DoseEvent, Route
from kapstone.science.protocols import Protocol
from kapstone.site.demo.character import Character, Turn

POOL = 768
LEAD_DAYS = 14  # days of the series before its first dose
HOURS_PER_DAY = 24.0
PHQ_ITEMS = 9
WEATHERS = ("storm", "fog", "still", "bright")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """One evening's check-in; None where the patient did not answer."""

    weather: str
    stress: int
    sleep_hours: float
    moved_minutes: int


class History:
    """
    The days of one character. Day 0 is ``LEAD_DAYS`` before the first dose.

    ``seed`` fixes everything random about the person.
    """

    def __init__(self, character: Character, seed: int) -> None:
        self.character = character
        self.rng = np.random.default_rng(np.random.SeedSequence(seed))
        first = max(character.doses_h, default=0.0)
        self.days = LEAD_DAYS + int(first // HOURS_PER_DAY) + 2
        self._seed = seed

    def dose_day(self, hours_ago: float) -> int:
        """Give the day on which a dose given some hours ago falls."""
        first = max(self.character.doses_h, default=0.0)
        return LEAD_DAYS + int((first - hours_ago) // HOURS_PER_DAY)

    @cached_property
    def people(self) -> VirtualPatients:
        """Run the pool through this character's doses, sessions and practice."""
        one = self.character
        first = max(one.doses_h, default=0.0)
        doses = tuple(
            DoseEvent(
                time_h=LEAD_DAYS * HOURS_PER_DAY + first - hours,
                amount_mg=70.0 * one.mg_per_kg,
                route=Route(one.route),
                duration_h=2 / 3 if one.route == "IV" else 0.0,
            )
            for hours in one.doses_h
        )
        sessions = tuple(
            self.dose_day(hours) + 1
            for number, hours in enumerate(one.doses_h, start=1)
            if number not in one.skips and self.dose_day(hours) + 1 < self.days
        )
        protocol = Protocol(
            name=f"demo {one.name}",
            days=self.days,
            doses=doses,
            sessions=sessions,
            practice=tuple(range(LEAD_DAYS, self.days - 1)) if doses else (),
        )
        return virtual_patients(POOL, self._seed, protocol=protocol)

    @cached_property
    def index(self) -> int:
        """Choose the virtual person whose course turns as the cast says."""
        scores = self.people.phq9_rated
        start = scores[:, LEAD_DAYS - 1]
        end = scores[:, -1]
        fall = np.where(start > 0, (start - end) / np.maximum(start, 1), 0.0)
        fits = {
            Turn.TYPICAL: (fall > 0.2) & (fall < 0.7),
            Turn.REMITS: (end < 5) & (fall >= 0.5),
            Turn.RESPONDS: (end >= 5) & (fall >= 0.5),
            Turn.PARTLY: (fall >= 0.25) & (fall < 0.5),
            Turn.UNCHANGED: np.abs(fall) < 0.15,
            Turn.WORSENS: end - start >= 5,
        }[self.character.turn]
        fits = fits & (start >= 14) & (start <= 24)
        wanted = np.flatnonzero(fits)
        if wanted.size:
            return int(wanted[0])
        # Nobody in the pool turns just so: take the one whose course comes nearest.
        goal = {Turn.WORSENS: -0.4, Turn.UNCHANGED: 0.0, Turn.PARTLY: 0.35, Turn.REMITS: 0.8}
        return int(np.argmin(np.abs(fall - goal.get(self.character.turn, 0.55))))

    def phq9(self, day: int) -> int:
        """Give the PHQ-9 as a visit on that day would read it."""
        return int(self.people.phq9_rated[self.index, self._within(day)])

    def gad7(self, day: int) -> int:
        """
        Give a GAD-7 for the same day.

        The science core models depression only; the demo's GAD-7 follows the PHQ-9 in
        proportion, which says nothing about anxiety.
        """
        return min(21, round(self.phq9(day) * 21 / 27))

    def walks(self, day: int) -> tuple[int, int]:
        """Give how often the new and the old trail were walked on a day."""
        at = min(self._within(day), self.people.new_walks.shape[1] - 1)
        new, old = self.people.new_walks[self.index, at], self.people.old_walks[self.index, at]
        return round(float(new)), round(float(old))

    def evening(self, day: int) -> Evening | None:
        """Give an evening's check-in, or None where it was left out (one in eight)."""
        if self.rng.random() < 0.125:
            return None
        score = float(self.people.phq9_rated[self.index, self._within(day)])
        mood = 1.0 - score / 27.0 + self.rng.normal(0.0, 0.16)
        place = int(np.clip(mood * len(WEATHERS), 0, len(WEATHERS) - 1))
        return Evening(
            weather=WEATHERS[place],
            stress=int(np.clip(round(10 * (1 - mood) + self.rng.normal(0, 1)), 0, 10)),
            sleep_hours=float(np.clip(round(6.2 + mood + self.rng.normal(0, 0.7), 1), 2.5, 10)),
            moved_minutes=int(max(0, round(self.rng.normal(12 + 25 * mood, 10) / 5) * 5)),
        )

    def items(self, total: int, *, item_nine: int = 0) -> dict[str, int]:
        """Spread a PHQ-9 total over its items, the ninth as given."""
        return _spread("phq-9", PHQ_ITEMS, total, self.rng, last=item_nine)

    def gad_items(self, total: int) -> dict[str, int]:
        """Spread a GAD-7 total over its items."""
        return _spread("gad-7", 7, total, self.rng)

    def _within(self, day: int) -> int:
        return int(np.clip(day, 0, self.people.phq9_rated.shape[1] - 1))


def _spread(
    code: str, count: int, total: int, rng: np.random.Generator, *, last: int | None = None
) -> dict[str, int]:
    """Spread points over items of 0 to 3, evenly but not too evenly."""
    free = count if last is None else count - 1
    left = total - (last or 0)
    values = np.zeros(free, dtype=int)
    while left > 0 and values.min() < 3:
        open_items: Any = np.flatnonzero(values < 3)
        lowest = open_items[values[open_items] == values[open_items].min()]
        values[rng.choice(lowest if rng.random() < 0.7 else open_items)] += 1
        left -= 1
    answers = [*values.tolist(), *([] if last is None else [last])]
    return {f"{code}.{n}": int(value) for n, value in enumerate(answers, start=1)}
