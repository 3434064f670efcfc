"""Record what was decided together when a series is reviewed."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from kapstone.clinic.course.models import Course
from kapstone.clinic.outcomes.models import CourseReview
from kapstone.clinic.outcomes.queries import course_outcome
from kapstone.clinic.outcomes.rules import (
    CourseOutcome,
    Decided,
    Point,
    ReviewFacts,
    check_review,
)
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import User
from kapstone.core.people.repeats import first_written
from kapstone.core.people.subjects import patient_ids
from kapstone.errors import InvalidInput, Refused


@transaction.atomic
def decide_review(
    *,
    by: User,
    at: datetime,
    course: Course,
    point: str,
    decided: Decided,
    entry_id: UUID | None = None,
) -> CourseReview:
    """
    Keep a decision about a course, with the figures as they stood when it was taken.

    Raises
    ------
    NotAllowed
        If the policy does not let this user sign a review of this patient.
    InvalidInput
        If the point or the decision is none we know.
    Refused
        If no reason is given, or the end score is missing and nothing is said about it.
    """
    subjects = patient_ids(course.subjects)
    require(by=by, at=at, record_class="review", action="sign", subjects=subjects)
    entry_id = entry_id or uuid4()
    hold("course-review", course.pk)
    if (first := first_written(CourseReview, entry_id, course.subjects)) is not None:
        return first
    faults: dict[str, str] = {}
    if point not in CourseReview.Point.values:
        faults["point"] = "Choose which review this is."
    if decided.decision not in CourseReview.Decision.values:
        faults["decision"] = "Choose what was decided."
    if faults:
        raise InvalidInput(faults)
    outcome = course_outcome(course, at)
    facts = ReviewFacts(point=Point(point), outcome=outcome, decided=decided)
    if findings := tuple(check_review(facts)):
        raise Refused(findings)
    review = CourseReview.objects.create(
        clinic_id=course.clinic_id,
        subjects=course.subjects,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        course=course,
        point=point,
        figures=_figures_of(outcome) | {"without_data": decided.without_data.strip()},
        decision=decided.decision,
        reason=decided.reason.strip(),
        patient_agrees=decided.patient_agrees,
        decided_at=at,
    )
    note(
        by=by,
        at=at,
        deed="review-decided",
        record=review,
        clinic_id=course.clinic_id,
        subjects=subjects,
        decision=decided.decision,
        point=point,
        without_data=bool(decided.without_data.strip()),
    )
    return review


def _figures_of(outcome: CourseOutcome) -> dict[str, object]:
    """Write an outcome as plain values, as it is kept beside the decision."""
    change = outcome.change
    return {
        "instrument": outcome.instrument,
        "doses_given": outcome.doses_given,
        "planned_sessions": outcome.planned_sessions,
        "baseline": outcome.baseline.total if outcome.baseline else None,
        "latest": outcome.latest.total if outcome.latest else None,
        "end": outcome.end.total if outcome.end else None,
        "outcome": str(outcome.outcome),
        "points": change.points if change else None,
        "percent": round(change.percent, 1) if change and change.percent is not None else None,
        "response": change.response if change else None,
        "remission": change.remission if change else None,
        "reliable_change": change.reliable_change if change else None,
        "deterioration": change.deterioration if change else None,
        "interim": change.interim if change else None,
        "due": outcome.completeness.due,
        "answered": outcome.completeness.answered,
        "valid": outcome.completeness.valid,
        "prompts": [finding.code for finding in outcome.prompts],
    }
