import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.builders import NINE, make_user
from tests.clinic.days import main_of, sign_in, words_on
from tests.clinic.walk import DAY, HOUR

from kapstone.core.people.models import Role
from kapstone.science.parameters import load_parameters
from kapstone.science.wording import Shown, how_we_know

AT = NINE + 30 * HOUR


@pytest.fixture
def opened(walk, at_clock):
    """Give a walk at 30 hours after a dose of 40 mg."""
    walk.give(NINE)
    at_clock(AT)
    return walk


def address(walk) -> str:
    return f"/patients/{walk.patient.key}/window/"


def test_the_team_sees_the_curve_its_grounds_and_its_doses(opened):
    said = words_on(sign_in(opened, opened.therapist).get(address(opened)))
    assert "Window after dose 1" in said
    assert "Open, 42 h left" in said
    assert how_we_know(Shown.WINDOW).sentence in said
    assert "D/C" in said
    assert load_parameters().model_id in said
    assert load_parameters().sha256[:16] in said
    assert "Dose 1, 40 mg IM, Mon 2 Mar 09:00" in said


def test_the_chart_and_its_table_hold_the_same_dose(opened):
    page = sign_in(opened, opened.therapist).get(address(opened)).content.decode()
    assert "<svg" in page
    assert "Dose given" in page


def test_a_correction_is_on_the_page_at_the_next_look(opened):
    client = sign_in(opened, opened.therapist)
    before = words_on(client.get(address(opened)))
    opened.stand()
    first = opened.patient.alone and opened.course.sessions.get().doses.get()
    opened.give(NINE, amount_mg="20", corrects=first, recorded_at=NINE + HOUR)
    after = words_on(client.get(address(opened)))
    assert "40 mg" in before
    assert "20 mg" in after
    assert "40 mg" not in after


def test_what_was_not_studied_is_named_and_no_curve_is_drawn(walk, at_clock):
    walk.give(NINE, amount_mg="1900")
    at_clock(AT)
    response = sign_in(walk, walk.therapist).get(address(walk))
    assert "Window not computed." in words_on(response)
    assert 'class="wide"' not in main_of(response)


def test_before_the_first_dose_the_page_says_so(walk, at_clock):
    at_clock(AT)
    assert "No dose yet." in words_on(sign_in(walk, walk.therapist).get(address(walk)))


def test_htmx_gets_the_curve_alone(opened):
    client = sign_in(opened, opened.therapist)
    part = client.get(address(opened), headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<section")
    assert "<html" not in part


@pytest.mark.parametrize("role", [Role.NURSE, Role.FRONT_DESK, Role.RESEARCHER, Role.THERAPIST])
def test_who_is_not_on_the_team_finds_nothing(opened, role):
    stranger = make_user(opened.clinic, role)
    assert sign_in(opened, stranger).get(address(opened)).status_code == 404


def test_the_patient_is_shown_words_and_never_a_number(opened):
    client = sign_in(opened, opened.patient.user)
    assert client.get(address(opened)).headers["Location"] == "/me/how-we-know/"
    said = words_on(client.get("/me/"))
    assert "Your window is open." in said
    assert "until about Thursday morning" in said
    assert not re.search(r"\d+\s?%|\d\.\d", said)


def test_the_patients_grounds_are_in_plain_words(opened):
    said = words_on(sign_in(opened, opened.patient.user).get("/me/how-we-know/"))
    assert how_we_know(Shown.WINDOW).sentence in said
    assert "%" not in said


def test_queries_do_not_grow_with_doses(opened):
    client = sign_in(opened, opened.therapist)
    with CaptureQueriesContext(connection) as few:
        client.get(address(opened))
    opened.stand()
    for days in range(1, 6):
        opened.give(NINE - days * 3 * DAY)
    with CaptureQueriesContext(connection) as many:
        client.get(address(opened))
    assert len(many) == len(few) <= 24
