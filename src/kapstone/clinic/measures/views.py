"""The clinic's pages of measures: one patient's scores, asking, entering, and safety calls."""

from datetime import datetime, time
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from kapstone.catalogue.instruments import instruments
from kapstone.clinic.measures.actions import (
    answer_measure,
    ask_measure,
    keep_safety_plan,
    record_safety_call_try,
)
from kapstone.clinic.measures.forms import AskForm, SafetyPlanForm, TryForm, WholeReplyForm
from kapstone.clinic.measures.models import SafetyCall
from kapstone.clinic.measures.pages import measures_page
from kapstone.clinic.measures.plan import plan_headings, plan_shown
from kapstone.clinic.measures.queries import safety_plan_of
from kapstone.core.access.doors import Target, door, of_patient, target_of
from kapstone.core.access.policy import Action, Mode
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient
from kapstone.errors import InvalidInput, Refused

END_OF_DAY = time(23, 59)


@door("measure", of=of_patient, limited=True)
def measures(request: Request, **kwargs: Any) -> HttpResponse:
    """Show one patient's scores over time, what changed, what is missing, and open calls."""
    patient: Patient = request.target.record
    limited = request.decision.mode == Mode.LIMITED
    page = measures_page(
        request.access,
        patient,
        request.GET.get("of", ""),
        request.user.clinic.zone,
        only_today=limited,
    )
    may_write = request.access.may("measure", Action.CREATE, patient.pk)
    context = {
        "patient": patient,
        "page": page,
        "limited": limited,
        "may_write": may_write,
        "may_call": request.access.may("suicidality", Action.CREATE, patient.pk),
    }
    return render(request, "measures/measures.html", context)


@door("measure", read=Action.CREATE, write=Action.CREATE, of=of_patient)
def ask(request: Request, **kwargs: Any) -> HttpResponse:
    """Ask a patient for a questionnaire by a day."""
    patient: Patient = request.target.record
    form = AskForm(
        posted(request),
        initial={
            "entry_id": uuid4(),
            "due_on": request.access.at.astimezone(request.user.clinic.zone),
            "instrument": request.GET.get("instrument", ""),
        },
    )
    status = 422 if request.method == "POST" else 200
    if form.is_valid():
        due_on = form.cleaned_data["due_on"]
        ask_measure(
            by=request.user,
            at=request.access.at,
            patient=patient,
            instrument=form.cleaned_data["instrument"],
            point=form.cleaned_data["point"],
            due_at=datetime.combine(due_on, END_OF_DAY, request.user.clinic.zone),
            entry_id=form.cleaned_data["entry_id"],
        )
        messages.success(request, "Asked. It waits in the patient's app.")
        return redirect("measures:measures", patient_key=patient.key, permanent=False)
    return render(
        request, "measures/ask.html", {"patient": patient, "form": form}, status=status
    )


@door("measure", read=Action.CREATE, write=Action.CREATE, of=of_patient)
def enter(request: Request, *, instrument: str, **kwargs: Any) -> HttpResponse:
    """Enter a reply that the patient gave on paper or by voice."""
    patient: Patient = request.target.record
    sheet = instruments().get(instrument)
    if sheet is None:
        raise Http404
    at = request.access.at
    form = WholeReplyForm(
        sheet,
        posted(request),
        initial={"entry_id": uuid4(), "answered_at": at.astimezone(request.user.clinic.zone)},
    )
    status = 422 if request.method == "POST" else 200
    if form.is_valid():
        try:
            answers = answer_measure(
                by=request.user,
                at=at,
                patient=patient,
                instrument=instrument,
                items=form.items(),
                answered_at=form.cleaned_data["answered_at"],
                entry_id=form.cleaned_data["entry_id"],
            )
        except InvalidInput as wrong:
            for name, words in wrong.fields.items():
                form.add_error(name if name in form.fields else None, words)
        else:
            raised = answers.safety_calls.exists()
            messages.success(
                request, "Kept. A call is now due: see below." if raised else "Kept."
            )
            address = redirect("measures:measures", patient_key=patient.key)
            address["Location"] += f"?of={instrument}"
            return address
    items = [form[item.code] for item in sheet.items]
    context = {"patient": patient, "sheet": sheet, "form": form, "items": items}
    return render(request, "measures/enter.html", context, status=status)


def of_call(request: Request, **kwargs: Any) -> Target:
    """Find the safety call that the address names."""
    call = SafetyCall.objects.filter(key=kwargs["call_key"]).select_related("subjects").first()
    if call is None:
        raise Http404
    return target_of(call)


@door("suicidality", write=Action.CREATE, of=of_call)
def safety_call(request: Request, **kwargs: Any) -> HttpResponse:
    """Show one call: why, by when, what to do, what was tried; and record a try."""
    call: SafetyCall = request.target.record
    patient = Patient.objects.get(pk=request.target.subjects[0])
    form = TryForm(posted(request), initial={"entry_id": uuid4()})
    status = 422 if request.method == "POST" else 200
    findings: tuple[Any, ...] = ()
    if form.is_valid():
        try:
            done = record_safety_call_try(
                by=request.user, at=request.access.at, call=call, **form.cleaned_data
            )
        except Refused as refusal:
            findings = refusal.findings
        else:
            words = (
                "Kept. The call is closed."
                if done.outcome != "not-reached"
                else ("Kept. The call stays open until somebody reaches them.")
            )
            messages.success(request, words)
            return redirect("measures:safety_call", call_key=call.key)
    tries = tuple(call.tries.select_related("recorded_by").order_by("at"))
    closed = next((one for one in tries if one.outcome != "not-reached"), None)
    context = {
        "call": call,
        "patient": patient,
        "steps": steps_for(call.trigger),
        "tries": tries,
        "closed": closed,
        "is_late": closed is None and call.due_at < request.access.at,
        "plan": plan_shown(safety_plan_of(patient)),
        "form": form,
        "findings": findings,
        "may_write": request.access.may("suicidality", Action.CREATE, patient.pk),
    }
    return render(request, "measures/safety_call.html", context, status=status)


def steps_for(trigger: str) -> tuple[str, ...]:
    """Give the steps that the catalogue names for a trigger; none for one said in words."""
    for sheet in instruments().values():
        for rule in sheet.critical:
            if rule.code == trigger:
                return rule.steps
    return ()


@door("suicidality", write=Action.CREATE, of=of_patient)
def safety_plan(request: Request, **kwargs: Any) -> HttpResponse:
    """Show a patient's safety plan to the clinic, and keep a new version made together."""
    patient: Patient = request.target.record
    plan = safety_plan_of(patient)
    form = SafetyPlanForm(
        plan_headings(),
        posted(request),
        initial={"entry_id": uuid4()} | (plan.sections if plan else {}),
    )
    status = 422 if request.method == "POST" else 200
    if form.is_valid():
        try:
            keep_safety_plan(
                by=request.user,
                at=request.access.at,
                patient=patient,
                sections=form.sections(),
                entry_id=form.cleaned_data["entry_id"],
            )
        except InvalidInput as wrong:
            for name, words in wrong.fields.items():
                form.add_error(name or None, words)
        else:
            messages.success(request, "Kept. The version before it stays in the record.")
            return redirect("measures:safety_plan", patient_key=patient.key)
    context = {
        "patient": patient,
        "plan": plan,
        "shown": plan_shown(plan),
        "form": form,
        "may_write": request.access.may("suicidality", Action.CREATE, patient.pk),
    }
    return render(request, "measures/safety_plan.html", context, status=status)
