"""
The patient's pages of measures: one item a page, saved each step, a kind page where it matters.

Nothing is kept on the device: each answer goes to the server as it is given, and the page opens
again where the patient stopped.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse

from kapstone.catalogue.instruments import (
    Instrument,
    Item,
    ItemKind,
    items_to_ask,
    load_instrument,
)
from kapstone.clinic.measures.actions import answer_measure, keep_draft, keep_safety_plan
from kapstone.clinic.measures.forms import LEFT_OPEN, OneAnswerForm, SafetyPlanForm
from kapstone.clinic.measures.models import MeasureRequest, SafetyCall
from kapstone.clinic.measures.pages import asking_is_over
from kapstone.clinic.measures.plan import plan_headings, plan_shown
from kapstone.clinic.measures.queries import draft_of, requests_open, safety_plan_of
from kapstone.clinic.measures.rest import is_resting
from kapstone.core.access.doors import Target, door, of_self, target_of
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import own_patient
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient
from kapstone.core.people.subjects import sets_with
from kapstone.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One questionnaire that waits, with its name and how far the patient has come."""

    request: MeasureRequest
    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a questionnaire the patient stands."""

    item: Item
    number: int
    total: int
    back: str

    @property
    def is_choice(self) -> bool:
        """Whether the answer is one of a few, rather than a number."""
        return self.item.kind is ItemKind.CHOICE


def of_own_request(request: Request, **kwargs: Any) -> Target:
    """Find a questionnaire asked of the patient who is signed in; nobody else's exists here."""
    patient = own_patient(request.user)
    if patient is None:
        raise Http404
    asked = (
        MeasureRequest.objects.filter(
            key=kwargs["request_key"], subjects_id__in=sets_with(patient)
        )
        .select_related("subjects")
        .first()
    )
    if asked is None:
        raise Http404
    return target_of(asked)


@door("measure", of=of_self)
def own_measures(request: Request, **kwargs: Any) -> HttpResponse:
    """List the questionnaires that wait for the patient; none while they rest."""
    patient: Patient = request.target.record
    at = request.access.at
    resting = is_resting(patient, at)
    waiting = requests_open(Patient.objects.filter(pk=patient.pk), at)
    asked = [
        Asked(
            request=one,
            name=load_instrument(one.instrument).label,
            count=len(load_instrument(one.instrument).items),
        )
        for one in (() if resting else waiting)
    ]
    return render(request, "measures/own_measures.html", {"asked": asked, "resting": resting})


@door("measure", write=Action.CREATE, of=of_own_request)
def question(request: Request, **kwargs: Any) -> HttpResponse:
    """Show one item, and keep its answer."""
    asked: MeasureRequest = request.target.record
    if (elsewhere := _elsewhere(request, asked)) is not None:
        return elsewhere
    sheet = load_instrument(asked.instrument)
    given = draft_of(asked)
    item = _item(sheet, given, request.POST.get("item") or request.GET.get("item", ""))
    if item is None:
        return redirect("measures:send", request_key=asked.key)
    if request.method == "POST":
        return _keep(request, asked, sheet, item)
    form = OneAnswerForm(sheet, item, initial={"answer": _initial(given.get(item.code))})
    return _page(request, asked, sheet, item, form)


def _elsewhere(request: Request, asked: MeasureRequest) -> HttpResponse | None:
    """Give the page to show instead: already sent, too late, or the patient is at rest."""
    patient = own_patient(request.user)
    if hasattr(asked, "answers"):
        return redirect("measures:thanks", request_key=asked.key)
    if asking_is_over(asked, request.access.at):
        return render(request, "measures/over.html", {})
    if request.method == "GET" and patient and is_resting(patient, request.access.at):
        return render(request, "measures/own_measures.html", {"asked": [], "resting": True})
    return None


def _item(sheet: Instrument, given: dict[str, float | None], wanted: str) -> Item | None:
    """Give the item asked for, or the first one that has no answer yet; None at the end."""
    items = items_to_ask(sheet, given)
    by_code = {item.code: item for item in items}
    if wanted:
        return by_code.get(wanted)
    return next((item for item in items if item.code not in given), None)


