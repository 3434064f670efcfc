"""The team's pages: the plan on the window, and practices with what was shared."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from kapstone.catalogue.modalities import Modality, load_menu, modalities
from kapstone.clinic.integration.rules import reminders
from kapstone.clinic.practice.actions import agree_practice, stop_practice
from kapstone.clinic.practice.cards import cards
from kapstone.clinic.practice.forms import PracticePlanForm
from kapstone.clinic.practice.planner import planner_of
from kapstone.clinic.practice.queries import check_ins_of, journal_visible, plans_standing
from kapstone.clinic.practice.rows import week_of
from kapstone.clinic.practice.words import weather_named
from kapstone.clinic.window.pictures import hours_left, since_dose
from kapstone.core.access.doors import door, of_patient
from kapstone.core.access.policy import Action
from kapstone.core.audit.models import AccessEntry
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient, Role
from kapstone.core.ui.charts.window_curve import draw_window_curve
from kapstone.core.ui.pages import page_or_part, see_other
from kapstone.errors import InvalidInput

CHECK_INS_SHOWN = 14


@door("window", of=of_patient)
def planner(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the window with what is planned in it, the gap in words, and free times."""
    if request.user.role == Role.PATIENT:
        return see_other("practice:plan")
    patient = request.target.record
    modality = modalities().get(request.GET.get("modality", ""))
    plan = planner_of(request.access, patient, modality)
    context = {
        "patient": patient,
        "plan": plan,
        "chart": draw_window_curve(plan.picture),
        "tag": hours_left(plan.window),
        "since": since_dose(plan.window),
        "modalities": modalities().values(),
        "modality": modality,
        "short": f"{load_menu().visit_minutes_from.value:g}",
        "long": f"{load_menu().visit_minutes_to.value:g}",
        "reminders": _cautions(modality),
        "may_book": request.access.may("appointment", Action.CREATE, patient.pk),
    }
    return render(request, page_or_part(request, "practice/planner.html", "plan"), context)


def _cautions(modality: Modality | None) -> tuple[str, ...]:
    """List what speaks for thinking twice about a way of working, before it is booked."""
    if modality is None:
        return ()
    return (*reminders(modality), *(one.sentence for one in modality.cautions if one.rules))


@door("practice", write=Action.CREATE, of=of_patient)
def practices(request: Request, **kwargs: Any) -> HttpResponse:
    """Show practices, check-ins and what was shared; agree on a practice, or stop one."""
    patient, at = request.target.record, request.access.at
    form = PracticePlanForm(
        posted(request), practices=[(card.code, card.name) for card in cards()]
    )
    status = 200
    if request.method == "POST":
        if request.POST.get("stop"):
            return _stopped(request, patient)
        status = 422
        if form.is_valid():
            try:
                agree_practice(by=request.user, at=at, patient=patient, **form.cleaned_data)
                return see_other("practice:team_practices", patient_key=patient.key)
            except InvalidInput as wrong:
                for name, sentence in wrong.fields.items():
                    form.add_error(name, sentence)
    shared = journal_visible(request.user, patient, at)
    if request.user.role != Role.PATIENT:
        shared = tuple(seen for seen in shared if seen.shared)
        _note_reading(request, patient, len(shared))
    context = {
        "patient": patient,
        "form": form,
        "week": week_of(patient, at),
        "plans": plans_standing(patient),
        "days": [
            (one, weather_named(one.weather))
            for one in reversed(check_ins_of(patient)[-CHECK_INS_SHOWN:])
        ],
        "shared": shared,
    }
    return render(request, "practice/team_practices.html", context, status=status)


def _stopped(request: Request, patient: Patient) -> HttpResponse:
    wanted = request.POST.get("stop")
    for plan in plans_standing(patient):
        if str(plan.entry_id) == wanted:
            stop_practice(by=request.user, at=request.access.at, plan=plan)
    return see_other("practice:team_practices", patient_key=patient.key)


def _note_reading(request: Request, patient: Patient, count: int) -> None:
    """Keep one row for each look at shared journal entries, for the patient to see."""
    if not count:
        return
    user = request.user
    AccessEntry.objects.create(
        clinic_id=user.clinic_id,
        at=request.access.at,
        by=user.username,
        by_id=user.pk,
        role=user.role,
        relation="team",
        record_class="journal_shared",
        action=str(Action.READ),
        subjects=[patient.pk],
        address=request.path[:300],
        allowed=True,
        reason="",
    )
