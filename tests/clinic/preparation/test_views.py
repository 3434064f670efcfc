"""The pages of preparation."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.builders import make_clinic, make_patient, make_user

from kapstone.clinic.course.actions import end_course
from kapstone.clinic.measures.rest import LastDose, _tellers, tell_last_dose
from kapstone.clinic.preparation.models import Fork, Intention, PreparationCheck
from kapstone.clinic.preparation.queries import forks_of, intention_of
from kapstone.clinic.scheduling.models import Appointment

NOW = timezone.now()
HOUR = timedelta(hours=1)


@pytest.fixture
def own(client, scene):
    client.force_login(scene.person)
    return client


@pytest.fixture
def staff(client, scene):
    client.force_login(scene.therapist)
    return client


def page(name, **given):
    return reverse(f"preparation:{name}", kwargs=given)


def said(response) -> str:
    return response.content.decode()


def fork_words(cue="the phone rings"):
    return {"entry_id": uuid4(), "cue": cue, "old_trail": "let it ring", "new_trail": "pick up"}


# --- The patient -----------------------------------------------------------------------------


def test_an_intention_is_set_in_ones_own_words(own, scene):
    assert "It is fine to have none" in said(own.get(page("own_intention")))
    sent = {"entry_id": uuid4(), "text": "To rest. ", "category": "unsure", "confidence": "6"}
    assert own.post(page("own_intention"), sent).status_code == 302
    kept = intention_of(scene.course)
    assert (kept.text, kept.confidence) == ("To rest. ", 6)
    assert "To rest." in said(own.get(page("own_intention")))


def test_an_intention_without_a_kind_comes_back_with_its_words(own):
    response = own.post(page("own_intention"), {"entry_id": uuid4(), "text": "To rest."})
    assert response.status_code == 422
    assert "Choose what it is about" in said(response)
    assert "To rest." in said(response)
    assert not Intention.objects.exists()


def test_three_strings_make_a_fork_and_are_changed_and_put_away(own, scene):
    scene.intend()
    assert own.post(page("new_fork"), fork_words()).status_code == 302
    fork = Fork.objects.get()
    own.post(page("own_fork", fork_key=fork.key), fork_words("the phone rings late"))
    assert [one.cue for one in forks_of(scene.patient)] == ["the phone rings late"]
    newest = forks_of(scene.patient)[0]
    own.post(page("put_away", fork_key=newest.key))
    assert forks_of(scene.patient) == ()
    assert own.get(page("own_fork", fork_key=newest.key)).status_code == 404


def test_a_fork_without_words_comes_back_with_a_sentence(own):
    response = own.post(page("new_fork"), fork_words(cue=""))
    assert response.status_code == 422
    assert "Write a few words here." in said(response)


def test_a_fourth_fork_is_refused_in_words(own, scene):
    for number in range(3):
        scene.fork(f"cue {number}")
    response = own.post(page("new_fork"), fork_words())
    assert response.status_code == 422
    assert "Put one away first" in said(response)


def test_nobody_opens_another_patients_fork(client, scene):
    fork = scene.fork()
    other = make_patient(scene.clinic, signs_in=True, screen_name="Rowan")
    for user in (other.user, scene.therapist):
        client.force_login(user)
        assert client.get(page("own_fork", fork_key=fork.key)).status_code == 404
        assert client.post(page("put_away", fork_key=fork.key)).status_code == 404


def test_before_a_course_the_pages_say_not_yet(client, scene):
    other = make_patient(scene.clinic, signs_in=True, screen_name="Rowan")
    client.force_login(other.user)
    for name in ("own_intention", "new_fork", "own_day"):
        assert "Not yet." in said(client.get(page(name)))


def test_after_the_series_the_pages_say_that_it_is_over(own, scene):
    scene.stand(scene.prescriber)
    end_course(by=scene.prescriber, at=NOW, course=scene.course, reason="All six given")
    for name in ("own_intention", "new_fork", "own_day"):
        page_said = said(own.get(page(name)))
        assert "Your series is over." in page_said
        assert "/me/trails/" in page_said


def test_at_rest_nothing_is_asked(own):
    tell_last_dose(lambda patient, at: LastDose(given_at=at - HOUR, rest_until=at + HOUR))
    try:
        for name in ("own_intention", "own_day"):
            assert "You are resting" in said(own.get(page(name)))
    finally:
        _tellers.pop()


def test_the_day_asks_one_thing_at_a_time_of_the_dose_that_is_next(own, scene):
    Appointment.objects.create(
        clinic=scene.clinic,
        subjects=scene.patient.alone,
        recorded_at=NOW,
        recorded_by=scene.therapist,
        kind="dosing",
        number=2,
        starts_at=NOW + HOUR,
        ends_at=NOW + 2 * HOUR,
    )
    first = said(own.get(page("own_day")))
    assert "How sure are you" in first
    assert "How is your mood?" not in first
    sent = {"entry_id": uuid4(), "item": "medicines", "value": "no"}
    own.post(page("own_day"), sent)
    kept = PreparationCheck.objects.get()
    assert (kept.number, kept.value) == (2, False)
    assert "Thank you for telling us" in said(own.get(page("own_day")))


def test_a_bad_answer_on_the_day_comes_back(own):
    sent = {"entry_id": uuid4(), "item": "mood", "value": "high"}
    response = own.post(page("own_day"), sent)
    assert response.status_code == 422
    assert "from 0 to 10" in said(response)


# --- The clinic ------------------------------------------------------------------------------


def test_the_clinic_sees_words_forks_and_what_is_open(staff, scene):
    scene.intend("To be kinder.", confidence=6)
    scene.fork()
    scene.check("blanket", False)
    shown = said(staff.get(page("preparation", patient_key=scene.patient.key)))
    for words in ("To be kinder.", "6 of 10 sure", "let it ring", "Injection site looked at"):
        assert words in shown
    assert "Nose clear" not in shown
    assert "1 of " in shown


def test_each_item_is_answered_by_itself(staff, scene):
    address = page("preparation", patient_key=scene.patient.key)
    sent = {"entry_id": uuid4(), "item": "light", "value": "yes"}
    response = staff.post(f"{address}?dose=3", sent)
    assert response.status_code == 303
    kept = PreparationCheck.objects.get()
    assert (kept.item, kept.number, kept.value) == ("light", 3, True)


def test_htmx_gets_the_checklist_alone(staff, scene):
    address = page("preparation", patient_key=scene.patient.key)
    sent = {"entry_id": uuid4(), "item": "light", "value": "yes"}
    response = staff.post(address, sent, headers={"hx-request": "true"})
    assert response.status_code == 200
    assert said(response).lstrip().startswith("<section")


@pytest.mark.parametrize(
    "sent",
    [
        {"item": "light", "value": "maybe"},
        {"item": "mood", "value": "99"},
        {"item": "candle", "value": "yes"},
        {},
    ],
)
def test_a_bad_answer_writes_nothing_and_comes_back(staff, scene, sent):
    address = page("preparation", patient_key=scene.patient.key)
    response = staff.post(address, {"entry_id": uuid4()} | sent)
    assert response.status_code == 422
    assert not PreparationCheck.objects.exists()


@pytest.mark.parametrize("dose", ["0", "7", "x", "99999999999999999999"])
def test_a_dose_that_is_not_in_the_course_shows_the_next_one(staff, scene, dose):
    address = page("preparation", patient_key=scene.patient.key)
    assert ">Dose 1<" in said(staff.get(f"{address}?dose={dose}"))


def test_without_a_course_the_page_says_so(staff, scene):
    other = make_patient(scene.clinic, team=(scene.therapist,), screen_name="Rowan")
    assert "No course is open." in said(staff.get(page("preparation", patient_key=other.key)))


def test_a_prescriber_reads_and_does_not_answer(client, scene):
    client.force_login(scene.prescriber)
    address = page("preparation", patient_key=scene.patient.key)
    assert 'name="item"' not in said(client.get(address))
    assert client.post(address, {"item": "light", "value": "yes"}).status_code == 404


@pytest.mark.parametrize("role", ["front-desk", "administrator", "researcher", "auditor"])
def test_roles_without_the_right_see_nothing(client, scene, role):
    client.force_login(make_user(scene.clinic, role))
    assert client.get(page("preparation", patient_key=scene.patient.key)).status_code == 404


def test_another_clinic_sees_nothing(client, scene):
    client.force_login(make_user(make_clinic("rowan-yard"), "prescriber"))
    assert client.get(page("preparation", patient_key=scene.patient.key)).status_code == 404


def test_the_page_does_not_grow_in_queries(staff, scene):
    address = page("preparation", patient_key=scene.patient.key)
    sizes = []
    for items in ((), ("light", "blanket", "recliner", "eyeshade", "phone")):
        for item in items:
            scene.stand(scene.therapist)
            scene.check(item)
        with CaptureQueriesContext(connection) as queries:
            staff.get(address)
        sizes.append(len(queries))
    assert sizes[0] == sizes[1] <= 40
