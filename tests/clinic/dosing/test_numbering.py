"""A dosing visit is booked by its number; the order leads on; leaving is never green."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse
from tests.builders import make_patient, make_user
from tests.clinic.dosing.scene import DAY, HOUR, MINUTE, PLANNED, make_scene

from kapstone.clinic.dosing.actions import discharge, sign_session
from kapstone.clinic.dosing.numbering import next_dose
from kapstone.clinic.scheduling.actions import book_appointment, cancel_appointment
from kapstone.clinic.scheduling.models import Appointment, Room
from kapstone.core.people.models import Role

BACKEND = "kapstone.core.people.signed_in.SignedIn"


@pytest.fixture
def scene(db):
    return make_scene()


@pytest.fixture
def room(scene):
    return Room.objects.create(clinic=scene.clinic, name="Room 1")


def book(scene, room, number, days):
    starts = PLANNED + days * DAY
    return book_appointment(
        by=scene.therapist,
        at=PLANNED,
        patients=[scene.patient],
        kind=Appointment.Kind.DOSING,
        starts_at=starts,
        ends_at=starts + 3 * HOUR,
        with_user=scene.nurse,
        room=room,
        number=number,
    )


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# --- Which dose is next


def test_the_next_dose_is_the_first_that_nothing_stands_for(scene, room):
    assert next_dose(scene.patient, PLANNED) == 2  # the first has a session
    second = book(scene, room, 2, 7)
    book(scene, room, 3, 14)
    assert next_dose(scene.patient, PLANNED) == 4
    cancel_appointment(by=scene.therapist, at=PLANNED, appointment=second, reason="Ill")
    assert next_dose(scene.patient, PLANNED) == 2


def test_a_dose_not_given_on_its_day_is_free_again(scene):
    sign_session(
        by=scene.nurse,
        at=PLANNED,
        session=scene.session,
        meaning="not-today",
        reason="substances",
    )
    assert next_dose(scene.patient, PLANNED) == 1


def test_without_a_course_nothing_is_proposed(scene):
    assert next_dose(make_patient(scene.clinic), PLANNED) is None


def test_a_course_that_is_all_taken_proposes_nothing(scene, room):
    for number in range(2, scene.course.planned_sessions + 1):
        book(scene, room, number, number * 3)
    assert next_dose(scene.patient, PLANNED) is None


# --- The form


@pytest.fixture
def desk(scene, client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: PLANNED)
    client.force_login(make_user(scene.clinic, Role.FRONT_DESK), BACKEND)
    return client


def send(desk, scene, room, **change):
    given = {
        "entry_id": uuid4(),
        "kind": "dosing",
        "number": "2",
        "with_user": scene.nurse.pk,
        "starts_at": f"{PLANNED + 7 * DAY:%Y-%m-%dT%H:%M}",
        "minutes": "180",
        "room": room.pk,
    }
    address = reverse("scheduling:book", kwargs={"patient_key": scene.patient.key})
    answer = desk.post(address, given | change)
    scene.stand()
    return answer


def test_the_form_proposes_it_and_the_booking_keeps_it(desk, scene, room):
    address = reverse("scheduling:book", kwargs={"patient_key": scene.patient.key})
    shown = desk.get(address).content.decode()
    assert re.search(r'name="number" value="2"', shown)
    assert send(desk, scene, room).status_code == 303
    assert Appointment.objects.get(kind="dosing").number == 2


def test_another_kind_of_visit_has_no_number(desk, scene, room):
    assert send(desk, scene, room, kind="preparation").status_code == 303
    assert Appointment.objects.get(kind="preparation").number is None


@pytest.mark.parametrize("number", ["0", "61", "two"])
def test_a_number_that_cannot_be_is_refused_in_words(desk, scene, room, number):
    answer = send(desk, scene, room, number=number)
    assert answer.status_code == 422
    assert "Which dose: enter its number" in text(answer)


# --- The order


@pytest.fixture
def prescriber(scene, client, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: PLANNED - HOUR)
    client.force_login(scene.prescriber, BACKEND)
    return client


def order_page(scene):
    return reverse("dosing:order", kwargs={"patient_key": scene.patient.key, "number": 1})


def test_a_signed_order_says_so_and_leads_to_the_gate(prescriber, scene):
    gate = reverse("dosing:gate", kwargs={"session_key": scene.session.key})
    assert gate not in prescriber.get(order_page(scene)).content.decode()
    signed = {
        "entry_id": uuid4(),
        "product": "racemic",
        "route": "IM",
        "amount_mg": "53",
        "max_session_mg": "80",
        "weight_kg": "81",
        "weighed_at": f"{PLANNED - DAY:%Y-%m-%dT%H:%M}",
        "rationale": "start-low",
        "may_give": "nurse-or-prescriber",
        "reason": "Discussed in the team; slow steps, prescriber in the room.",
    }
    answer = prescriber.post(order_page(scene), signed, follow=True)
    assert "The order for dose 1 is signed." in text(answer)
    assert gate in answer.content.decode()
    back = prescriber.post(order_page(scene), {"revoke": "yes"}, follow=True)
    assert "is taken back" in text(back)


# --- Leaving against advice


@pytest.mark.parametrize("against_advice", [True, False])
def test_leaving_against_advice_is_no_green_page(scene, client, monkeypatch, against_advice):
    scene.dosed()
    at = PLANNED + 200 * MINUTE
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)
    if against_advice:
        discharge(
            by=scene.nurse,
            at=at,
            session=scene.session,
            against_advice=True,
            reason="Wants to leave; brother drives; call at nine.",
        )
    client.force_login(scene.nurse, BACKEND)
    address = reverse("dosing:discharge", kwargs={"session_key": scene.session.key})
    body = client.get(address).content.decode()
    assert ('class="message fir"' not in body) or not against_advice
    assert ("Left against advice" in body) == against_advice
    assert ("till to sign" in body) != against_advice
