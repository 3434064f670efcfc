"""A patient's courses: the one that is open, those before it, opening and ending."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render

from kapstone.catalogue.orders import load_programmes
from kapstone.clinic.course.actions import end_course, open_course
from kapstone.clinic.course.forms import CourseForm, EndForm, preset_in_words
from kapstone.clinic.course.models import Course
from kapstone.clinic.course.queries import (
    course_header,
    courses_of,
    indication_in_words,
)
from kapstone.core.access.doors import Target, door, of_patient, target_of
from kapstone.core.access.policy import Action, Mode
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient
from kapstone.core.ui.pages import see_other
from kapstone.errors import Refused


def course_of(request: Request, course_key: UUID, **kwargs: Any) -> Target:
    """Find the course that the address names."""
    found = Course.objects.filter(key=course_key).select_related("subjects__only_patient")
    course = found.first()
    if course is None:
        raise Http404
    return target_of(course)


def _status(request: Request) -> int:
    return 422 if request.method == "POST" else 200


def _refused(form: forms.Form, refusal: Refused) -> None:
    for finding in refusal.findings:
        form.add_error(None, finding.message)


@door("course", write=Action.CREATE, of=of_patient, existence=True)
def course(request: Request, **kwargs: Any) -> HttpResponse:
    """Show a patient's courses, and open one where none is open."""
    patient: Patient = request.target.record
    if request.decision.mode == Mode.EXISTENCE:
        context = {"patient": patient, "open": courses_of(patient).exists()}
        return render(request, "course/exists.html", context)
    asked_for = {"entry_id": uuid4(), "indication": request.GET.get("indication", "")}
    form = CourseForm(posted(request), initial=asked_for)
    if form.is_valid():
        try:
            open_course(
                by=request.user, at=request.access.at, patient=patient, **form.cleaned_data
            )
        except Refused as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, "The course is open.")
            return see_other("course:course", patient_key=patient.key)
    header = course_header(patient, request.access.at)
    context = {
        "patient": patient,
        "header": header,
        "programme": _programme(header.course) if header else "",
        "before": [
            (one, indication_in_words(one.indication))
            for one in courses_of(patient).filter(ended_at__isnull=False)
        ],
        "form": form,
        "may_open": request.access.may("course", Action.CREATE, patient.pk),
    }
    return render(request, "course/course.html", context, status=_status(request))


def _programme(course: Course) -> str:
    """Say the programme in words; one that left the catalogue is said by its code."""
    for preset in load_programmes().presets:
        if preset.code == course.programme:
            return preset_in_words(preset)
    return course.programme


@door("course", read=Action.CREATE, write=Action.CREATE, of=course_of)
def end(request: Request, **kwargs: Any) -> HttpResponse:
    """End a course, with a reason."""
    shown: Course = request.target.record
    patient = shown.subjects.only_patient
    form = EndForm(posted(request))
    if form.is_valid():
        try:
            end_course(by=request.user, at=request.access.at, course=shown, **form.cleaned_data)
        except Refused as refusal:
            _refused(form, refusal)
        else:
            messages.success(request, "The course has ended.")
            return see_other("course:course", patient_key=patient.key)
    context = {
        "patient": patient,
        "course": shown,
        "indication": indication_in_words(shown.indication),
        "form": form,
    }
    return render(request, "course/end.html", context, status=_status(request))
