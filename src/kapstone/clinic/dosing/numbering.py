"""Which dose of a course is next to be booked."""

from datetime import datetime

from kapstone.clinic.course.queries import course_open
from kapstone.clinic.dosing.queries import session_states, sessions_of
from kapstone.clinic.dosing.record import Stage
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.people.models import Patient
from kapstone.core.people.subjects import sets_with


def next_dose(patient: Patient, at: datetime) -> int | None:
    """
    Give the first dose of the open course that is neither booked nor planned, given or ahead.

    A dose that was not given on its day is free again. None without a course, or when all of
    it is taken.
    """
    course = course_open(patient)
    if course is None:
        return None
    sessions = list(sessions_of(course))
    states = session_states(sessions)
    taken = {one.number for one in sessions if states[one.pk] is not Stage.NOT_TODAY}
    booked = Appointment.objects.filter(
        subjects_id__in=sets_with(patient),
        kind=Appointment.Kind.DOSING,
        starts_at__gte=max(at, course.started_at),
        cancelled_at__isnull=True,
        missed_at__isnull=True,
    )
    taken |= {one for one in booked.values_list("number", flat=True) if one is not None}
    free = (number for number in range(1, course.planned_sessions + 1) if number not in taken)
    return next(free, None)
