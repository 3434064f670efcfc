"""What is booked, what is free, and which requests wait for an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Prefetch, Q, QuerySet

from kapstone.clinic.scheduling.letters import Help
from kapstone.clinic.scheduling.models import Appointment, AppointmentRequest, Room
from kapstone.clinic.scheduling.names import free_screen_name, next_number
from kapstone.clinic.scheduling.rules import (
    LONGEST_HOURS,
    AppointmentState,
    Span,
    last_day,
    promise_until,
)
from kapstone.core.access.policy import Action, Decision, Question, Relation, decide
from kapstone.core.people.models import Clinic, Patient, Role, SubjectsMember, User
from kapstone.core.people.subjects import sets_with

# A request of someone who is not a patient yet has no subjects. It belongs to the clinic, so
# the policy is asked about a nobody to whom the user stands as to anyone of the clinic.
_NOBODY_YET = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWaiting:
    """One request that nobody has answered, with the end and the last day of the promise."""

    request: AppointmentRequest
    answer_by: datetime
    answer_on: date
    is_late: bool


def _whole() -> QuerySet[Appointment]:
    members = SubjectsMember.objects.select_related("patient").order_by("patient__screen_name")
    return (
        Appointment.objects.select_related("room", "with_user", "subjects")
        .prefetch_related(Prefetch("subjects__members", queryset=members))
        .order_by("starts_at", "pk")
    )


def _booked() -> QuerySet[Appointment]:
    return _whole().filter(cancelled_at__isnull=True)


def appointments_of(
    patient: Patient, since: datetime, until: datetime
) -> QuerySet[Appointment]:
    """List a patient's booked appointments that begin from ``since`` and before ``until``."""
    return _booked().filter(
        subjects_id__in=sets_with(patient), starts_at__gte=since, starts_at__lt=until
    )


def _meeting(since: datetime, until: datetime) -> Q:
    """Pick what lies wholly or partly in a span of time, from the index of beginnings."""
    # Nothing lasts longer, so what began before cannot reach into the span; without this bound
    # every appointment of the past would be read.
    begins_after = since - timedelta(hours=LONGEST_HOURS)
    return Q(starts_at__gt=begins_after, starts_at__lt=until, ends_at__gt=since)


def appointments_shown(
    clinic_id: int, since: datetime, until: datetime
) -> QuerySet[Appointment]:
    """List what is booked in a span of time, and what was called off and not moved."""
    stands = Q(cancelled_at__isnull=True) | Q(replaced_by__isnull=True)
    return _whole().filter(_meeting(since, until), stands, clinic_id=clinic_id)


def appointment_state(appointment: Appointment) -> AppointmentState:
    """Give how an appointment stands, for the rules."""
    return AppointmentState(
        starts_at=appointment.starts_at,
        cancelled=appointment.cancelled_at is not None,
        attended=appointment.attended_at is not None,
        missed=appointment.missed_at is not None,
    )


def names_of(appointment: Appointment) -> str:
    """Name the patients of an appointment, fit for a wall."""
    members = appointment.subjects.members.all()
    return " and ".join(member.patient.screen_name for member in members)


def taken_by_patients(
    patients: Sequence[Patient], since: datetime, until: datetime
) -> tuple[Span, ...]:
    """List what any of these patients already has in a span of time."""
    sets = {subjects for patient in patients for subjects in sets_with(patient)}
    found = _booked().filter(_meeting(since, until), subjects_id__in=sets)
    return tuple(
        Span(
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            what=f"{names_of(one)}, {one.get_kind_display().lower()},",
        )
        for one in found
    )


def taken_in_room(room: Room, since: datetime, until: datetime) -> tuple[Span, ...]:
    """List when a room is held in a span of time."""
    return _spans(Q(room=room, holds_room=True), since, until)


def taken_with(user: User, since: datetime, until: datetime) -> tuple[Span, ...]:
    """List when a person of the clinic is booked; several doses may share one nurse."""
    kind = Appointment.Kind.DOSING
    return _spans(Q(with_user=user) & ~Q(kind=kind), since, until)


