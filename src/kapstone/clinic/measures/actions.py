"""Ask for a questionnaire, take its answers, and see that a person acts on the grave ones."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from kapstone.catalogue.change import is_interim
from kapstone.catalogue.instruments import (
    Critical,
    Instrument,
    check_answer,
    instruments,
    load_instrument,
    score,
)
from kapstone.clinic.measures.models import (
    Answers,
    DraftAnswer,
    MeasureRequest,
    SafetyCall,
)
from kapstone.clinic.measures.queries import calls_raised_for, draft_of, previous_answers
from kapstone.clinic.measures.rules import (
    answers_to_keep,
    calls_to_raise,
    critical_when_kept,
    record_class_of,
)
from kapstone.clinic.measures.safety import (
    keep_safety_plan,
    raise_safety_call,
    record_safety_call_try,
    write_call,
)
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Patient, Subjects, User
from kapstone.core.people.repeats import first_written
from kapstone.core.people.subjects import patient_ids
from kapstone.errors import Finding, InvalidInput, Refused, Weight

__all__ = [
    "answer_measure",
    "ask_measure",
    "keep_draft",
    "keep_safety_plan",
    "raise_safety_call",
    "record_safety_call_try",
]


@transaction.atomic
def ask_measure(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    instrument: str,
    point: str,
    due_at: datetime,
    entry_id: UUID | None = None,
) -> MeasureRequest:
    """
    Ask a patient to answer a questionnaire by a time.

    Raises
    ------
    NotAllowed
        If the policy does not let this user ask this patient.
    InvalidInput
        If the catalogue holds no such questionnaire.
    """
    if instrument not in instruments():
        raise InvalidInput({"instrument": f"No questionnaire is called {instrument}."})
    require(
        by=by,
        at=at,
        record_class=record_class_of(instruments()[instrument]),
        action="create",
        subjects=[patient.pk],
    )
    entry_id = entry_id or uuid4()
    hold("measure-asked", entry_id)
    if (first := first_written(MeasureRequest, entry_id, patient.alone)) is not None:
        return first
    asked = MeasureRequest.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        instrument=instrument,
        point=point,
        due_at=due_at,
    )
    _note(by=by, at=at, deed="measure-asked", record=asked, instrument=instrument, point=point)
    return asked


@transaction.atomic
def keep_draft(
    *, by: User, at: datetime, request: MeasureRequest, item: str, value: float | None
) -> tuple[SafetyCall, ...]:
    """
    Keep one answer of an unsent questionnaire, and act on it at once if it is critical.

    Returns
    -------
    the safety calls raised by this answer; usually none

    Raises
    ------
    NotAllowed
        If the policy does not let this user answer for this patient.
    InvalidInput
        If the questionnaire has no such item, or the item does not allow the answer.
    Refused
        If the questionnaire was already sent.
    """
    instrument = load_instrument(request.instrument)
    subjects = patient_ids(request.subjects)
    require(
        by=by,
        at=at,
        record_class=record_class_of(instrument),
        action="create",
        subjects=subjects,
    )
    hold("measure-request", request.pk)
    if Answers.objects.filter(request=request).exists():
        raise Refused(
            [Finding("already-sent", Weight.BLOCK, "These answers are already sent.")]
        )
    found = instrument.by_code.get(item)
    if found is None:
        raise InvalidInput({item: f"{instrument.name} has no question {item}."})
    if value is not None and (fault := check_answer(instrument, found, value)):
        raise InvalidInput({item: fault})
    DraftAnswer.objects.create(
        clinic_id=request.clinic_id,
        subjects=request.subjects,
        recorded_at=at,
        recorded_by=by,
        request=request,
        item=item,
        value=value,
        saved_at=at,
    )
    kept = score(instrument, draft_of(request))
    return _raise_calls(
        by=by,
        at=at,
        subjects=request.subjects,
        instrument=instrument,
        critical=critical_when_kept(kept),
        request=request,
    )


@transaction.atomic
def answer_measure(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    instrument: str,
    items: Mapping[str, float | None],
    request: MeasureRequest | None = None,
    answered_at: datetime | None = None,
    entry_id: UUID | None = None,
) -> Answers:
    """
    Keep a reply item by item, score it, and raise a safety call for each critical answer.

    All in one transaction: there is never a critical answer without its call, nor a call
    without its answer. Critical answers raise a call even when no total can be given.

    Parameters
    ----------
    items : raw answers by item code; open items are absent or None
    request : what was asked for, if anything was
    answered_at : when the patient answered; now, unless it is entered later by staff

    Raises
    ------
    NotAllowed
        If the policy does not let this user answer for this patient.
    InvalidInput
        If an answer is not one that the item allows, or the time lies ahead.
    """
    sheet = _sheet(instrument)
    require(
        by=by,
        at=at,
        record_class=record_class_of(sheet),
        action="create",
        subjects=[patient.pk],
    )
    entry_id = entry_id or uuid4()
    hold("measure-request", request.pk if request else entry_id)
    if (first := _already(patient, request, entry_id)) is not None:
        return first
    answered_at = answered_at or at
    if answered_at > at:
        raise InvalidInput({"answered_at": "The time of the answers lies ahead."})
    found = score(sheet, items)
    earlier = previous_answers(patient, instrument, answered_at)
    answers = Answers.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        request=request,
        instrument=instrument,
        instrument_version=str(sheet.version),
        items=answers_to_keep(sheet, items),
        answered_at=answered_at,
        total=found.total,
        band=found.band.code if found.band else "",
        scoring_rule=found.scoring_rule_id,
        is_interim=sheet.change is not None
        and is_interim(sheet, answered_at, earlier.answered_at if earlier else None),
    )
    _note(
        by=by,
        at=at,
        deed="measure-answered",
        record=answers,
        instrument=instrument,
        scoring_rule=found.scoring_rule_id,
        valid=found.valid,
    )
    _raise_calls(
        by=by,
        at=at,
        subjects=patient.alone,
        instrument=sheet,
        critical=found.critical,
        request=request,
        answers=answers,
    )
    return answers


def _sheet(instrument: str) -> Instrument:
    if instrument not in instruments():
        raise InvalidInput({"instrument": f"No questionnaire is called {instrument}."})
    return load_instrument(instrument)


def _already(
    patient: Patient, request: MeasureRequest | None, entry_id: UUID
) -> Answers | None:
    """Find the reply that this one repeats: a retry, or a second press."""
    first = first_written(Answers, entry_id, patient.alone)
    if first is None and request is not None:
        first = Answers.objects.filter(request=request).first()
    return first


def _raise_calls(
    *,
    by: User,
    at: datetime,
    subjects: Subjects,
    instrument: Instrument,
    critical: Iterable[Critical],
    request: MeasureRequest | None = None,
    answers: Answers | None = None,
) -> tuple[SafetyCall, ...]:
    raised = calls_raised_for(request) if request is not None else []
    return tuple(
        write_call(
            by=by,
            at=at,
            subjects=subjects,
            trigger=found.code,
            sentence=found.sentence,
            priority=found.level,
            due_at=at + timedelta(minutes=found.within_minutes),
            request=request,
            answers=answers,
        )
        for found in calls_to_raise(instrument, critical, raised)
    )


def _note(
    *,
    by: User,
    at: datetime,
    deed: str,
    record: MeasureRequest | Answers,
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
