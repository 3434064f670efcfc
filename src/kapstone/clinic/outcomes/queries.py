"""What is known of one course: doses, scores, what was asked, and what went wrong."""

from datetime import datetime

from kapstone.catalogue.course_review import course_review_sheet
from kapstone.catalogue.instruments import Instrument, load_instrument
from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.models import AdverseEvent, DoseGiven
from kapstone.clinic.measures.models import Answers, MeasureRequest
from kapstone.clinic.measures.queries import is_valid
from kapstone.clinic.measures.rules import SUICIDE
from kapstone.clinic.outcomes.models import CourseReview
from kapstone.clinic.outcomes.rules import (
    Asked,
    CourseFacts,
    CourseOutcome,
    Scored,
    judge_course,
)
from kapstone.clinic.scheduling.models import Appointment

PRIMARY = {"anxiety": "gad-7"}
"""The instrument a course is judged by, where it is not the PHQ-9 (judgement)."""


def instrument_for(course: Course) -> str:
    """Name the instrument that a course is judged by, from what it treats."""
    return PRIMARY.get(course.indication, "phq-9")


def course_outcome(course: Course, at: datetime, instrument: str = "") -> CourseOutcome:
    """
    Say how a course stands at a moment, by one instrument.

    Parameters
    ----------
    instrument : code; by default the one for what the course treats
    """
    return judge_course(
        course_facts(course, at, instrument or instrument_for(course)), course_review_sheet()
    )


def course_facts(course: Course, at: datetime, instrument: str) -> CourseFacts:
    """Gather what the rules need, in a fixed number of queries."""
    sheet = load_instrument(instrument)
    return CourseFacts(
        instrument=sheet,
        at=at,
        planned_sessions=course.planned_sessions,
        is_ended=course.ended_at is not None and course.ended_at <= at,
        doses_at=doses_standing_at(course, at),
        scores=_scores(course, sheet, at),
        asked=_asked(course, sheet, at),
        gravest_event=_gravest_event(course, at),
        integration_missed_in_a_row=_integration_missed(course, at),
    )


def doses_standing_at(course: Course, at: datetime) -> tuple[datetime, ...]:
    """
    List when each dosing session of a course first gave a dose that still stands.

    A second injection in the same session is the same dose of the series.
    """
    rows = (
        DoseGiven.objects.filter(
            session__course=course, corrected_by__isnull=True, amount_mg__gt=0
        )
        .filter(given_at__lte=at)
        .order_by("session_id", "given_at")
        .distinct("session_id")
    )
    return tuple(sorted(rows.values_list("given_at", flat=True)))


def suicide_item(instrument: Instrument) -> str:
    """Name the item that asks about suicide, or nothing: item 9 of the PHQ-9."""
    for rule in instrument.critical:
        if rule.group == SUICIDE and not rule.when_missing:
            return rule.any_of[0]
    return ""


def _scores(course: Course, sheet: Instrument, at: datetime) -> tuple[Scored, ...]:
    rows = Answers.objects.filter(
        subjects_id=course.subjects_id,
        instrument=sheet.code,
        answered_at__lte=at,
        replaced_by__isnull=True,
    ).order_by("answered_at", "pk")
    item = suicide_item(sheet)
    return tuple(
        Scored(
            total=row.total,
            taken_at=row.answered_at,
            is_interim=row.is_interim,
            band=row.band,
            suicide_item=row.items.get(item),
        )
        for row in rows
    )


def _asked(course: Course, sheet: Instrument, at: datetime) -> tuple[Asked, ...]:
    """List what was asked during the course and shortly before it."""
    rows = MeasureRequest.objects.filter(
        subjects_id=course.subjects_id,
        instrument=sheet.code,
        recorded_at__lte=at,
        due_at__gte=course.started_at,
    ).select_related("answers")
    return tuple(
        Asked(
            point=row.point,
            due_at=row.due_at,
            is_answered=(reply := getattr(row, "answers", None)) is not None,
            is_valid=reply is not None and is_valid(reply),
        )
        for row in rows.order_by("due_at", "pk")
    )


def _gravest_event(course: Course, at: datetime) -> int | None:
    grades = AdverseEvent.objects.filter(session__course=course, began_at__lte=at)
    return grades.order_by("-grade").values_list("grade", flat=True).first()


def _integration_missed(course: Course, at: datetime) -> int:
    """Count the integration appointments missed since the last one that was attended."""
    kept = (
        Appointment.objects.filter(
            subjects_id=course.subjects_id,
            kind=Appointment.Kind.INTEGRATION,
            starts_at__gte=course.started_at,
            starts_at__lte=at,
            cancelled_at__isnull=True,
        )
        .exclude(attended_at__isnull=True, missed_at__isnull=True)
        .order_by("-starts_at")
        .values_list("attended_at", flat=True)
    )
    missed = 0
    for attended_at in kept:
        if attended_at is not None:
            break
        missed += 1
    return missed


def reviews_of(course: Course) -> tuple[CourseReview, ...]:
    """List the reviews of a course, the newest first."""
    return tuple(
        CourseReview.objects.filter(course=course)
        .select_related("recorded_by")
        .order_by("-decided_at", "-pk")
    )
