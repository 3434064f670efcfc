"""Gather what the planner shows of one patient's window, each part as the policy opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from kapstone.catalogue.modalities import Modality, load_menu, modalities
from kapstone.clinic.integration.queries import Gap, gaps
from kapstone.clinic.practice.cards import card_of
from kapstone.clinic.practice.planning import (
    PlanCheck,
    PlanFacts,
    PlannedContact,
    Slot,
    SlotFacts,
    check_plan,
    ranked_slots,
)
from kapstone.clinic.practice.queries import plans_standing, practice_logs_of
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.scheduling.queries import appointments_of, taken_with
from kapstone.clinic.window.curve import reckon
from kapstone.clinic.window.pictures import Axis, axis_of, session_marks, window_picture
from kapstone.clinic.window.queries import PatientWindow, window_of
from kapstone.core.access.standing import Access
from kapstone.core.people.models import CareTeamMember, Patient, Role, User
from kapstone.core.ui.charts.window_facts import (
    PlannedSession,
    PracticeRow,
    WindowCurve,
)

SHOWN_ON_CURVE = 2
CARD_WIDTH = timedelta(hours=18)  # what a session card covers of the planner's axis
_CONTACTS = {Appointment.Kind.INTEGRATION, Appointment.Kind.CALL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Everything on the planner's page."""

    window: PatientWindow
    picture: WindowCurve
    therapist: User | None
    gap: Gap | None
    slots: tuple[Slot, ...]
    checks: tuple[PlanCheck, ...]
    may_see_sessions: bool
    may_see_practices: bool


def planner_of(access: Access, patient: Patient, modality: Modality | None) -> Planner:
    """Gather the plan of a patient's window, for one way of working if one is chosen."""
    at = access.at
    window = window_of(patient, at, with_band=True)
    sees_sessions = access.may("appointment", "read", patient.pk)
    sees_practices = access.may("practice", "read", patient.pk)
    axis = axis_of(window)
    sessions = _sessions(patient, axis) if sees_sessions else ()
    therapist = _therapist(patient, access.user, at)
    slots = _slots(window, patient, therapist, modality) if sees_sessions else ()
    return Planner(
        window=window,
        picture=_picture(window, axis, sessions, slots, patient if sees_practices else None),
        therapist=therapist,
        gap=next(iter(gaps([patient], at, windows=[window])), None) if sees_sessions else None,
        slots=slots,
        checks=_checks(window, patient, sessions) if sees_sessions and sees_practices else (),
        may_see_sessions=sees_sessions,
        may_see_practices=sees_practices,
    )


def _sessions(patient: Patient, axis: Axis) -> tuple[Appointment, ...]:
    found = appointments_of(patient, axis.origin, axis.until).filter(missed_at__isnull=True)
    return tuple(one for one in found if one.kind in _CONTACTS)


def _therapist(patient: Patient, user: User, at: datetime) -> User | None:
    """Give the therapist to book with: oneself, or else the lead of the care team."""
    places = CareTeamMember.objects.filter(
        patient=patient, ends_at__isnull=True, starts_at__lte=at, user__role=Role.THERAPIST
    ).select_related("user")
    team = [place.user for place in places.order_by("-is_lead", "pk")]
    return user if user in team else next(iter(team), None)


def _picture(
    window: PatientWindow,
    axis: Axis,
    sessions: Sequence[Appointment],
    slots: Sequence[Slot],
    practising: Patient | None,
) -> WindowCurve:
    labels = {code: sheet.name.split(" (")[0] for code, sheet in modalities().items()}
    free = tuple(
        PlannedSession(
            at=axis.hour(slot.starts_at),
            title="free slot",
            when=f"{slot.starts_at.astimezone(axis.zone):%a %H:%M}",
            state="free",
        )
        for slot in _apart(slots, [one.starts_at for one in sessions])
        if axis.holds(slot.starts_at)
    )
    drawn = window_picture(
        window,
        sessions=(*session_marks(sessions, axis, labels), *free),
        practices=_practices(practising, axis) if practising else (),
    )
    return drawn


def _apart(slots: Sequence[Slot], taken: Sequence[datetime]) -> list[Slot]:
    """Pick the best few free times whose cards do not lie over one another."""
    shown: list[Slot] = []
    for slot in slots:
        beside = [*taken, *(one.starts_at for one in shown)]
        if all(abs(slot.starts_at - moment) > CARD_WIDTH for moment in beside):
            shown.append(slot)
    return shown[:SHOWN_ON_CURVE]


def _practices(patient: Patient, axis: Axis) -> tuple[PracticeRow, ...]:
    """Lay out one row for each practice agreed on: when it was done."""
    done: dict[str, list[float]] = {plan.practice: [] for plan in plans_standing(patient)}
    for log in practice_logs_of(patient, axis.origin, min(axis.until, axis.at)):
        done.setdefault(log.practice, []).append(axis.hour(log.done_at))
    return tuple(
        PracticeRow(label=card_of(code).name.lower(), done=tuple(hours))
        for code, hours in done.items()
    )


def _slots(
    window: PatientWindow,
    patient: Patient,
    therapist: User | None,
    modality: Modality | None,
) -> tuple[Slot, ...]:
    """Rank the times that therapist and patient have free until the window closes."""
    span = window.span_now
    if therapist is None or span is None or window.rest_until is None or window.not_computed:
        return ()
    since, until = max(window.at, window.rest_until), span.closes_at
    menu = load_menu()
    long = modality is not None and modality.demanding
    minutes = (menu.visit_minutes_to if long else menu.visit_minutes_from).value
    mine = [(one.starts_at, one.ends_at) for one in appointments_of(patient, since, until)]
    theirs = [(one.starts_at, one.ends_at) for one in taken_with(therapist, since, until)]
    facts = SlotFacts(
        since=since,
        until=until,
        length=timedelta(minutes=minutes),
        taken=[*mine, *theirs],
        sessions=mine,
        zone=window.zone,
    )
    return ranked_slots(reckon(window.doses), facts)


def session_name(appointment: Appointment) -> str:
    """Name a session by its way of working, or else by its kind."""
    sheet = modalities().get(appointment.modality)
    return sheet.name if sheet else appointment.get_kind_display()


def _checks(
    window: PatientWindow, patient: Patient, sessions: Sequence[Appointment]
) -> tuple[PlanCheck, ...]:
    last = window.last_dose
    if last is None:
        return ()
    sheets = modalities()
    day = last.given_at.astimezone(window.zone).date()
    today = window.at.astimezone(window.zone).date()
    begins = datetime.combine(day + timedelta(days=1), time(), window.zone)
    logs = practice_logs_of(patient, begins, window.at)
    days = {
        done.astimezone(window.zone).date() for done in logs.values_list("done_at", flat=True)
    }
    contacts = [
        PlannedContact(
            starts_at=one.starts_at,
            name=session_name(one),
            demanding=one.modality in sheets and sheets[one.modality].demanding,
        )
        for one in sessions
    ]
    facts = PlanFacts(
        dose_at=last.given_at,
        open_time=window.open_time,
        next_dose_at=window.next_dose.given_at if window.next_dose else None,
        contacts=contacts,
        practice_days=len(days),
        days_so_far=min(7, (today - day).days),
        at=window.at,
        zone=window.zone,
        menu=load_menu(),
    )
    return tuple(check_plan(facts))
