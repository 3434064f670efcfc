"""
The pages on which a patient reads, chooses and signs, whichever way they came to them.

In their own app they are signed in; on a tablet of the clinic they are not, and whoever handed
it over witnesses. The words, the choices and what is asked are the same.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url

from kapstone.catalogue.consent import ConsentPage
from kapstone.clinic.consent.actions import choose_in_consent, sign_consent
from kapstone.clinic.consent.forms import CheckForm, SignForm, page_form
from kapstone.clinic.consent.handing import Place
from kapstone.clinic.consent.models import ConsentHandover
from kapstone.clinic.consent.pages import PageChosen, Reading, reading_of, steps_of
from kapstone.clinic.consent.queries import talk_of, wrong_answers
from kapstone.clinic.consent.rules import TOUCH, too_soon_after_dose
from kapstone.clinic.measures.rest import last_dose_of
from kapstone.core.people.http import posted
from kapstone.core.people.models import Patient, User
from kapstone.errors import Finding, Refused

REVIEW = "?back=review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """By which way a patient reads and signs, and the names of its addresses."""

    patient: Patient
    at: datetime
    by: User
    home: str
    topic: str
    check: str
    sign: str
    signed: str  # where signing leads
    handover: ConsentHandover | None = None


def last_dose_at(patient: Patient, at: datetime) -> datetime | None:
    """Give when the last dose was given."""
    last = last_dose_of(patient, at)
    return last.given_at if last else None


def too_soon(patient: Patient, at: datetime, reading: Reading) -> Finding | None:
    """Give the reason to read now and choose later, if a dose was too recent."""
    hours = reading.text.template.hours_after_dose.value
    return too_soon_after_dose(at, last_dose_at(patient, at), hours)


def _find(reading: Reading, code: str) -> tuple[ConsentPage, PageChosen]:
    for page, chosen in zip(reading.text.pages, reading.pages, strict=True):
        if chosen.code == code:
            return page, chosen
    raise Http404


def topic_page(request: HttpRequest, way: Way, code: str) -> HttpResponse:
    """Show one topic, and keep what the patient chooses about it."""
    patient, at = way.patient, way.at
    reading = reading_of(patient, at)
    page, chosen = _find(reading, code)
    template = reading.text.template
    form = page_form(template, page.element, posted(request), reading.chosen.get(code))
    findings: tuple[Finding, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            choose_in_consent(
                by=way.by,
                at=at,
                patient=patient,
                question=code,
                value=form.choice(),
                last_dose_at=last_dose_at(patient, at),
                handover=way.handover,
            )
        except Refused as refusal:
            findings = refusal.findings
        else:
            check = page.element.check
            if check is not None and reading.chosen.get(check.code) != check.right:
                return redirect(resolve_url(way.check, code=code) + _keeps(request))
            return _after(request, way, reading, code)
    number, total = steps_of(reading.pages, code)
    context = {
        "way": way,
        "keeps": _keeps(request),
        "page": page,
        "chosen": chosen,
        "form": form,
        "is_touch": code == TOUCH,
        "agrees": not (code == TOUCH or page.element.purposes or page.element.preferences),
        "number": number,
        "total": total,
        "back": reading.pages[number - 2].code if number > 1 else "",
        "after": reading.pages[number].code if number < total else "",
        "too_soon": too_soon(patient, at, reading),
        "findings": findings,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "consent/topic.html", context, status=status)


def _keeps(request: HttpRequest) -> str:
    """Keep in the address that the page was opened from the review, to go back to it."""
    return REVIEW if request.GET.get("back") == "review" else ""


def _after(request: HttpRequest, way: Way, reading: Reading, code: str) -> HttpResponse:
    """Go to the page after this one; after the last, or from the review, to signing."""
    number, total = steps_of(reading.pages, code)
    if number < total and not _keeps(request):
        return redirect(way.topic, code=reading.pages[number].code)
    return redirect(way.sign)


def check_page(request: HttpRequest, way: Way, code: str) -> HttpResponse:
    """Ask the question after a topic; a wrong answer explains, and allows again for ever."""
    patient, at = way.patient, way.at
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
                by=way.by,
                at=at,
                patient=patient,
                question=question.code,
                value=form.cleaned_data["answer"],
                last_dose_at=last_dose_at(patient, at),
                handover=way.handover,
            )
        except Refused as refusal:
            findings = refusal.findings
        else:
            if form.cleaned_data["answer"] == question.right:
                return _after(request, way, reading, code)
    explains = request.method == "POST" and form.is_valid() and not findings
    template = reading.text.template
    wrong = wrong_answers(patient, template, question.code)
    context = {
        "way": way,
        "keeps": _keeps(request),
        "page": page,
        "question": question,
        "form": form,
        "explains": explains,
        "offers_call": wrong >= template.check_tries.value,
        "call_words": template.after_three_wrong,
        "clinic": patient.clinic,
        "findings": findings,
    }
    # A wrong answer is kept, and counted: only what was not kept is refused.
    status = 422 if request.method == "POST" and not explains else 200
    return render(request, "consent/check.html", context, status=status)


def sign_page(request: HttpRequest, way: Way) -> HttpResponse:
    """Show every choice once more, and take the name."""
    patient, at = way.patient, way.at
    reading = reading_of(patient, at)
    form = SignForm(
        posted(request),
        initial={"entry_id": uuid4(), "text_sha256": reading.text.sha256},
    )
    findings: tuple[Finding, ...] = ()
    if form.is_valid():
        try:
            sign_consent(
                by=way.by,
                at=at,
                patient=patient,
                last_dose_at=last_dose_at(patient, at),
                place=Place(
                    device=request.headers.get("User-Agent", ""), handover=way.handover
                ),
                **form.cleaned_data,
            )
        except Refused as refusal:
            findings = refusal.findings
        else:
            return redirect(way.signed)
    context = {
        "way": way,
        "reading": reading,
        "sign_words": reading.text.template.sign_words,
        "form": form,
        "talk": talk_of(patient, reading.text.template, at),
        "too_soon": too_soon(patient, at, reading),
        "findings": findings,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "consent/sign.html", context, status=status)
