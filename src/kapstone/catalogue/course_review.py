"""What is looked at when a series is reviewed, and the published figures set beside it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import ClassVar

from kapstone.catalogue.basis import Basis, Figure, deciding
from kapstone.catalogue.rows import refuse_repeats
from kapstone.catalogue.shelf import Sheet, take
from kapstone.errors import CatalogueError


class Pattern(StrEnum):
    """A pattern that a review looks for."""

    WORSE = "worse"
    NEW_SUICIDAL_THOUGHTS = "new-suicidal-thoughts"
    GRAVE_EVENT = "grave-event"
    MISSED_INTEGRATION = "missed-integration"
    NO_BASELINE = "no-baseline"
    INTERIM = "interim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What to discuss when a pattern is there. Never what to give."""

    pattern: Pattern
    words: str
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to discuss when the improvement so far is at least this many per cent."""

    code: str
    from_percent: float
    words: str
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """One published group of people, set beside the clinic's own as a lettered mark."""

    letter: str
    people: int
    started: int
    design: str
    limits: str
    response_percent: float
    remission_percent: float
    worse_percent: float
    more_suicidal_percent: float
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseReviewSheet(Sheet):
    """One version of the rules of review."""

    KIND: ClassVar[str] = "course-reviews"

    early_after_doses: Figure
    middle_after_doses: Figure
    end_from_days: Figure
    end_until_days: Figure
    grave_event_grade: Figure
    missed_integration: Figure
    least_people: Figure
    timing_opens_at: Figure
    steps: tuple[Step, ...]
    prompts: tuple[Prompt, ...]
    cohorts: tuple[Cohort, ...]

    def __post_init__(self) -> None:
        refuse_repeats((prompt.pattern for prompt in self.prompts), "prompts")
        refuse_repeats((cohort.letter for cohort in self.cohorts), "cohorts")
        rows: tuple[Step | Prompt | Cohort, ...] = (*self.steps, *self.prompts, *self.cohorts)
        for row in rows:
            deciding(row.basis)
        if any(one.from_percent <= two.from_percent for one, two in pairwise(self.steps)):
            raise CatalogueError("steps stand from the highest percentage to the lowest")
        if missing := set(Pattern) - {prompt.pattern for prompt in self.prompts}:
            raise CatalogueError(f"prompts: missing {', '.join(sorted(missing))}")

    def prompt(self, pattern: Pattern) -> Prompt:
        """Give the prompt of a pattern; there is one for each."""
        return next(prompt for prompt in self.prompts if prompt.pattern is pattern)

    def step(self, percent: float) -> Step:
        """Give the highest step that an improvement reaches; all below the last is the last."""
        reached = (step for step in self.steps if percent >= step.from_percent)
        return next(reached, self.steps[-1])


def course_review_sheet(version: int | None = None) -> CourseReviewSheet:
    """Read the rules of review; without a version, the newest."""
    return take(CourseReviewSheet, "core", version)
