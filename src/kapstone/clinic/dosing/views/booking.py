"""Book a dose afterwards: out of which draw, or container, it came."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from kapstone.clinic.dosing.actions import book_dose, draw_for_dose
from kapstone.clinic.dosing.book_forms import BookForm
from kapstone.clinic.dosing.booked import draws_for, draws_near, unbooked_mg
from kapstone.clinic.dosing.models import DoseGiven
from kapstone.clinic.dosing.queries import Chart
from kapstone.clinic.dosing.views.targets import chart_at, of_session, read_uuid
from kapstone.clinic.drugs.queries import blind_to, containers_usable
from kapstone.clinic.drugs.views.deeds import done, went
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request
from kapstone.errors import InvalidInput


@door("drug_draw", read=Action.CREATE, write=Action.CREATE, of=of_session)
def book(request: Request, **kwargs: Any) -> HttpResponse:
    """Show a session's doses beside the book, and name the draw of one that has none."""
    chart = chart_at(request)
    form = None
    if request.method == "POST":
        form = _form(request, chart, _dose(request, chart), sent=True)
        if done(request, form, lambda: _write(request, form)) is not None:
            return went(request, "Booked.", "dosing:book", session_key=chart.session.key)
    return _page(request, chart, form)


def _dose(request: Request, chart: Chart) -> DoseGiven:
    key = read_uuid(request.POST.get("dose", ""))
    dose = _doses(chart).filter(entry__entry_id=key).first() if key is not None else None
    if dose is None:
        raise InvalidInput({"dose": "That dose is not of this session. Open the page again."})
    return dose


def _doses(chart: Chart) -> QuerySet[DoseGiven]:
    rows = chart.session.doses.filter(corrected_by__isnull=True, amount_mg__gt=0)
    rows = rows.select_related("entry", "draw__container__receipt__lot", "recorded_by")
    return rows.select_related("session__subjects__only_patient").order_by("given_at", "pk")


def _form(request: Request, chart: Chart, dose: DoseGiven, *, sent: bool = False) -> BookForm:
    return BookForm(
        request.POST if sent else None,
        dose=dose,
        draws=draws_near(dose),
        containers=containers_usable(request.user.clinic, chart.at, dosed_as=dose.product),
        hidden=blind_to(request.user, chart.at),
    )


def _write(request: Request, form: BookForm) -> DoseGiven:
    given, at = form.cleaned_data, request.access.at
    dose = _dose(request, chart_at(request))
    if given["source"] in form.draws:
        draw = form.draws[given["source"]]
        return book_dose(by=request.user, at=at, dose=dose, draw=draw)
    return draw_for_dose(
        by=request.user,
        at=at,
        dose=dose,
        container=form.containers[given["source"]].container,
        amount_mg=given["amount_mg"],
        entry_id=given["entry_id"],
    )


def _page(request: Request, chart: Chart, wrong: BookForm | None) -> HttpResponse:
    missing = unbooked_mg(chart.session)
    rows = []
    for dose in _doses(chart):
        is_open = dose.draw is None or missing > 0
        is_sent = wrong is not None and wrong.data["dose"] == str(dose.entry.entry_id)
        form = wrong if is_sent else _form(request, chart, dose) if is_open else None
        rows.append((dose, form))
    context = {
        "session": chart.session,
        "patient": chart.patient,
        "rows": rows,
        "draws": draws_for(chart.session),
        "missing": missing,
        "wrong": wrong,
        "is_whole": not missing and all(dose.draw is not None for dose, _ in rows),
    }
    status = 422 if wrong is not None else 200
    return render(request, "dosing/book.html", context, status=status)
