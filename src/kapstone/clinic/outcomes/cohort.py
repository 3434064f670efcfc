"""
How everyone does who started, counted in the database.

One statement whatever the number of people; what comes back is counts, medians and a bounded
number of lines. The statement is in ``sql/cohort.sql``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from django.db import connection

from kapstone.catalogue.change import change_rules
from kapstone.catalogue.course_review import CourseReviewSheet
from kapstone.catalogue.instruments import Instrument
from kapstone.clinic.outcomes.queries import suicide_item

POINTS = ((0, 0), (7, 3.5), (14, 3.5), (21, 3.5), (28, 3.5), (42, 7), (60, 10), (90, 15))
"""
Days after the first dose at which the median is drawn, and how many days away a score may lie
to count there: about half the way to the next point. Day 0 is the baseline.
"""
MOST_LINES = 200
MOST_SMALL = 24
LONGEST_SERIES = timedelta(days=365)

Line = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    Whom to count: one clinic, one instrument, everyone whose first dose lies in the period.

    ``visible`` are the sets of subjects of whom the asker may read the measures by name.
    """

    clinic_id: int
    instrument: Instrument
    since: datetime
    at: datetime
    visible: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """
    How many started, how many can be compared, and how they did after the series.

    Every count is of people. Who has no score is in none of the outcomes: ``comparable`` have a
    baseline high enough for response and remission to mean anything, and an end score.
    """

    started: int
    with_baseline: int
    end_due: int
    both_scores: int
    comparable: int
    responded: int
    remitted: int
    worse: int
    asked_suicide: int
    more_suicidal: int

    @property
    def missing(self) -> int:
        """Count those whose end score is due and who cannot be compared."""
        return self.end_due - self.both_scores


@dataclass(frozen=True, slots=True, kw_only=True)
class AtPoint:
    """The scores of everyone who answered about this many days after the first dose."""

    day: float
    reached: int
    people: int
    low: float | None
    median: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One nameless line: scores by day after the first dose, the baseline at day 0."""

    base: int
    latest: int
    points: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonNow:
    """One person in treatment, for those who may read their measures."""

    course_key: str
    subjects_id: int
    base: int | None
    latest: int | None
    points: Line
    dose_days: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMissing:
    """One person whose first or last score is missing."""

    course_key: str
    subjects_id: int
    no_baseline: bool
    no_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortOutcome:
    """Everything the outcomes page draws."""

    counts: Counts
    points: tuple[AtPoint, ...]
    lines: tuple[PersonLine, ...]
    in_treatment: tuple[PersonNow, ...]
    missing: tuple[PersonMissing, ...]
    dose_days: tuple[float, ...]


def cohort_outcome(question: Question, sheet: CourseReviewSheet) -> CohortOutcome:
    """Count everyone who started in the period, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(), _parameters(question, sheet))
        (found,) = cursor.fetchone()
    given: Mapping[str, Any] = json.loads(found) if isinstance(found, str) else found
    return CohortOutcome(
        counts=Counts(**given["counts"]),
        points=tuple(AtPoint(**row) for row in given["points"]),
        lines=tuple(
            PersonLine(
                base=row["base"],
                latest=row["latest"],
                points=_line(row["base"], row["later"]),
            )
            for row in given["lines"]
        ),
        in_treatment=tuple(_now(row) for row in given["now"]),
        missing=tuple(PersonMissing(**row) for row in given["missing"]),
        dose_days=tuple(float(day) for day in given["dose_days"]),
    )


@cache
def _statement() -> str:
    return (files("kapstone.clinic.outcomes") / "sql" / "cohort.sql").read_text("utf-8")


def _parameters(question: Question, sheet: CourseReviewSheet) -> dict[str, Any]:
    rules = change_rules(question.instrument)
    return {
        "clinic": question.clinic_id,
        "at": question.at,
        "since": question.since,
        # a series that began before the period must not look as if it began inside it
        "oldest": question.since - LONGEST_SERIES,
        "instrument": question.instrument.code,
        "item": suicide_item(question.instrument),
        "baseline_within": timedelta(days=rules.baseline_within_days.value),
        "end_from": timedelta(days=sheet.end_from_days.value),
        "end_until": timedelta(days=sheet.end_until_days.value),
        "least_base": rules.baseline_at_least.value,
        "response_share": 1 - rules.response_percent.value / 100,
        "remission_below": rules.remission_below.value,
        "worse_points": rules.deterioration_points.value,
        "points": [day for day, _ in POINTS],
        "reaches": [float(reach) for _, reach in POINTS],
        "visible": list(question.visible),
        "most_lines": MOST_LINES,
        "most_small": MOST_SMALL,
    }


def _now(row: Mapping[str, Any]) -> PersonNow:
    return PersonNow(
        course_key=row["course_key"],
        subjects_id=row["subjects_id"],
        base=row["base"],
        latest=row["latest"],
        points=_line(row["base"], row["later"]),
        dose_days=tuple(float(day) for day in row["dose_days"]),
    )


def _line(base: int | None, later: Sequence[Sequence[float]]) -> Line:
    """Begin at the baseline, on day 0; then each score on its own day."""
    start = ((0.0, float(base)),) if base is not None else ()
    return (*start, *((float(day), float(total)) for day, total in later))
