"""The clinic's page of consent: in force or why not, what was chosen, versions, the talk."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from kapstone.clinic.consent.actions import (
    ask_consent_again,
    explain_consent,
    withdraw_consent,
)
from kapstone.clinic.consent.forms import AskAgainForm, ExplainForm, WithdrawForm
from kapstone.clinic.consent.models import ConsentSignature
from kapstone.clinic.consent.pages import pages_signed, reading_of, standing_pages, versions_of
from kapstone.clinic.consent.queries import ConsentState, consent_state, signatures_of, talk_of
from kapstone.clinic.consent.texts import text_signed
from kapstone.core.access.doors import door, of_patient
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient
from kapstone.errors import Refused


@door("consent", of=of_patient)
def consent(request: Request, **kwargs: Any) -> HttpResponse:
    """Show one patient's consent to the clinic."""
    patient: Patient = request.target.record
    at = request.access.at
    state = consent_state(patient, at)
    reading = reading_of(patient, at)
    template = reading.text.template
    signs = request.access.may("consent", Action.SIGN, patient.pk)
    context = {
        "patient": patient,
        "state": state,
        "in_force": state.in_force,
        "signed": pages_signed(state),
        "versions": versions_of(patient),
        "reading": reading,
        "template": template,
        "talk": talk_of(patient, template, at),
        "reads_talk": request.access.may("screening", Action.READ, patient.pk),
        "explains": request.access.may("screening", Action.SIGN, patient.pk),
        "signs": signs,
        "witnesses": request.access.may("consent_witness", Action.CREATE, patient.pk),
    }
    return render(request, "consent/consent.html", context)


@door("screening", read=Action.SIGN, write=Action.SIGN, of=of_patient)
def explain(request: Request, **kwargs: Any) -> HttpResponse:
    """Attest that the form was explained, and whether the patient can decide."""
    patient: Patient = request.target.record
    form = ExplainForm(posted(request), initial={"entry_id": uuid4()})
    if form.is_valid():
        explain_consent(
            by=request.user, at=request.access.at, patient=patient, **form.cleaned_data
        )
        messages.success(request, "Kept. The patient can sign for two weeks, here or at home.")
        return redirect("consent:consent", patient_key=patient.key)
    context = {
        "patient": patient,
        "form": form,
        "pages": reading_of(patient, request.access.at).text.pages,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "consent/explain.html", context, status=status)


@door("consent", read=Action.SIGN, write=Action.SIGN, of=of_patient)
def ask_again(request: Request, **kwargs: Any) -> HttpResponse:
    """Say that something changed, so that consent is needed again before the next dose."""
    patient: Patient = request.target.record
    form = AskAgainForm(posted(request), initial={"entry_id": uuid4()})
    if form.is_valid():
        ask_consent_again(
            by=request.user, at=request.access.at, patient=patient, **form.cleaned_data
        )
        messages.success(request, "Kept. The gate stays closed until the patient has signed.")
        return redirect("consent:consent", patient_key=patient.key)
    status = 422 if request.method == "POST" else 200
    context = {"patient": patient, "form": form}
    return render(request, "consent/ask_again.html", context, status=status)


@door("consent", read=Action.SIGN, write=Action.SIGN, of=of_patient)
def record_withdrawal(request: Request, **kwargs: Any) -> HttpResponse:
    """Record a withdrawal that the patient gave in person or by telephone."""
    patient: Patient = request.target.record
    state = consent_state(patient, request.access.at)
    form = WithdrawForm(standing_pages(state), posted(request), initial={"entry_id": uuid4()})
    findings: tuple[Any, ...] = ()
    if form.is_valid():
        try:
            withdraw_consent(
                by=request.user, at=request.access.at, patient=patient, **form.withdrawn()
            )
        except Refused as refusal:
            findings = refusal.findings
        else:
            messages.success(request, "Kept. It holds from this moment.")
            return redirect("consent:consent", patient_key=patient.key)
    context = {"patient": patient, "form": form, "findings": findings}
    status = 422 if request.method == "POST" else 200
    return render(request, "consent/record_withdrawal.html", context, status=status)


@door("consent", of=of_patient)
def copy(request: Request, *, signature_key: Any, **kwargs: Any) -> HttpResponse:
    """Show one signature with the text exactly as it was read, to print."""
    patient: Patient = request.target.record
    signature: ConsentSignature | None = (
        signatures_of(patient).filter(key=signature_key).first()
    )
    if signature is None:
        raise Http404
    text = text_signed(signature)
    state = ConsentState(
        in_force=None,
        findings=(),
        signature=signature,
        withdrawals=tuple(signature.withdrawals.order_by("withdrawn_at")),
    )
    context = {
        "patient": patient,
        "signature": signature,
        "pages": zip(text.pages, pages_signed(state), strict=True),
        "intro": text.template.intro,
        "matches": text.sha256 == signature.text_sha256,
    }
    return render(request, "consent/copy.html", context)
