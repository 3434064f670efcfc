"""Ask for an appointment, answer, book, move, cancel, and mark who came."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kapstone.clinic.scheduling.booking import place
from kapstone.clinic.scheduling.models import (
    Appointment,
    AppointmentRequest,
    RequestAnswer,
    Room,
)
from kapstone.clinic.scheduling.names import references
from kapstone.clinic.scheduling.queries import appointment_state, request_decision
from kapstone.clinic.scheduling.rules import (
    Newcomer,
    Wish,
    check_letter,
    check_missed,
    check_open,
)
from kapstone.core.access.actions import register_patient
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import Actor, note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Clinic, Patient, User
from kapstone.core.people.subjects import patient_ids, subjects_for
from kapstone.errors import InvalidInput, NotAllowed, Refused, Stale


@dataclass(frozen=True, slots=True)
class Stranger:
    """Someone who is not signed in: the name that the audit trail keeps for them."""

    username: str = "public page"
    pk: None = None


STRANGER = Stranger()


# --- Requests --------------------------------------------------------------------------------


def _reference(clinic: Clinic, key: UUID) -> str:
    """Give a short reference; a longer one if the short is taken."""
    taken = AppointmentRequest.objects.filter(clinic=clinic)
    for reference in references(key):
        if not taken.filter(reference=reference).exists():
            break
    return reference


@transaction.atomic
def request_appointment(
    *, by: Actor, at: datetime, clinic: Clinic, wish: Wish, entry_id: UUID | None = None
) -> AppointmentRequest:
    """
    Keep what a stranger asks, for the clinic's queue. Sending the same form twice asks once.

    Raises
    ------
    InvalidInput
        If there is no name, or no way to answer.
    """
    if not wish.name.strip():
        raise InvalidInput({"name": "Tell us what to call you. It need not be your real name."})
    if not wish.contact.strip():
        raise InvalidInput({"contact": "Tell us how to reach you."})
    key = entry_id or uuid.uuid4()
    hold("request", key)
    kept = AppointmentRequest.objects.filter(key=key).first()
    if kept is not None:
        return kept
    request = AppointmentRequest.objects.create(
        clinic=clinic,
        key=key,
        reference=_reference(clinic, key),
        name=wish.name.strip(),
        contact=wish.contact.strip(),
        safe_times=wish.safe_times.strip(),
        brings=wish.brings.strip(),
        for_whom=wish.for_whom,
        access_needs=wish.access_needs.strip(),
        received_at=at,
    )
    note(
        by=by,
        at=at,
        deed="appointment-requested",
        record=request,
        clinic_id=clinic.pk,
        for_whom=wish.for_whom,
    )
    return request


@transaction.atomic
def answer_request(
    *,
    by: User,
    at: datetime,
    request: AppointmentRequest,
    answer: str,
    letter: str,
    newcomer: Newcomer | None = None,
) -> RequestAnswer:
    """
    Answer a request once: invite to screening, or not now with help.

    An invitation registers the person as a patient. Their care team is made by the prescriber
    or therapist who takes the screening up, since the desk does not choose who reads a record.

    Raises
    ------
    NotAllowed
        If the user's role does not answer requests.
    Stale
        If it was answered otherwise in the meantime.
    InvalidInput
        If an invitation does not say who is registered, or the number or the screen name
        is taken.
    Refused
        If the letter says too little, or says not now without saying where help is.
    """
    if not request_decision(by, Action.CREATE).allowed:
        raise NotAllowed("Front desk answers requests.")
    hold("request", request.key)
    given = RequestAnswer.objects.filter(request=request).select_related("answered_by").first()
    if given is not None:
        if given.answer == answer:
            return given
        raise Stale(f"{given.answered_by} has already answered this request.")
    not_now = answer == RequestAnswer.Answer.NOT_NOW
    number = request.clinic.crisis_line_number
    if findings := tuple(check_letter(letter, crisis_number=number, not_now=not_now)):
        raise Refused(findings)
    if not not_now:
        _take_up(by=by, at=at, request=request, newcomer=newcomer)
    written = RequestAnswer.objects.create(
        clinic_id=request.clinic_id,
        request=request,
        answer=answer,
        letter=letter.strip(),
        answered_by=by,
        answered_at=at,
    )
    note(
        by=by,
        at=at,
        deed="request-answered",
        record=written,
        clinic_id=request.clinic_id,
        subjects=[request.patient_id] if request.patient_id else [],
        answer=answer,
    )
    return written


def _take_up(
    *, by: User, at: datetime, request: AppointmentRequest, newcomer: Newcomer | None
) -> None:
    """Register the person behind a request, and tie the request to them."""
    if newcomer is None:
        raise InvalidInput({"legal_name": "Say who is registered as a patient."})
    name = newcomer.screen_name
    if Patient.objects.filter(clinic_id=by.clinic_id, screen_name__iexact=name).exists():
        raise InvalidInput(
            {"screen_name": f"Another patient is called {name} on screens. Choose another."}
        )
    request.patient = register_patient(by=by, at=at, **asdict(newcomer))
    request.save(update_fields=["patient"])


# --- Appointments ----------------------------------------------------------------------------


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
