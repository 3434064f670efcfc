"""
How a course stands: change since baseline, what is missing, and what to discuss.

Pure: scores and doses in, one outcome and findings out. A finding here is a prompt to discuss;
none ever says what to give.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kapstone.catalogue.change import (
    Change,
    Completeness,
    Outcome,
    Taken,
    baseline,
    judge_change,
)
from kapstone.catalogue.course_review import CourseReviewSheet, Pattern
from kapstone.catalogue.instruments import Instrument
from kapstone.errors import Finding, Weight


class Point(StrEnum):
    """Where in the series a course stands; the codes of ``CourseReview.Point``."""

    EARLY = "early"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One standing reply, valid or not, and its answer about suicide where it has one."""

    total: int | None
    taken_at: datetime
    is_interim: bool = False
    band: str = ""
    suicide_item: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One point at which the questionnaire was asked for, and what came of it."""

    point: str
    due_at: datetime
    is_answered: bool
    is_valid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFacts:
    """What must be known to say how a course stands."""

    instrument: Instrument
    at: datetime
    planned_sessions: int
    is_ended: bool
    doses_at: Sequence[datetime]
    scores: Sequence[Scored]
    asked: Sequence[Asked] = ()
    gravest_event: int | None = None
    integration_missed_in_a_row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseOutcome:
    """
    How one course stands by one instrument.

    ``change`` is None, and ``outcome`` is "not defined", where there is no baseline or no later
    score: what is missing is never read as well.
    """

    instrument: str
    point: Point
    planned_sessions: int
    doses_at: tuple[datetime, ...]
    baseline: Scored | None
    latest: Scored | None
    end: Scored | None
    end_due_from: datetime | None
    end_due_until: datetime | None
    change: Change | None
    outcome: Outcome
    scores: tuple[Scored, ...]
    completeness: Completeness
    missing: tuple[Asked, ...]
    prompts: tuple[Finding, ...]

    @property
    def doses_given(self) -> int:
        """How many sessions gave a dose."""
        return len(self.doses_at)

    @property
    def first_dose_at(self) -> datetime | None:
        """When the first dose was given."""
        return self.doses_at[0] if self.doses_at else None

    @property
    def last_dose_at(self) -> datetime | None:
        """When the last dose was given."""
        return self.doses_at[-1] if self.doses_at else None

    @property
    def is_response(self) -> bool:
        """Whether half the baseline is gone; False when that cannot be said."""
        return self.change is not None and self.change.response is True

    @property
    def is_remission(self) -> bool:
        """Whether the score is below the line of remission; False when it cannot be said."""
        return self.change is not None and self.change.remission is True

    @property
    def is_worse(self) -> bool:
        """Whether the score rose by more than the least change that counts."""
        return self.change is not None and self.change.deterioration


def judge_course(facts: CourseFacts, sheet: CourseReviewSheet) -> CourseOutcome:
    """Say how a course stands at a moment."""
    doses = sorted(given for given in facts.doses_at if given <= facts.at)
    scores = tuple(
        sorted(
            (scored for scored in facts.scores if scored.taken_at <= facts.at),
            key=lambda scored: scored.taken_at,
        )
    )
    first, last = (doses[0], doses[-1]) if doses else (None, None)
    start = _baseline(facts.instrument, scores, first)
    later = [one for one in scores if first and one.taken_at >= first and one.total is not None]
    latest = later[-1] if later else None
    ends_from, ends_until = _end_window(last, sheet)
    end = _within(later, ends_from, ends_until)
    change = _change(facts.instrument, start, latest)
    missing = tuple(
        asked for asked in facts.asked if asked.due_at <= facts.at and not asked.is_valid
    )
    due = [asked for asked in facts.asked if asked.due_at <= facts.at]
    outcome = CourseOutcome(
        instrument=facts.instrument.code,
        point=_point(facts, len(doses), sheet),
        planned_sessions=facts.planned_sessions,
        doses_at=tuple(doses),
        baseline=start,
        latest=latest,
        end=end,
        end_due_from=ends_from,
        end_due_until=ends_until,
        change=change,
        outcome=change.outcome if change else Outcome.NOT_DEFINED,
        scores=scores,
        completeness=Completeness(
            due=len(due),
            answered=sum(asked.is_answered for asked in due),
            valid=sum(asked.is_valid for asked in due),
        ),
        missing=missing,
        prompts=(),
    )
    return replace(outcome, prompts=tuple(prompts(outcome, facts, sheet)))


def _baseline(
    instrument: Instrument, scores: Sequence[Scored], first_dose_at: datetime | None
) -> Scored | None:
    """Choose the baseline by the instrument's rule; before the first dose, the newest score."""
    valid = [scored for scored in scores if scored.total is not None]
    if first_dose_at is None:
        return valid[-1] if valid else None
    chosen = baseline(instrument, [_taken(scored) for scored in valid], first_dose_at)
    return next(
        (one for one in valid if chosen is not None and one.taken_at == chosen.taken_at), None
    )


