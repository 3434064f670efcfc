"""Explain, choose page by page, sign, withdraw, and ask again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from kapstone.catalogue.consent import ConsentText, Element
from kapstone.clinic.consent.handing import OWN_DEVICE, Place, check_handover
from kapstone.clinic.consent.models import (
    ConsentAskedAgain,
    ConsentChoice,
    ConsentHandover,
    ConsentSignature,
    ConsentTalk,
    ConsentWithdrawal,
)
from kapstone.clinic.consent.queries import (
    choices_kept,
    needed_elements,
    signatures_of,
    talk_of,
)
from kapstone.clinic.consent.rules import (
    Choice,
    SigningFacts,
    check_choice,
    check_signing,
    too_soon_after_dose,
)
from kapstone.clinic.consent.texts import current_template, fill_ins_for, text_for
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Patient, Role, User
from kapstone.core.people.repeats import first_written
from kapstone.core.people.subjects import patient_ids
from kapstone.errors import Finding, InvalidInput, NotAllowed, Refused, Weight


@transaction.atomic
def explain_consent(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    has_capacity: bool,
    words: str = "",
    entry_id: UUID | None = None,
) -> ConsentTalk:
    """
    Attest that the form was explained in person, and whether the patient can decide.

    Raises
    ------
    NotAllowed
        If the policy does not let this user sign in this patient's screening.
    """
    require(by=by, at=at, record_class="screening", action="sign", subjects=[patient.pk])
    entry_id = entry_id or uuid4()
    hold("consent", patient.pk)
    if (first := first_written(ConsentTalk, entry_id, patient.alone)) is not None:
        return first
    template = current_template()
    talk = ConsentTalk.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        template=template.code,
        template_version=str(template.version),
        has_capacity=has_capacity,
        words=words.strip(),
        explained_at=at,
    )
    _note(by=by, at=at, deed="consent-explained", record=talk, version=template.version)
    return talk


@transaction.atomic
def choose_in_consent(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    question: str,
    value: Choice,
    last_dose_at: datetime | None = None,
    handover: ConsentHandover | None = None,
) -> ConsentChoice:
    """
    Keep what a patient chose on one page, or answered to a check question. Nothing is signed.

    ``last_dose_at`` is found by the caller, as for :func:`sign_consent`. With a ``handover``
    the patient chooses on a tablet of the clinic, and ``by`` is who handed it over.

    Raises
    ------
    NotAllowed
        If the policy says no: only the patient chooses.
    InvalidInput
        If there is no such page or question, or it does not allow the choice.
    Refused
        If a dose was too recent to choose with a clear head.
    """
    _allow(by, at, patient, "create", handover)
    text = text_for(patient, at)
    hours = text.template.hours_after_dose.value
    if too_soon := too_soon_after_dose(at, last_dose_at, hours):
        raise Refused([too_soon])
    if fault := _fault(text, question, value):
        raise InvalidInput({question: fault})
    choice = ConsentChoice.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        recorded_at=at,
        recorded_by=by,
        template=text.template.code,
        template_version=str(text.template.version),
        question=question,
        value=value,
        chosen_at=at,
        handover=handover,
    )
    _note(by=by, at=at, deed="consent-page-chosen", record=choice, page=question)
    return choice


def _allow(
    by: User, at: datetime, patient: Patient, action: str, handover: ConsentHandover | None
) -> None:
    """Let the patient act for themselves, or on a tablet that a witness handed to them."""
    if handover is None:
        require(by=by, at=at, record_class="consent", action=action, subjects=[patient.pk])
        return
    require(
        by=by, at=at, record_class="consent_witness", action="create", subjects=[patient.pk]
    )
    check_handover(by=by, at=at, patient=patient, handover=handover)
    if handover.confirmed_at is None:
        raise NotAllowed("Nobody has said on this tablet who they are.")


def _fault(text: ConsentText, question: str, value: Choice) -> str:
    for page in text.pages:
        if page.element.code == question:
            return check_choice(text.template, page.element, value)
        check = page.element.check
        if check is not None and check.code == question:
            codes = [option.code for option in check.options]
            return "" if value in codes else "Choose one of the answers."
    return f"The form has no page {question}."


@transaction.atomic
def sign_consent(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    signed_name: str,
    text_sha256: str,
    last_dose_at: datetime | None,
    place: Place = OWN_DEVICE,
    entry_id: UUID | None = None,
) -> ConsentSignature:
    """
    Sign what was chosen page by page, in the words that were read.

    The choices are those kept by :func:`choose_in_consent`; nothing is agreed to by signing
    that was not chosen on its own page.

    Parameters
    ----------
    text_sha256 : hash of the text that the patient read
    last_dose_at : when the last dose was given, if any; found by the caller, since doses belong
        to a later stage
    place : on which device; with a handover, on a tablet of the clinic, ``by`` its witness

    Raises
    ------
    NotAllowed
        If the policy does not let this user sign for this patient.
    Refused
        If it was not explained, a page is open or refused, a check question is open, a dose was
        too recent, or the text has changed.
    """
    _allow(by, at, patient, "sign", place.handover)
    entry_id = entry_id or uuid4()
    hold("consent", patient.pk)
    if (first := first_written(ConsentSignature, entry_id, patient.alone)) is not None:
        return first
    text = text_for(patient, at)
    chosen = choices_kept(patient, text.template)
    talk = talk_of(patient, text.template, at)
    needed = needed_elements(patient, text.template, at)
    facts = replace(
        _signing_facts(at, text, chosen, talk, needed),
        signed_name=signed_name,
        read_the_current_text=text_sha256 == text.sha256,
        last_dose_at=last_dose_at,
        witness=str(by) if place.handover else "",
    )
    if findings := tuple(check_signing(facts)):
        raise Refused(findings)
    assert talk is not None  # noqa: S101  without a talk there was a finding
    signature = ConsentSignature.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        template=text.template.code,
        template_version=str(text.template.version),
        text_sha256=text.sha256,
        elements={page.element.code: chosen[page.element.code] for page in text.pages},
        signed_name=signed_name.strip(),
        method=_method(by, place),
        explained_by=talk.recorded_by,
        has_capacity=talk.has_capacity,
        signed_at=at,
        fill_ins=dict(fill_ins_for(patient)),
        device=place.device[:200],
        handover=place.handover,
    )
    _note(
        by=by,
        at=at,
        deed="consent-signed",
        record=signature,
        version=text.template.version,
        text_sha256=text.sha256,
    )
    return signature


def _method(by: User, place: Place) -> str:
    """Say how the name was given: typed by the patient, witnessed, or on paper and entered."""
    if place.handover is not None:
        return ConsentSignature.Method.WITNESSED
    typed, paper = ConsentSignature.Method.TYPED, ConsentSignature.Method.PAPER
    return typed if by.role == Role.PATIENT else paper


def _signing_facts(
    at: datetime,
    text: ConsentText,
    chosen: Mapping[str, Choice],
    talk: ConsentTalk | None,
    needed: Sequence[Element],
) -> SigningFacts:
    """Gather what the record says; name, text read and dose come from the caller."""
    template = text.template
    checks = {
        page.element.check.code: page.element.check.right
        for page in text.pages
        if page.element.check is not None
    }
    return SigningFacts(
        at=at,
        explained_at=talk.explained_at if talk else None,
        has_capacity=talk is not None and talk.has_capacity,
        talk_counts_for=timedelta(days=template.talk_valid_days.value),
        required=[element.code for element in needed],
        chosen=chosen,
        to_choose=[page.element.code for page in text.pages],
        checks_open=[code for code, right in checks.items() if chosen.get(code) != right],
        hours_after_dose=template.hours_after_dose.value,
    )


@transaction.atomic
def withdraw_consent(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    element: str = "",
    reason: str = "",
    entry_id: UUID | None = None,
) -> ConsentWithdrawal:
    """
    Take back the newest consent, all of it or one page. It holds from this moment.

    Taking back what is already taken back changes nothing. No rule ever stands in the way.

    Raises
    ------
    NotAllowed
        If the policy says no.
    Refused
        If nothing was ever signed.
    InvalidInput
        If the signed form has no such page.
    """
    require(by=by, at=at, record_class="consent", action="sign", subjects=[patient.pk])
    entry_id = entry_id or uuid4()
    hold("consent", patient.pk)
    if (first := first_written(ConsentWithdrawal, entry_id, patient.alone)) is not None:
        return first
    signature = signatures_of(patient).first()
    if signature is None:
        words = "Nothing has been signed, so there is nothing to take back."
        raise Refused([Finding("nothing-signed", Weight.BLOCK, words)])
    if element and element not in signature.elements:
        raise InvalidInput({"element": f"The signed form has no page {element}."})
    if (standing := signature.withdrawals.filter(element=element).first()) is not None:
        return standing
    withdrawal = ConsentWithdrawal.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        signature=signature,
        element=element,
        reason=reason.strip(),
        withdrawn_at=at,
    )
    _note(by=by, at=at, deed="consent-withdrawn", record=withdrawal, element=element or "all")
    return withdrawal


@transaction.atomic
def ask_consent_again(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    reason: str,
    words: str = "",
    entry_id: UUID | None = None,
) -> ConsentAskedAgain:
    """
    Say that something changed, so that a new consent is needed before the next dose.

    Raises
    ------
    NotAllowed
        If the policy says no.
    InvalidInput
        If the reason is not one of those the form knows.
    """
    require(by=by, at=at, record_class="consent", action="sign", subjects=[patient.pk])
    if reason not in ConsentAskedAgain.Reason.values:
        raise InvalidInput({"reason": "Choose what has changed."})
    entry_id = entry_id or uuid4()
    hold("consent", patient.pk)
    if (first := first_written(ConsentAskedAgain, entry_id, patient.alone)) is not None:
        return first
    asked = ConsentAskedAgain.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        reason=reason,
        words=words.strip(),
        asked_at=at,
    )
    _note(by=by, at=at, deed="consent-asked-again", record=asked, reason=reason)
    return asked


def _note(
    *,
    by: User,
    at: datetime,
    deed: str,
    record: ConsentTalk
    | ConsentChoice
    | ConsentSignature
    | ConsentWithdrawal
    | ConsentAskedAgain,
    **detail: object,
) -> None:
    note(
        by=by,
        at=at,
        deed=deed,
        record=record,
        clinic_id=record.clinic_id,
        subjects=patient_ids(record.subjects),
        **detail,
    )
