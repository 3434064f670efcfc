"""No page of the app leaves a patient stranded: each leads on, or says why it does not yet."""

from uuid import uuid4

import pytest
from django.test import Client
from tests.builders import NINE
from tests.clinic.days import main_of, sign_in, words_on
from tests.clinic.walk import DAY, HOUR

from kapstone.clinic.course.actions import end_course
from kapstone.clinic.preparation.actions import set_intention
from kapstone.clinic.scheduling.models import Appointment

AT = NINE + 2 * DAY


@pytest.fixture
def own(walk, at_clock) -> Client:
    at_clock(AT)
    return sign_in(walk, walk.patient.user)


@pytest.mark.parametrize("address", ["/me/trails/", "/me/log/"])
def test_a_fork_can_be_named_from_an_empty_forest_at_once(walk, own, address):
    assert 'href="/me/fork/"' in main_of(own.get(address))


@pytest.mark.parametrize("address", ["/me/trails/", "/me/log/"])
def test_without_a_course_no_button_leads_to_a_page_that_says_not_yet(walk, own, address):
    walk.stand()
    end_course(by=walk.prescriber, at=AT - HOUR, course=walk.course, reason="Moved away")
    page = own.get(address)
    assert "when your series is planned" in words_on(page)
    assert "/me/fork/" not in main_of(page)


def test_before_the_first_dose_consent_and_intention_are_offered_until_they_stand(walk, own):
    said = words_on(own.get("/me/"))
    assert "Your consent form" in said
    assert "Your intention" in said
    walk.stand()
    set_intention(
        by=walk.patient.user,
        at=AT - HOUR,
        course=walk.course,
        text="Stay here.",
        category="unsure",
    )
    assert "Your intention" not in words_on(own.get("/me/"))


def test_nothing_is_to_be_agreed_to_before_the_screening_is_signed(walk, own):
    walk.stand()
    end_course(by=walk.prescriber, at=AT - HOUR, course=walk.course, reason="Moved away")
    said = words_on(own.get("/me/"))
    assert "Your consent form" not in said
    assert "Your intention" not in said


def test_after_a_dose_the_window_offers_neither(walk, own):
    walk.give(NINE)
    said = words_on(own.get("/me/"))
    assert "Your consent form" not in said
    assert "Your intention" not in said


@pytest.mark.parametrize("hours", [1, 8])
def test_what_only_the_patient_can_say_is_offered_on_the_day_of_a_dose(walk, own, hours):
    walk.book(AT + hours * HOUR, kind=Appointment.Kind.DOSING, number=1)
    assert 'href="/me/day/"' in main_of(own.get("/me/"))


def test_it_is_not_offered_the_day_before(walk, own):
    walk.book(AT + DAY, kind=Appointment.Kind.DOSING, number=1)
    assert 'href="/me/day/"' not in main_of(own.get("/me/"))


def test_a_visit_today_says_so(walk, own):
    walk.book(AT + 3 * HOUR)
    assert "Today 12:00" in words_on(own.get("/me/plan/"))


def test_a_practice_done_says_that_it_was_kept(walk, own):
    response = own.post(
        "/me/practices/breathe/", {"entry_id": uuid4(), "minutes": 5}, follow=True
    )
    assert "Kept." in words_on(response)


def test_nothing_is_called_kept_before_anything_was(walk, own):
    response = own.get("/me/check-in/kept/")
    assert (response.status_code, response.headers["Location"]) == (303, "/me/check-in/")


@pytest.mark.parametrize("address", ["/me/journal/", "/me/plan/", "/me/trails/"])
def test_at_rest_a_page_without_tabs_leads_back(walk, at_clock, address):
    walk.give(NINE)
    walk.fork(NINE - DAY)
    at_clock(NINE + 6 * HOUR)
    page = sign_in(walk, walk.patient.user).get(address).content.decode()
    assert 'class="tabbar"' not in page
    assert 'href="/me/"' in page


def test_a_practice_at_rest_leads_back_to_rest(walk, at_clock):
    walk.give(NINE)
    at_clock(NINE + 6 * HOUR)
    own = sign_in(walk, walk.patient.user)
    response = own.post("/me/practices/breathe/", {"entry_id": uuid4(), "minutes": 5})
    assert response.headers["Location"] == "/me/"


@pytest.mark.parametrize("address", ["/account/", "/me/safety-plan/", "/me/who-looked/"])
def test_pages_about_oneself_stay_in_the_app_and_lead_back_to_the_plan(walk, own, address):
    page = own.get(address).content.decode()
    assert 'class="patient"' in page
    assert 'class="round" href="/me/plan/"' in page
    assert "your patients" not in page
