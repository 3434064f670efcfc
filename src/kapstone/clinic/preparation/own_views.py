"""The patient's pages of preparation: intention, forks, and what to say before a session."""

from typing import Any
from uuid import uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from kapstone.catalogue.checklists import ChecklistItem, load_checklist
from kapstone.clinic.course.models import Course
from kapstone.clinic.course.queries import course_open, courses_of
from kapstone.clinic.measures.rest import is_resting
from kapstone.clinic.preparation.actions import (
    check_preparation,
    name_fork,
    put_fork_away,
    set_intention,
)
from kapstone.clinic.preparation.forms import ForkForm, IntentionForm, ItemForm
from kapstone.clinic.preparation.models import Fork
from kapstone.clinic.preparation.pages import checklist_of, next_dose_number
from kapstone.clinic.preparation.queries import forks_of, intention_of
from kapstone.clinic.preparation.rules import MOST_FORKS
from kapstone.core.access.doors import Target, door, of_self, target_of
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import own_patient
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient
from kapstone.core.people.subjects import sets_with
from kapstone.errors import Finding, InvalidInput, Refused


@door("intention", write=Action.CREATE, of=of_self)
def own_intention(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the intention and the forks in the patient's own words, and keep new ones."""
    patient: Patient = request.target.record
    course = course_open(patient)
    if course is None:
        return _shut(request, patient)
    if request.method == "GET" and is_resting(patient, request.access.at):
        return render(request, "preparation/not_yet.html", {"resting": True})
    intention = intention_of(course)
    initial: dict[str, Any] = {"entry_id": uuid4()}
    if intention is not None:
        initial |= {
            "text": intention.text,
            "category": intention.category,
            "confidence": intention.confidence,
        }
    checklist = load_checklist()
    form = IntentionForm(checklist, posted(request), initial=initial)
    if form.is_valid():
        try:
            set_intention(
                by=request.user, at=request.access.at, course=course, **form.cleaned_data
            )
        except InvalidInput as wrong:
            for name, words in wrong.fields.items():
                form.add_error(name or None, words)
        else:
            return redirect("preparation:own_intention")
    forks = forks_of(patient)
    context = {
        "intention": intention,
        "forks": forks,
        "may_name": len(forks) < MOST_FORKS,
        "checklist": checklist,
        "form": form,
        "writes": request.method == "POST" or intention is None or "change" in request.GET,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "preparation/own_intention.html", context, status=status)


def _shut(request: Request, patient: Patient) -> HttpResponse:
    """Say why there is nothing to write: no series is planned yet, or it is over."""
    context = {"over": courses_of(patient).exists()}
    return render(request, "preparation/not_yet.html", context)


@door("trail", read=Action.CREATE, write=Action.CREATE, of=of_self)
def new_fork(request: Request, **kwargs: Any) -> HttpResponse:
    """Name a fork: the cue, the old trail, the new trail."""
    patient: Patient = request.target.record
    course = course_open(patient)
    if course is None:
        return _shut(request, patient)
    form = ForkForm(posted(request), initial={"entry_id": uuid4()})
    return _keep_fork(request, course, form, None)


def of_own_fork(request: Request, **kwargs: Any) -> Target:
    """Find a standing fork of the patient who is signed in."""
    patient = own_patient(request.user)
    if patient is None:
        raise Http404
    fork = (
        Fork.objects.filter(
            key=kwargs["fork_key"],
            subjects_id__in=sets_with(patient),
            put_away_at__isnull=True,
        )
        .select_related("course", "subjects")
        .first()
    )
    if fork is None:
        raise Http404
    return target_of(fork)


@door("trail", write=Action.CREATE, of=of_own_fork)
def own_fork(request: Request, **kwargs: Any) -> HttpResponse:
    """Reword a fork; its walks stay with it."""
    fork: Fork = request.target.record
    initial = {
        "entry_id": uuid4(),
        "cue": fork.cue,
        "old_trail": fork.old_trail,
        "new_trail": fork.new_trail,
    }
    form = ForkForm(posted(request), initial=initial)
    return _keep_fork(request, fork.course, form, fork)


@door("trail", read=None, write=Action.AMEND, of=of_own_fork)
def put_away(request: Request, **kwargs: Any) -> HttpResponse:
    """Take a fork off the map; nothing that was logged is lost."""
    put_fork_away(by=request.user, at=request.access.at, fork=request.target.record)
    return redirect("preparation:own_intention")


def _keep_fork(
    request: Request, course: Course, form: ForkForm, fork: Fork | None
) -> HttpResponse:
    findings: tuple[Finding, ...] = ()
    if form.is_valid():
        try:
            name_fork(
                by=request.user,
                at=request.access.at,
                course=course,
                replaces=fork,
                **form.cleaned_data,
            )
        except InvalidInput as wrong:
            for name, words in wrong.fields.items():
                form.add_error(name or None, words)
        except Refused as refusal:
            findings = refusal.findings
        else:
            return redirect("preparation:own_intention")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "fork": fork, "findings": findings}
    return render(request, "preparation/own_fork.html", context, status=status)


@door("preparation", write=Action.CREATE, of=of_self)
def own_day(request: Request, **kwargs: Any) -> HttpResponse:
    """Ask what the patient alone can say before a session, one thing at a time."""
    patient: Patient = request.target.record
    at = request.access.at
    course = course_open(patient)
    if course is None:
        return _shut(request, patient)
    if request.method == "GET" and is_resting(patient, at):
        return render(request, "preparation/not_yet.html", {"resting": True})
    shown = checklist_of(course, next_dose_number(course, at))
    items = [one for one in shown.items if one.of_patient]
    wanted = request.POST.get("item") or request.GET.get("item", "")
    current = next((one for one in items if one.item.code == wanted), None) or next(
        (one for one in items if one.is_open), None
    )
    form = _item_form(request, current.item) if current else None
    if form is not None and current is not None and form.is_valid():
        try:
            check_preparation(
                by=request.user,
                at=at,
                course=course,
                number=shown.number,
                item=current.item.code,
                value=form.answer(),
                entry_id=form.cleaned_data["entry_id"],
            )
        except InvalidInput as wrong:
            form.add_error("value", next(iter(wrong.fields.values())))
        else:
            return redirect("preparation:own_day")
    context = {
        "number": shown.number,
        "items": [one for one in items if not one.is_open],
        "current": current,
        "form": form,
        "done": sum(not one.is_open for one in items),
        "total": len(items),
        "said_no": any(one.is_no for one in items),
        "intention": intention_of(course),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "preparation/own_day.html", context, status=status)


def _item_form(request: Request, item: ChecklistItem) -> ItemForm:
    return ItemForm(item, posted(request), initial={"entry_id": uuid4(), "item": item.code})
