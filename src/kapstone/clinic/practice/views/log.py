"""One tap at the fork: log it, see it, undo it within seconds."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from kapstone.catalogue.post import Opens
from kapstone.clinic.course.queries import course_open
from kapstone.clinic.practice.actions import log_walk, undo_walk
from kapstone.clinic.practice.forms import WalkForm, moment_of
from kapstone.clinic.practice.frame import own_frame
from kapstone.clinic.practice.models import ForkWalk
from kapstone.clinic.practice.queries import fork_last_walked
from kapstone.clinic.practice.rules import UNDO_SECONDS
from kapstone.clinic.preparation.models import Fork
from kapstone.clinic.preparation.queries import forks_of
from kapstone.core.access.doors import Target, door, of_self, own_sets, target_of, through_link
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient
from kapstone.core.ui.pages import see_other
from kapstone.errors import Refused


def of_fork(request: Request, **kwargs: Any) -> Target:
    """Find the asker's own fork that ``fork_key`` in the address names."""
    own = Fork.objects.filter(subjects_id__in=own_sets(request))
    fork = own.filter(key=kwargs["fork_key"]).select_related("subjects").first()
    if fork is None:
        raise Http404
    return target_of(fork)


def of_walk(request: Request, **kwargs: Any) -> Target:
    """Find the asker's own walk that ``walk_id`` in the address names."""
    walk = (
        ForkWalk.objects.filter(subjects_id__in=own_sets(request), entry_id=kwargs["walk_id"])
        .select_related("subjects", "fork")
        .first()
    )
    if walk is None:
        raise Http404
    return target_of(walk)


def _patient_of(record: Fork | ForkWalk) -> Patient:
    return record.subjects.only_patient


@through_link(Opens.LOG)
@door("trail", of=of_self)
def log(request: Request, **kwargs: Any) -> HttpResponse:
    """Open the fork walked last at once, so that a log is two taps from anywhere."""
    patient = request.target.record
    fork = fork_last_walked(patient)
    if fork is None:
        context = own_frame(request, patient, may_name=course_open(patient) is not None)
        return render(request, "practice/no_fork.html", context)
    return _show(request, patient, fork, WalkForm(), 200)


@through_link(Opens.LOG)
@door("trail", write=Action.CREATE, of=of_fork)
def log_at(request: Request, **kwargs: Any) -> HttpResponse:
    """Show one fork with its three cards; a tap on one logs the walk."""
    fork = request.target.record
    patient = _patient_of(fork)
    form = WalkForm(posted(request))
    if request.method != "POST":
        return _show(request, patient, fork, form, 200)
    findings: tuple[Any, ...] = ()
    if form.is_valid():
        given, at = form.cleaned_data, request.access.at
        try:
            walk = log_walk(
                by=request.user,
                at=at,
                fork=fork,
                which=given["which"],
                walked_at=moment_of(given["when"], at, patient.clinic.zone),
                word=given["word"],
                entry_id=given["entry_id"],
            )
        except Refused as refusal:
            findings = refusal.findings
        else:
            return see_other("practice:logged", walk_id=walk.entry_id)
    return _show(request, patient, fork, form, 422, findings=findings)


def _show(
    request: Request, patient: Patient, fork: Fork, form: WalkForm, status: int, **more: Any
) -> HttpResponse:
    others = [one for one in forks_of(patient) if one.pk != fork.pk]
    context = own_frame(request, patient, fork=fork, form=form, others=others, **more)
    return render(request, "practice/log.html", context, status=status)


@through_link(Opens.LOG)
@door("trail", of=of_walk)
def logged(request: Request, **kwargs: Any) -> HttpResponse:
    """Say what was kept, and offer to undo it for a few seconds."""
    walk = request.target.record
    since = (request.access.at - walk.recorded_at).total_seconds()
    context = own_frame(
        request,
        _patient_of(walk),
        walk=walk,
        may_undo=walk.undone_at is None and since <= UNDO_SECONDS,
        undo_seconds=UNDO_SECONDS,
    )
    return render(request, "practice/logged.html", context)


@through_link(Opens.LOG)
@door("trail", read=None, write=Action.CREATE, of=of_walk)
def undo(request: Request, **kwargs: Any) -> HttpResponse:
    """Take the walk back."""
    walk = request.target.record
    undo_walk(by=request.user, at=request.access.at, walk=walk)
    return see_other("practice:logged", walk_id=walk.entry_id)
