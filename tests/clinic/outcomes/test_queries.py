"""One course read from its records, and the clinic counted in one statement."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.builders import NINE, make_clinic, make_user
from tests.clinic.outcomes.scene import DAY, PHQ

from kapstone.catalogue.change import Outcome
from kapstone.catalogue.course_review import course_review_sheet
from kapstone.clinic.dosing.models import DoseGiven
from kapstone.clinic.measures.rest import is_resting, last_dose_of
from kapstone.clinic.outcomes.cohort import Question, cohort_outcome
from kapstone.clinic.outcomes.last_dose import last_dose
from kapstone.clinic.outcomes.queries import course_outcome
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Patient

SHEET = course_review_sheet()
LATER = NINE + 90 * DAY


def question(scene, at=LATER, visible=()):
    return Question(
        clinic_id=scene.clinic.pk,
        instrument=PHQ,
        since=at - 365 * DAY,
        at=at,
        visible=visible,
    )


def counted(scene, **given):
    return cohort_outcome(question(scene, **given), SHEET).counts


def test_a_course_is_read_from_its_own_records(scene):
    course = scene.course({-2: 18, 10: 12, 25: 8})
    found = course_outcome(course, LATER)
    assert (found.baseline.total, found.latest.total, found.end.total) == (18, 8, 8)
    assert found.outcome is Outcome.RESPONSE
    assert found.doses_given == 2


def test_a_corrected_score_counts_once(scene):
    course = scene.course({-2: 18})
    wrong = scene.score(course, NINE + 25 * DAY, 3)
    scene.score(course, NINE + 25 * DAY, 13, replaces=wrong)
    assert course_outcome(course, LATER).latest.total == 13
    assert counted(scene).responded == 0


def test_a_dose_taken_back_by_correction_is_no_dose(scene):
    course = scene.course({-2: 18}, doses=(0,))
    given = DoseGiven.objects.get()
    scene.dose(course, NINE + DAY, number=2)
    scene.dose(course, NINE, session=given.session, corrects=given)
    found = course_outcome(course, LATER)
    assert (found.first_dose_at, found.doses_given) == (NINE + DAY, 1)


def test_two_injections_in_one_session_are_one_dose_of_the_series(scene):
    course = scene.course({-2: 18}, doses=(0,))
    session = DoseGiven.objects.get().session
    scene.dose(course, NINE + timedelta(minutes=12), session=session)
    assert course_outcome(course, LATER).doses_given == 1


def test_missed_integration_is_counted_since_the_last_one_attended(scene):
    course = scene.course({-2: 18})
    for day, kept in ((1, True), (2, False), (3, False)):
        starts = NINE + day * DAY
        Appointment.objects.create(
            clinic=scene.clinic,
            subjects=course.subjects,
            recorded_at=NINE,
            recorded_by=scene.therapist,
            kind="integration",
            starts_at=starts,
            ends_at=starts + timedelta(hours=1),
            attended_at=starts if kept else None,
            missed_at=None if kept else starts,
        )
    found = course_outcome(course, NINE + 4 * DAY)
    assert "missed-integration" in [finding.code for finding in found.prompts]


def test_a_course_is_read_in_a_fixed_number_of_queries(scene):
    few = scene.course({-2: 18, 10: 12})
    many = scene.course({-2: 18} | dict.fromkeys(range(1, 40), 12), name="Rowan")
    sizes = []
    for course in (few, many):
        with CaptureQueriesContext(connection) as queries:
            course_outcome(course, LATER)
        sizes.append(len(queries))
    assert sizes[0] == sizes[1] <= 6


# --- The last dose, for the stages before ----------------------------------------------------


def test_a_patient_rests_from_the_dose_until_the_next_morning(scene):
    course = scene.course({}, doses=(0,))
    patient = Patient.objects.get(alone=course.subjects)
    assert not is_resting(patient, NINE - timedelta(minutes=1))
    assert is_resting(patient, NINE + timedelta(hours=8))
    assert not is_resting(patient, NINE + timedelta(hours=23))
    assert last_dose_of(patient, NINE - DAY) is None
    assert last_dose(patient, LATER).given_at == NINE


# --- The clinic ------------------------------------------------------------------------------


def test_everyone_who_started_is_counted_and_missing_is_not_well(scene):
    scene.course({-2: 20, 25: 4}, name="Ash")  # remission
    scene.course({-2: 20, 25: 9}, name="Birch")  # response
    scene.course({-2: 20, 25: 26}, name="Cedar")  # worse
    scene.course({-2: 20, 3: 2}, name="Elm")  # well on day 3, nothing after the series
    scene.course({25: 2}, name="Fir")  # no baseline
    scene.course({-2: 9, 25: 1}, name="Hazel")  # began too low for the words
    scene.course({-2: 20}, doses=(80,), planned=6, name="Ivy", start=NINE)  # in treatment
    found = counted(scene)
    assert (found.started, found.with_baseline) == (7, 5)
    assert (found.end_due, found.both_scores, found.missing) == (6, 4, 2)
    assert (found.comparable, found.responded, found.remitted, found.worse) == (3, 2, 1, 1)


def test_more_frequent_thoughts_of_death_are_counted_of_those_who_answered(scene):
    scene.course({-2: 20, 25: 9}, suicide={-2: 0, 25: 1}, name="Ash")
    scene.course({-2: 20, 25: 9}, suicide={-2: 2, 25: 1}, name="Birch")
    found = counted(scene)
    assert (found.asked_suicide, found.more_suicidal) == (2, 1)


def test_only_the_newest_series_of_a_person_counts(scene):
    patient = scene.patient()
    first = scene.course({-2: 20, 25: 4}, patient=patient)
    first.ended_at, first.end_reason = NINE + 60 * DAY, "done"
    first.save(update_fields=["ended_at", "end_reason"])
    scene.course({-2: 20, 25: 19}, patient=patient, start=NINE + 100 * DAY)
    found = counted(scene, at=NINE + 200 * DAY)
    assert (found.started, found.remitted) == (1, 0)


def test_another_clinic_is_never_counted(scene):
    scene.course({-2: 20, 25: 4})
    other = make_clinic("rowan-yard")
    stand_in(clinic_id=other.pk, user_id=make_user(other, "researcher").pk)
    elsewhere = Question(clinic_id=scene.clinic.pk, instrument=PHQ, since=NINE - DAY, at=LATER)
    assert cohort_outcome(elsewhere, SHEET).counts.started == 0


@pytest.mark.parametrize("seed", range(6))
def test_the_statement_agrees_with_the_rules_course_by_course(scene, seed):
    """The same people judged one by one in Python come to the same counts."""
    draw = random.Random(seed)  # noqa: S311  not for secrets
    courses = []
    for number in range(8):
        scores = {
            day: draw.choice([None, draw.randint(0, 27)])
            for day in (-20, -9, -2, 3, 10, 24, 30, 45)
            if draw.random() < 0.7
        }
        doses = (0, 7) if draw.random() < 0.8 else (0,)
        courses.append(scene.course(scores, doses, name=f"Tree {number}"))
    judged = [course_outcome(course, LATER) for course in courses]
    over = [one for one in judged if one.doses_given >= 2]
    both = [one for one in over if one.baseline and one.end]
    at_end = [course_outcome(course, NINE + (7 + 31) * DAY) for course in courses]
    found = counted(scene)
    assert found.started == 8
    assert found.with_baseline == sum(one.baseline is not None for one in judged)
    assert found.both_scores == len(both)
    comparable = [one for one in both if one.baseline.total >= 10]
    assert found.comparable == len(comparable)
    assert found.responded == sum(one.end.total * 2 <= one.baseline.total for one in comparable)
    assert found.remitted == sum(one.end.total < 5 for one in comparable)
    assert found.worse == sum(one.end.total >= one.baseline.total + 5 for one in both)
    assert all(not (one.is_response and one.latest is None) for one in at_end)


def test_the_median_is_of_those_who_answered_near_the_point(scene):
    for number, total in enumerate((4, 8, 12)):
        scene.course({-2: 20, 14: total}, name=f"Tree {number}")
    points = {one.day: one for one in cohort_outcome(question(scene), SHEET).points}
    assert (points[0].median, points[0].people) == (20, 3)
    assert (points[14].low, points[14].median, points[14].high) == (6, 8, 10)
    assert (points[28].people, points[28].reached, points[28].median) == (0, 3, None)


def test_least_change_comes_first_and_only_those_who_may_be_seen(scene):
    seen = [
        scene.course({-2: 20, 3: total}, doses=(0,), planned=6, name=name)
        for name, total in (("Ash", 4), ("Birch", 22), ("Cedar", 15))
    ]
    scene.course({-2: 20, 3: 27}, doses=(0,), planned=6, name="Hidden")
    visible = [course.subjects_id for course in seen]
    found = cohort_outcome(question(scene, at=NINE + 5 * DAY, visible=visible), SHEET)
    assert [one.latest for one in found.in_treatment] == [22, 15, 4]
    assert found.in_treatment[0].points == ((0.0, 20.0), (3.0, 22.0))
    assert found.in_treatment[0].dose_days == (0.0,)


def test_who_is_missing_is_named_only_to_those_who_may_read_them(scene):
    course = scene.course({-2: 20, 3: 2})
    named = cohort_outcome(question(scene, visible=[course.subjects_id]), SHEET).missing
    assert [(one.no_baseline, one.no_end) for one in named] == [(False, True)]
    assert cohort_outcome(question(scene), SHEET).missing == ()


def test_nobody_at_all_is_counted_as_nobody(scene):
    found = cohort_outcome(question(scene), SHEET)
    assert found.counts.started == 0
    assert found.lines == ()
