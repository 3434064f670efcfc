"""Which doses were called off at the gate and are not booked again."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from kapstone.clinic.dosing.models import DosingSession, SessionSignature
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.people.models import Patient


def doses_to_book_again(
    patients: QuerySet[Patient], since: datetime
) -> Sequence[DosingSession]:
    """
    List the sessions of these patients that ended in a Not today and stand without a successor.

    A dose counts as booked again once another appointment for a dose, or another session,
    comes after it; a course that has ended asks for no more. One query.

    Parameters
    ----------
    patients : whose sessions the reader may know of
    since : how far back to look
    """
    signed = SessionSignature.objects.filter(
        session=OuterRef("pk"), meaning=SessionSignature.Meaning.NOT_TODAY
    )
    booked = Appointment.objects.filter(
        subjects=OuterRef("subjects"),
        kind=Appointment.Kind.DOSING,
        starts_at__gt=OuterRef("planned_at"),
        cancelled_at__isnull=True,
    )
    planned = DosingSession.objects.filter(
        subjects=OuterRef("subjects"), planned_at__gt=OuterRef("planned_at")
    )
    found = (
        DosingSession.objects.filter(
            subjects__only_patient__in=patients,
            planned_at__gte=since,
            course__ended_at__isnull=True,
        )
        .filter(Exists(signed))
        .exclude(Exists(booked))
        .exclude(Exists(planned))
        .select_related("subjects__only_patient", "appointment")
        .order_by("planned_at", "pk")
    )
    return list(found)
