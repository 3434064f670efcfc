"""
The patient's pages of consent: one topic a page, yes and no alike, taken back as easily.

Nothing is kept on the device: each choice goes to the server, and the form opens again where
the patient stopped. Reading is always open; choosing and signing wait for a clear head.
"""

from typing import Any
from uuid import uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from kapstone.clinic.consent.actions import withdraw_consent
from kapstone.clinic.consent.forms import WithdrawForm
from kapstone.clinic.consent.pages import pages_signed, reading_of, standing_pages
from kapstone.clinic.consent.queries import consent_state, talk_of
from kapstone.clinic.consent.reading import Way, check_page, sign_page, too_soon, topic_page
from kapstone.clinic.consent.texts import text_signed
from kapstone.core.access.doors import door, of_self
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient
from kapstone.errors import Finding, Refused


def _own_way(request: Request) -> Way:
    return Way(
        patient=request.target.record,
        at=request.access.at,
        by=request.user,
        home="consent:own_consent",
        topic="consent:topic",
        check="consent:check",
        sign="consent:sign",
        signed="consent:own_consent",
    )


@door("consent", of=of_self)
def own_consent(request: Request, **kwargs: Any) -> HttpResponse:
    """Show where the patient's consent stands, and the one thing to do next."""
    patient: Patient = request.target.record
    at = request.access.at
    state = consent_state(patient, at)
    reading = reading_of(patient, at)
    context = {
        "way": _own_way(request),
        "state": state,
        "in_force": state.in_force,
        "reading": reading,
        "signed": pages_signed(state),
        "too_soon": too_soon(patient, at, reading),
        "talk": talk_of(patient, reading.text.template, at),
    }
    return render(request, "consent/own_consent.html", context)


@door("consent", write=Action.CREATE, of=of_self)
def topic(request: Request, *, code: str, **kwargs: Any) -> HttpResponse:
    """Show one topic, and keep what the patient chooses about it."""
    return topic_page(request, _own_way(request), code)


@door("consent", write=Action.CREATE, of=of_self)
def check(request: Request, *, code: str, **kwargs: Any) -> HttpResponse:
    """Ask the question after a topic; a wrong answer explains, and allows again for ever."""
    return check_page(request, _own_way(request), code)


@door("consent", write=Action.SIGN, of=of_self)
def sign(request: Request, **kwargs: Any) -> HttpResponse:
    """Show every choice once more, and take the name."""
    return sign_page(request, _own_way(request))


@door("consent", write=Action.SIGN, of=of_self)
def withdraw(request: Request, **kwargs: Any) -> HttpResponse:
    """Take back the consent, all of it or one page; open at every hour."""
    patient: Patient = request.target.record
    at = request.access.at
    state = consent_state(patient, at)
    parts = standing_pages(state)
    form = WithdrawForm(parts, posted(request), initial={"entry_id": uuid4()})
    findings: tuple[Finding, ...] = ()
    if form.is_valid():
        try:
            withdraw_consent(by=request.user, at=at, patient=patient, **form.withdrawn())
        except Refused as refusal:
            findings = refusal.findings
        else:
            return redirect("consent:own_consent")
    context = {
        "state": state,
        "form": form,
        "has_parts": bool(parts),
        "findings": findings,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "consent/withdraw.html", context, status=status)


@door("consent", of=of_self)
def own_copy(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the form exactly as it was signed, to keep or to print."""
    patient: Patient = request.target.record
    state = consent_state(patient, request.access.at)
    if state.signature is None:
        raise Http404
    text = text_signed(state.signature)
    context = {
        "signature": state.signature,
        "pages": zip(text.pages, pages_signed(state), strict=True),
        "intro": text.template.intro,
        "matches": text.sha256 == state.signature.text_sha256,
        "patient": patient,
    }
    return render(request, "consent/own_copy.html", context)
