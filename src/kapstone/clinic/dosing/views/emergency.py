"""The emergency card: the number, the steps, what to say; each tap is kept with its time."""

from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import render

from kapstone.catalogue.room import load_room
from kapstone.clinic.dosing.queries import Chart
from kapstone.clinic.dosing.tablet import tablet_json
from kapstone.clinic.dosing.views.targets import chart_at, of_session
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request
from kapstone.core.ui.context import chosen_theme


@door("dosing_session", read=Action.CREATE, of=of_session)
def help_card(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the emergency card: the number, the steps, one tap each, stamped."""
    return render(request, "dosing/help.html", help_context(request, chart_at(request)))


def help_context(request: Request, chart: Chart) -> dict[str, Any]:
    """Gather what the emergency card shows."""
    words = load_room()
    done = {step: at for at, step, _ in chart.record.emergency}

    def steps(group: str) -> list[dict[str, Any]]:
        return [
            {"code": one.code, "name": one.name, "at": done.get(one.code), "id": uuid4()}
            for one in getattr(words, group)
        ]

    return {
        "session": chart.session,
        "patient": chart.patient,
        "card": chart.card
        if request.access.may("emergency_card", "read", chart.patient.pk)
        else None,
        "clinic": chart.session.clinic,
        "steps": steps("emergency_steps"),
        "calm": steps("distress_steps"),
        "order": chart.order,
        "given_mg": chart.record.given_mg,
        "tablet": tablet_json(chart, request.user),
        "theme": chosen_theme(request) or "room",
    }
