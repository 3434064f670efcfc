"""Going home: the criteria, what is said back, signatures, and staying."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from kapstone.catalogue.discharge import load_discharge
from kapstone.clinic.dosing.actions import Stamp, answer_check, discharge, record_entry
from kapstone.clinic.dosing.booked import left_in
from kapstone.clinic.dosing.check_lists import check_of
from kapstone.clinic.dosing.entries import Change, State
from kapstone.clinic.dosing.forms import CheckForm
from kapstone.clinic.dosing.gate import Judged
from kapstone.clinic.dosing.going_home import left_words
from kapstone.clinic.dosing.letters import NEXT_DAYS
from kapstone.clinic.dosing.models import SessionSignature
from kapstone.clinic.dosing.queries import Chart
from kapstone.clinic.dosing.record import Stage
from kapstone.clinic.dosing.views.targets import (
    chart_at,
    has_entry,
    of_session,
    read_uuid,
    reasons,
)
from kapstone.clinic.scheduling.queries import appointments_of
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request
from kapstone.errors import InvalidInput, Refused

_SAY_ICONS = {
    "driving": "car",
    "alcohol": "wine-off",
    "who-to-call": "phone",
    "sleep": "moon",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One criterion on the page, with the form that answers it."""

    judged: Judged
    form: CheckForm | None
    is_open: bool


def _context(request: Request, chart: Chart, wrong: CheckForm | None = None) -> dict[str, Any]:
    home, at = chart.going_home, request.access.at
    patient_id = chart.patient.pk
    rows = []
    for judged in home.checks:
        if judged.check.code == "D11":
            continue
        mine = wrong is not None and wrong.asked.code == judged.check.code
        fresh = CheckForm(judged.check) if judged.check.questions else None
        rows.append(
            Row(judged=judged, form=wrong if mine else fresh, is_open=mine or not judged.is_go)
        )
    sees_bookings = request.access.may("appointment", "read", patient_id)
    booked = appointments_of(chart.patient, at, at + NEXT_DAYS) if sees_bookings else ()
    sheet = load_discharge()
    return {
        "session": chart.session,
        "patient": chart.patient,
        "home": home,
        "rows": rows,
        "ready": sum(row.judged.is_go for row in rows),
        "signatures": home.of("D11"),
        "signed": chart.signed(SessionSignature.Meaning.DISCHARGE),
        "may_sign": request.access.may("dosing_session", Action.SIGN, patient_id)
        and all(
            row.recorded_by_id != request.user.pk
            for row in chart.signed(SessionSignature.Meaning.DISCHARGE)
        ),
        "stage": chart.stage,
        "is_dosed": chart.stage is Stage.DOSED,
        "may_book": request.access.may("appointment", Action.CREATE, patient_id),
        "teach_back": [
            {"icon": _SAY_ICONS.get(one.code, "message-circle"), "says": one}
            for one in sheet.teach_back
        ],
        "stay_minutes": sheet.stay_minutes.value,
        "stay_id": uuid4(),
        "booked": booked,
        "paths": sheet.paths,
        "letter": chart.letter,
        "drug_left": left_words(left) if (left := left_in(chart.session)) else "",
        "may_waste": request.access.may("drug_draw", Action.SIGN, patient_id),
    }


@door("dosing_session", read=Action.CREATE, write=Action.CREATE, of=of_session)
def going_home(request: Request, **kwargs: Any) -> HttpResponse:
    """Show each criterion with its evidence, and keep the answer to one of them."""
    chart = chart_at(request)
    if request.method != "POST":
        return render(request, "dosing/discharge.html", _context(request, chart))
    check = check_of("discharge", request.POST.get("check", ""))
    form = CheckForm(check, request.POST)
    try:
        if form.is_valid():
            answer_check(
                by=request.user,
                at=request.access.at,
                session=chart.session,
                phase="discharge",
                check_code=check.code,
                value=form.value,
                entry_id=form.cleaned_data["entry_id"],
            )
            return _back(chart, check.code)
    except InvalidInput as wrong:
        form.refuse(wrong)
    except Refused as refusal:
        for words in reasons(refusal):
            form.add_error(None, words)
    return render(request, "dosing/discharge.html", _context(request, chart, form), status=422)


def _back(chart: Chart, code: str = "") -> HttpResponse:
    answer = redirect("dosing:discharge", session_key=chart.session.key)
    answer.status_code = 303
    if code:
        answer["Location"] += f"#{code}"
    return answer


@door("dosing_session", read=None, write=Action.SIGN, of=of_session)
def sign_home(request: Request, **kwargs: Any) -> HttpResponse:
    """Sign that this person may go home."""
    chart = chart_at(request)
    try:
        discharge(by=request.user, at=request.access.at, session=chart.session)
    except Refused as refusal:
        context = {**_context(request, chart), "refused": reasons(refusal)}
        return render(request, "dosing/discharge.html", context, status=422)
    return _back(chart)


@door("dosing_session", read=None, write=Action.CREATE, of=of_session)
def stay(request: Request, **kwargs: Any) -> HttpResponse:
    """Write that the person stays and is looked at again; always open."""
    chart = chart_at(request)
    entry_id = read_uuid(request.POST.get("entry_id", ""))
    if entry_id and has_entry(chart.session, entry_id):
        return _back(chart)  # a double press: it is written already
    minutes = load_discharge().stay_minutes.value
    again = request.access.at + timedelta(minutes=minutes)
    clock = f"{again.astimezone(request.user.clinic.zone):%H:%M}"
    record_entry(
        by=request.user,
        at=request.access.at,
        session=chart.session,
        payload=State(
            change=Change.STAY,
            item="stay",
            value=f"look again at {clock}",
        ),
        stamp=Stamp(entry_id=entry_id),
    )
    messages.success(request, f"Written: they stay. Look again at {clock}.")
    return _back(chart)
