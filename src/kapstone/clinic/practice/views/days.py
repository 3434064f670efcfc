"""Check-ins, practices with their timers, and the plan."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render

from kapstone.catalogue.post import Opens
from kapstone.catalogue.words import load_words
from kapstone.clinic.measures.queries import requests_open
from kapstone.clinic.measures.rest import is_resting
from kapstone.clinic.practice.actions import DayWords, check_in, log_practice
from kapstone.clinic.practice.cards import card_of, cards, is_practice
from kapstone.clinic.practice.forms import CheckInForm, PracticeDoneForm
from kapstone.clinic.practice.frame import own_frame
from kapstone.clinic.practice.queries import check_ins_of, practice_days
from kapstone.clinic.practice.rows import visits_of, week_of
from kapstone.clinic.practice.words import weather_named
from kapstone.clinic.window.queries import window_of
from kapstone.core.access.doors import door, of_self, through_link
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient
from kapstone.core.ui.pages import see_other
from kapstone.errors import InvalidInput


@through_link(Opens.CHECK_IN)
@door("practice", write=Action.CREATE, of=of_self)
def weather(request: Request, **kwargs: Any) -> HttpResponse:
    """Ask for the weather inside: one tap is enough. Never asked while at rest."""
    patient, at = request.target.record, request.access.at
    context = own_frame(request, patient, weathers=load_words().weathers)
    if context["rest"] and request.method != "POST":
        return see_other("practice:home")
    form = CheckInForm(posted(request))
    local = at.astimezone(patient.clinic.zone)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _check_in(request, patient, form):
            return see_other("practice:checked_in")
    context |= {"form": form, "evening": f"{local:%A} {'evening' if local.hour >= 17 else ''}"}
    return render(request, "practice/check_in.html", context, status=status)


def _check_in(request: Request, patient: Patient, form: CheckInForm) -> bool:
    given, at = form.cleaned_data, request.access.at
    words = DayWords(
        weather=given["weather"],
        stress=given["stress"],
        sleep_hours=given["sleep_hours"],
        moved_minutes=given["moved_minutes"],
    )
    try:
        check_in(
            by=request.user,
            at=at,
            patient=patient,
            day=at.astimezone(patient.clinic.zone).date(),
            words=words,
            entry_id=given["entry_id"],
        )
    except InvalidInput as wrong:
        for name, sentence in wrong.fields.items():
            form.add_error(name, sentence)
        return False
    return True


@through_link(Opens.CHECK_IN)
@door("practice", of=of_self)
def checked_in(request: Request, **kwargs: Any) -> HttpResponse:
    """Say that it was kept; the rest of the day may be told, or left."""
    patient = request.target.record
    today = request.access.at.astimezone(patient.clinic.zone).date()
    kept = check_ins_of(patient, since=today)
    if not kept:
        return see_other("practice:check_in")
    named = weather_named(kept[-1].weather)
    context = own_frame(
        request,
        patient,
        kept=kept[-1:],
        named=named,
        form=CheckInForm(initial={"weather": kept[-1].weather}),
    )
    return render(request, "practice/checked_in.html", context)


@door("practice", of=of_self)
def practices(request: Request, **kwargs: Any) -> HttpResponse:
    """List the practices agreed on with the week so far, and the others to choose from."""
    patient = request.target.record
    rows = week_of(patient, request.access.at)
    named = {row.days.practice for row in rows}
    others = [card for card in cards() if card.code not in named]
    context = own_frame(request, patient, rows=rows, others=others)
    return render(request, "practice/practices.html", context)


@door("practice", write=Action.CREATE, of=of_self)
def practice(request: Request, **kwargs: Any) -> HttpResponse:
    """Show one practice with its timer; its end, or "that is enough", logs it."""
    code = kwargs["practice"]
    if not is_practice(code):
        raise Http404
    patient = request.target.record
    form = PracticeDoneForm(posted(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            log_practice(
                by=request.user,
                at=request.access.at,
                patient=patient,
                practice=code,
                minutes=form.cleaned_data["minutes"],
                entry_id=form.cleaned_data["entry_id"],
            )
            messages.success(request, "Kept.")
            resting = is_resting(patient, request.access.at)
            return see_other("practice:home" if resting else "practice:practices")
    week = practice_days(patient, request.access.at)
    context = own_frame(
        request,
        patient,
        card=card_of(code),
        form=form,
        days=next((one for one in week if one.practice == code), None),
    )
    return render(request, "practice/practice.html", context, status=status)


@through_link(Opens.PLAN)
@door("own_app", of=of_self)
def plan(request: Request, **kwargs: Any) -> HttpResponse:
    """Show what is next: visits, questions, practices, and the pages about oneself."""
    patient, at = request.target.record, request.access.at
    mine = Patient.objects.filter(pk=patient.pk)
    context = own_frame(
        request,
        patient,
        window=window_of(patient, at, points=1),
        visits=visits_of(patient, at, patient.clinic.zone),
        questions=list(requests_open(mine, at)),
        week=week_of(patient, at),
    )
    return render(request, "practice/plan.html", context)
