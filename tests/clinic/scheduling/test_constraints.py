"""What may never be false in any row, whoever writes it."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.utils import ProgrammingError
from tests.builders import NINE, make_patient
from tests.clinic.scheduling.scene import HOUR, TEN, make_scene

from kapstone.clinic.scheduling.actions import book_appointment
from kapstone.clinic.scheduling.models import Appointment, AppointmentRequest, RequestAnswer
from kapstone.core.access.fences import stand_in
from kapstone.errors import Refused

ROUNDS = 20


def row(scene, **change) -> Appointment:
    given = {
        "clinic": scene.clinic,
        "subjects": scene.patient.alone,
        "recorded_at": NINE,
        "recorded_by": scene.desk,
        "kind": "call",
        "room": scene.river,
        "holds_room": True,
        "starts_at": TEN,
        "ends_at": TEN + HOUR,
    }
    return Appointment(**{**given, **change})


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"ends_at": TEN}, "appointment_ends_after_it_starts"),
        (
            {"attended_at": TEN, "missed_at": TEN},
            "appointment_is_attended_or_missed_not_both",
        ),
    ],
)
def test_one_row_alone(scene, change, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        row(scene, **change).save()


def test_a_room_is_held_once_at_a_time(scene):
    row(scene).save()
    with (
        pytest.raises(IntegrityError, match="one_booking_of_a_room_at_a_time"),
        transaction.atomic(),
    ):
        row(scene, starts_at=TEN + HOUR / 2).save()
    row(scene, starts_at=TEN + HOUR, ends_at=TEN + 2 * HOUR).save()


def test_a_cancelled_row_holds_nothing(scene):
    row(scene, cancelled_at=NINE, cancel_reason="x").save()
    row(scene).save()


def test_a_person_is_booked_once_at_a_time(scene):
    row(scene, with_user=scene.therapist).save()
    with (
        pytest.raises(IntegrityError, match="one_booking_of_a_person_at_a_time"),
        transaction.atomic(),
    ):
        row(scene, with_user=scene.therapist, room=scene.meadow).save()


def test_one_reference_in_a_clinic(scene):
    given = {"clinic": scene.clinic, "reference": "SAME", "received_at": NINE}
    AppointmentRequest.objects.create(**given)
    with pytest.raises(IntegrityError, match="one_reference"), transaction.atomic():
        AppointmentRequest.objects.create(**given)


def test_one_answer_to_a_request(scene):
    request = scene.ask()
    given = {
        "clinic": scene.clinic,
        "request": request,
        "answer": "not-now",
        "letter": "x",
        "answered_by": scene.desk,
        "answered_at": NINE,
    }
    RequestAnswer.objects.create(**given)
    with pytest.raises(IntegrityError), transaction.atomic():
        RequestAnswer.objects.create(**given)


@pytest.mark.parametrize("column", ["starts_at", "kind", "room"])
def test_what_was_booked_is_not_rewritten(scene, column):
    booked = scene.book()
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        booked.save(update_fields=[column])


def test_a_cancellation_is_written_once(scene):
    booked = scene.book()
    booked.cancelled_at = NINE
    booked.save(update_fields=["cancelled_at"])
    booked.cancelled_at = TEN
    with pytest.raises(Exception, match="written once"), transaction.atomic():
        booked.save(update_fields=["cancelled_at"])


def test_requests_of_another_clinic_are_not_there(scene):
    scene.ask()
    make_scene("elm-house")
    assert not AppointmentRequest.objects.exists()


def test_two_who_press_book_in_the_same_moment_book_once(own_database):
    """Many rounds: two inserts that meet on a constraint wait for each other now and then."""
    with transaction.atomic():
        scene = make_scene()
        others = [make_patient(scene.clinic, screen_name=name) for name in ("Birch", "Elm")]
    barrier, results = threading.Barrier(2), []

    def press(patient, person):
        try:
            for number in range(ROUNDS):
                results.append(round_of(number, patient, person))
        finally:
            connection.close()

    def round_of(number, patient, person):
        starts = TEN + timedelta(days=number)
        barrier.wait(timeout=10)
        try:
            with transaction.atomic():
                stand_in(clinic_id=scene.clinic.pk, user_id=scene.desk.pk)
                book_appointment(
                    by=scene.desk,
                    at=NINE,
                    patients=[patient],
                    kind="call",
                    starts_at=starts,
                    ends_at=starts + timedelta(minutes=30),
                    with_user=person,
                    room=scene.river,
                )
        except Refused as refusal:
            return number, refusal.findings[0].code
        except OperationalError as error:
            return number, str(error)
        return number, "booked"

    threads = [
        threading.Thread(target=press, args=(patient, person))
        for patient, person in zip(others, (scene.therapist, scene.prescriber), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(results) == [
        (number, code) for number in range(ROUNDS) for code in ("booked", "room-taken")
    ]


def test_a_booking_holds_patient_room_and_person_so_that_two_never_deadlock(scene):
    with transaction.atomic():
        scene.book()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            )
            assert cursor.fetchone() == (3,)
