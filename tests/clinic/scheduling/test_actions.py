from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from tests.builders import NINE, make_patient, make_user
from tests.clinic.scheduling.scene import HOUR, LETTER, TEN, make_scene

from kapstone.clinic.scheduling.actions import (
    answer_request,
    cancel_appointment,
    mark_attended,
    mark_missed,
    move_appointment,
)
from kapstone.clinic.scheduling.models import Appointment, AppointmentRequest, RequestAnswer
from kapstone.clinic.scheduling.names import references
from kapstone.clinic.scheduling.queries import (
    appointments_of,
    appointments_shown,
    requests_waiting,
)
from kapstone.clinic.scheduling.rules import Newcomer
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Patient, Role
from kapstone.errors import InvalidInput, NotAllowed, Refused, Stale

NEWCOMER = Newcomer(
    number="K-7001", screen_name="Juniper", legal_name="Ann Example", born_on=date(1979, 5, 4)
)


def answer(scene, request, **change):
    given = {
        "by": scene.desk,
        "at": NINE + HOUR,
        "request": request,
        "answer": RequestAnswer.Answer.SCREENING,
        "letter": LETTER,
        "newcomer": NEWCOMER,
    }
    return answer_request(**{**given, **change})


def codes(refusal) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


# --- Requests --------------------------------------------------------------------------------


def test_a_request_arrives_in_the_queue_with_a_promise(scene):
    request = scene.ask()
    (waiting,) = requests_waiting(scene.clinic, NINE)
    assert waiting.request == request
    assert not waiting.is_late
    (late,) = requests_waiting(scene.clinic, NINE + timedelta(days=4))
    assert late.is_late


def test_a_request_is_audited_as_the_public_page(scene):
    scene.ask()
    entry = AuditEntry.objects.get(deed="appointment-requested")
    assert (entry.by, entry.by_id, entry.subjects) == ("public page", None, [])


def test_the_same_form_sent_twice_asks_once(scene):
    key = uuid4()
    first, second = scene.ask(entry_id=key), scene.ask(entry_id=key)
    assert first.reference == second.reference
    assert AppointmentRequest.objects.count() == 1


def test_a_taken_reference_grows(scene):
    key = uuid4()
    short, longer, _ = references(key)
    AppointmentRequest.objects.create(clinic=scene.clinic, reference=short, received_at=NINE)
    assert scene.ask(entry_id=key).reference == longer


def test_when_every_reference_is_taken_the_database_has_the_last_word(scene):
    key = uuid4()
    for reference in references(key):
        AppointmentRequest.objects.create(
            clinic=scene.clinic, reference=reference, received_at=NINE
        )
    with pytest.raises(IntegrityError, match="one_reference"), transaction.atomic():
        scene.ask(entry_id=key)


@pytest.mark.parametrize("field", ["name", "contact"])
def test_a_request_needs_a_name_and_a_way_to_answer(scene, field):
    with pytest.raises(InvalidInput) as wrong:
        scene.ask(**{field: "  "})
    assert set(wrong.value.fields) == {field}


def test_an_invitation_registers_the_person_and_ties_the_request_to_them(scene):
    request = scene.ask()
    answer(scene, request)
    patient = Patient.objects.get(number="K-7001")
    request.refresh_from_db()
    assert request.patient == patient
    assert requests_waiting(scene.clinic, NINE) == ()
    assert AuditEntry.objects.get(deed="request-answered").subjects == [patient.pk]


def test_not_now_registers_nobody(scene):
    before = Patient.objects.count()
    answer(scene, scene.ask(), answer=RequestAnswer.Answer.NOT_NOW, newcomer=None)
    assert Patient.objects.count() == before


def test_not_now_without_help_is_refused_and_nothing_is_written(scene):
    request = scene.ask()
    with pytest.raises(Refused) as refusal:
        answer(
            scene,
            request,
            answer=RequestAnswer.Answer.NOT_NOW,
            letter=LETTER.replace("988", "us"),
            newcomer=None,
        )
    assert codes(refusal) == ["letter-without-help"]
    assert not RequestAnswer.objects.exists()


def test_an_invitation_says_who_is_registered(scene):
    with pytest.raises(InvalidInput):
        answer(scene, scene.ask(), newcomer=None)


def test_the_same_answer_twice_is_one_answer(scene):
    request = scene.ask()
    assert answer(scene, request) == answer(scene, request)


