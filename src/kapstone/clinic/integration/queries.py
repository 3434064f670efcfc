"""Notes, commitments, and whether integration is booked where the window is most open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from kapstone.clinic.integration.models import Commitment, ProgressNote, PsychotherapyNote
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.window.forecast import WindowFacts, forecast
from kapstone.clinic.window.queries import (
    LOOK_BACK,
    PatientWindow,
    doses_by_patient,
    windows_open,
    zones_of,
)
from kapstone.core.people.models import Patient, User
from kapstone.core.people.subjects import all_of, dealt, sets_with, sets_with_each

BOOKED_AHEAD = timedelta(days=28)


def notes_of(patient: Patient) -> QuerySet[ProgressNote]:
    """List a patient's standing progress notes, the newest session first."""
    return (
        ProgressNote.objects.filter(
            subjects_id__in=sets_with(patient), replaced_by__isnull=True
        )
        .select_related("recorded_by", "appointment")
        .prefetch_related("commitments__fork")
        .order_by("-started_at", "-pk")
    )


def sealed_notes_of(user: User, patient: Patient) -> QuerySet[PsychotherapyNote]:
    """List the psychotherapy notes this user wrote about a patient; nobody sees another's."""
    return (
        PsychotherapyNote.objects.filter(
            subjects_id__in=sets_with(patient), recorded_by=user, replaced_by__isnull=True
        )
        .select_related("appointment")
        .order_by("-written_at", "-pk")
    )


def commitments_open(patient: Patient) -> QuerySet[Commitment]:
    """List what a patient has said they will do and has neither kept nor let go."""
    return (
        Commitment.objects.filter(
            subjects_id__in=sets_with(patient),
            kept_at__isnull=True,
            let_go_at__isnull=True,
            note__replaced_by__isnull=True,
        )
        .select_related("fork", "note")
        .order_by("-recorded_at", "pk")
    )


def session_ending(patient: Patient, at: datetime) -> Appointment | None:
    """Give the integration session of the last day that has no note yet, if there is one."""
    return (
        Appointment.objects.filter(
            subjects_id__in=sets_with(patient),
            kind=Appointment.Kind.INTEGRATION,
            starts_at__lte=at,
            starts_at__gt=at - timedelta(days=1),
            cancelled_at__isnull=True,
            missed_at__isnull=True,
            progress_notes__isnull=True,
        )
        .order_by("-starts_at")
        .first()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A window that is open or opening with no integration booked in its most open time."""

    window: PatientWindow
    open_from: datetime
    open_until: datetime
    next_session: Appointment | None  # the next one booked at all, if there is one

    @property
    def patient(self) -> Patient:
        """Whose gap it is."""
        return self.window.patient

    @property
    def hours_left(self) -> float:
        """Hours until the most open time ends."""
        return max(0.0, (self.open_until - self.window.at) / timedelta(hours=1))


def integration_sessions(
    patients: Sequence[Patient], since: datetime, until: datetime
) -> dict[int, tuple[Appointment, ...]]:
    """Give each patient's integration appointments in a stretch, missed ones left out."""
    sets = sets_with_each(patients)
    rows = Appointment.objects.filter(
        subjects_id__in=all_of(sets),
        kind=Appointment.Kind.INTEGRATION,
        starts_at__gte=since,
        starts_at__lte=until,
        cancelled_at__isnull=True,
        missed_at__isnull=True,
    ).order_by("starts_at", "pk")
    return dealt(rows, sets)


def booked_in_window(
    windows: Sequence[PatientWindow],
) -> dict[int, tuple[Appointment, ...]]:
    """Give, for each window's patient, the integration booked or done in its open time."""
    timed = [(window.patient, window.open_time) for window in windows if window.open_time]
    if not timed:
        return {}
    since = min(open_time[0] for _, open_time in timed)
    until = max(open_time[1] for _, open_time in timed)
    sessions = integration_sessions([patient for patient, _ in timed], since, until)
    return {
        patient.pk: tuple(
            session
            for session in sessions.get(patient.pk, ())
            if start <= session.starts_at < end
        )
        for patient, (start, end) in timed
    }


def gaps(
    patients: Iterable[Patient],
    at: datetime,
    *,
    windows: Sequence[PatientWindow] | None = None,
    sessions: Mapping[int, Sequence[Appointment]] | None = None,
) -> list[Gap]:
    """
    List every patient whose window is open or opening with nothing booked in its open time.

    Two queries more than ``windows_open``, whatever the number of patients. Pass ``windows``
    where they are computed already, and ``sessions`` where ``integration_sessions`` has been
    asked from ``earliest_open`` on. The one with the least time left comes first.
    """
    known = windows_open(patients, at) if windows is None else list(windows)
    ahead = [window for window in known if window.open_time and window.open_time[1] > at]
    if not ahead:
        return []
    if sessions is None:
        patients = [window.patient for window in ahead]
        sessions = integration_sessions(patients, earliest_open(ahead, at), at + BOOKED_AHEAD)
    found = [_gap(window, sessions.get(window.patient.pk, ())) for window in ahead]
    return sorted((gap for gap in found if gap), key=lambda gap: gap.open_until)


def earliest_open(windows: Sequence[PatientWindow], at: datetime) -> datetime:
    """Give when the first of these open times began, or ``at`` where none has begun."""
    return min([at, *(window.open_time[0] for window in windows if window.open_time)])


def _gap(window: PatientWindow, sessions: Sequence[Appointment]) -> Gap | None:
    if window.open_time is None:
        return None
    start, end = window.open_time
    if any(start <= session.starts_at < end for session in sessions):
        return None
    coming = [session for session in sessions if session.starts_at > window.at]
    return Gap(
        window=window,
        open_from=start,
        open_until=end,
        next_session=coming[0] if coming else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedInWindow:
    """Of the dosing sessions whose open time is over, how many had integration inside it."""

    started: int
    sessions: int

    @property
    def share(self) -> float | None:
        """The rate, or None where no open time is over yet."""
        return self.started / self.sessions if self.sessions else None


def started_in_window(
    patients: Sequence[Patient], since: datetime, until: datetime
) -> StartedInWindow:
    """
    Count "integration started inside the window": attended, within the dose's own open time.

    Each dosing session counts once, on the doses given up to its end, cut short by the next
    session's dose. Sessions whose open time was not over by ``until`` are left out, and so are
    those whose window was not computed.
    """
    given = doses_by_patient(patients, since=since - LOOK_BACK, until=until)
    zones = zones_of(patients)
    sessions = integration_sessions(patients, since, until)
    started = counted = 0
    for patient in patients:
        attended = [
            one.starts_at for one in sessions.get(patient.pk, ()) if one.attended_at is not None
        ]
        doses = given.get(patient.pk, ())
        for place, dose in enumerate(doses):
            after = doses[place + 1] if place + 1 < len(doses) else None
            if dose.given_at < since or (after and after.number == dose.number):
                continue
            facts = WindowFacts(
                doses=doses[: place + 1],
                planned=(),
                at=dose.given_at,
                zone=zones[patient.clinic_id],
                points=1,
            )
            open_time = forecast(facts).open_time
            if open_time is None or open_time[1] > until:
                continue
            end = min(open_time[1], after.given_at) if after else open_time[1]
            counted += 1
            started += any(open_time[0] <= moment < end for moment in attended)
    return StartedInWindow(started=started, sessions=counted)
