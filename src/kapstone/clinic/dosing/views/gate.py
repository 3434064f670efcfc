"""The gate: answer one check, lift one, sign, or not today."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from kapstone.clinic.dosing.actions import answer_check, lift_check, sign_session
from kapstone.clinic.dosing.check_lists import check_of
from kapstone.clinic.dosing.facts import earlier_answers
from kapstone.clinic.dosing.forms import CheckForm, NotTodayForm, ReasonForm
from kapstone.clinic.dosing.gate import Gate, Judged
from kapstone.clinic.dosing.gate_facts import Given
from kapstone.clinic.dosing.models import SessionSignature
from kapstone.clinic.dosing.queries import Chart
from kapstone.clinic.dosing.record import Stage
from kapstone.clinic.dosing.views.targets import chart_at, of_session, reasons
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.errors import InvalidInput, Refused

GATE = SessionSignature.Meaning.GATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One check on the page: judged, with the form that answers or lifts it."""

    judged: Judged
    form: CheckForm | None
    lift: ReasonForm | None
    earlier: Given | None  # what was said on an earlier day: context, never filled in
    is_open: bool  # its form stands unfolded: it is answered again, or was answered wrongly


def _row(
    judged: Judged,
    request: Request,
    wrong: CheckForm | ReasonForm | None,
    earlier: Mapping[str, Given],
) -> Row:
    """Give a check its form while it is open, or while it is answered again."""
    check = judged.check
    mine = request.POST.get("check") == check.code
    again = mine or request.GET.get("again") == check.code
    liftable = judged.ruling.may_be_lifted(check.lift_by)
    liftable = liftable and request.user.role in judged.still_to_lift
    form: CheckForm | None = None
    if check.questions and (again or not judged.is_go):
        form = wrong if mine and isinstance(wrong, CheckForm) else CheckForm(check)
    lift: ReasonForm | None = ReasonForm(label="Reason to lift") if liftable else None
    if mine and isinstance(wrong, ReasonForm):
        lift = wrong
    before = earlier.get(check.code) if check.questions and not judged.is_go else None
    return Row(judged=judged, form=form, lift=lift, earlier=before, is_open=again)


def _context(
    request: Request, chart: Chart, wrong: CheckForm | ReasonForm | None = None
) -> dict[str, Any]:
    gate: Gate = chart.gate
    signed = chart.signed(GATE)
    may_sign = request.access.may("dosing_session", Action.SIGN, chart.patient.pk)
    closed = chart.stage.is_closed or chart.stage is Stage.DOSED
    earlier = {} if closed else earlier_answers(chart)
    return {
        "session": chart.session,
        "patient": chart.patient,
        "order": chart.order,
        "gate": gate,
        "still_open": [_row(one, request, wrong, earlier) for one in gate.still_open],
        "go": [_row(one, request, wrong, earlier) for one in gate.go],
        "signed": signed,
        "ended": chart.signed(SessionSignature.Meaning.NOT_TODAY),
        "two_signed": len(signed) >= 2,
        "may_sign": may_sign and all(row.recorded_by_id != request.user.pk for row in signed),
        "closed": closed,
        "stage": chart.stage,
        "sign_form": ReasonForm(),
    }


@door("dosing_session", read=Action.CREATE, write=Action.CREATE, of=of_session)
def gate(request: Request, **kwargs: Any) -> HttpResponse:
    """Show every check as it stands, and keep the answer to one of them."""
    chart = chart_at(request)
    if request.method != "POST":
        return render(request, "dosing/gate.html", _context(request, chart))
    order = chart.order
    check = check_of("gate", request.POST.get("check", ""), order.route if order else "")
    form = CheckForm(check, request.POST)
    try:
        if form.is_valid():
            answer_check(
                by=request.user,
                at=request.access.at,
                session=chart.session,
                phase="gate",
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
    context = _context(request, chart, form)
    return render(request, "dosing/gate.html", context, status=422)


def _back(chart: Chart, code: str = "") -> HttpResponse:
    answer = redirect("dosing:gate", session_key=chart.session.key)
    answer.status_code = 303
    if code:
        answer["Location"] += f"#{code}"
    return answer


@door("dosing_session", read=None, write=Action.SIGN, of=of_session)
def lift(request: Request, **kwargs: Any) -> HttpResponse:
    """Lift one check that holds, with a reason."""
    chart = chart_at(request)
    form = ReasonForm(request.POST, label="Reason to lift")
    code = request.POST.get("check", "")
    try:
        if form.is_valid():
            lift_check(
                by=request.user,
                at=request.access.at,
                session=chart.session,
                check_code=code,
                **form.cleaned_data,
            )
            return _back(chart, code)
    except InvalidInput as wrong:
        for words in wrong.fields.values():
            form.add_error("reason", words)
    return render(request, "dosing/gate.html", _context(request, chart, form), status=422)


@door("dosing_session", read=None, write=Action.SIGN, of=of_session)
def sign(request: Request, **kwargs: Any) -> HttpResponse:
    """Sign the gate; every check that is not go is named instead."""
    chart = chart_at(request)
    try:
        sign_session(by=request.user, at=request.access.at, session=chart.session, meaning=GATE)
    except Refused as refusal:
        context = {**_context(request, chart), "refused": reasons(refusal)}
        return render(request, "dosing/gate.html", context, status=422)
    return _back(chart)


@door("dosing_session", read=Action.SIGN, write=Action.SIGN, of=of_session)
def not_today(request: Request, **kwargs: Any) -> HttpResponse:
    """Say not today, with one reason."""
    chart = chart_at(request)
    form = NotTodayForm(posted(request))
    try:
        if form.is_valid():
            sign_session(
                by=request.user,
                at=request.access.at,
                session=chart.session,
                meaning=SessionSignature.Meaning.NOT_TODAY,
                reason=form.said,
                entry_id=form.cleaned_data["entry_id"],
            )
            return _back(chart)
    except (InvalidInput, Refused) as fault:
        for words in reasons(fault):
            form.add_error(None, words)
    context = {"session": chart.session, "patient": chart.patient, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "dosing/not_today.html", context, status=status)
