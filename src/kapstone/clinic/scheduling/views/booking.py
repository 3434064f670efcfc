"""Book, look at, move, cancel and mark an appointment."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from kapstone.catalogue.modalities import modalities
from kapstone.clinic.scheduling.actions import (
    book_appointment,
    cancel_appointment,
    mark_attended,
    mark_missed,
    move_appointment,
)
from kapstone.clinic.scheduling.forms import BookForm, ReasonForm, TimeForm
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.scheduling.next_dose import next_dose_of
from kapstone.clinic.scheduling.queries import (
    appointment_state,
    appointments_of,
    names_of,
)
from kapstone.clinic.scheduling.rules import check_missed, check_open
from kapstone.core.access.doors import Target, door, of_patient, target_of
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient, Role
from kapstone.core.people.subjects import patient_ids
from kapstone.core.ui.pages import see_other
from kapstone.errors import Refused, Stale

_AHEAD = timedelta(days=60)
ON_THE_DAY = timedelta(hours=12)  # before that nobody can have come


def appointment_of(request: Request, appointment_key: UUID, **kwargs: Any) -> Target:
    """Find the appointment that the address names."""
    found = (
        Appointment.objects.filter(key=appointment_key)
        .select_related("room", "with_user", "subjects", "replaces", "recorded_by")
        .first()
    )
    if found is None:
        raise Http404
    return target_of(found)


def _asked_for(request: Request) -> dict[str, Any]:
    """Read what the link that led here suggests; what cannot be read is left out."""
    given: dict[str, Any] = {"entry_id": uuid4()}
    try:
        starts = parse_datetime(request.GET.get("starts", ""))
    except ValueError:
        starts = None
    if starts is not None:
        zone = timezone.get_current_timezone()
        given["starts_at"] = starts.replace(tzinfo=zone) if starts.tzinfo is None else starts
    for name in ("kind", "modality", "minutes", "with_user", "room"):
        if value := request.GET.get(name):
            given[name] = value
    return given


def _try(form: forms.Form, deed: Callable[[], Appointment]) -> Appointment | None:
    """Do what a sound form asks, or put the reasons against it at its head."""
    if not form.is_valid():
        return None
    try:
        return deed()
    except Refused as refusal:
        for finding in refusal.findings:
            form.add_error(None, finding.message)
    except Stale as stale:
        form.add_error(None, str(stale))
    return None


def _sees_reason(request: Request) -> bool:
    """Say whether the reader may know what is worked on: the desk books without it."""
    return request.user.role != Role.FRONT_DESK


def _status(request: Request) -> int:
    return 422 if request.method == "POST" else 200


@door("appointment", read=Action.CREATE, write=Action.CREATE, of=of_patient)
def book(request: Request, **kwargs: Any) -> HttpResponse:
    """Book an appointment for one patient."""
    patient: Patient = request.target.record
    at: datetime = request.access.at
    form = BookForm(
        posted(request),
        clinic_id=patient.clinic_id,
        with_modality=_sees_reason(request),
        initial={"number": next_dose_of(patient, at)} | _asked_for(request),
    )
    booked = _try(
        form,
        lambda: book_appointment(
            by=request.user,
            at=at,
            patients=[patient],
            kind=form.cleaned_data["kind"],
            starts_at=form.cleaned_data["starts_at"],
            ends_at=form.ends_at(),
            with_user=form.cleaned_data["with_user"],
            room=form.cleaned_data["room"],
            modality=form.modality(),
            number=form.dose(),
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    if booked is not None:
        messages.success(request, "Booked.")
        return see_other("scheduling:appointment", appointment_key=booked.key)
    may_read = request.access.may("appointment", Action.READ, patient.pk)
    context = {
        "patient": patient,
        "form": form,
        "booked": appointments_of(patient, at, at + _AHEAD) if may_read else (),
    }
    return render(request, "scheduling/book.html", context, status=_status(request))


@door("appointment", of=appointment_of)
def appointment(request: Request, **kwargs: Any) -> HttpResponse:
    """Show one appointment, and what may still be done with it."""
    return _appointment_page(request, request.target.record)


def _appointment_page(
    request: Request, shown: Appointment, *, problems: Refused | None = None
) -> HttpResponse:
    state = appointment_state(shown)
    subjects = request.target.subjects
    may_amend = request.access.may("appointment", Action.AMEND, subjects)
    is_open = may_amend and not list(check_open(state, to="moved"))
    may_name = request.access.may("appointment", Action.READ, subjects)
    context = {
        "appointment": shown,
        "patients": Patient.objects.filter(pk__in=patient_ids(shown.subjects)),
        "names": names_of(shown) if may_name else "",
        "modality": _modality_name(shown) if _sees_reason(request) else "",
        "is_open": is_open,
        "may_have_come": is_open and shown.starts_at - request.access.at < ON_THE_DAY,
        "may_be_missed": is_open and not list(check_missed(state, request.access.at)),
        "replaced_by": Appointment.objects.filter(replaces=shown).first(),
        "findings": problems.findings if problems else (),
    }
    status = 422 if problems else 200
    return render(request, "scheduling/appointment.html", context, status=status)


def _modality_name(shown: Appointment) -> str:
    known = modalities().get(shown.modality)
    return known.name if known else shown.modality


@door("appointment", read=Action.AMEND, write=Action.AMEND, of=appointment_of)
def move(request: Request, **kwargs: Any) -> HttpResponse:
    """Move an appointment to another time or room."""
    shown: Appointment = request.target.record
    length = int((shown.ends_at - shown.starts_at).total_seconds() // 60)
    form = TimeForm(
        posted(request),
        clinic_id=shown.clinic_id,
        initial={
            "entry_id": uuid4(),
            "starts_at": shown.starts_at,
            "minutes": length,
            "room": shown.room_id,
            **_asked_for(request),
        },
    )
    moved = _try(
        form,
        lambda: move_appointment(
            by=request.user,
            at=request.access.at,
            appointment=shown,
            starts_at=form.cleaned_data["starts_at"],
            ends_at=form.ends_at(),
            room=form.cleaned_data["room"],
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    if moved is not None:
        messages.success(request, "Moved.")
        return see_other("scheduling:appointment", appointment_key=moved.key)
    context = {"appointment": shown, "names": names_of(shown), "form": form}
    return render(request, "scheduling/move.html", context, status=_status(request))


@door("appointment", read=Action.AMEND, write=Action.AMEND, of=appointment_of)
def cancel(request: Request, **kwargs: Any) -> HttpResponse:
    """Cancel an appointment, with a reason."""
    shown: Appointment = request.target.record
    form = ReasonForm(posted(request))
    cancelled = _try(
        form,
        lambda: cancel_appointment(
            by=request.user,
            at=request.access.at,
            appointment=shown,
            reason=form.cleaned_data["reason"],
        ),
    )
    if cancelled is not None:
        messages.success(request, "Cancelled. The room is free.")
        return see_other("scheduling:appointment", appointment_key=shown.key)
    context = {"appointment": shown, "names": names_of(shown), "form": form}
    return render(request, "scheduling/cancel.html", context, status=_status(request))


def _mark(request: Request, deed: Callable[..., Appointment], words: str) -> HttpResponse:
    shown: Appointment = request.target.record
    try:
        deed(by=request.user, at=request.access.at, appointment=shown)
    except Refused as refusal:
        return _appointment_page(request, shown, problems=refusal)
    messages.success(request, words)
    return see_other("scheduling:appointment", appointment_key=shown.key)


@door("appointment", read=None, write=Action.AMEND, of=appointment_of)
def attended(request: Request, **kwargs: Any) -> HttpResponse:
    """Say that the patient came."""
    return _mark(request, mark_attended, "Marked as attended.")


@door("appointment", read=None, write=Action.AMEND, of=appointment_of)
def missed(request: Request, **kwargs: Any) -> HttpResponse:
    """Say that the patient did not come."""
    return _mark(request, mark_missed, "Marked as missed.")
