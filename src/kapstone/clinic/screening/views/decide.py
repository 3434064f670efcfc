"""The decision: ask for more, not now with help, or accept with two signatures."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render

from kapstone.clinic.scheduling.letters import not_now as letter_not_now
from kapstone.clinic.scheduling.queries import help_of
from kapstone.clinic.screening.actions import ask_for_more, sign_eligibility
from kapstone.clinic.screening.forms import MoreForm, NotNowForm, SignForm
from kapstone.clinic.screening.models import EligibilitySignature, Screening
from kapstone.clinic.screening.queries import (
    screening_facts,
    screening_patient,
    signatures_of,
)
from kapstone.clinic.screening.rules import check_screening
from kapstone.clinic.screening.views.shared import attempt, screening_of, status_of
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Role, User
from kapstone.core.ui.pages import see_other
from kapstone.errors import Weight


def _capacity_of(user: User) -> str:
    """Suggest in which capacity a user signs; one who holds both chooses."""
    if user.role == Role.PRESCRIBER:
        return EligibilitySignature.Capacity.PRESCRIBER
    return EligibilitySignature.Capacity.MENTAL_HEALTH


def _start(request: Request) -> dict[str, object]:
    return {"entry_id": uuid4(), "capacity": _capacity_of(request.user)}


@door("screening", read=Action.SIGN, write=Action.SIGN, of=screening_of)
def more(request: Request, **kwargs: Any) -> HttpResponse:
    """Decide that more is wanted before a decision."""
    shown: Screening = request.target.record
    form = MoreForm(posted(request), initial={"entry_id": uuid4()})
    asked = attempt(
        form,
        lambda: ask_for_more(
            by=request.user,
            at=request.access.at,
            screening=shown,
            words=form.cleaned_data["words"],
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    if asked is not None:
        messages.success(request, "Kept. The screening waits for it.")
        return see_other("screening:screening", screening_key=shown.key)
    context = {"screening": shown, "patient": screening_patient(shown), "form": form}
    return render(request, "screening/more.html", context, status=status_of(request))


@door("screening", read=Action.SIGN, write=Action.SIGN, of=screening_of)
def accept(request: Request, **kwargs: Any) -> HttpResponse:
    """Sign that somebody is eligible, with what is noted and was weighed."""
    shown: Screening = request.target.record
    form = SignForm(posted(request), initial=_start(request))
    signed = attempt(
        form,
        lambda: sign_eligibility(
            by=request.user,
            at=request.access.at,
            screening=shown,
            capacity=form.cleaned_data["capacity"],
            verdict=EligibilitySignature.Verdict.ELIGIBLE,
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    if signed is not None:
        messages.success(request, "Signed with your name.")
        return see_other("screening:screening", screening_key=shown.key)
    facts = screening_facts(shown, request.access.at, ages_count=True)
    findings = tuple(check_screening(facts))
    context = {
        "screening": shown,
        "patient": screening_patient(shown),
        "form": form,
        "blocks": [one for one in findings if one.weight is Weight.BLOCK],
        "cautions": [one for one in findings if one.weight is Weight.CAUTION],
        "signatures": signatures_of(shown),
        "rules": facts.rules,
    }
    return render(request, "screening/accept.html", context, status=status_of(request))


@door("screening", read=Action.SIGN, write=Action.SIGN, of=screening_of)
def decline(request: Request, **kwargs: Any) -> HttpResponse:
    """Sign "not now", with a reason for the record and a letter that says where help is."""
    shown: Screening = request.target.record
    patient = screening_patient(shown)
    name = shown.request.name if shown.request else patient.legal_name
    form = NotNowForm(
        posted(request),
        initial={**_start(request), "letter": letter_not_now(name, help_of(shown.clinic))},
    )
    signed = attempt(
        form,
        lambda: sign_eligibility(
            by=request.user,
            at=request.access.at,
            screening=shown,
            capacity=form.cleaned_data["capacity"],
            verdict=EligibilitySignature.Verdict.NOT_NOW,
            reason=form.cleaned_data["reason"],
            letter=form.cleaned_data["letter"],
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    if signed is not None:
        messages.success(request, "Signed. The letter is on the screening page.")
        return see_other("screening:screening", screening_key=shown.key)
    context = {"screening": shown, "patient": patient, "form": form}
    return render(request, "screening/not_now.html", context, status=status_of(request))
