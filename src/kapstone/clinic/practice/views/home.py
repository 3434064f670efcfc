"""Your window: the phase, the hill, at most three rows; at rest, almost nothing."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from kapstone.catalogue.words import load_words
from kapstone.clinic.practice.frame import own_frame
from kapstone.clinic.practice.rows import rows_of
from kapstone.clinic.practice.words import WHO_SEES
from kapstone.clinic.window.pictures import hill_picture
from kapstone.clinic.window.queries import window_of
from kapstone.core.access.doors import door, of_self
from kapstone.core.people.http import Request
from kapstone.core.ui.charts.hill import draw_hill


@door("own_app", of=of_self)
def home(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the phase now, what helps now, and what is planned; rest mode replaces all of it."""
    patient = request.target.record
    seen = window_of(patient, request.access.at)
    context = own_frame(request, patient, window=seen, said=load_words())
    if not seen.not_computed:
        context["hill"] = draw_hill(hill_picture(seen))
    if context["rest"]:
        return render(request, "practice/rest.html", context)
    context["rows"] = rows_of(request.access, patient, seen)
    return render(request, "practice/home.html", context)


@door("own_app", of=of_self)
def who_sees(request: Request, **kwargs: Any) -> HttpResponse:
    """Say in plain words who reads what."""
    context = own_frame(request, request.target.record, sharings=WHO_SEES)
    return render(request, "practice/who_sees.html", context)
