"""Help now: the same page signed in or out; opening it is told to nobody."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kapstone.catalogue.help_now import load_help
from kapstone.clinic.measures.queries import safety_plan_of
from kapstone.clinic.practice.frame import own_frame
from kapstone.core.access.doors import door, of_self, public_door
from kapstone.core.people.http import Request
from kapstone.core.people.models import Clinic


@door("own_app", of=of_self)
def own_help(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the numbers, one's own safety plan, and a way to steady oneself."""
    patient = request.target.record
    context = own_frame(
        request, patient, back="/me/", clinics=[patient.clinic], said=load_help()
    )
    if request.access.may("suicidality", "read", patient.pk):
        context["safety_plan"] = safety_plan_of(patient)
    return render(request, "practice/help.html", context)


@public_door
def public_help(request: HttpRequest) -> HttpResponse:
    """Show the clinic's numbers to anyone, signed in or not; of every clinic that is here."""
    context = {"clinics": Clinic.objects.order_by("pk"), "back": "/", "said": load_help()}
    return render(request, "practice/help.html", context)


@public_door
def steady(request: HttpRequest) -> HttpResponse:
    """Guide two minutes of feet, hands and breath; works for anyone."""
    return render(request, "practice/steady.html", {"said": load_help()})
