"""What a tablet may no longer keep: asked by whoever holds it, signed in or not."""

from uuid import uuid4

import pytest
from django.test import Client
from tests.clinic.dosing.scene import MINUTE, PLANNED, make_scene
from tests.clinic.dosing.tablet import Tablet

from kapstone.clinic.dosing.actions import sign_session
from kapstone.core.people.models import User


@pytest.fixture
def tablet(scene, client, monkeypatch):
    made = Tablet(scene, client, monkeypatch).at(30)
    assert made.open().status_code == 200
    return made


@pytest.fixture
def keep(tablet):
    """Ask as somebody who is not signed in."""

    def asked(**change):
        told = {"clinic": tablet.scene.clinic.slug, "device": str(tablet.device_id), **change}
        tablet.at(tablet.minute)
        answer = Client().get(tablet.address("keeps"), told)
        tablet.scene.stand()
        said = answer.json()
        assert answer.status_code == 200
        assert set(said) == {"protocol", "session", "device_id", "keep"}
        assert said["session"] == str(tablet.scene.session.key)
        return said["keep"]

    return asked


def end(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


def test_it_keeps_the_room_while_one_who_opened_it_may_write_there(tablet, keep):
    assert keep() is True
    tablet.open(tablet.scene.therapist)
    end(tablet.scene.nurse)
    assert keep() is True
    end(tablet.scene.therapist)
    assert keep() is False


def test_a_closed_session_goes(tablet, keep):
    assert keep() is True
    sign_session(
        by=tablet.scene.nurse,
        at=PLANNED + 40 * MINUTE,
        session=tablet.scene.session,
        meaning="not-today",
        reason="unwell",
    )
    assert keep() is False


def test_nothing_is_said_of_a_tablet_or_a_clinic_that_is_not_of_this_room(tablet, keep):
    other = make_scene("other-house")
    tablet.scene.stand()
    for change in (
        {"device": str(uuid4())},
        {"device": "none"},
        {"clinic": other.clinic.slug},
        {"clinic": "nowhere"},
        {"clinic": "a\x00b"},
    ):
        assert keep(**change) is None, change


def test_asking_changes_nothing_and_is_asked_with_get_alone(tablet):
    assert Client().post(tablet.address("keeps"), {}).status_code == 405


def test_who_is_signed_in_elsewhere_stays_behind_their_own_fence(tablet, client):
    other = make_scene("other-house")
    client.force_login(other.nurse)
    told = {"clinic": tablet.scene.clinic.slug, "device": str(tablet.device_id)}
    assert client.get(tablet.address("keeps"), told).json()["keep"] is True
    assert client.get(tablet.address("room")).status_code == 404
