"""The clinic's page of preparation: intention, forks, and the checklist of each dose."""

from typing import Any
from uuid import uuid4

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kapstone.catalogue.checklists import ChecklistItem, load_checklist
from kapstone.clinic.course.models import Course
from kapstone.clinic.course.queries import course_open
from kapstone.clinic.preparation.actions import check_preparation
from kapstone.clinic.preparation.forms import ItemForm
from kapstone.clinic.preparation.models import Intention
from kapstone.clinic.preparation.pages import ItemShown, checklist_of, next_dose_number
from kapstone.clinic.preparation.queries import forks_of, intention_of, intentions_of
from kapstone.core.access.doors import door, of_patient
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request
from kapstone.core.people.models import Patient
from kapstone.core.ui.pages import page_or_part
from kapstone.core.ui.parts import NavItem
from kapstone.errors import InvalidInput


@door("preparation", write=Action.CREATE, of=of_patient)
def preparation(request: Request, **kwargs: Any) -> HttpResponse:
    """Show how far a dose is prepared; keep the answer to one item at a time."""
    patient: Patient = request.target.record
    course = course_open(patient)
    if course is None:
        return render(request, "preparation/preparation.html", {"patient": patient})
    number = _number(request, course)
    item = _item(request.POST.get("item", ""))
    form: ItemForm | None = None
    if request.method == "POST":
        if item is None:
            raise InvalidInput({"item": "Open this page again, then answer once more."})
        form = ItemForm(item, request.POST, auto_id=f"{item.code}_%s")
        if form.is_valid() and _keep(request, course, number, form):
            return _again(request, patient, number)
    context = _context(request, patient, course, number, form)
    template = page_or_part(request, "preparation/preparation.html", "checklist")
    status = 422 if request.method == "POST" else 200
    return render(request, template, context, status=status)


def _number(request: Request, course: Course) -> int:
    given = request.GET.get("dose", "")
    wanted = int(given) if given.isdecimal() and len(given) < 4 else 0
    if 1 <= wanted <= course.planned_sessions:
        return wanted
    return next_dose_number(course, request.access.at)


def _item(code: str) -> ChecklistItem | None:
    return next((one for one in load_checklist().items if one.code == code), None)


def _keep(request: Request, course: Course, number: int, form: ItemForm) -> bool:
    try:
        check_preparation(
            by=request.user,
            at=request.access.at,
            course=course,
            number=number,
            item=form.cleaned_data["item"],
            value=form.answer(),
            entry_id=form.cleaned_data["entry_id"],
        )
    except InvalidInput as wrong:
        form.add_error("value", next(iter(wrong.fields.values())))
        return False
    return True


def _again(request: Request, patient: Patient, number: int) -> HttpResponse:
    """Show the list as it stands now: the part for htmx, else the page by its address."""
    if request.htmx:
        course = course_open(patient)
        assert course is not None  # noqa: S101  it was open a moment ago, in this transaction
        context = _context(request, patient, course, number)
        return render(request, "preparation/preparation.html#checklist", context)
    root = reverse("preparation:preparation", kwargs={"patient_key": patient.key})
    return HttpResponseRedirect(f"{root}?dose={number}", status=303)


def _form_of(shown: ItemShown, wrong: ItemForm | None) -> ItemForm:
    """Give an empty form for an item, or the one that came back with what was typed."""
    code = shown.item.code
    if wrong is not None and wrong.data.get("item") == code:
        return wrong
    initial = {"entry_id": uuid4(), "item": code}
    return ItemForm(shown.item, auto_id=f"{code}_%s", initial=initial)


def _context(
    request: Request,
    patient: Patient,
    course: Course,
    number: int,
    wrong: ItemForm | None = None,
) -> dict[str, Any]:
    access = request.access
    shown = checklist_of(course, number)
    root = reverse("preparation:preparation", kwargs={"patient_key": patient.key})
    reads_words = access.may("intention", Action.READ, patient.pk)
    intention = intention_of(course) if reads_words else None
    return {
        "patient": patient,
        "course": course,
        "shown": shown,
        "here": f"{root}?dose={number}",
        "doses": [
            NavItem(label=f"Dose {one}", href=f"{root}?dose={one}", current=one == number)
            for one in range(1, course.planned_sessions + 1)
        ],
        "blocks": [
            (block, [(one, _form_of(one, wrong)) for one in block.items])
            for block in shown.blocks
        ],
        "may_write": access.may("preparation", Action.CREATE, patient.pk),
        "reads_intention": reads_words,
        "intention": intention,
        "earlier": intentions_of(course)[1:] if reads_words else (),
        "about": _about(intention),
        "reads_forks": access.may("trail", Action.READ, patient.pk),
        "forks": forks_of(patient) if access.may("trail", Action.READ, patient.pk) else (),
        "reminder": load_checklist().intention_reminder,
    }


def _about(intention: Intention | None) -> str:
    """Say in words what an intention is about."""
    kinds = {kind.code: kind.label for kind in load_checklist().intention_kinds}
    return kinds.get(intention.category, "") if intention else ""
