"""Sessions planned on a booking, and the nurses named for them."""

from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from tests.builders import make_user
from tests.clinic.dosing.scene import DAY, PLANNED
from tests.clinic.dosing.test_views import Screen, text

from kapstone.clinic.dosing.models import DosingSession
from kapstone.core.people.models import Role, RoomDuty


@pytest.fixture
def screen(scene, client, monkeypatch):
    return Screen(scene, client, monkeypatch).at(0).as_(scene.prescriber)


def test_a_nurse_is_named_when_a_session_is_planned_and_then_opens_its_gate(screen):
    scene = screen.scene
    where = {"patient_key": scene.patient.key}
    other = make_user(scene.clinic, Role.NURSE)
    planned = {"entry_id": uuid4(), "number": "2", "planned_at": "2026-03-09T09:30"}
    wrong = screen.post("sessions", {**planned, "nurse": scene.therapist.pk}, **where)
    assert wrong.status_code == 422
    assert screen.post("sessions", {**planned, "nurse": other.pk}, **where).status_code == 303
    assert str(other) in text(screen.get("sessions", **where))
    scene.stand()
    second = DosingSession.objects.get(course=scene.course, number=2)
    screen.as_(other)
    assert screen.client.get(f"/sessions/{second.key}/gate/").status_code == 200


def test_another_nurse_is_named_for_a_planned_session_once(screen):
    scene = screen.scene
    where = {"patient_key": scene.patient.key}
    other = make_user(scene.clinic, Role.NURSE)
    named = {"session": scene.session.key, "nurse": other.pk}
    for _ in range(2):
        assert screen.post("sessions", named, **where).status_code == 303
    scene.stand()
    assert RoomDuty.objects.filter(user=other, session_key=scene.session.key).count() == 1
    wrong = screen.post("sessions", {**named, "session": uuid4()}, **where)
    assert wrong.status_code == 422
    assert "Choose a planned session." in text(wrong)


def test_a_plan_starts_from_the_booking_for_a_dose_and_stands_on_it(screen):
    scene = screen.scene
    where = {"patient_key": scene.patient.key}
    booked = scene.book("dosing", PLANNED + 7 * DAY)
    local = timezone.localtime(booked.starts_at, ZoneInfo(scene.clinic.time_zone))
    asked = screen.get("sessions", **where).content.decode()
    assert f'value="{local:%Y-%m-%dT%H:%M}"' in asked
    data = {"entry_id": uuid4(), "number": "2", "planned_at": f"{local:%Y-%m-%dT%H:%M}"}
    assert screen.post("sessions", data, **where).status_code == 303
    scene.stand()
    assert DosingSession.objects.get(number=2).appointment == booked
