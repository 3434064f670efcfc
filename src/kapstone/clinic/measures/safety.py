"""Safety calls and the safety plan: who must reach a patient by when, and what helps them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from kapstone.clinic.measures.models import SafetyCall, SafetyCallDone, SafetyPlan
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Notice, Patient, Role, Subjects, User
from kapstone.core.people.repeats import first_written
from kapstone.core.people.subjects import patient_ids
from kapstone.errors import Finding, InvalidInput, NotAllowed, Refused, Weight

SHORTEST_SUMMARY = 10
LONGEST_SECTION = 2000


def write_call(*, by: User, at: datetime, subjects: Subjects, **fields: object) -> SafetyCall:
    """
    Write the call and tell the care team, without a word of why.

    For actions only: it asks no policy, since a patient's own answer raises it.
    """
    call = SafetyCall.objects.create(
        clinic_id=subjects.clinic_id,
        subjects=subjects,
        recorded_at=at,
        recorded_by=by,
        raised_at=at,
        **fields,
    )
    about = patient_ids(subjects)
    for patient in Patient.objects.filter(pk__in=about):
        Notice.objects.bulk_create(
            Notice(
                clinic_id=patient.clinic_id,
                to=person,
                about=patient,
                kind="safety-call",
                text=f"{patient.number}: please call. It is waiting on your board.",
                at=at,
            )
            for person in _whom_to_tell(patient, at)
        )
    _note(
        by=by,
        at=at,
        deed="safety-call-raised",
        record=call,
        trigger=call.trigger,
        priority=str(call.priority),
        due_at=call.due_at.isoformat(),
    )
    return call


def _whom_to_tell(patient: Patient, at: datetime) -> list[User]:
    """Give the care team; without one, every prescriber and therapist of the clinic."""
    still_there = Q(care_teams__ends_at__isnull=True) | Q(care_teams__ends_at__gt=at)
    team = User.objects.filter(
        still_there, care_teams__patient=patient, care_teams__starts_at__lte=at, is_active=True
    ).distinct()
    return list(team) or list(
        User.objects.filter(
            clinic_id=patient.clinic_id,
            role__in=[Role.PRESCRIBER, Role.THERAPIST],
            is_active=True,
        )
    )


@transaction.atomic
def raise_safety_call(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    trigger: str,
    sentence: str,
    priority: str,
    within_minutes: int,
) -> SafetyCall:
    """
    Raise a call for something said or seen rather than answered on a questionnaire.

    Raises
    ------
    NotAllowed
        If the policy does not let this user write about this patient's safety.
    """
    require(by=by, at=at, record_class="suicidality", action="create", subjects=[patient.pk])
    return write_call(
        by=by,
        at=at,
        subjects=patient.alone,
        trigger=trigger,
        sentence=sentence,
        priority=priority,
        due_at=at + timedelta(minutes=within_minutes),
    )


@transaction.atomic
def record_safety_call_try(
    *,
    by: User,
    at: datetime,
    call: SafetyCall,
    outcome: str,
    summary: str,
    tried_at: datetime | None = None,
    entry_id: UUID | None = None,
) -> SafetyCallDone:
    """
    Record one try to reach the patient. Only a try that reached them closes the call.

    Raises
    ------
    NotAllowed
        If the policy says no, or the patient tries to close their own call.
    InvalidInput
        If the time lies ahead, or the summary says too little.
    Refused
        If someone has already reached the patient.
    """
    subjects = patient_ids(call.subjects)
    require(by=by, at=at, record_class="suicidality", action="create", subjects=subjects)
    if by.role == Role.PATIENT:
        raise NotAllowed("A call to a patient is recorded by the clinic.")
    entry_id = entry_id or uuid4()
    hold("safety-call", call.pk)
    if (first := first_written(SafetyCallDone, entry_id, call.subjects)) is not None:
        return first
    tried_at = tried_at or at
    _check_try(call=call, at=at, outcome=outcome, summary=summary, tried_at=tried_at)
    done = SafetyCallDone.objects.create(
        clinic_id=call.clinic_id,
        subjects=call.subjects,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        call=call,
        outcome=outcome,
        summary=summary.strip(),
        at=tried_at,
    )
    _note(
        by=by,
        at=at,
        deed="safety-call-tried",
        record=done,
        outcome=outcome,
        minutes_after_raised=int((tried_at - call.raised_at).total_seconds() // 60),
    )
    return done


def _check_try(
    *, call: SafetyCall, at: datetime, outcome: str, summary: str, tried_at: datetime
) -> None:
    faults: dict[str, str] = {}
    if outcome not in SafetyCallDone.Outcome.values:
        faults["outcome"] = "Say whether the patient was reached."
    if len(summary.strip()) < SHORTEST_SUMMARY:
        faults["summary"] = f"Say in at least {SHORTEST_SUMMARY} characters what came of it."
    if not call.raised_at <= tried_at <= at:
        faults["tried_at"] = "The try lies between the moment the call was raised and now."
    if faults:
        raise InvalidInput(faults)
    closed = call.tries.exclude(outcome=SafetyCallDone.Outcome.NOT_REACHED).first()
    if closed is not None:
        words = f"{closed.recorded_by} already reached them. Nothing was added."
        raise Refused([Finding("call-closed", Weight.BLOCK, words)])


@transaction.atomic
def keep_safety_plan(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    sections: Mapping[str, str],
    entry_id: UUID | None = None,
) -> SafetyPlan:
    """
    Keep a new version of the patient's safety plan; the ones before it stay.

    Raises
    ------
    NotAllowed
        If the policy says no.
    InvalidInput
        If nothing was written, or a section is too long.
    """
    require(by=by, at=at, record_class="suicidality", action="create", subjects=[patient.pk])
    entry_id = entry_id or uuid4()
    hold("safety-plan", entry_id)
    if (first := first_written(SafetyPlan, entry_id, patient.alone)) is not None:
        return first
    words = {code: text.strip() for code, text in sections.items() if text.strip()}
    if not words:
        raise InvalidInput({"": "Write at least one line. You can add more later."})
    if long := {code for code, text in words.items() if len(text) > LONGEST_SECTION}:
        too_long = f"Keep this part to {LONGEST_SECTION} characters."
        raise InvalidInput(dict.fromkeys(sorted(long), too_long))
    plan = SafetyPlan.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        sections=words,
        written_at=at,
    )
    _note(by=by, at=at, deed="safety-plan-kept", record=plan, parts=sorted(words))
    return plan


def _note(
    *,
    by: User,
    at: datetime,
    deed: str,
    record: SafetyCall | SafetyCallDone | SafetyPlan,
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