def _spans(which: Q, since: datetime, until: datetime) -> tuple[Span, ...]:
    found = Appointment.objects.filter(
        which, _meeting(since, until), cancelled_at__isnull=True
    ).order_by("starts_at")
    return tuple(
        Span(starts_at=starts_at, ends_at=ends_at)
        for starts_at, ends_at in found.values_list("starts_at", "ends_at")
    )


def request_decision(user: User, action: Action) -> Decision:
    """Ask the policy about requests of people who are not patients yet."""
    here: dict[int, frozenset[Relation]] = {}
    if user.is_active and user.role != Role.PATIENT:
        here = {_NOBODY_YET: frozenset({Relation.CLINIC})}
    return decide(
        Question(
            role=user.role,
            record_class="appointment_request",
            action=action,
            relations=here,
        )
    )


def requests_waiting(clinic: Clinic, at: datetime) -> tuple[RequestWaiting, ...]:
    """List the requests that nobody has answered, the longest waiting first."""
    zone = clinic.zone
    found = AppointmentRequest.objects.filter(clinic=clinic, answer__isnull=True)
    waiting = []
    for request in found.order_by("received_at", "pk"):
        until = promise_until(request.received_at, clinic.answers_within_days, zone)
        waiting.append(
            RequestWaiting(
                request=request,
                answer_by=until,
                answer_on=last_day(until),
                is_late=at >= until,
            )
        )
    return tuple(waiting)


def answer_on(request: AppointmentRequest) -> date:
    """Give the last day of the promise made with a request."""
    clinic = request.clinic
    return last_day(promise_until(request.received_at, clinic.answers_within_days, clinic.zone))


def requests_answered(clinic: Clinic) -> QuerySet[AppointmentRequest]:
    """List the requests that were answered, the newest answer first."""
    return (
        AppointmentRequest.objects.filter(clinic=clinic, answer__isnull=False)
        .select_related("answer__answered_by", "patient")
        .order_by("-answer__answered_at")
    )


def rooms_of(clinic_id: int) -> QuerySet[Room]:
    """List the rooms of a clinic that may be booked, those with walls first."""
    rooms = Room.objects.filter(clinic_id=clinic_id, retired_at__isnull=True)
    return rooms.order_by("is_video", "name")


def rooms_retired(clinic_id: int) -> QuerySet[Room]:
    """List the rooms of a clinic that are booked no more, the last retired first."""
    rooms = Room.objects.filter(clinic_id=clinic_id, retired_at__isnull=False)
    return rooms.order_by("-retired_at", "pk")


def bookings_ahead(room: Room, at: datetime) -> int:
    """Count what is booked in a room and has not ended."""
    booked = Appointment.objects.filter(room=room, cancelled_at__isnull=True, ends_at__gt=at)
    return booked.count()


def is_retired(room: Room) -> bool:
    """Say whether a room is booked no more, read anew."""
    return Room.objects.filter(pk=room.pk, retired_at__isnull=False).exists()


def people_to_book(clinic_id: int) -> QuerySet[User]:
    """List those of the clinic with whom an appointment may be booked."""
    return User.objects.filter(
        clinic_id=clinic_id,
        is_active=True,
        role__in=[Role.THERAPIST, Role.PRESCRIBER, Role.NURSE],
    ).order_by("display_name", "username")


def help_of(clinic: Clinic) -> Help:
    """Say where help is, for a letter."""
    return Help(
        clinic=clinic.name,
        phone=clinic.phone,
        crisis_line=clinic.crisis_line_name,
        crisis_number=clinic.crisis_line_number,
        emergency_number=clinic.emergency_number,
    )


def suggested_names(clinic_id: int) -> tuple[str, str]:
    """Suggest the number and the screen name of the next patient."""
    taken = list(
        Patient.objects.filter(clinic_id=clinic_id).values_list("number", "screen_name")
    )
    numbers = {number for number, _ in taken}
    return next_number(numbers), free_screen_name({name for _, name in taken})
