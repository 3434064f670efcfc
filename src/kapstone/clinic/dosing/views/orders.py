"""The order for one dose, the printed record, adverse events."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from kapstone.catalogue.room import load_room
from kapstone.catalogue.routes import routes
from kapstone.clinic.course.models import Course
from kapstone.clinic.course.queries import course_open
from kapstone.clinic.dosing.actions import (
    order_dose,
    record_adverse_event,
    revoke_order,
)
from kapstone.clinic.dosing.event_forms import AdverseEventForm
from kapstone.clinic.dosing.forms import OrderForm
from kapstone.clinic.dosing.held import decisions_in, sent_words
from kapstone.clinic.dosing.modelled import draw_modelled
from kapstone.clinic.dosing.models import DosingSession
from kapstone.clinic.dosing.order_facts import judge_order
from kapstone.clinic.dosing.order_words import (
    Reckoned,
    passed_words,
    rationale_words,
    reckon,
)
from kapstone.clinic.dosing.pictures import draw_record, record_facts
from kapstone.clinic.dosing.queries import (
    Chart,
    adverse_events_of,
    doses_in,
    emergency_card_of,
    order_in_force,
    session_states,
    sessions_of,
)
from kapstone.clinic.dosing.summary import summary_of
from kapstone.clinic.dosing.views.targets import chart_at, of_session
from kapstone.clinic.dosing.words import feed_of
from kapstone.core.access.doors import door, of_patient
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient, Role
from kapstone.errors import InvalidInput, Refused


@door("dose_order", write=Action.SIGN, of=of_patient)
def order(request: Request, *, number: int, **kwargs: Any) -> HttpResponse:
    """Show the order for one dose beside what was published, and sign a new one."""
    patient: Patient = request.target.record
    course = course_open(patient)
    if course is None or not 1 <= number <= course.planned_sessions:
        raise Http404
    current = order_in_force(course, number)
    may_card = request.access.may("emergency_card", "read", patient.pk)
    card = emergency_card_of(patient) if may_card else None
    form = OrderForm(posted(request), initial={"entry_id": uuid4()})
    findings: tuple[Any, ...] = ()
    reckoned: Reckoned | None = None
    try:
        if request.POST.get("revoke") and current is not None:
            revoke_order(by=request.user, at=request.access.at, order=current)
            messages.success(request, f"The order for dose {number} is taken back.")
            return _to_order(patient, number)
        if form.is_valid() and request.POST.get("look"):
            wanted = form.wanted(number)
            findings = tuple(judge_order(patient, wanted, request.access.at))
            reckoned = reckon(wanted, request.access.at)
        elif form.is_valid():
            order_dose(
                by=request.user,
                at=request.access.at,
                course=course,
                wanted=form.wanted(number),
                entry_id=form.cleaned_data["entry_id"],
            )
            messages.success(request, f"The order for dose {number} is signed.")
            return _to_order(patient, number)
    except InvalidInput as wrong:
        for name, words in wrong.fields.items():
            form.add_error(name if name in form.fields else None, words)
    except Refused as refusal:
        findings = refusal.findings
        reckoned = reckon(form.wanted(number), request.access.at)
    context = {
        "patient": patient,
        "course": course,
        "number": number,
        "current": current,
        "in_figures": reckon(current, request.access.at) if current else None,
        "reckoned": reckoned,
        "rationale": rationale_words(current) if current else "",
        "is_looked_at": reckoned is not None and not findings,
        "passed": passed_words(current) if current else (),
        "card": card,
        "form": form,
        "findings": findings,
        "routes": sorted(routes().values(), key=lambda one: one.name),
        "may_order": request.access.may("dose_order", Action.SIGN, patient.pk),
        "session": _session_for(request, course, number),
    }
    looked = request.POST.get("look") and form.is_valid()
    status = 422 if request.method == "POST" and not looked else 200
    return render(request, "dosing/order.html", context, status=status)


def _session_for(request: Request, course: Course, number: int) -> DosingSession | None:
    """Give the session whose gate this order leads to, where the reader may open it."""
    patient_id = request.target.record.pk
    if not request.access.may("dosing_session", Action.CREATE, patient_id):
        return None
    found = [one for one in sessions_of(course) if one.number == number]
    states = session_states(found)
    return next((one for one in found if not states[one.pk].is_closed), None)


def _to_order(patient: Patient, number: int) -> HttpResponse:
    answer = redirect("dosing:order", patient_key=patient.key, number=number)
    answer.status_code = 303
    return answer


@door("dosing_session", of=of_session)
def record(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the record of a session, for the screen and for one sheet of paper."""
    chart = chart_at(request)
    if request.user.role == Role.PATIENT and not chart.stage.is_closed:
        raise Http404  # security.md 3.2: the patient reads it once the session is over
    zone = request.user.clinic.zone
    facts = record_facts(
        chart.record, request.access.at, zone, name=chart.patient.screen_name, live=False
    )
    may_order = request.access.may("dose_order", "read", chart.patient.pk)
    may_events = request.access.may("adverse_event", "read", chart.patient.pk)
    context = {
        "session": chart.session,
        "patient": chart.patient,
        "clinic": chart.session.clinic,
        "stage": chart.stage,
        "order": chart.order if may_order else None,
        "record": draw_record(facts),
        "modelled": draw_modelled(chart.record, doses_in(chart.session), zone),
        "feed": tuple(reversed(feed_of(chart.record, chart.patient.screen_name))),
        "may_amend": request.access.may("dosing_session", Action.AMEND, chart.patient.pk)
        and request.user.role != Role.PATIENT,
        "given_mg": chart.record.given_mg,
        "crossings": chart.record.crossings,
        "signatures": chart.signatures,
        "checks": _checks(chart),
        "events": adverse_events_of(chart.session) if may_events else (),
        "terms": {one.code: one.name for one in load_room().adverse_events},
        "printed_at": request.access.at,
        "waits": chart.held,
        "decided": [
            (row, sent_words(row.receipt, chart.record)) for row in decisions_in(chart.session)
        ],
        "is_staff": request.access.may("dosing_session", Action.CREATE, chart.patient.pk),
    }
    return render(request, "dosing/record.html", context)


