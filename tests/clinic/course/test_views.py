"""The pages of a course: opening, ending, and who sees what."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from tests.builders import make_clinic, make_patient, make_user

from kapstone.catalogue.orders import load_programmes
from kapstone.clinic.course.actions import open_course
from kapstone.clinic.course.forms import preset_in_words
from kapstone.clinic.course.models import Course
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Role
from kapstone.errors import InvalidInput

NOW = timezone.now() - timedelta(hours=1)


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def scene(db):
    clinic = make_clinic()
    therapist = make_user(clinic, Role.THERAPIST)
    return clinic, therapist, make_patient(clinic, team=(therapist,), at=NOW)


def address(scene) -> str:
    return f"/patients/{scene[2].key}/course/"


def form(**change) -> dict[str, object]:
    given = {
        "entry_id": str(uuid4()),
        "indication": "ptsd",
        "programme": "kap-im-weekly",
        "planned_sessions": 6,
    }
    return {**given, **change}


def opened(scene) -> Course:
    _, therapist, patient = scene
    return open_course(
        by=therapist,
        at=NOW,
        patient=patient,
        indication="ptsd",
        programme="kap-im-weekly",
        planned_sessions=6,
    )


def test_an_open_course_leads_on_to_what_comes_next(scene, client):
    course = opened(scene)
    client.force_login(scene[1])
    page = text(client.get(address(scene)))
    for end in ("consent/", "preparation/", "sessions/"):
        assert f'href="/patients/{scene[2].key}/{end}">' in page
    assert f'href="/courses/{course.key}/review/"' in page
    assert client.get(f"/courses/{course.key}/review/").status_code == 200


def test_the_team_opens_a_course_and_sees_its_head(scene, client):
    client.force_login(scene[1])
    page = text(client.get(address(scene), {"indication": "ptsd"}))
    assert '<option value="ptsd" selected>' in page
    page = text(client.post(address(scene), form(), follow=True))
    assert "6 sessions for PTSD" in page
    assert "KAP by injection, weekly" in page


def test_a_second_course_is_refused_in_words(scene, client):
    opened(scene)
    client.force_login(scene[1])
    assert client.post(address(scene), form()).status_code == 422
    stand_in(clinic_id=scene[0].pk, user_id=None)
    assert Course.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"planned_sessions": 0}, "from 1 to 12"),
        ({"planned_sessions": "many"}, "from 1 to 12"),
        ({"programme": "x"}, "Choose a programme"),
        ({"programme": ""}, "Choose a programme"),
        ({"indication": "boredom"}, "Choose what the course is for"),
        ({"entry_id": "x"}, "Open the page again"),
    ],
)
def test_a_bad_form_says_why_and_opens_nothing(scene, client, change, says):
    client.force_login(scene[1])
    response = client.post(address(scene), form(**change))
    assert response.status_code == 422
    assert says in text(response)
    stand_in(clinic_id=scene[0].pk, user_id=None)
    assert not Course.objects.exists()


def test_a_course_ends_with_a_reason_and_stands_under_before(scene, client):
    course = opened(scene)
    client.force_login(scene[1])
    end = f"/courses/{course.key}/end/"
    assert client.post(end, {"reason": " "}).status_code == 422
    page = text(client.post(end, {"reason": "Review: stop for now."}, follow=True))
    assert "Review: stop for now." in page
    assert "Open a course" in page


def test_ending_asks_with_the_course_in_sight(scene, client):
    course = opened(scene)
    client.force_login(scene[1])
    assert "6 sessions for PTSD" in text(client.get(f"/courses/{course.key}/end/"))


def test_the_desk_sees_that_there_is_one_and_no_more(scene, client):
    opened(scene)
    client.force_login(make_user(scene[0], Role.FRONT_DESK))
    page = text(client.get(address(scene)))
    assert "There is a course of care" in page
    assert "PTSD" not in page
    assert client.post(address(scene), form()).status_code == 404


@pytest.mark.parametrize(
    "role", [Role.THERAPIST, Role.PRESCRIBER, Role.NURSE, Role.AUDITOR, Role.PATIENT]
)
def test_to_others_it_is_not_there(scene, client, role):
    course = opened(scene)
    client.force_login(make_user(scene[0], role))
    assert client.get(address(scene)).status_code == 404
    assert client.get(f"/courses/{course.key}/end/").status_code == 404
    assert client.post(f"/courses/{course.key}/end/", {"reason": "x"}).status_code == 404


def test_what_does_not_exist_is_not_found(scene, client):
    client.force_login(scene[1])
    assert client.get(f"/courses/{uuid4()}/end/").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [({"indication": "x"}, "indication"), ({"programme": "x"}, "programme")],
)
def test_the_action_too_knows_only_what_the_catalogue_knows(scene, change, field):
    _, therapist, patient = scene
    given = {"indication": "ptsd", "programme": "iv-acute", "planned_sessions": 6, **change}
    with pytest.raises(InvalidInput) as wrong:
        open_course(by=therapist, at=NOW, patient=patient, **given)
    assert set(wrong.value.fields) == {field}


def test_every_programme_is_said_in_words():
    said = {preset.code: preset_in_words(preset) for preset in load_programmes().presets}
    assert said["kap-im-weekly"].endswith("6 doses in 6 weeks")
    assert said["group-3"].endswith("3 doses in 7 to 12 weeks")
