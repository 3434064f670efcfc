"""Book, move, cancel and call off an appointment, and mark who came."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kapstone.clinic.scheduling.booking import place
from kapstone.clinic.scheduling.models import Appointment, Room
from kapstone.clinic.scheduling.queries import appointment_state
from kapstone.clinic.scheduling.rules import check_missed, check_open
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Patient, User
from kapstone.core.people.subjects import patient_ids, subjects_for
from kapstone.errors import InvalidInput, Refused


@transaction.atomic
def book_appointment(  # noqa: PLR0913  what, who, when and where are what a booking is
    *,
    by: User,
    at: datetime,
    patients: Sequence[Patient],
    kind: str,
    starts_at: datetime,
    ends_at: datetime,
    with_user: User | None,
    room: Room | None,
    modality: str = "",
    number: int | None = None,
    entry_id: UUID | None = None,
) -> Appointment:
    """
    Book a slot for one or more patients. The same entry sent twice books once.

    Raises
    ------
    NotAllowed
        If the policy does not let this user book for these patients.
    Refused
        If the room, the person or a patient is taken, with the next free time; or if the time
        itself makes no sense.
    Stale
        If this entry has already been used for something else.
    """
    require(
        by=by,
        at=at,
        record_class="appointment",
        action=Action.CREATE,
        subjects=[patient.pk for patient in patients],
    )
    wanted = Appointment(
        clinic_id=by.clinic_id,
        subjects=subjects_for(patients),
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        kind=kind,
        modality=modality,
        number=number,
        room=room,
        with_user=with_user,
        holds_room=room is not None and not room.is_video,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    booked, is_new = place(by=by, at=at, wanted=wanted, patients=patients)
    if is_new:
        _note(by=by, at=at, deed="appointment-booked", appointment=booked)
    return booked


@transaction.atomic
def move_appointment(
    *,
    by: User,
    at: datetime,
    appointment: Appointment,
    starts_at: datetime,
    ends_at: datetime,
    room: Room | None = None,
    entry_id: UUID | None = None,
) -> Appointment:
    """
    Move an appointment: the old one is cancelled, and a new one replaces it.

    Without a room it stays in the one it had.

    Raises
    ------
    NotAllowed
        If the policy does not let this user change the patient's appointments.
    Refused
        If it was attended, missed or cancelled, or the new slot is taken.
    """
    old = _to_amend(by=by, at=at, appointment=appointment)
    moved = Appointment.objects.filter(replaces=old).first()
    if moved is not None and moved.entry_id == entry_id:
        return moved
    if findings := tuple(check_open(appointment_state(old), to="moved")):
        raise Refused(findings)
    _cancel(old, at, "moved")
    room = room or old.room
    wanted = Appointment(
        clinic_id=old.clinic_id,
        subjects=old.subjects,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        kind=old.kind,
        modality=old.modality,
        number=old.number,
        room=room,
        with_user=old.with_user,
        holds_room=room is not None and not room.is_video,
        starts_at=starts_at,
        ends_at=ends_at,
        replaces=old,
    )
    patients = list(Patient.objects.filter(pk__in=patient_ids(old.subjects)))
    booked, _ = place(by=by, at=at, wanted=wanted, patients=patients)
    _note(by=by, at=at, deed="appointment-moved", appointment=booked)
    return booked


def _cancel(appointment: Appointment, at: datetime, reason: str) -> None:
    appointment.cancelled_at = at
    appointment.cancel_reason = reason
    appointment.save(update_fields=["cancelled_at", "cancel_reason"])


@transaction.atomic
def cancel_appointment(
    *, by: User, at: datetime, appointment: Appointment, reason: str
) -> Appointment:
    """
    Cancel an appointment and free its room. Cancelling again changes nothing.

    Raises
    ------
    NotAllowed
        If the policy does not let this user change the patient's appointments.
    Refused
        If it was already attended or missed.
    InvalidInput
        If no reason is given.
    """
    appointment = _to_amend(by=by, at=at, appointment=appointment)
    if appointment.cancelled_at is not None:
        return appointment
    if not reason.strip():
        raise InvalidInput({"reason": "Say why it is cancelled."})
    if findings := tuple(check_open(appointment_state(appointment), to="cancelled")):
        raise Refused(findings)
    _cancel(appointment, at, reason.strip())
    _note(by=by, at=at, deed="appointment-cancelled", appointment=appointment)
    return appointment


@transaction.atomic
def call_off_appointment(
    *, by: User, at: datetime, appointment: Appointment, reason: str
) -> Appointment:
    """
    Say that what was booked does not take place, and free its room; also if the patient came.

    Unlike a cancellation it follows from another deed, such as a signed Not today. Who may do
    that deed was asked there; who signs a session need not be one who changes bookings, so
    here the policy is asked only whether the booking may be known. Doing it again changes
    nothing.

    Raises
    ------
    NotAllowed
        If the policy does not let this user know of the patient's appointments.
    """
    require(
        by=by,
        at=at,
        record_class="appointment",
        action=Action.READ,
        subjects=patient_ids(appointment.subjects),
    )
    appointment = _afresh(appointment)
    if appointment.cancelled_at is None:
        _cancel(appointment, at, reason)
        _note(by=by, at=at, deed="appointment-called-off", appointment=appointment)
    return appointment


@transaction.atomic
def mark_attended(*, by: User, at: datetime, appointment: Appointment) -> Appointment:
    """
    Say that the patient came. Saying it again changes nothing.

    Raises
    ------
    NotAllowed
        If the policy does not let this user change the patient's appointments.
    Refused
        If it was cancelled, or is marked as missed.
    """
    appointment = _to_amend(by=by, at=at, appointment=appointment)
    if appointment.attended_at is not None:
        return appointment
    if findings := tuple(check_open(appointment_state(appointment), to="marked as attended")):
        raise Refused(findings)
    appointment.attended_at = at
    appointment.save(update_fields=["attended_at"])
    _note(by=by, at=at, deed="appointment-attended", appointment=appointment)
    return appointment


@transaction.atomic
def mark_missed(*, by: User, at: datetime, appointment: Appointment) -> Appointment:
    """
    Say that the patient did not come. Saying it again changes nothing.

    Raises
    ------
    NotAllowed
        If the policy does not let this user change the patient's appointments.
    Refused
        If it was cancelled, is marked as attended, or has not begun.
    """
    appointment = _to_amend(by=by, at=at, appointment=appointment)
    if appointment.missed_at is not None:
        return appointment
    if findings := tuple(check_missed(appointment_state(appointment), at)):
        raise Refused(findings)
    appointment.missed_at = at
    appointment.save(update_fields=["missed_at"])
    _note(by=by, at=at, deed="appointment-missed", appointment=appointment)
    return appointment


def _to_amend(*, by: User, at: datetime, appointment: Appointment) -> Appointment:
    """Ask the policy, then read the appointment afresh with nobody else changing it."""
    require(
        by=by,
        at=at,
        record_class="appointment",
        action=Action.AMEND,
        subjects=patient_ids(appointment.subjects),
    )
    return _afresh(appointment)


def _afresh(appointment: Appointment) -> Appointment:
    hold("appointment", appointment.pk)
    return Appointment.objects.select_related("room", "with_user").get(pk=appointment.pk)


def _note(*, by: User, at: datetime, deed: str, appointment: Appointment) -> None:
    note(
        by=by,
        at=at,
        deed=deed,
        record=appointment,
        clinic_id=appointment.clinic_id,
        subjects=patient_ids(appointment.subjects),
        kind=appointment.kind,
        replaces=appointment.replaces_id,
    )
