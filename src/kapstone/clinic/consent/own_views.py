"""
The patient's pages of consent: one topic a page, yes and no alike, taken back as easily.

Nothing is kept on the device: each choice goes to the server, and the form opens again where
the patient stopped. Reading is always open; choosing and signing wait for a clear head.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from kapstone.catalogue.consent import ConsentPage
from kapstone.clinic.consent.actions import choose_in_consent, sign_consent, withdraw_consent
from kapstone.clinic.consent.forms import CheckForm, SignForm, WithdrawForm, page_form
from kapstone.clinic.consent.pages import (
    PageChosen,
    Reading,
    pages_signed,
    reading_of,
    standing_pages,
    steps_of,
)
from kapstone.clinic.consent.queries import consent_state, talk_of, wrong_answers
from kapstone.clinic.consent.rules import TOUCH, too_soon_after_dose
from kapstone.clinic.consent.texts import text_signed
from kapstone.clinic.measures.rest import last_dose_of
from kapstone.core.access.doors import door, of_self
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient
from kapstone.errors import Finding, Refused


def _last_dose_at(patient: Patient, at: datetime) -> datetime | None:
    last = last_dose_of(patient, at)
    return last.given_at if last else None


def _too_soon(patient: Patient, at: datetime, reading: Reading) -> Finding | None:
    hours = reading.text.template.hours_after_dose.value
    return too_soon_after_dose(at, _last_dose_at(patient, at), hours)


@door("consent", of=of_self)
def own_consent(request: Request, **kwargs: Any) -> HttpResponse:
    """Show where the patient's consent stands, and the one thing to do next."""
    patient: Patient = request.target.record
    at = request.access.at
    state = consent_state(patient, at)
    reading = reading_of(patient, at)
    context = {
        "state": state,
        "in_force": state.in_force,
        "reading": reading,
        "signed": pages_signed(state),
        "too_soon": _too_soon(patient, at, reading),
        "talk": talk_of(patient, reading.text.template, at),
    }
    return render(request, "consent/own_consent.html", context)


def _find(reading: Reading, code: str) -> tuple[ConsentPage, PageChosen]:
    for page, chosen in zip(reading.text.pages, reading.pages, strict=True):
        if chosen.code == code:
            return page, chosen
    raise Http404


@door("consent", write=Action.CREATE, of=of_self)
def topic(request: Request, *, code: str, **kwargs: Any) -> HttpResponse:
    """Show one topic, and keep what the patient chooses about it."""
    patient: Patient = request.target.record
    at = request.access.at
    reading = reading_of(patient, at)
    page, chosen = _find(reading, code)
    template = reading.text.template
    form = page_form(template, page.element, posted(request), reading.chosen.get(code))
    findings: tuple[Finding, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            choose_in_consent(
                by=request.user,
                at=at,
                patient=patient,
                question=code,
                value=form.choice(),
                last_dose_at=_last_dose_at(patient, at),
            )
        except Refused as refusal:
            findings = refusal.findings
        else:
            check = page.element.check
            if check is not None and reading.chosen.get(check.code) != check.right:
                return redirect("consent:check", code=code)
            return _after(reading, code)
    number, total = steps_of(reading.pages, code)
    context = {
        "page": page,
        "chosen": chosen,
        "form": form,
        "is_touch": code == TOUCH,
        "agrees": not (code == TOUCH or page.element.purposes or page.element.preferences),
        "number": number,
        "total": total,
        "back": reading.pages[number - 2].code if number > 1 else "",
        "after": reading.pages[number].code if number < total else "",
        "too_soon": _too_soon(patient, at, reading),
        "findings": findings,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "consent/topic.html", context, status=status)


def _after(reading: Reading, code: str) -> HttpResponse:
    """Go to the page after this one, and after the last to signing."""
    number, total = steps_of(reading.pages, code)
    if number < total:
        return redirect("consent:topic", code=reading.pages[number].code)
    return redirect("consent:sign")


@door("consent", write=Action.CREATE, of=of_self)
def check(request: Request, *, code: str, **kwargs: Any) -> HttpResponse:
    """Ask the question after a topic; a wrong answer explains, and allows again for ever."""
    patient: Patient = request.target.record
    at = request.access.at
    reading = reading_of(patient, at)
    page, _ = _find(reading, code)
    question = page.element.check
    if question is None:
        raise Http404
    form = CheckForm(question, posted(request))
    findings: tuple[Finding, ...] = ()
    if form.is_valid():
        try:
            choose_in_consent(
                by=request.user,
                at=at,
                patient=patient,
                question=question.code,
                value=form.cleaned_data["answer"],
                last_dose_at=_last_dose_at(patient, at),
            )
        except Refused as refusal:
            findings = refusal.findings
        else:
            if form.cleaned_data["answer"] == question.right:
                return _after(reading, code)
    explains = request.method == "POST" and form.is_valid() and not findings
    template = reading.text.template
    wrong = wrong_answers(patient, template, question.code)
    context = {
        "page": page,
        "question": question,
        "form": form,
        "explains": explains,
        "offers_call": wrong >= template.check_tries.value,
        "call_words": template.after_three_wrong,
        "clinic": request.user.clinic,
        "findings": findings,
    }
    # A wrong answer is kept, and counted: only what was not kept is refused.
    status = 422 if request.method == "POST" and not explains else 200
    return render(request, "consent/check.html", context, status=status)


@door("consent", write=Action.SIGN, of=of_self)
def sign(request: Request, **kwargs: Any) -> HttpResponse:
    """Show every choice once more, and take the name."""
    patient: Patient = request.target.record
    at = request.access.at
    reading = reading_of(patient, at)
    form = SignForm(
        posted(request),
        initial={"entry_id": uuid4(), "text_sha256": reading.text.sha256},
    )
    findings: tuple[Finding, ...] = ()
    if form.is_valid():
        try:
            sign_consent(
                by=request.user,
                at=at,
                patient=patient,
                last_dose_at=_last_dose_at(patient, at),
                device=request.headers.get("User-Agent", ""),
                **form.cleaned_data,
            )
        except Refused as refusal:
            findings = refusal.findings
        else:
            return redirect("consent:own_consent")
    context = {
        "reading": reading,
        "sign_words": reading.text.template.sign_words,
        "form": form,
        "talk": talk_of(patient, reading.text.template, at),
        "too_soon": _too_soon(patient, at, reading),
        "findings": findings,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "consent/sign.html", context, status=status)


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
