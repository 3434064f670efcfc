"""Show a patient's window: to the team with its grounds, to the patient in words and a hill."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from kapstone.clinic.window.knowing import FOR_PATIENTS, knowing_of
from kapstone.clinic.window.pictures import hours_left, since_dose, window_picture
from kapstone.clinic.window.queries import window_of
from kapstone.core.access.doors import door, of_patient, of_self
from kapstone.core.people.http import Request
from kapstone.core.people.models import Role
from kapstone.core.ui.charts.window_curve import draw_window_curve
from kapstone.core.ui.pages import page_or_part, see_other


@door("window", of=of_patient)
def window(request: Request, **kwargs: Any) -> HttpResponse:
    """Draw the window from the doses that stand now, and say how it is known."""
    if request.user.role == Role.PATIENT:
        return see_other("window:how_we_know")
    patient = request.target.record
    seen = window_of(patient, request.access.at, with_band=True)
    context = {
        "patient": patient,
        "window": seen,
        "chart": draw_window_curve(window_picture(seen)),
        "tag": hours_left(seen),
        "since": since_dose(seen),
        "knowing": knowing_of(seen),
        "plan_href": f"/patients/{patient.key}/plan/",
    }
    return render(request, page_or_part(request, "window/window.html", "curve"), context)


@door("window", of=of_self)
def how_we_know(request: Request, **kwargs: Any) -> HttpResponse:
    """Tell a patient in plain words what their window is drawn from."""
    seen = window_of(request.target.record, request.access.at)
    context = {"window": seen, "knowing": knowing_of(seen, FOR_PATIENTS)}
    return render(request, "window/how_we_know.html", context)
