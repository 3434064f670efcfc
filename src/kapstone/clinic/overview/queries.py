"""Whom and what the gathering screens show: scoped by the policy, a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from kapstone.clinic.dosing.models import DoseGiven
from kapstone.clinic.practice.models import PracticeLog
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.window.queries import OPEN_LOOK_BACK
from kapstone.core.access.standing import Access
from kapstone.core.people.models import Patient, SubjectsMember


def patients_in_window(access: Access) -> QuerySet[Patient]:
    """
    List the patients whose window this user may see and whose last dose may still act.

    The database leaves out everyone without a recent dose, so that the board costs the same
    whatever the number of patients the clinic has ever had.
    """
    at = access.at
    recent = DoseGiven.objects.filter(
        subjects=OuterRef("alone"), given_at__gt=at - OPEN_LOOK_BACK, given_at__lte=at
    )
    return access.visible("window").filter(Exists(recent))


def practice_times(
    patients: Sequence[Patient], since: datetime, until: datetime
) -> Mapping[int, tuple[datetime, ...]]:
    """Give when each patient did a practice in a stretch of time; one query."""
    owner = {patient.alone_id: patient.pk for patient in patients}
    rows = PracticeLog.objects.filter(
        subjects_id__in=owner, done_at__gte=since, done_at__lte=until
    ).order_by("done_at")
    found: dict[int, list[datetime]] = defaultdict(list)
    for subjects, done_at in rows.values_list("subjects_id", "done_at"):
        found[owner[subjects]].append(done_at)
    return {patient: tuple(times) for patient, times in found.items()}


def members_of(subjects: Sequence[int]) -> Mapping[int, tuple[Patient, ...]]:
    """Give the patients in each set of subjects; one query."""
    found: dict[int, list[Patient]] = defaultdict(list)
    rows = SubjectsMember.objects.filter(subjects_id__in=subjects).select_related("patient")
    for row in rows.order_by("patient__screen_name"):
        found[row.subjects_id].append(row.patient)
    return {key: tuple(patients) for key, patients in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientFilter:
    """What the patients list is narrowed to."""

    words: str = ""
    in_window: bool = False


def patients_listed(access: Access, narrowed: PatientFilter) -> QuerySet[Patient]:
    """List the patients this user may name, narrowed by a word or to open windows."""
    patients = access.visible("identity", limited=True)
    if narrowed.in_window:
        inside = patients_in_window(access).values("pk")
        patients = patients.filter(pk__in=inside)
    words = narrowed.words.strip()
    if words:
        patients = patients.filter(
            Q(number__iexact=words)
            | Q(screen_name__istartswith=words)
            | Q(legal_name__icontains=words)
        )
    return patients.order_by("screen_name", "number")


def next_appointments(patients: Sequence[Patient], at: datetime) -> Mapping[int, Appointment]:
    """Give each patient's next booked appointment; one query."""
    owner = {patient.alone_id: patient.pk for patient in patients}
    rows = (
        Appointment.objects.filter(
            subjects_id__in=owner,
            starts_at__gte=at,
            starts_at__lt=at + timedelta(days=60),
            cancelled_at__isnull=True,
        )
        .order_by("subjects_id", "starts_at")
        .distinct("subjects_id")
    )
    return {owner[row.subjects_id]: row for row in rows}