def test_the_other_answer_after_the_first_is_stale(scene):
    request = scene.ask()
    answer(scene, request)
    with pytest.raises(Stale, match="already answered"):
        answer(scene, request, answer=RequestAnswer.Answer.NOT_NOW)


@pytest.mark.parametrize(
    "role",
    [
        Role.THERAPIST,
        Role.PRESCRIBER,
        Role.NURSE,
        Role.ADMINISTRATOR,
        Role.RESEARCHER,
        Role.AUDITOR,
        Role.PATIENT,
    ],
)
def test_only_the_desk_answers_requests(scene, role):
    request = scene.ask()
    with pytest.raises(NotAllowed):
        answer(scene, request, by=make_user(scene.clinic, role))
    assert not RequestAnswer.objects.exists()


# --- Booking ---------------------------------------------------------------------------------


def test_a_booking_is_seen_by_patient_and_by_day(scene):
    booked = scene.book()
    since, until = NINE, NINE + 8 * HOUR
    assert list(appointments_of(scene.patient, since, until)) == [booked]
    assert list(appointments_shown(scene.clinic.pk, since, until)) == [booked]
    assert AuditEntry.objects.get(deed="appointment-booked").subjects == [scene.patient.pk]


def test_a_joint_booking_is_seen_by_both_patients(scene):
    other = make_patient(scene.clinic, team=(scene.therapist,), screen_name="Birch")
    booked = scene.book(by=scene.therapist, patients=[scene.patient, other])
    for patient in (scene.patient, other):
        assert list(appointments_of(patient, NINE, NINE + 8 * HOUR)) == [booked]


def test_the_same_entry_twice_books_once(scene):
    key = uuid4()
    assert scene.book(entry_id=key) == scene.book(entry_id=key)
    assert Appointment.objects.count() == 1


def test_an_entry_used_for_someone_else_is_stale(scene):
    key = uuid4()
    scene.book(entry_id=key)
    other = make_patient(scene.clinic, screen_name="Birch")
    with pytest.raises(Stale):
        scene.book(entry_id=key, patients=[other])


def test_an_entry_of_another_clinic_is_stale_and_tells_nothing(scene):
    elm = make_scene("elm-house")
    key = uuid4()
    elm.book(entry_id=key)
    scene.stand()
    with pytest.raises(Stale, match="already used"):
        scene.book(entry_id=key)


def test_a_clash_that_has_no_name_is_not_swallowed(scene, monkeypatch):
    def fail(*args, **kwargs):
        raise IntegrityError("something_new")

    monkeypatch.setattr(Appointment, "save", fail)
    with pytest.raises(IntegrityError, match="something_new"):
        scene.book()


def test_a_room_is_booked_once_and_the_refusal_says_when_it_is_free(scene):
    scene.book()
    other = make_patient(scene.clinic, screen_name="Birch")
    with pytest.raises(Refused) as refusal:
        scene.book(patients=[other], with_user=scene.prescriber, starts_at=TEN + HOUR / 2)
    assert codes(refusal) == ["room-taken"]
    assert str(refusal.value) == (
        "River room is taken: Mon 2 Mar, 10:00 to 11:00. Free from 11:00."
    )


def test_a_person_is_booked_once(scene):
    scene.book()
    other = make_patient(scene.clinic, screen_name="Birch")
    with pytest.raises(Refused) as refusal:
        scene.book(patients=[other], room=scene.meadow)
    assert codes(refusal) == ["person-busy"]
    assert "Therapist" in str(refusal.value)


def test_a_patient_is_in_one_place_at_a_time(scene):
    scene.book()
    with pytest.raises(Refused) as refusal:
        scene.book(room=scene.meadow, with_user=scene.prescriber)
    assert codes(refusal) == ["patient-busy"]
    assert "Alder, integration, is already booked" in str(refusal.value)


def test_a_video_line_and_a_nurse_over_several_doses_are_not_clashes(scene):
    nurse = make_user(scene.clinic, Role.NURSE)
    for room in (scene.river, scene.meadow):
        other = make_patient(scene.clinic, screen_name=room.name)
        scene.book(patients=[other], kind="dosing", with_user=nurse, room=room)
    for user in (scene.therapist, scene.prescriber):
        other = make_patient(scene.clinic, screen_name=user.username)
        scene.book(patients=[other], with_user=user, room=scene.video)
    assert Appointment.objects.count() == 4


def test_a_refused_booking_leaves_the_transaction_usable(scene):
    scene.book()
    other = make_patient(scene.clinic, screen_name="Birch")
    with pytest.raises(Refused):
        scene.book(patients=[other], with_user=scene.prescriber)
    scene.book(patients=[other], with_user=scene.prescriber, room=scene.meadow)


