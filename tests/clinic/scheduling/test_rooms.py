"""Rooms are added and retired by the administrator, and a retired one is booked no more."""

from uuid import uuid4

import pytest
from tests.builders import NINE, make_clinic, make_user
from tests.clinic.scheduling.scene import HOUR, TEN

from kapstone.clinic.scheduling.actions import add_room, cancel_appointment, retire_room
from kapstone.clinic.scheduling.models import Room
from kapstone.clinic.scheduling.queries import rooms_of
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Role
from kapstone.errors import InvalidInput, NotAllowed, Refused


@pytest.fixture
def administrator(scene):
    return make_user(scene.clinic, Role.ADMINISTRATOR)


def test_a_room_is_added_once(scene, administrator):
    key = uuid4()
    rooms = {
        add_room(by=administrator, at=NINE, name="Hilltop", entry_id=key).pk for _ in range(2)
    }
    assert len(rooms) == 1
    assert AuditEntry.objects.filter(deed="room-added").count() == 1


def test_two_rooms_in_use_never_share_a_name(scene, administrator):
    with pytest.raises(InvalidInput):
        add_room(by=administrator, at=NINE, name=scene.river.name.upper())
    retire_room(by=administrator, at=NINE, room=scene.river)
    assert add_room(by=administrator, at=NINE, name=scene.river.name)


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.THERAPIST, Role.AUDITOR])
def test_nobody_else_keeps_rooms(scene, role):
    someone = make_user(scene.clinic, role)
    with pytest.raises(NotAllowed):
        add_room(by=someone, at=NINE, name="Hilltop")
    with pytest.raises(NotAllowed):
        retire_room(by=someone, at=NINE, room=scene.river)


def test_a_room_with_a_booking_ahead_is_not_retired(scene, administrator):
    booked = scene.book()
    with pytest.raises(Refused) as refusal:
        retire_room(by=administrator, at=NINE, room=scene.river)
    assert "1 booking lies ahead" in refusal.value.findings[0].message
    cancel_appointment(by=scene.desk, at=NINE, appointment=booked, reason="moved house")
    assert retire_room(by=administrator, at=NINE, room=scene.river).retired_at == NINE


def test_a_retired_room_is_offered_and_booked_no_more(scene, administrator):
    retire_room(by=administrator, at=NINE, room=scene.river)
    assert scene.river not in rooms_of(scene.clinic.pk)
    with pytest.raises(Refused) as refusal:
        scene.book()
    assert refusal.value.findings[0].code == "room-retired"


def test_a_room_is_retired_once(scene, administrator):
    retire_room(by=administrator, at=NINE, room=scene.river)
    assert retire_room(by=administrator, at=TEN, room=scene.river).retired_at == NINE


def test_a_room_of_another_clinic_is_not_ones_own(scene, administrator):
    far = make_user(make_clinic("elm-house"), Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        retire_room(by=far, at=NINE, room=scene.river)


def test_the_page_adds_lists_and_retires(scene, administrator, client):
    client.force_login(administrator)
    sent = {"name": "Hilltop", "entry_id": str(uuid4())}
    page = client.post("/rooms/", sent, follow=True).content.decode()
    assert "Hilltop" in page
    scene.stand()
    room = Room.objects.get(name="Hilltop")
    address = f"/rooms/{room.key}/retire/"
    assert "added again" in client.get(address).content.decode()
    assert "Retired" in client.post(address, follow=True).content.decode()


def test_the_page_says_what_stands_in_the_way(scene, administrator, client, monkeypatch):
    scene.book(starts_at=TEN, ends_at=TEN + HOUR)
    monkeypatch.setattr("kapstone.core.access.doors.timezone.now", lambda: NINE)
    client.force_login(administrator)
    answer = client.post(f"/rooms/{scene.river.key}/retire/")
    assert answer.status_code == 422
    assert "lies ahead" in answer.content.decode()


def test_the_desk_reads_the_rooms_and_keeps_none(scene, client):
    client.force_login(scene.desk)
    page = client.get("/rooms/").content.decode()
    assert scene.river.name in page
    assert "Retire" not in page
    assert client.post("/rooms/", {"name": "Hilltop"}).status_code == 403


def test_an_empty_clinic_says_so(db, client):
    client.force_login(make_user(make_clinic("elm-house"), Role.ADMINISTRATOR))
    assert "No rooms yet." in client.get("/rooms/").content.decode()


def test_a_name_in_use_is_said_beside_the_field(scene, administrator, client):
    client.force_login(administrator)
    answer = client.post("/rooms/", {"name": scene.river.name})
    assert answer.status_code == 422
    assert "Choose another name." in answer.content.decode()
