"""What the front desk may not see is left out; it is never shown as if it were empty."""

import pytest
from django.test import Client
from tests.builders import NINE, make_user
from tests.clinic.days import main_of, sign_in, words_on
from tests.clinic.walk import HOUR, Walk

from kapstone.core.people.models import Role


@pytest.fixture
def dosed(walk, at_clock) -> Walk:
    """Give a walk in the room, with a fork named and an appointment ahead."""
    walk.fork(NINE - HOUR)
    walk.give(NINE)
    at_clock(NINE + HOUR)
    return walk


@pytest.fixture
def desk(dosed) -> Client:
    return sign_in(dosed, make_user(dosed.clinic, Role.FRONT_DESK))


def test_today_does_not_say_that_nobody_is_in_the_room(desk):
    assert "Nobody in the room" not in words_on(desk.get("/today/"))


def test_the_patient_page_says_nothing_of_doses_forks_and_intentions(dosed, desk):
    said = words_on(desk.get(f"/patients/{dosed.patient.key}/"))
    for words in (
        "First dose not planned",
        "No fork named yet",
        "None kept yet",
        "shared with",
    ):
        assert words not in said
    assert "Nothing is booked." in said


def test_what_is_next_leads_to_the_page_that_moves_it(dosed, desk):
    dosed.stand()
    ahead = dosed.book(NINE + 30 * HOUR)
    page = main_of(desk.get(f"/patients/{dosed.patient.key}/"))
    assert f'href="/appointments/{ahead.key}/"' in page


def test_what_is_worked_on_is_kept_from_the_desk(dosed, desk):
    dosed.stand()
    dosed.book(NINE + 30 * HOUR, modality="emdr")
    address = f"/patients/{dosed.patient.key}/"
    assert "EMDR" not in words_on(desk.get(address))
    assert "EMDR" in words_on(sign_in(dosed, dosed.therapist).get(address))


def test_the_therapist_sees_the_whole_course(dosed):
    said = words_on(sign_in(dosed, dosed.therapist).get(f"/patients/{dosed.patient.key}/"))
    assert "Since the dose" in said


def test_a_search_without_a_match_says_so(desk):
    said = words_on(desk.get("/patients/?words=zzz"))
    assert "Nobody fits this." in said
    assert "care team" not in said


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_what_is_booked_is_never_called_nothing_to_who_may_not_see_it(dosed, role):
    dosed.book(NINE + 30 * HOUR)
    reader = sign_in(dosed, make_user(dosed.clinic, role))
    for address in ("/patients/", f"/patients/{dosed.patient.key}/"):
        said = words_on(reader.get(address))
        assert "not shown to you" in said
        assert "othing booked" not in said
        assert "Nothing is booked" not in said
