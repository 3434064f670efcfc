"""A patient's sessions: planned, staffed with a nurse, and where each one leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from kapstone.clinic.course.models import Course
from kapstone.clinic.course.queries import course_open
from kapstone.clinic.dosing.actions import plan_session
from kapstone.clinic.dosing.models import DosingSession
from kapstone.clinic.dosing.queries import orders_of, session_states, sessions_about
from kapstone.clinic.dosing.record import Stage
from kapstone.clinic.dosing.staffing import (
    NurseForm,
    PlanForm,
    booked_dosings,
    nurses_named,
    nurses_of,
    plan_initial,
)
from kapstone.clinic.dosing.views.targets import reasons
from kapstone.core.access.actions import assign_to_room
from kapstone.core.access.doors import door, of_patient
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient, Role, User
from kapstone.errors import InvalidInput, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What one reader may do with a patient's sessions, and the two forms for it."""

    open_now: list[DosingSession]
    may_write: bool
    may_staff: bool
    naming: bool
    plan: PlanForm
    nurse: NurseForm


@door("dosing_session", write=Action.CREATE, of=of_patient)
def sessions(request: Request, **kwargs: Any) -> HttpResponse:
    """List a patient's sessions, plan the next, and name the nurse of one."""
    patient: Patient = request.target.record
    course = course_open(patient)
    found = list(sessions_about(patient))
    states = session_states(found)
    desk = _desk_of(request, patient, course, states, found)
    if _act(request, desk, patient, course):
        answer = redirect("dosing:sessions", patient_key=patient.key)
        answer.status_code = 303
        return answer
    named = nurses_named(found)
    reads_orders = request.access.may("dose_order", "read", patient.pk)
    context = {
        "patient": patient,
        "course": course,
        "rows": [
            {"session": one, "stage": states[one.pk], "nurses": named.get(one.key, ())}
            for one in found
        ],
        "form": desk.plan,
        "nurse_form": desk.nurse if desk.may_staff and desk.open_now else None,
        "may_write": desk.may_write,
        "may_order": request.access.may("dose_order", Action.SIGN, patient.pk),
        "may_read_orders": reads_orders,
        "orders": orders_of(course) if course and reads_orders else (),
        "is_staff": request.user.role != Role.PATIENT,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "dosing/sessions.html", context, status=status)


def _desk_of(
    request: Request,
    patient: Patient,
    course: Course | None,
    states: Mapping[int, Stage],
    found: list[DosingSession],
) -> _Desk:
    """Lay out what this reader may do; a plan starts from the next booking for a dose."""
    may = request.access.may
    may_write = course is not None and may("dosing_session", Action.CREATE, patient.pk)
    may_staff = may_write and may("appointment", Action.AMEND, patient.pk)
    open_now = [one for one in found if not states[one.pk].is_closed]
    taken = [one.number for one in found if states[one.pk] != "not-today"]
    nurses = nurses_of(patient.clinic_id)
    naming = "session" in request.POST
    sent = posted(request)
    booked = booked_dosings(patient, request.access.at) if may_write else []
    return _Desk(
        open_now=open_now,
        may_write=may_write,
        may_staff=may_staff,
        naming=naming,
        plan=PlanForm(
            None if naming else sent,
            nurses=nurses if may_staff else None,
            initial=plan_initial(max(taken, default=0) + 1, booked),
        ),
        nurse=NurseForm(sent if naming else None, sessions=open_now, nurses=nurses),
    )


def _act(request: Request, desk: _Desk, patient: Patient, course: Course | None) -> bool:
    """Do what was asked for, if it was; say whether it was done."""
    if desk.naming:
        return desk.may_staff and _name_nurse(request, desk, patient)
    return course is not None and _plan(request, desk.plan, patient, course)


def _plan(request: Request, form: PlanForm, patient: Patient, course: Course) -> bool:
    """Plan the session that was asked for; on the booking of that hour, if there is one."""
    if not form.is_valid():
        return False
    given = form.cleaned_data
    nurse = given.pop("nurse", None)
    booked = booked_dosings(patient, request.access.at)
    given["appointment"] = next(
        (one for one in booked if one.starts_at == given["planned_at"]), None
    )
    try:
        session = plan_session(by=request.user, at=request.access.at, course=course, **given)
    except (InvalidInput, Refused) as fault:
        for words in reasons(fault):
            form.add_error(None, words)
        return False
    if nurse is not None:
        _assign(request, patient, session, nurse)
    messages.success(request, f"Dose {session.number} is planned.")
    return True


def _name_nurse(request: Request, desk: _Desk, patient: Patient) -> bool:
    """Name the nurse of one open session."""
    if not desk.nurse.is_valid():
        return False
    wanted, nurse = UUID(desk.nurse.cleaned_data["session"]), desk.nurse.cleaned_data["nurse"]
    session = next(one for one in desk.open_now if one.key == wanted)
    _assign(request, patient, session, nurse)
    messages.success(request, f"{nurse} is named for dose {session.number}.")
    return True


def _assign(request: Request, patient: Patient, session: DosingSession, nurse: User) -> None:
    assign_to_room(
        by=request.user,
        at=request.access.at,
        patient=patient,
        member=nurse,
        session_key=session.key,
        session_at=session.planned_at,
    )
