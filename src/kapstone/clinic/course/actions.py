"""Open and end a course of care."""

import uuid
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kapstone.catalogue.orders import load_programmes
from kapstone.clinic.course.models import Course
from kapstone.clinic.course.queries import course_open
from kapstone.clinic.course.rules import INDICATIONS, OpenFacts, check_end, check_open
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Patient, User
from kapstone.core.people.repeats import first_written
from kapstone.core.people.subjects import patient_ids
from kapstone.errors import InvalidInput, Refused


@transaction.atomic
def open_course(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    indication: str,
    programme: str,
    planned_sessions: int,
    entry_id: UUID | None = None,
) -> Course:
    """
    Open a course. A patient is in one course at a time; the same entry twice opens one.

    Raises
    ------
    NotAllowed
        If the policy does not let this user write this patient's course.
    InvalidInput
        If no such indication or programme is known.
    Refused
        If a course is open already, or the number of sessions is out of range.
    """
    require(by=by, at=at, record_class="course", action=Action.CREATE, subjects=[patient.pk])
    entry_id = entry_id or uuid.uuid4()
    hold("course-of", patient.pk)
    if (first := first_written(Course, entry_id, patient.alone)) is not None:
        return first
    _check_known(indication, programme)
    facts = OpenFacts(
        planned_sessions=planned_sessions, has_open_course=course_open(patient) is not None
    )
    if findings := tuple(check_open(facts)):
        raise Refused(findings)
    course = Course.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        indication=indication,
        programme=programme,
        planned_sessions=planned_sessions,
        started_at=at,
    )
    note(
        by=by,
        at=at,
        deed="course-opened",
        record=course,
        clinic_id=course.clinic_id,
        subjects=[patient.pk],
        indication=indication,
        planned_sessions=planned_sessions,
    )
    return course


def _check_known(indication: str, programme: str) -> None:
    faults = {}
    if indication not in INDICATIONS:
        faults["indication"] = "Choose what the course is for."
    if programme not in {preset.code for preset in load_programmes().presets}:
        faults["programme"] = "Choose a programme."
    if faults:
        raise InvalidInput(faults)


@transaction.atomic
def end_course(*, by: User, at: datetime, course: Course, reason: str) -> Course:
    """
    End a course, once. Ending it again changes nothing.

    Raises
    ------
    NotAllowed
        If the policy does not let this user write this patient's course.
    Refused
        If it has not begun, or no reason is given.
    """
    subjects = patient_ids(course.subjects)
    require(by=by, at=at, record_class="course", action=Action.CREATE, subjects=subjects)
    hold("course", course.pk)
    course = Course.objects.get(pk=course.pk)
    if course.ended_at is not None:
        return course
    if findings := tuple(check_end(course.started_at, at, reason)):
        raise Refused(findings)
    course.ended_at, course.end_reason = at, reason.strip()
    course.save(update_fields=["ended_at", "end_reason"])
    note(
        by=by,
        at=at,
        deed="course-ended",
        record=course,
        clinic_id=course.clinic_id,
        subjects=subjects,
    )
    return course
