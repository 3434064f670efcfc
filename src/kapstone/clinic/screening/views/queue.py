"""Who waits for a decision, who waits to be taken up, and the start of a screening."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from kapstone.clinic.scheduling.models import AppointmentRequest
from kapstone.clinic.scheduling.queries import request_decision
from kapstone.clinic.screening.actions import start_screening, take_up_screening
from kapstone.clinic.screening.forms import TakeUpForm
from kapstone.clinic.screening.models import Screening
from kapstone.clinic.screening.queries import (
    eligibility,
    invited_not_taken_up,
    newest_screening,
    screenings_open,
)
from kapstone.clinic.screening.views.shared import attempt, status_of
from kapstone.core.access.doors import door, of_patient
from kapstone.core.access.policy import Action, Mode, Relation, record_class
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient, Role, User
from kapstone.core.ui.pages import see_other

_CLINICIANS = {Role.PRESCRIBER, Role.THERAPIST}
_UNCLAIMED = Q(patient__care_team__isnull=True)


def _sees_existence(user: User) -> bool:
    return "M" in record_class("screening").letters(user.role, Relation.CLINIC)


def open_to(request: Request) -> list[Screening]:
    """List the open screenings that the reader may know of."""
    user = request.user
    if _sees_existence(user):
        return list(screenings_open(Patient.objects.filter(clinic_id=user.clinic_id)))
    return list(screenings_open(request.access.visible("screening")))


def _reads_requests(request: Request) -> bool:
    return request_decision(request.user, Action.READ).mode == Mode.FULL


def _may_take_up(request: Request) -> bool:
    """
    Say whether this user can begin a care team for somebody who was invited.

    They need not have read the request: taking it up is what gives them the right to.
    """
    knows = request_decision(request.user, Action.READ).allowed
    return knows and request.user.role in _CLINICIANS


def invited_to(request: Request) -> list[AppointmentRequest]:
    """List the invited people whom the reader may take up, or whose request they read."""
    if not (_may_take_up(request) or _reads_requests(request)):
        return []
    return list(invited_not_taken_up(request.user.clinic_id))


@door("screening", existence=True)
def queue(request: Request, **kwargs: Any) -> HttpResponse:
    """List who waits: for a clinician, and for a decision."""
    context = {
        "open": open_to(request),
        "invited": invited_to(request),
        "may_take_up": _may_take_up(request),
        "names": _reads_requests(request),
        "only_exists": _sees_existence(request.user),
        "clinic": request.user.clinic,
        "at": request.access.at,
    }
    return render(request, "screening/queue.html", context)


@door("screening", read=Action.CREATE, write=Action.CREATE)
def take_up(request: Request, request_key: UUID, **kwargs: Any) -> HttpResponse:
    """Take up an invited person: begin their care team and their screening."""
    wish = (
        AppointmentRequest.objects.filter(_UNCLAIMED, key=request_key, patient__isnull=False)
        .select_related("patient", "answer", "clinic")
        .first()
    )
    if wish is None or not _may_take_up(request):
        raise Http404
    form = TakeUpForm(posted(request), by=request.user, initial={"entry_id": uuid4()})

    def begin() -> Screening:
        colleague = form.cleaned_data["colleague"]
        return take_up_screening(
            by=request.user,
            at=request.access.at,
            request=wish,
            indication=form.cleaned_data["indication"],
            others=[colleague] if colleague else [],
            entry_id=form.cleaned_data["entry_id"],
        )

    screening = attempt(form, begin)
    if screening is not None:
        messages.success(request, "Taken up. The care team has begun.")
        return see_other("screening:screening", screening_key=screening.key)
    context = {"wish": wish, "form": form, "names": _reads_requests(request)}
    return render(request, "screening/take_up.html", context, status=status_of(request))


@door("screening", of=of_patient, existence=True)
def of_patient_page(request: Request, **kwargs: Any) -> HttpResponse:
    """Go to the screening that counts for a patient, or offer to start one."""
    patient: Patient = request.target.record
    screening = newest_screening(patient)
    if request.decision.mode == Mode.EXISTENCE:
        context = {"patient": patient, "screening": screening}
        return render(request, "screening/exists.html", context)
    if screening is not None:
        return redirect("screening:screening", screening_key=screening.key)
    context = {
        "patient": patient,
        "may_start": request.access.may("screening", Action.CREATE, patient.pk),
    }
    return render(request, "screening/none.html", context)


@door("screening", read=Action.CREATE, write=Action.CREATE, of=of_patient)
def start(request: Request, **kwargs: Any) -> HttpResponse:
    """Start a screening, the first or a new one."""
    patient: Patient = request.target.record
    form = TakeUpForm(posted(request), by=request.user, initial={"entry_id": uuid4()})
    screening = attempt(
        form,
        lambda: start_screening(
            by=request.user,
            at=request.access.at,
            patient=patient,
            indication=form.cleaned_data["indication"],
            request=AppointmentRequest.objects.filter(patient=patient).first(),
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    if screening is not None:
        messages.success(request, "Screening started.")
        return see_other("screening:screening", screening_key=screening.key)
    context = {
        "patient": patient,
        "form": form,
        "standing": eligibility(patient, request.access.at),
    }
    return render(request, "screening/start.html", context, status=status_of(request))
