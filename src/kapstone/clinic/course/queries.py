"""Which course a patient is in, and how it began."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from kapstone.clinic.course.models import Course
from kapstone.clinic.course.rules import INDICATIONS
from kapstone.core.people.models import Patient
from kapstone.core.people.subjects import sets_with


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseHeader:
    """What the head of a patient's page says of their course."""

    course: Course
    indication: str
    planned_sessions: int
    started_at: datetime
    day: int

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.indication}, {self.planned_sessions} sessions planned, day {self.day}"


def indication_in_words(code: str) -> str:
    """Say an indication as people write it."""
    return INDICATIONS.get(code, code.replace("-", " "))


def courses_of(patient: Patient) -> QuerySet[Course]:
    """List every course of a patient, the newest first."""
    return Course.objects.filter(subjects_id__in=sets_with(patient)).order_by("-started_at")


def course_open(patient: Patient) -> Course | None:
    """Give the course that a patient is in now, if there is one."""
    return courses_of(patient).filter(ended_at__isnull=True).first()


def course_header(patient: Patient, at: datetime) -> CourseHeader | None:
    """Give the head of the open course, or nothing where no course is open."""
    course = course_open(patient)
    if course is None:
        return None
    return CourseHeader(
        course=course,
        indication=indication_in_words(course.indication),
        planned_sessions=course.planned_sessions,
        started_at=course.started_at,
        day=max(1, (at - course.started_at).days + 1),
    )