def _taken(scored: Scored) -> Taken:
    if scored.total is None:
        raise ValueError("A reply without a total cannot be compared.")
    return Taken(total=scored.total, taken_at=scored.taken_at)


def _end_window(
    last_dose_at: datetime | None, sheet: CourseReviewSheet
) -> tuple[datetime | None, datetime | None]:
    if last_dose_at is None:
        return None, None
    return (
        last_dose_at + timedelta(days=sheet.end_from_days.value),
        last_dose_at + timedelta(days=sheet.end_until_days.value),
    )


def _within(
    scores: Sequence[Scored], opens: datetime | None, closes: datetime | None
) -> Scored | None:
    """Give the last valid score inside the end window."""
    if opens is None or closes is None:
        return None
    inside = [scored for scored in scores if opens <= scored.taken_at <= closes]
    return inside[-1] if inside else None


def _change(instrument: Instrument, start: Scored | None, now: Scored | None) -> Change | None:
    if start is None or now is None:
        return None
    change = judge_change(instrument, _taken(start), _taken(now))
    return replace(change, interim=now.is_interim)


def _point(facts: CourseFacts, doses: int, sheet: CourseReviewSheet) -> Point:
    if facts.is_ended or doses >= facts.planned_sessions:
        return Point.END
    return Point.MIDDLE if doses >= sheet.middle_after_doses.value else Point.EARLY


def prompts(
    outcome: CourseOutcome, facts: CourseFacts, sheet: CourseReviewSheet
) -> Iterator[Finding]:
    """Yield what to discuss at this point, the gravest first. Nothing before the first dose."""
    if not outcome.doses_given:
        return
    for pattern in Pattern:
        if _holds(pattern, outcome, facts, sheet):
            yield Finding(pattern, Weight.CAUTION, sheet.prompt(pattern).words)
    step = _step(outcome, sheet)
    if step is not None:
        yield step


def _step(outcome: CourseOutcome, sheet: CourseReviewSheet) -> Finding | None:
    """Give the prompt for the improvement so far, in the middle of a series."""
    change = outcome.change
    if outcome.point is not Point.MIDDLE or change is None or change.percent is None:
        return None
    if change.deterioration:
        return None
    step = sheet.step(change.percent)
    return Finding(step.code, Weight.CAUTION, step.words)


def _holds(
    pattern: Pattern, outcome: CourseOutcome, facts: CourseFacts, sheet: CourseReviewSheet
) -> bool:
    match pattern:
        case Pattern.WORSE:
            return outcome.is_worse
        case Pattern.NEW_SUICIDAL_THOUGHTS:
            return more_suicidal(outcome)
        case Pattern.GRAVE_EVENT:
            gravest = facts.gravest_event
            return gravest is not None and gravest >= sheet.grave_event_grade.value
        case Pattern.MISSED_INTEGRATION:
            return facts.integration_missed_in_a_row >= sheet.missed_integration.value
        case Pattern.NO_BASELINE:
            return outcome.baseline is None
        case Pattern.INTERIM:
            return outcome.latest is not None and outcome.latest.is_interim


def more_suicidal(outcome: CourseOutcome) -> bool:
    """Whether the newest answer about suicide is above the one at baseline; blank is not."""
    answered = [one for one in outcome.scores if one.suicide_item is not None]
    if not answered or outcome.first_dose_at is None:
        return False
    newest = answered[-1]
    if newest.taken_at < outcome.first_dose_at or not newest.suicide_item:
        return False
    start = outcome.baseline.suicide_item if outcome.baseline else None
    return newest.suicide_item > (start or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """
    What was decided together, and why.

    ``without_data`` says, in words, why the review after the series cannot wait for its score.
    """

    decision: str
    reason: str
    patient_agrees: bool
    without_data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFacts:
    """What must be known before a review is decided."""

    point: Point
    outcome: CourseOutcome
    decided: Decided


SHORTEST_REASON = 20
"""As everywhere a reason is asked for (clinical.md 1.1, judgement)."""


def check_review(facts: ReviewFacts) -> Iterator[Finding]:
    """Yield every reason against deciding now."""
    if len(facts.decided.reason.strip()) < SHORTEST_REASON:
        words = f"Say in at least {SHORTEST_REASON} characters why."
        yield Finding("no-reason", Weight.BLOCK, words)
    said = len(facts.decided.without_data.strip()) >= SHORTEST_REASON
    if facts.point is Point.END and facts.outcome.end is None and not said:
        words = (
            "There is no score from the weeks after the last dose. Wait for it, or say in at "
            f"least {SHORTEST_REASON} characters why the decision cannot wait."
        )
        yield Finding("end-before-data", Weight.BLOCK, words)
