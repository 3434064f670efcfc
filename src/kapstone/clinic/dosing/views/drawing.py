"""Draw up in the room, and waste what is left there before a witness."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from kapstone.clinic.dosing.booked import draws_for
from kapstone.clinic.dosing.queries import Chart, chart_of
from kapstone.clinic.dosing.views.room import room_context
from kapstone.clinic.dosing.views.strips import Strip, draw_form, strip_of, waste_form
from kapstone.clinic.dosing.views.targets import chart_at, of_session
from kapstone.clinic.drugs.actions import draw_up, waste_from_draw
from kapstone.clinic.drugs.rules import NOTHING
from kapstone.clinic.drugs.views.deeds import done
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request


@door("drug_draw", read=None, write=Action.CREATE, of=of_session)
def draw(request: Request, **kwargs: Any) -> HttpResponse:
    """Take what is ordered out of a container, for this session."""
    chart = chart_at(request)
    form = draw_form(request, chart, sent=True)
    if form is None:
        raise Http404
    drawn = done(
        request,
        form,
        lambda: draw_up(
            by=request.user,
            at=request.access.at,
            patient=chart.patient,
            session_key=chart.session.key,
            **form.cleaned_data,
        ),
    )
    if drawn is None:
        return _wrong(request, chart, strip_of(request, chart, form=form))
    return _after(request, chart, "Drawn up. The drug log has it.")


@door("drug_draw", read=None, write=Action.SIGN, of=of_session)
def waste(request: Request, *, draw_key: UUID, **kwargs: Any) -> HttpResponse:
    """Waste what is left of a draw of this session, before a witness."""
    chart = chart_at(request)
    drawn = draws_for(chart.session).filter(key=draw_key).first()
    if drawn is None:
        raise Http404
    form = waste_form(request, drawn, vars(drawn)["left"] or NOTHING, sent=True)
    wasted = done(
        request,
        form,
        lambda: waste_from_draw(
            by=request.user,
            at=request.access.at,
            draw=drawn,
            amount_mg=form.cleaned_data["amount_mg"],
            waste=form.waste(),
            witness=form.cleaned_data["witness"],
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    if wasted is None:
        return _wrong(request, chart, strip_of(request, chart, wrong=(draw_key, form)))
    return _after(request, chart, "Wasted. The drug log has it.")


def _wrong(request: Request, chart: Chart, strip: Strip | None) -> HttpResponse:
    """Answer what was not taken: the same tab, what was typed, and why; 422."""
    context = room_context(request, chart, "dose", strip=strip)
    page = "dosing/room/panel.html" if request.htmx else "dosing/room.html"
    return render(request, page, context, status=422)


def _after(request: Request, chart: Chart, words: str) -> HttpResponse:
    """Answer what was taken: the tab as it stands now, and the tablet keeps it too."""
    if not request.htmx:
        answer = redirect("dosing:room", session_key=chart.session.key)
        answer.status_code = 303
        answer["Location"] += "?tab=dose"
        return answer
    fresh = chart_of(chart.session, request.access.at)
    context = room_context(request, fresh, "dose") | {"swapped": True, "said": words}
    page = render(request, "dosing/room/panel_and_live.html", context)
    page["HX-Trigger"] = "drawn"
    return page
