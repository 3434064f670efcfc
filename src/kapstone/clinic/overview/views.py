"""Screens that gather the stages: today, the patients, one patient's timeline and record."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from kapstone.clinic.course.queries import course_open
from kapstone.clinic.dosing.following import topics_of
from kapstone.clinic.overview.board import board_of
from kapstone.clinic.overview.forms import ContactForm, EmergencyCardForm, PatientFilterForm
from kapstone.clinic.overview.patient_page import patient_page
from kapstone.clinic.overview.queries import (
    PatientFilter,
    next_appointments,
    patients_in_window,
    patients_listed,
)
from kapstone.clinic.overview.record import record_page
from kapstone.clinic.overview.rooms import sessions_near
from kapstone.clinic.overview.timeline import frame_of, read_lanes, timeline_facts
from kapstone.core.access.cards import keep_contact, keep_emergency_card
from kapstone.core.access.doors import door, of_patient
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient
from kapstone.core.ui.charts.timeline import draw_timeline
from kapstone.core.ui.following import Follow, follow, wants_stream
from kapstone.core.ui.pages import page_or_part
from kapstone.errors import InvalidInput

ROWS_A_PAGE = 50
ZOOMS = {"week": 7, "month": 30, "year": 365, "two-years": 730}


@door("today")
def today(request: Request) -> HttpResponse:
    """Show who is in the room, whose window is open, and what needs this user."""
    context = {"board": board_of(request.access, request.user.clinic.zone)}
    template = page_or_part(request, "overview/today.html", "board")
    return render(request, template, context)


@door("today")
def live(request: Request) -> HttpResponse:
    """Let a board follow the sessions that it shows; asked for as a page, lead to the board."""
    if not wants_stream(request):
        return redirect("overview:today")
    return follow(request, Follow(topics=topics_of(sessions_near(request.access))))


@door("identity")
def patients(request: Request) -> HttpResponse:
    """List the patients this user may name, with what is next for each."""
    form = PatientFilterForm(request.GET or None)
    narrowed = PatientFilter()
    if form.is_valid():
        narrowed = PatientFilter(**form.cleaned_data)
    at = request.access.at
    page = Paginator(patients_listed(request.access, narrowed), ROWS_A_PAGE).get_page(
        request.GET.get("page")
    )
    shown: list[Patient] = list(page.object_list)
    request.access.learn([patient.pk for patient in shown])
    scheduled = [one for one in shown if request.access.may("appointment", "read", one.pk)]
    coming = next_appointments(scheduled, at)
    open_now = set(
        patients_in_window(request.access)
        .filter(pk__in=[one.pk for one in shown])
        .values_list("pk", flat=True)
    )
    rows = [
        {
            "patient": patient,
            "next": coming.get(patient.pk),
            "sees_bookings": patient in scheduled,
            "recent_dose": patient.pk in open_now,
        }
        for patient in shown
    ]
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "narrowed": narrowed,
        "may_break_glass": request.access.may_anywhere("break_glass", Action.CREATE),
    }
    return render(request, "overview/patients.html", context)


@door("identity", of=of_patient, limited=True)
def timeline(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the whole treatment on one axis, each lane as far as the policy opens it."""
    patient = request.target.record
    at, zone = request.access.at, request.user.clinic.zone
    may_course = request.access.may("course", "read", patient.pk)
    course = course_open(patient) if may_course else None
    started = course.started_at if course else at - timedelta(days=28)
    frame = frame_of(started, at, zone, ZOOMS.get(request.GET.get("show", "")))
    lanes = read_lanes(request.access, patient, frame)
    context = {
        "patient": patient,
        "course": course,
        "chart": draw_timeline(timeline_facts(patient, frame, lanes)),
        "page": patient_page(request.access, patient, course, lanes),
        "zooms": ZOOMS,
        "shown": request.GET.get("show", ""),
    }
    return render(request, "overview/timeline.html", context)


@door("identity", write=Action.AMEND, of=of_patient, limited=True)
def record(request: Request, **kwargs: Any) -> HttpResponse:
    """Show identity, contact, first-minute card and care team; keep a new contact version."""
    patient = request.target.record
    form = ContactForm(posted(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                keep_contact(
                    by=request.user,
                    at=request.access.at,
                    patient=patient,
                    **form.cleaned_data,
                )
            except InvalidInput as wrong:
                for field, sentence in wrong.fields.items():
                    form.add_error(field, sentence)
            else:
                messages.success(request, "Contact details kept. The old ones stay on record.")
                return redirect("overview:record", patient_key=patient.key)
    context = {
        "patient": patient,
        "page": record_page(request.access, patient),
        "contact_form": form if request.method == "POST" else None,
    }
    return render(request, "overview/record.html", context, status=status)


@door("emergency_card", write=Action.AMEND, of=of_patient)
def emergency_card(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the first-minute card, and keep a new version of it."""
    patient = request.target.record
    page = record_page(request.access, patient)
    form = EmergencyCardForm(posted(request), initial=page.card_initial)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        keep_emergency_card(
            by=request.user,
            at=request.access.at,
            patient=patient,
            weighed_at=request.access.at if given["weight_kg"] is not None else None,
            **given,
        )
        when = timezone.localtime(request.access.at)
        messages.success(request, f"Card kept at {when:%H:%M}. The old one stays on record.")
        return redirect("overview:record", patient_key=patient.key)
    context = {"patient": patient, "form": form, "page": page}
    return render(request, "overview/emergency_card.html", context, status=status)
