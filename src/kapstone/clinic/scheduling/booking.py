"""Put a wanted appointment where it is free, or say in words what stands in its way."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.scheduling.queries import (
    is_retired,
    taken_by_patients,
    taken_in_room,
    taken_with,
)
from kapstone.clinic.scheduling.rules import (
    BookingFacts,
    Span,
    check_booking,
    clock,
    next_free,
    span_in_words,
)
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Patient, Role, User
from kapstone.errors import Finding, Refused, Stale, Weight

_LOOK_AROUND = timedelta(hours=12)


def place(
    *, by: User, at: datetime, wanted: Appointment, patients: Sequence[Patient]
) -> tuple[Appointment, bool]:
    """
    Save an appointment if rules and database let it.

    Returns
    -------
    the appointment, and whether it is new; false where this very entry was saved before

    Raises
    ------
    Refused
        If a rule forbids it, or the room, the person or a patient is taken.
    Stale
        If the entry was already used for somebody else.
    """
    _hold_all(wanted, patients)
    kept = Appointment.objects.filter(entry_id=wanted.entry_id).first()
    if kept is not None:
        if kept.subjects_id != wanted.subjects_id:
            raise Stale("This form was already used for someone else. Open it again.")
        return kept, False
    facts = _facts(by, at, wanted, patients)
    if findings := tuple(check_booking(facts)):
        raise Refused(findings)
    _save_where_free(wanted, facts)
    return wanted, True


def _hold_all(wanted: Appointment, patients: Sequence[Patient]) -> None:
    """
    Hold whoever and whatever is booked, always in one order.

    The exclusion constraints alone would be safe, but two inserts that meet on one of them can
    wait for each other, and the database ends such a wait by failing both people's click.
    """
    for key in sorted(patient.pk for patient in patients):
        hold("appointments-of", key)
    if wanted.room_id is not None:
        hold("bookings-in", wanted.room_id)
    if wanted.with_user_id is not None:
        hold("bookings-with", wanted.with_user_id)


def _facts(
    by: User, at: datetime, wanted: Appointment, patients: Sequence[Patient]
) -> BookingFacts:
    room, person = wanted.room, wanted.with_user
    clinics = {patient.clinic_id for patient in patients}
    clinics |= {room.clinic_id} if room else set()
    clinics |= {person.clinic_id} if person else set()
    return BookingFacts(
        wanted=Span(starts_at=wanted.starts_at, ends_at=wanted.ends_at),
        at=at,
        zone=by.clinic.zone,
        is_dosing=wanted.kind == Appointment.Kind.DOSING,
        room_is_video=room is not None and room.is_video,
        room_is_retired=room is not None and is_retired(room),
        same_clinic=clinics == {by.clinic_id},
        with_staff=person is None or person.role != Role.PATIENT,
        patient_taken=taken_by_patients(patients, wanted.starts_at, wanted.ends_at),
    )


def _save_where_free(wanted: Appointment, facts: BookingFacts) -> None:
    """Let the database decide who was first, and say in words what stands in the way."""
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
    except IntegrityError as error:
        clash = str(error)
        if "one_booking_of_a_room_at_a_time" in clash and wanted.room is not None:
            around = _around(facts.wanted)
            taken = taken_in_room(wanted.room, *around)
            raise Refused([_clash("room-taken", wanted.room.name, taken, facts)]) from None
        if "one_booking_of_a_person_at_a_time" in clash and wanted.with_user is not None:
            around = _around(facts.wanted)
            taken = taken_with(wanted.with_user, *around)
            raise Refused(
                [_clash("person-busy", str(wanted.with_user), taken, facts)]
            ) from None
        if "entry_id" in clash:
            raise Stale("This form was already used. Open it again.") from None
        raise


def _around(wanted: Span) -> tuple[datetime, datetime]:
    return wanted.starts_at - _LOOK_AROUND, wanted.ends_at + _LOOK_AROUND


def _clash(code: str, who: str, taken: Sequence[Span], facts: BookingFacts) -> Finding:
    """Say who is taken from when to when, and the smallest move that mends it."""
    in_the_way = [span for span in taken if span.meets(facts.wanted)]
    spans = "; ".join(span_in_words(span, facts.zone) for span in in_the_way)
    free = clock(next_free(facts.wanted, taken), facts.zone)
    return Finding(code, Weight.BLOCK, f"{who} is taken: {spans}. Free from {free}.")
