from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from tests.builders import NINE, make_clinic, make_patient, make_user

from kapstone.clinic.course.actions import end_course, open_course
from kapstone.clinic.course.models import Course
from kapstone.clinic.course.queries import (
    course_header,
    course_open,
    courses_of,
    indication_in_words,
)
from kapstone.clinic.course.rules import OpenFacts, check_end, check_open
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Role
from kapstone.errors import NotAllowed, NotFound, Refused

DAY = timedelta(days=1)


@pytest.fixture
def scene(db):
    clinic = make_clinic()
    therapist = make_user(clinic, Role.THERAPIST)
    return clinic, therapist, make_patient(clinic, team=(therapist,), at=NINE - DAY)


def opened(scene, **change) -> Course:
    _, therapist, patient = scene
    given = {
        "by": therapist,
        "at": NINE,
        "patient": patient,
        "indication": "ptsd",
        "programme": "kap-im-weekly",
        "planned_sessions": 6,
    }
    return open_course(**{**given, **change})


@pytest.mark.parametrize(
    ("sessions", "has_open", "expected"),
    [
        (6, False, []),
        (1, False, []),
        (12, False, []),
        (0, False, ["sessions-out-of-range"]),
        (13, False, ["sessions-out-of-range"]),
        (6, True, ["course-open"]),
        (0, True, ["course-open", "sessions-out-of-range"]),
    ],
)
def test_when_a_course_may_be_opened(sessions, has_open, expected):
    facts = OpenFacts(planned_sessions=sessions, has_open_course=has_open)
    assert [finding.code for finding in check_open(facts)] == expected


@pytest.mark.parametrize(
    ("days", "reason", "expected"),
    [
        (1, "review", []),
        (0, "review", []),
        (-1, "review", ["not-begun"]),
        (1, "  ", ["no-reason"]),
    ],
)
def test_when_a_course_may_be_ended(days, reason, expected):
    findings = check_end(NINE, NINE + days * DAY, reason)
    assert [finding.code for finding in findings] == expected


def test_an_open_course_heads_the_patients_page(scene):
    course = opened(scene)
    patient = scene[2]
    assert course_open(patient) == course
    header = course_header(patient, NINE + 8 * DAY)
    assert str(header) == "PTSD, 6 sessions planned, day 9"
    assert AuditEntry.objects.get(deed="course-opened").subjects == [patient.pk]


def test_without_a_course_there_is_no_head(scene):
    assert course_header(scene[2], NINE) is None


def test_a_patient_is_in_one_course_at_a_time(scene):
    opened(scene)
    with pytest.raises(Refused) as refusal:
        opened(scene)
    assert [finding.code for finding in refusal.value.findings] == ["course-open"]


def test_the_database_too_keeps_one_open_course(scene):
    course = opened(scene)
    course.pk, course._state.adding = None, True
    course.key, course.entry_id = uuid4(), uuid4()
    with pytest.raises(IntegrityError, match="one_open_course"), transaction.atomic():
        course.save()


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"planned_sessions": 0}, "course_has_sessions"),
        ({"ended_at": NINE - DAY}, "course_ends_after_it_starts"),
    ],
)
def test_what_may_never_be_false_of_a_course(scene, change, constraint):
    _, therapist, patient = scene
    given = {
        "clinic_id": patient.clinic_id,
        "subjects": patient.alone,
        "recorded_at": NINE,
        "recorded_by": therapist,
        "indication": "ptsd",
        "programme": "x",
        "planned_sessions": 6,
        "started_at": NINE,
    }
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Course.objects.create(**{**given, **change})


def test_the_same_entry_opens_one_course(scene):
    key = uuid4()
    assert opened(scene, entry_id=key) == opened(scene, entry_id=key)


def test_an_entry_of_someone_else_is_not_found(scene):
    key = uuid4()
    opened(scene, entry_id=key)
    clinic, therapist, _ = scene
    other = make_patient(clinic, team=(therapist,), screen_name="Birch", at=NINE - DAY)
    with pytest.raises(NotFound):
        opened(scene, patient=other, entry_id=key)


def test_a_course_ends_once_and_another_may_follow(scene):
    course = opened(scene)
    _, therapist, patient = scene
    ended = end_course(by=therapist, at=NINE + DAY, course=course, reason="review: stop")
    again = end_course(by=therapist, at=NINE + 2 * DAY, course=course, reason="other")
    assert (again.ended_at, again.end_reason) == (ended.ended_at, "review: stop")
    assert course_open(patient) is None
    second = opened(scene, at=NINE + 3 * DAY)
    assert list(courses_of(patient)) == [second, course]


def test_a_course_does_not_end_without_a_reason(scene):
    course = opened(scene)
    with pytest.raises(Refused):
        end_course(by=scene[1], at=NINE + DAY, course=course, reason="")


@pytest.mark.parametrize(
    "role", [Role.THERAPIST, Role.PRESCRIBER, Role.NURSE, Role.FRONT_DESK, Role.RESEARCHER]
)
def test_someone_outside_the_care_team_neither_opens_nor_ends(scene, role):
    other = make_user(scene[0], role)
    with pytest.raises(NotAllowed):
        opened(scene, by=other)
    course = opened(scene)
    with pytest.raises(NotAllowed):
        end_course(by=other, at=NINE + DAY, course=course, reason="x")


def test_an_indication_without_words_of_its_own_is_still_readable():
    assert indication_in_words("chronic-pain") == "chronic pain"