def _initial(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _place(asked: MeasureRequest, sheet: Instrument, item: Item) -> Place:
    items = items_to_ask(sheet, draft_of(asked))
    here = next(i for i, one in enumerate(items) if one.code == item.code)
    root = reverse("measures:question", kwargs={"request_key": asked.key})
    back = f"{root}?item={items[here - 1].code}" if here else reverse("measures:own_measures")
    return Place(item=item, number=here + 1, total=len(items), back=back)


def _page(
    request: Request,
    asked: MeasureRequest,
    sheet: Instrument,
    item: Item,
    form: OneAnswerForm,
    status: int = 200,
) -> HttpResponse:
    context = {
        "asked": asked,
        "sheet": sheet,
        "place": _place(asked, sheet, item),
        "form": form,
        "left_open": LEFT_OPEN,
    }
    return render(request, "measures/question.html", context, status=status)


def _keep(
    request: Request, asked: MeasureRequest, sheet: Instrument, item: Item
) -> HttpResponse:
    leaves_open = request.POST.get("leave") == LEFT_OPEN
    form = OneAnswerForm(sheet, item, request.POST)
    if not leaves_open and not form.is_valid():
        return _page(request, asked, sheet, item, form, status=422)
    value = None if leaves_open else form.cleaned_data["answer"]
    calls = keep_draft(
        by=request.user, at=request.access.at, request=asked, item=item.code, value=value
    )
    if any(call.priority != SafetyCall.Priority.REVIEW for call in calls):
        return redirect("measures:care", request_key=asked.key)
    return _next(asked, sheet, item)


def _next(asked: MeasureRequest, sheet: Instrument, item: Item) -> HttpResponseRedirect:
    """Go to the item after this one: a patient who went back walks forward again."""
    items = items_to_ask(sheet, draft_of(asked))
    here = next(i for i, one in enumerate(items) if one.code == item.code)
    root = reverse("measures:question", kwargs={"request_key": asked.key})
    if here + 1 < len(items):
        return HttpResponseRedirect(f"{root}?item={items[here + 1].code}", status=303)
    return HttpResponseRedirect(
        reverse("measures:send", kwargs={"request_key": asked.key}), status=303
    )


@door("measure", write=Action.CREATE, of=of_own_request)
def send(request: Request, **kwargs: Any) -> HttpResponse:
    """Show what is answered and what is open, and send it."""
    asked: MeasureRequest = request.target.record
    if (elsewhere := _elsewhere(request, asked)) is not None:
        return elsewhere
    patient = Patient.objects.get(user=request.user)
    sheet = load_instrument(asked.instrument)
    given = draft_of(asked)
    if request.method == "POST":
        answers = answer_measure(
            by=request.user,
            at=request.access.at,
            patient=patient,
            instrument=asked.instrument,
            items=given,
            request=asked,
        )
        grave = answers.safety_calls.exclude(priority=SafetyCall.Priority.REVIEW)
        page = "measures:care" if grave.exists() else "measures:thanks"
        return redirect(page, request_key=asked.key)
    items = items_to_ask(sheet, given)
    root = reverse("measures:question", kwargs={"request_key": asked.key})
    rows = [
        {
            "text": f"{item.lead} {item.text}".strip(),
            "answer": _in_words(sheet, item, given.get(item.code)),
            "href": f"{root}?item={item.code}",
        }
        for item in items
    ]
    context = {
        "asked": asked,
        "sheet": sheet,
        "rows": rows,
        "open": sum(given.get(item.code) is None for item in items),
        "back": f"{root}?item={items[-1].code}",
    }
    return render(request, "measures/send.html", context)


def _in_words(sheet: Instrument, item: Item, value: float | None) -> str:
    if value is None:
        return ""
    labels = {float(option.value): option.label for option in sheet.options_of(item)}
    return labels.get(float(value), f"{value:g} {item.unit}".strip())


@door("measure", of=of_own_request)
def thanks(request: Request, **kwargs: Any) -> HttpResponse:
    """Say that the answers arrived. No score: a number alone is read as a grade."""
    asked: MeasureRequest = request.target.record
    if not hasattr(asked, "answers"):
        return redirect("measures:question", request_key=asked.key)
    calls = asked.safety_calls.exclude(priority=SafetyCall.Priority.REVIEW)
    context = {"asked": asked, "calls": calls.exists()}
    return render(request, "measures/thanks.html", context)


@door("measure", of=of_own_request)
def care(request: Request, **kwargs: Any) -> HttpResponse:
    """
    Answer a grave reply at once, with kindness and with facts.

    Says who is told, until when they mean to call, when the clinic watches, and what to do if
    that is too long. Help now stays in its corner.
    """
    asked: MeasureRequest = request.target.record
    call = (
        SafetyCall.objects.filter(request=asked)
        .exclude(priority=SafetyCall.Priority.REVIEW)
        .order_by("due_at")
        .first()
    )
    if call is None:
        return redirect("measures:question", request_key=asked.key)
    clinic = request.user.clinic
    is_sent = hasattr(asked, "answers")
    context = {
        "asked": asked,
        "call": call,
        "is_emergency": call.priority == SafetyCall.Priority.EMERGENCY,
        "is_about_life": "suicide" in _groups(asked, call),
        "due_at": call.due_at.astimezone(clinic.zone),
        "clinic": clinic,
        "is_sent": is_sent,
        "plan": plan_shown(safety_plan_of(Patient.objects.get(user=request.user))),
    }
    return render(request, "measures/care.html", context)


def _groups(asked: MeasureRequest, call: SafetyCall) -> set[str]:
    sheet = load_instrument(asked.instrument)
    return {rule.group for rule in sheet.critical if rule.code == call.trigger}


@door("suicidality", write=Action.CREATE, of=of_self)
def own_safety_plan(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the patient's own plan for hard hours, and keep a new version of it."""
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
            return redirect("measures:own_safety_plan")
    context = {
        "plan": plan,
        "shown": plan_shown(plan),
        "form": form,
        "writes": status == 422 or plan is None or "change" in request.GET,
    }
    return render(request, "measures/own_safety_plan.html", context, status=status)
