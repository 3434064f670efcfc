"""The clinic's queue of requests: read one, invite, or say not now with help."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from kapstone.clinic.scheduling.actions import answer_request
from kapstone.clinic.scheduling.forms import InviteForm, LetterForm
from kapstone.clinic.scheduling.letters import invitation, not_now
from kapstone.clinic.scheduling.models import AppointmentRequest, RequestAnswer
from kapstone.clinic.scheduling.queries import (
    answer_on,
    help_of,
    request_decision,
    requests_answered,
    requests_waiting,
    suggested_names,
)
from kapstone.core.access.doors import door, of_patient
from kapstone.core.access.policy import Action, Mode
from kapstone.core.people.http import Request, posted
from kapstone.core.ui.pages import see_other
from kapstone.errors import InvalidInput, Refused

_ANSWERED_A_PAGE = 25


def _mode(request: Request) -> Mode:
    """Say how much of the clinic's requests this user sees."""
    return request_decision(request.user, Action.READ).mode


def _may_answer(request: Request) -> bool:
    return request_decision(request.user, Action.CREATE).allowed


@door("appointment_request")
def queue(request: Request, **kwargs: Any) -> HttpResponse:
    """List the requests that wait, the longest first, and those that were answered."""
    mode = _mode(request)
    clinic = request.user.clinic
    answered = Paginator(requests_answered(clinic), _ANSWERED_A_PAGE)
    context = {
        "waiting": requests_waiting(clinic, request.access.at),
        "answered": answered.get_page(request.GET.get("page")),
        "names": mode == Mode.FULL,
        "queue_names": mode == Mode.FULL,
        "screening": request.access.may_anywhere("screening"),
        "clinic": clinic,
        "at": request.access.at,
    }
    return render(request, "scheduling/requests.html", context)


def _found(request_key: UUID) -> AppointmentRequest:
    found = (
        AppointmentRequest.objects.filter(key=request_key)
        .select_related("patient", "clinic", "answer__answered_by")
        .first()
    )
    if found is None:
        raise Http404
    return found


def _page(request: Request, wish: AppointmentRequest, mode: Mode) -> HttpResponse:
    clinic = request.user.clinic
    context = {
        "wish": wish,
        "answer": getattr(wish, "answer", None),
        "answer_on": answer_on(wish),
        "waiting": requests_waiting(clinic, request.access.at),
        "names": mode == Mode.FULL,
        "queue_names": request_decision(request.user, Action.READ).mode == Mode.FULL,
        "may_answer": _may_answer(request),
        "at": request.access.at,
        "clinic": clinic,
    }
    return render(request, "scheduling/request.html", context)


@door("appointment_request")
def one(request: Request, request_key: UUID, **kwargs: Any) -> HttpResponse:
    """
    Show one request of somebody who is not a patient yet.

    One that was taken up is about a patient, and moves to the patient's own address, where the
    policy asks how the reader stands to them.
    """
    mode = _mode(request)
    wish = _found(request_key)
    if wish.patient is not None:
        return redirect("scheduling:patient_request", patient_key=wish.patient.key)
    return _page(request, wish, mode)


@door("appointment_request", of=of_patient, existence=True)
def of_patient_page(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the request that a patient once made, or to some no more than that they did."""
    wish = AppointmentRequest.objects.filter(patient=request.target.record).first()
    if wish is None:
        raise Http404
    return _page(request, _found(wish.key), request.decision.mode)


def _to_answer(request: Request, request_key: UUID) -> AppointmentRequest:
    """Find a request for someone who may answer it; to all others it does not exist."""
    if not _may_answer(request):
        raise Http404
    return _found(request_key)


def _answer(
    request: Request, wish: AppointmentRequest, form: forms.Form, send: Callable[[], object]
) -> HttpResponse | None:
    """Send an answer if the form is sound; put what was refused beside the form."""
    if not form.is_valid():
        return None
    try:
        send()
    except InvalidInput as wrong:
        for name, words in wrong.fields.items():
            form.add_error(name if name in form.fields else None, words)
    except Refused as refusal:
        for finding in refusal.findings:
            form.add_error("letter", finding.message)
    else:
        messages.success(request, "Answered. The letter is below.")
        return see_other("scheduling:request", request_key=wish.key)
    return None


@door("appointment_request", read=Action.CREATE, write=Action.CREATE)
def invite(request: Request, request_key: UUID, **kwargs: Any) -> HttpResponse:
    """Invite someone to screening: register them, and write the letter."""
    wish = _to_answer(request, request_key)
    number, screen_name = suggested_names(wish.clinic_id)
    form = InviteForm(
        posted(request),
        initial={
            "number": number,
            "screen_name": screen_name,
            "letter": invitation(wish.name, help_of(wish.clinic)),
        },
    )
    done = _answer(
        request,
        wish,
        form,
        lambda: answer_request(
            by=request.user,
            at=request.access.at,
            request=wish,
            answer=RequestAnswer.Answer.SCREENING,
            letter=form.cleaned_data["letter"],
            newcomer=form.newcomer(),
        ),
    )
    status = 422 if request.method == "POST" else 200
    context = {"wish": wish, "form": form, "inviting": True}
    return done or render(request, "scheduling/answer.html", context, status=status)


@door("appointment_request", read=Action.CREATE, write=Action.CREATE)
def decline(request: Request, request_key: UUID, **kwargs: Any) -> HttpResponse:
    """Say not now, with a letter that names where help is."""
    wish = _to_answer(request, request_key)
    letter = not_now(wish.name, help_of(wish.clinic))
    form = LetterForm(posted(request), initial={"letter": letter})
    done = _answer(
        request,
        wish,
        form,
        lambda: answer_request(
            by=request.user,
            at=request.access.at,
            request=wish,
            answer=RequestAnswer.Answer.NOT_NOW,
            letter=form.cleaned_data["letter"],
        ),
    )
    status = 422 if request.method == "POST" else 200
    context = {"wish": wish, "form": form, "inviting": False}
    return done or render(request, "scheduling/answer.html", context, status=status)