def test_a_room_of_another_clinic_cannot_be_booked(scene):
    elsewhere = make_scene("elm-house")
    room = elsewhere.river
    scene.stand()
    with pytest.raises(Refused) as refusal:
        scene.book(room=room)
    assert codes(refusal) == ["another-clinic"]


@pytest.mark.parametrize(
    "role", [Role.THERAPIST, Role.PRESCRIBER, Role.NURSE, Role.ADMINISTRATOR, Role.PATIENT]
)
def test_someone_outside_the_care_team_cannot_book(scene, role):
    with pytest.raises(NotAllowed):
        scene.book(by=make_user(scene.clinic, role))


# --- Moving, cancelling, marking -------------------------------------------------------------


def move(scene, booked, **change):
    given = {
        "by": scene.desk,
        "at": NINE,
        "appointment": booked,
        "starts_at": TEN + HOUR / 2,
        "ends_at": TEN + 1.5 * HOUR,
    }
    return move_appointment(**{**given, **change})


def test_moving_cancels_the_old_and_books_what_replaces_it(scene):
    booked = scene.book()
    moved = move(scene, booked)
    booked.refresh_from_db()
    assert booked.cancel_reason == "moved"
    assert (moved.replaces, moved.room, moved.with_user) == (
        booked,
        scene.river,
        scene.therapist,
    )
    assert list(appointments_of(scene.patient, NINE, NINE + 8 * HOUR)) == [moved]


def test_a_refused_move_leaves_the_old_appointment_as_it_was(scene):
    booked = scene.book()
    other = make_patient(scene.clinic, screen_name="Birch")
    scene.book(patients=[other], starts_at=TEN + HOUR, ends_at=TEN + 2 * HOUR)
    with pytest.raises(Refused):
        move(scene, booked)
    booked.refresh_from_db()
    assert booked.cancelled_at is None


def test_the_same_move_twice_moves_once(scene):
    booked, key = scene.book(), uuid4()
    assert move(scene, booked, entry_id=key) == move(scene, booked, entry_id=key)


def test_a_moved_appointment_is_not_moved_again_by_its_old_form(scene):
    booked = scene.book()
    move(scene, booked, entry_id=uuid4())
    with pytest.raises(Refused) as refusal:
        move(scene, booked, entry_id=uuid4())
    assert codes(refusal) == ["cancelled"]


def test_cancelling_frees_the_room_and_keeps_the_first_reason(scene):
    booked = scene.book()
    first = cancel_appointment(by=scene.desk, at=NINE, appointment=booked, reason="ill")
    again = cancel_appointment(by=scene.desk, at=TEN, appointment=booked, reason="other")
    assert (again.cancel_reason, again.cancelled_at) == ("ill", first.cancelled_at)
    scene.book()


def test_cancelling_needs_a_reason(scene):
    with pytest.raises(InvalidInput):
        cancel_appointment(by=scene.desk, at=NINE, appointment=scene.book(), reason=" ")


def test_who_came_is_not_also_missed_or_cancelled(scene):
    booked = mark_attended(by=scene.desk, at=TEN, appointment=scene.book())
    assert mark_attended(by=scene.desk, at=TEN + HOUR, appointment=booked).attended_at == TEN
    with pytest.raises(Refused):
        mark_missed(by=scene.desk, at=TEN + HOUR, appointment=booked)
    with pytest.raises(Refused):
        cancel_appointment(by=scene.desk, at=TEN + HOUR, appointment=booked, reason="x")


def test_missed_is_marked_once_and_not_before_the_hour(scene):
    booked = scene.book()
    with pytest.raises(Refused):
        mark_missed(by=scene.desk, at=NINE, appointment=booked)
    missed = mark_missed(by=scene.desk, at=TEN + HOUR, appointment=booked)
    assert mark_missed(by=scene.desk, at=TEN + 2 * HOUR, appointment=booked) == missed
    with pytest.raises(Refused):
        mark_attended(by=scene.desk, at=TEN + HOUR, appointment=booked)


@pytest.mark.parametrize("deed", [mark_attended, mark_missed])
def test_someone_outside_the_care_team_cannot_mark(scene, deed):
    booked = scene.book()
    with pytest.raises(NotAllowed):
        deed(by=make_user(scene.clinic, Role.THERAPIST), at=TEN, appointment=booked)
