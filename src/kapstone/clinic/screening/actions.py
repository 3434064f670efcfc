"""Start a screening, record answers, lift what may be lifted, ask for more, and sign."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from kapstone.catalogue.baseline import load_baseline
from kapstone.catalogue.contraindications import load_rules
from kapstone.catalogue.instruments import load_instrument
from kapstone.clinic.measures.actions import raise_safety_call
from kapstone.clinic.scheduling.models import AppointmentRequest
from kapstone.clinic.scheduling.rules import check_letter
from kapstone.clinic.screening.answers import Answer, read_all
from kapstone.clinic.screening.decision import SignFacts, check_signature, snapshot
from kapstone.clinic.screening.models import (
    EligibilitySignature,
    MoreAsked,
    RuleLift,
    Screening,
    ScreeningAnswer,
)
from kapstone.clinic.screening.queries import (
    rules_of,
    screening_facts,
    screening_patient,
    version_of,
)
from kapstone.clinic.screening.rules import (
    SUICIDE_RISK,
    check_lift,
    check_screening,
    screening_rows,
)
from kapstone.core.access.actions import join_care_team
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require, team_memberships
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import CareRecord, Patient, Role, User
from kapstone.core.people.repeats import first_written
from kapstone.core.people.subjects import patient_ids
from kapstone.errors import InvalidInput, Refused


def _require(*, by: User, at: datetime, action: Action, screening: Screening) -> None:
    require(
        by=by,
        at=at,
        record_class="screening",
        action=action,
        subjects=patient_ids(screening.subjects),
    )


def _note(*, by: User, at: datetime, deed: str, record: CareRecord, **detail: Any) -> None:
    note(
        by=by,
        at=at,
        deed=deed,
        record=record,
        clinic_id=record.clinic_id,
        subjects=patient_ids(record.subjects),
        **detail,
    )


@transaction.atomic
def start_screening(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    indication: str,
    request: AppointmentRequest | None = None,
    entry_id: UUID | None = None,
) -> Screening:
    """
    Start a screening against the newest rules. It takes the place of an earlier one.

    Raises
    ------
    NotAllowed
        If the policy does not let this user write this patient's screening.
    """
    require(by=by, at=at, record_class="screening", action=Action.CREATE, subjects=[patient.pk])
    entry_id = entry_id or uuid.uuid4()
    hold("screening-of", patient.pk)
    if (first := first_written(Screening, entry_id, patient.alone)) is not None:
        return first
    screening = Screening.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        request=request,
        indication=indication,
        rules_version=version_of(load_rules()),
        started_at=at,
    )
    _note(by=by, at=at, deed="screening-started", record=screening, indication=indication)
    return screening


@transaction.atomic
def take_up_screening(
    *,
    by: User,
    at: datetime,
    request: AppointmentRequest,
    indication: str,
    others: Sequence[User] = (),
    entry_id: UUID | None = None,
) -> Screening:
    """
    Take up an invited person: begin their care team, and their screening.

    The first member of a care team joins of their own accord, and may name others.

    Raises
    ------
    NotAllowed
        If the user is no prescriber or therapist, or the team has begun without them.
    InvalidInput
        If the request was not taken up, so nobody is registered.
    """
    patient = request.patient
    if patient is None:
        raise InvalidInput({"": "The request has not been answered with an invitation."})
    hold("care-team-of", patient.pk)
    if not team_memberships(by, at).filter(patient=patient).exists():
        join_care_team(by=by, at=at, patient=patient, member=by, is_lead=True)
    for other in others:
        if not team_memberships(other, at).filter(patient=patient).exists():
            join_care_team(by=by, at=at, patient=patient, member=other)
    screening = start_screening(
        by=by, at=at, patient=patient, indication=indication, request=request, entry_id=entry_id
    )
    _note(by=by, at=at, deed="request-taken-up", record=screening, request=request.reference)
    return screening


@transaction.atomic
def answer_datum(
    *,
    by: User,
    at: datetime,
    screening: Screening,
    datum: str,
    value: Any,
    source: str = "clinician",
    detail: str = "",
    entry_id: UUID | None = None,
) -> ScreeningAnswer:
    """
    Write down one answer, as :func:`answer_data` does; the newest counts.

    The same entry sent twice is written once.
    """
    _require(by=by, at=at, action=Action.CREATE, screening=screening)
    if entry_id is not None:
        first = first_written(ScreeningAnswer, entry_id, screening.subjects)
        if first is not None:
            return first
    answer = Answer(datum=datum, value=value, source=source, detail=detail)
    (kept,) = _write(by=by, at=at, screening=screening, answers=[answer], entry_id=entry_id)
    _note(by=by, at=at, deed="screening-answered", record=screening, data=[datum])
    return kept


@transaction.atomic
def answer_data(
    *, by: User, at: datetime, screening: Screening, answers: Sequence[Answer]
) -> tuple[ScreeningAnswer, ...]:
    """
    Write down several answers, all or none. An acute risk of suicide raises a call at once.

    Raises
    ------
    NotAllowed
        If the policy does not let this user write this patient's screening.
    InvalidInput
        By datum, for every answer that is not one its datum allows.
    """
    _require(by=by, at=at, action=Action.CREATE, screening=screening)
    rows = _write(by=by, at=at, screening=screening, answers=answers, entry_id=None)
    data = [answer.datum for answer in answers]
    _note(by=by, at=at, deed="screening-answered", record=screening, data=data)
    return rows


def _write(
    *,
    by: User,
    at: datetime,
    screening: Screening,
    answers: Sequence[Answer],
    entry_id: UUID | None,
) -> tuple[ScreeningAnswer, ...]:
    hold("screening", screening.pk)
    on = at.astimezone(screening.clinic.zone).date()
    kept = read_all(rules_of(screening), load_baseline(), answers, at=at, on=on)
    rows = ScreeningAnswer.objects.bulk_create(
        ScreeningAnswer(
            clinic_id=screening.clinic_id,
            subjects=screening.subjects,
            entry_id=entry_id or uuid.uuid4(),
            recorded_at=at,
            recorded_by=by,
            screening=screening,
            rule=one.rule,
            datum=answer.datum,
            value=one.value,
            detail=answer.detail.strip(),
            source=answer.source,
            answered_at=answer.answered_at or at,
        )
        for answer, one in zip(answers, kept, strict=True)
    )
    for row in rows:
        if row.datum == f"{SUICIDE_RISK}.screen":
            _open_crisis_path(by=by, at=at, screening=screening, screen=str(row.value))
    return tuple(rows)


def _open_crisis_path(*, by: User, at: datetime, screening: Screening, screen: str) -> None:
    """Raise the call that the questionnaire itself would raise for this result."""
    for rule in load_instrument("asq").critical:
        if rule.code == f"asq.{screen}":
            raise_safety_call(
                by=by,
                at=at,
                patient=screening_patient(screening),
                trigger=rule.code,
                sentence=rule.sentence,
                priority=rule.level,
                within_minutes=rule.within_minutes,
            )


@transaction.atomic
def lift_rule(
    *,
    by: User,
    at: datetime,
    screening: Screening,
    rule: str,
    reason: str,
    entry_id: UUID | None = None,
) -> RuleLift:
    """
    Sign a reason to go on although a rule says to weigh. Only a prescriber can.

    Raises
    ------
    NotAllowed
        If the user is not a prescriber of the care team.
    Refused
        If the rule stops or holds, finds nothing, or the reason says too little.
    """
    _require(by=by, at=at, action=Action.AMEND, screening=screening)
    entry_id = entry_id or uuid.uuid4()
    hold("screening", screening.pk)
    if (first := first_written(RuleLift, entry_id, screening.subjects)) is not None:
        return first
    facts = screening_facts(screening, at, ages_count=True)
    row = next((row for row in screening_rows(facts) if row.code == rule), None)
    if findings := tuple(check_lift(row, reason, facts.baseline)):
        raise Refused(findings)
    lift = RuleLift.objects.create(
        clinic_id=screening.clinic_id,
        subjects=screening.subjects,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        screening=screening,
        rule=rule,
        reason=reason.strip(),
        lifted_at=at,
    )
    _note(by=by, at=at, deed="rule-lifted", record=lift, rule=rule)
    return lift


@transaction.atomic
def ask_for_more(
    *, by: User, at: datetime, screening: Screening, words: str, entry_id: UUID | None = None
) -> MoreAsked:
    """
    Decide that more is wanted before a decision, and say what.

    Raises
    ------
    NotAllowed
        If the policy does not let this user sign this patient's screening.
    InvalidInput
        If nothing is asked.
    """
    _require(by=by, at=at, action=Action.SIGN, screening=screening)
    if not words.strip():
        raise InvalidInput({"words": "Say what is wanted, and from whom."})
    entry_id = entry_id or uuid.uuid4()
    hold("screening", screening.pk)
    if (first := first_written(MoreAsked, entry_id, screening.subjects)) is not None:
        return first
    asked = MoreAsked.objects.create(
        clinic_id=screening.clinic_id,
        subjects=screening.subjects,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        screening=screening,
        words=words.strip(),
        asked_at=at,
    )
    _note(by=by, at=at, deed="more-asked", record=asked)
    return asked


@transaction.atomic
def sign_eligibility(
    *,
    by: User,
    at: datetime,
    screening: Screening,
    capacity: str,
    verdict: str,
    reason: str = "",
    letter: str = "",
    entry_id: UUID | None = None,
) -> EligibilitySignature:
    """
    Sign one of the two verdicts, with the facts and findings as they stand.

    Raises
    ------
    NotAllowed
        If the policy does not let this user sign this patient's screening.
    InvalidInput
        If capacity or verdict is none that exists.
    Refused
        If the user does not hold the capacity, if anything still stops, holds, waits or must be
        weighed, or if "not now" lacks its reason or a letter that says where help is.
    """
    _require(by=by, at=at, action=Action.SIGN, screening=screening)
    if verdict not in EligibilitySignature.Verdict.values:
        raise InvalidInput({"verdict": "Choose a decision."})
    entry_id = entry_id or uuid.uuid4()
    hold("screening", screening.pk)
    first = first_written(EligibilitySignature, entry_id, screening.subjects)
    if first is not None:
        return first
    facts = screening_facts(screening, at, ages_count=True)
    findings = tuple(check_screening(facts))
    says_eligible = verdict == EligibilitySignature.Verdict.ELIGIBLE
    signing = SignFacts(
        capacity=capacity,
        says_eligible=says_eligible,
        is_prescriber=by.role == Role.PRESCRIBER,
        is_mental_health_professional=by.is_mental_health_professional,
        reason=reason,
        findings=findings,
    )
    against = tuple(check_signature(signing, facts.baseline))
    if not says_eligible:
        number = screening.clinic.crisis_line_number
        against += tuple(check_letter(letter, crisis_number=number, not_now=True))
    if against:
        raise Refused(against)
    signature = EligibilitySignature.objects.create(
        clinic_id=screening.clinic_id,
        subjects=screening.subjects,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        screening=screening,
        capacity=capacity,
        verdict=verdict,
        reason=reason.strip(),
        letter=letter.strip(),
        findings=snapshot(facts, findings),
        rules_version=screening.rules_version,
        signed_at=at,
    )
    _note(
        by=by,
        at=at,
        deed="eligibility-signed",
        record=signature,
        capacity=capacity,
        verdict=verdict,
    )
    return signature
