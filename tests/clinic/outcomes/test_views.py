"""The page of outcomes, as each role may see it, and the review of one course."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.builders import make_clinic, make_user
from tests.clinic.outcomes.scene import DAY

from kapstone.clinic.outcomes.models import CourseReview
from kapstone.core.people.models import Role

START = timezone.now() - 90 * DAY
PAGE = reverse("outcomes:outcomes")
REASON = "Half the first score is gone and sleep is back."


def said(response) -> str:
    return response.content.decode()


def shown(client, user, of="", status=200) -> str:
    client.force_login(user)
    response = client.get(PAGE, {"of": of} if of else {})
    assert response.status_code == status
    return said(response)


def many(scene, number=10):
    """Make people who finished: the first half responded, one got worse, the others did not."""
    for one in range(number):
        end = 27 if one == number - 1 else 9 if one < number // 2 else 18
        scene.course({-2: 20, 25: end}, name=f"Tree {one}", start=START)


# --- The clinic ------------------------------------------------------------------------------


def test_the_sentence_names_its_denominators_and_missing_is_not_well(client, scene):
    many(scene)
    scene.course({-2: 20, 3: 2}, name="Elm", start=START)
    text = shown(client, scene.therapist)
    assert "11 people started in the past 12 months" in text
    assert "10 of the 11 whose end score is due have" in text
    assert "The 1 without one are counted as missing, not as well." in text
    assert "Elm</a>: no end score" in text


def test_rates_stand_with_intervals_and_the_published_cohort_with_its_source(client, scene):
    many(scene)
    text = shown(client, scene.therapist)
    assert "5 of 10, 50%" in text
    assert ">24 to 76%</td>" in text  # Wilson, 5 of 10
    assert "A 53.6%" in text
    assert "no control group" in text
    assert "McInnes and others" in text


def test_no_published_cohort_stands_beside_a_measure_it_did_not_use(client, scene):
    text = shown(client, scene.therapist, of="gad-7")
    assert "McInnes and others, J Affect Disord" not in text.split("What these words mean")[0]
    assert "No published cohort stands beside" in text


def test_under_ten_people_have_lines_and_no_rates(client, scene):
    many(scene, 9)
    text = shown(client, scene.therapist)
    assert "no rates are shown" in text
    assert "of 9, " not in text
    assert 'id="everybody' in text


def test_a_researcher_sees_counts_and_no_name_line_or_link(client, scene):
    many(scene)
    scene.course({-2: 20, 3: 22}, doses=(0,), planned=6, name="Poplar", start=START)
    text = shown(client, make_user(scene.clinic, Role.RESEARCHER))
    assert "11 people started" in text
    assert "5 of 10, 50%" in text
    assert "Poplar" not in text
    assert "Tree" not in text
    assert "/patients/" not in text
    assert "Everyone with a first and a later score" not in text


def test_a_researcher_is_not_told_of_a_few(client, scene):
    many(scene, 3)
    text = shown(client, make_user(scene.clinic, Role.RESEARCHER))
    assert "Fewer than 10 people started" in text
    assert "3 people started" not in text


def test_an_administrator_sees_counts_and_no_rates(client, scene):
    many(scene)
    text = shown(client, make_user(scene.clinic, Role.ADMINISTRATOR))
    assert "10 people started" in text
    assert "50%" not in text


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.NURSE])
def test_the_front_desk_and_the_room_have_no_access(client, scene, role):
    shown(client, make_user(scene.clinic, role), status=403)


def test_least_change_comes_first_and_only_ones_own_patients_are_named(client, scene):
    for name, latest in (("Ash", 4), ("Birch", 26), ("Cedar", 15)):
        scene.course(
            {-2: 20, 3: latest},
            doses=(0,),
            planned=6,
            name=name,
            start=timezone.now() - 9 * DAY,
        )
    text = shown(client, scene.therapist)
    places = [text.index(f"<b>{name}</b>") for name in ("Birch", "Cedar", "Ash")]
    assert places == sorted(places)
    assert "Worse" in text[places[0] : places[1]]
    stranger = make_user(scene.clinic, Role.THERAPIST)
    assert "Birch" not in shown(client, stranger)


def test_timing_stays_shut_and_says_why(client, scene):
    many(scene)
    text = shown(client, scene.prescriber)
    assert "10 people with both scores cannot tell a timing effect from chance" in text
    assert "stays shut until there are 120" in text


@pytest.mark.parametrize("wanted", ["?of=no&months=x", "?of=check-in", "?months=999999999"])
def test_unknown_wishes_are_ignored(client, scene, wanted):
    client.force_login(scene.therapist)
    assert "past 12 months" in said(client.get(PAGE + wanted))


def test_an_empty_clinic_says_so(client, scene):
    text = shown(client, scene.therapist)
    assert "0 people started" in text
    assert "No end score is due yet." in text
    assert "Nobody in your care is in a series now." in text


def test_the_page_costs_the_same_for_many(client, scene):
    client.force_login(scene.therapist)
    sizes = []
    for number in (2, 8):
        many(scene, number)
        for one in range(number):
            scene.course({-2: 20, 3: 9}, doses=(0,), planned=6, name=f"Now {one}", start=START)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        sizes.append(len(queries))
    assert sizes[0] == sizes[1]


# --- The review ------------------------------------------------------------------------------


def review(course) -> str:
    return reverse("outcomes:review", kwargs={"course_key": course.key})


def filled(**changed):
    return {
        "entry_id": uuid4(),
        "point": "end",
        "decision": "stop",
        "reason": REASON,
        "patient_agrees": "yes",
        "without_data": "",
    } | changed


def test_the_review_shows_words_figures_and_what_to_discuss(client, scene):
    client.force_login(scene.prescriber)
    text = said(client.get(review(scene.course({-2: 14, 25: 21}, start=START))))
    assert "7 points" in text
    assert "Worse" in text
    assert "Discuss stopping to review before the next dose." in text
    assert 'name="decision"' in text
    assert "checked" not in text.split('name="decision"')[1].split('name="reason"')[0]


def test_a_decision_is_kept_with_its_figures_once(client, scene):
    course = scene.course({-2: 20, 25: 8}, start=START)
    client.force_login(scene.therapist)
    sent = filled()
    for _ in range(2):
        response = client.post(review(course), sent)
        assert (response.status_code, response["Location"]) == (303, review(course))
    scene.stand(scene.therapist)
    kept = CourseReview.objects.get()
    assert (kept.decision, kept.figures["end"]) == ("stop", 8)
    assert REASON in said(client.get(review(course)))


def test_a_refusal_says_why_and_keeps_what_was_typed(client, scene):
    course = scene.course({-2: 20, 3: 8}, start=START)
    client.force_login(scene.therapist)
    response = client.post(review(course), filled(reason="Better"))
    text = said(response)
    assert response.status_code == 422
    assert "Say in at least 20 characters why." in text
    assert "There is no score from the weeks after the last dose." in text
    assert ">\nBetter</textarea>" in text
    assert 'role="alert"' in text
    assert not CourseReview.objects.exists()


def test_what_is_left_out_is_said_beside_it(client, scene):
    course = scene.course({-2: 20, 25: 8}, start=START)
    client.force_login(scene.therapist)
    response = client.post(review(course), {})
    assert response.status_code == 422
    assert "Choose what was decided." in said(response)


def test_without_a_first_score_change_is_not_stated(client, scene):
    client.force_login(scene.therapist)
    text = said(client.get(review(scene.course({25: 8}, start=START))))
    assert "cannot be stated" in text
    assert "Response" not in text


def test_whoever_is_not_in_the_care_team_finds_nothing(client, scene):
    course = scene.course({-2: 20}, start=START)
    elsewhere = make_user(make_clinic("rowan-yard"), Role.PRESCRIBER)
    scene.stand(scene.therapist)
    strangers = [make_user(scene.clinic, role) for role in (Role.PRESCRIBER, Role.FRONT_DESK)]
    for user in (*strangers, elsewhere):
        client.force_login(user)
        assert client.get(review(course)).status_code == 404
        assert client.post(review(course), filled()).status_code == 404
    client.force_login(scene.therapist)
    nowhere = reverse("outcomes:review", kwargs={"course_key": uuid4()})
    assert client.get(nowhere).status_code == 404


def test_the_patient_reads_what_was_decided_and_cannot_decide(client, scene):
    patient = scene.patient()
    patient.user = make_user(scene.clinic, Role.PATIENT)
    patient.save(update_fields=["user"])
    course = scene.course({-2: 20, 25: 8}, patient=patient, start=START)
    client.force_login(scene.therapist)
    client.post(review(course), filled())
    client.force_login(patient.user)
    text = said(client.get(review(course)))
    assert REASON in text
    assert "<form method" not in text.split("<main")[1]
    assert client.post(review(course), filled()).status_code == 404


def test_the_review_costs_the_same_for_many_scores(client, scene):
    few = scene.course({-2: 20, 10: 12}, start=START)
    scores = {-2: 20} | dict.fromkeys(range(1, 30), 12)
    many_scores = scene.course(scores, start=START, name="Rowan")
    for day in range(6):
        scene.ask(many_scores, START + timedelta(days=day))
    client.force_login(scene.therapist)
    sizes = []
    for course in (few, many_scores):
        with CaptureQueriesContext(connection) as queries:
            client.get(review(course))
        sizes.append(len(queries))
    assert sizes[0] == sizes[1]
