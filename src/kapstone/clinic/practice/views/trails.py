"""The forest: the map, the list of equal standing, and one fork at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from kapstone.clinic.course.queries import course_open
from kapstone.clinic.practice.frame import own_frame
from kapstone.clinic.practice.pictures import (
    TODAY,
    forest_picture,
    moments_of,
    switch_of,
    widths_of,
)
from kapstone.clinic.practice.queries import TrailState, trails_of
from kapstone.clinic.window.queries import window_of
from kapstone.core.access.doors import door, of_patient, of_self
from kapstone.core.people.http import Request
from kapstone.core.people.models import Patient, Role
from kapstone.core.ui.charts.scenes import MOST_FORKS
from kapstone.core.ui.charts.trail_map import draw_trail_map
from kapstone.core.ui.pages import see_other

HEADING_HEIGHT = 84.0


def _forest(request: Request, patient: Patient, *, top: float) -> dict[str, Any]:
    """Read the trails once and lay out what the address asks for."""
    at = request.access.at
    window = window_of(patient, at, points=1)
    states = trails_of(patient, at)
    moments = moments_of(window, window.zone)
    asked = request.GET.get("when", TODAY)
    moment = next((one for one in moments if one.code == asked), moments[-1])
    place = _place(states, request.GET.get("fork", ""))
    chosen = states[place] if states else None
    keep = f"&fork={chosen.fork.key}" if chosen else ""
    view = "list" if request.GET.get("view") == "list" else "map"
    shown = [chosen] if chosen and place >= MOST_FORKS else states[:MOST_FORKS]
    picture = forest_picture(
        patient, shown, moment, selected=shown.index(chosen) if chosen else None, top=top
    )
    return {
        "states": states,
        "chosen": chosen,
        "moment": moment,
        "switch": switch_of(moments, moment, f"{keep}&view={view}"),
        "view": view,
        "keep": f"when={moment.code}{keep}",
        "map": draw_trail_map(picture) if view == "map" else None,
        "widths": widths_of(states, moment),
    }


def _place(states: Sequence[TrailState], key: str) -> int:
    keys = [str(state.fork.key) for state in states]
    return keys.index(key) if key in keys else 0


@door("trail", of=of_self)
def own_trails(request: Request, **kwargs: Any) -> HttpResponse:
    """Show a patient their forest, before, after a dose, and today."""
    patient = request.target.record
    context = own_frame(request, patient, **_forest(request, patient, top=HEADING_HEIGHT))
    if not context["states"]:
        context["may_name"] = course_open(patient) is not None
    return render(request, "practice/own_trails.html", context)


@door("trail", of=of_patient)
def trails(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the team a patient's forest and how often each trail was taken."""
    if request.user.role == Role.PATIENT:
        return see_other("practice:own_trails")
    patient = request.target.record
    context = {"patient": patient, **_forest(request, patient, top=0.0)}
    return render(request, "practice/trails.html", context)
