"""A dose not given today: its room is free, its booking says why in a class, the desk books."""

from datetime import timedelta

import pytest
from tests.builders import make_user
from tests.clinic.days import main_of, sign_in, words_on
from tests.clinic.dosing.scene import DAY, HOUR, MINUTE, PLANNED, Scene, make_scene

from kapstone.clinic.dosing.actions import plan_session, sign_session
from kapstone.clinic.scheduling.actions import book_appointment, mark_attended
from kapstone.clinic.scheduling.models import Appointment, Room
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Role

REASON = "substances"
SAID = "Dose not given: a clinical reason"


@pytest.fixture
def scene(db) -> Scene:
    return make_scene()


@pytest.fixture
def room(scene) -> Room:
    return Room.objects.create(clinic=scene.clinic, name="Room 1")


@pytest.fixture
def desk(scene):
    return make_user(scene.clinic, Role.FRONT_DESK)


def book(scene, desk, room, starts_at=PLANNED, **change) -> Appointment:
    given = {
        "by": desk,
        "at": PLANNED - DAY,
        "patients": [scene.patient],
        "kind": Appointment.Kind.DOSING,
        "starts_at": starts_at,
        "ends_at": starts_at + 3 * HOUR,
        "with_user": scene.nurse,
        "room": room,
        "number": 2,
    }
    return book_appointment(**{**given, **change})


@pytest.fixture
def booked(scene, desk, room) -> Appointment:
    """Give the booking of a second dose, on which a session stands."""
    booked = book(scene, desk, room)
    scene.session = plan_session(
        by=scene.therapist,
        at=PLANNED - DAY,
        course=scene.course,
        number=2,
        planned_at=PLANNED,
        appointment=booked,
    )
    return booked


def not_today(scene, reason=REASON, by=None, at=PLANNED + 5 * MINUTE):
    return sign_session(
        by=by or scene.nurse, at=at, session=scene.session, meaning="not-today", reason=reason
    )


@pytest.mark.parametrize("who", ["nurse", "therapist", "prescriber"])
def test_whoever_signs_it_the_booking_is_called_off_with_the_class_alone(scene, booked, who):
    by = getattr(scene, who)
    if who == "nurse":
        scene.session = scene.course.sessions.get(number=2)
    not_today(scene, by=by)
    booked.refresh_from_db()
    assert booked.cancelled_at == PLANNED + 5 * MINUTE
    assert booked.cancel_reason == SAID
    entry = AuditEntry.objects.get(deed="appointment-called-off")
    assert entry.by == by.username


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("patient-choice", "the patient's choice"),
        ("escort", "something was missing for the way home"),
        ("staffing", "the clinic could not give it"),
        ("pregnancy", "a clinical reason"),
        ("other: Took a sleeping pill at six", "a clinical reason"),
    ],
)
def test_the_booking_says_no_more_than_the_class(scene, booked, reason, said):
    not_today(scene, reason)
    booked.refresh_from_db()
    assert booked.cancel_reason == f"Dose not given: {said}"


def test_the_room_is_free_again_even_if_the_patient_had_come(scene, booked, desk, room):
    mark_attended(by=desk, at=PLANNED, appointment=booked)
    not_today(scene)
    again = book(scene, desk, room, at=PLANNED + 6 * MINUTE, starts_at=PLANNED + 10 * MINUTE)
    assert again.pk != booked.pk


def test_signing_twice_calls_off_once(scene, booked):
    not_today(scene)
    not_today(scene, at=PLANNED + 7 * MINUTE)
    assert AuditEntry.objects.filter(deed="appointment-called-off").count() == 1


def test_a_session_without_a_booking_ends_as_before(scene):
    not_today(scene)
    assert not AuditEntry.objects.filter(deed="appointment-called-off").exists()


def today(scene, user, at_clock, after=HOUR):
    at_clock(PLANNED + after)
    return sign_in(scene, user).get("/today/")


def test_the_desk_is_asked_to_book_again_and_told_no_clinical_detail(
    scene, booked, desk, at_clock
):
    not_today(scene)
    page = today(scene, desk, at_clock)
    said = words_on(page)
    assert "Dose not given today, book again" in said
    assert "A clinical reason." in said
    assert f"/patients/{scene.patient.key}/book/?kind=dosing" in main_of(page)
    assert "Not taking place Alder, dose 2" in said
    assert "lcohol" not in said


def test_the_therapist_is_offered_it_too_and_the_nurse_who_books_nothing_is_not(
    scene, booked, at_clock
):
    not_today(scene)
    assert "book again" in words_on(today(scene, scene.therapist, at_clock))
    scene.stand()
    assert "book again" not in words_on(today(scene, scene.nurse, at_clock))


def test_it_is_asked_no_more_once_booked_nor_after_a_while(scene, booked, desk, room, at_clock):
    not_today(scene)
    late = today(scene, desk, at_clock, after=timedelta(days=15))
    assert "book again" not in words_on(late)
    scene.stand()
    book(scene, desk, room, at=PLANNED + HOUR, starts_at=PLANNED + 7 * DAY)
    assert "book again" not in words_on(today(scene, desk, at_clock))


def test_the_schedule_lists_it_apart_from_what_is_booked(scene, booked, desk, at_clock):
    not_today(scene)
    at_clock(PLANNED + HOUR)
    page = sign_in(scene, desk).get("/schedule/")
    said = words_on(page)
    assert "Not taking place" in said
    assert f"{SAID}." in said
    assert 'class="taken"' not in main_of(page)


def test_who_may_not_know_the_patient_reads_no_name_of_what_is_off(scene, booked, at_clock):
    not_today(scene)
    stranger = make_user(scene.clinic, Role.THERAPIST)
    at_clock(PLANNED + HOUR)
    for address in ("/schedule/", "/today/"):
        assert "Alder" not in words_on(sign_in(scene, stranger).get(address))