def _checks(chart: Chart) -> list[dict[str, Any]]:
    """List the newest answer and lift of each check, with who said so when."""
    rows = []
    for (phase, code), given in sorted(chart.answers.items(), key=_in_order):
        newest = given[-1]
        rows.append({"phase": phase, "code": code, "newest": newest, "count": len(given)})
    return rows


def _in_order(item: tuple[tuple[str, str], Any]) -> tuple[str, int]:
    (phase, code), _ = item
    return ("0" if phase == "gate" else "1", int(code[1:]))


@door("adverse_event", read=Action.CREATE, write=Action.CREATE, of=of_session)
def adverse_events(request: Request, **kwargs: Any) -> HttpResponse:
    """List the adverse events of a session, and record one."""
    chart = chart_at(request)
    form = AdverseEventForm(posted(request))
    try:
        if form.is_valid():
            record_adverse_event(
                by=request.user,
                at=request.access.at,
                patient=chart.patient,
                session=chart.session,
                event=form.seen(),
                entry_id=form.cleaned_data["entry_id"],
            )
            answer = redirect("dosing:adverse_events", session_key=chart.session.key)
            answer.status_code = 303
            return answer
    except InvalidInput as wrong:
        for name, words in wrong.fields.items():
            form.add_error(name if name in form.fields else None, words)
    vocabulary = load_room()
    context = {
        "session": chart.session,
        "patient": chart.patient,
        "form": form,
        "terms": {one.code: one.name for one in vocabulary.adverse_events},
        "events": adverse_events_of(chart.session),
        "note": vocabulary.adverse_note,
        "may_review": request.access.may("adverse_event", Action.SIGN, chart.patient.pk),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "dosing/adverse_events.html", context, status=status)


@door("dosing_session", read=Action.CREATE, of=of_session)
def summary(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the session in the fields of the monitoring form."""
    chart = chart_at(request)
    may_card = request.access.may("emergency_card", "read", chart.patient.pk)
    may_events = request.access.may("adverse_event", "read", chart.patient.pk)
    context = {
        "session": chart.session,
        "patient": chart.patient,
        "clinic": chart.session.clinic,
        "order": chart.order,
        "given_mg": chart.record.given_mg,
        "is_dosed": chart.record.first_dose_at is not None,
        "sum": summary_of(chart),
        "may_card": may_card,
        "may_events": may_events,
        "terms": {one.code: one.name for one in load_room().adverse_events},
    }
    return render(request, "dosing/summary.html", context)
