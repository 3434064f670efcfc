"""Set the intention, name the forks, and prepare the room and the person for a dose."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from kapstone.catalogue.checklists import load_checklist
from kapstone.clinic.course.models import Course
from kapstone.clinic.preparation.models import Fork, Intention, PreparationCheck
from kapstone.clinic.preparation.queries import fork_lines
from kapstone.clinic.preparation.rules import (
    LONGEST_INTENTION,
    LONGEST_PHRASE,
    Answer,
    ForkFacts,
    check_answer,
    check_fork,
)
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Patient, User
from kapstone.core.people.repeats import first_written
from kapstone.core.people.subjects import patient_ids
from kapstone.errors import InvalidInput, Refused

HIGHEST_CONFIDENCE = 10


@transaction.atomic
def set_intention(
    *,
    by: User,
    at: datetime,
    course: Course,
    text: str,
    category: str,
    confidence: int | None = None,
    entry_id: UUID | None = None,
) -> Intention:
    """
    Keep the patient's intention exactly as they worded it; earlier wordings stay.

    Raises
    ------
    NotAllowed
        If the policy says no: the words are the patient's own.
    InvalidInput
        If there are no words, too many, or the category or confidence is none we know.
    """
    subjects = patient_ids(course.subjects)
    require(by=by, at=at, record_class="intention", action="create", subjects=subjects)
    entry_id = entry_id or uuid4()
    hold("intention", course.pk)
    if (first := first_written(Intention, entry_id, course.subjects)) is not None:
        return first
    faults: dict[str, str] = {}
    if not text.strip():
        faults["text"] = "Write a few words. “I want to rest” is one."
    elif len(text) > LONGEST_INTENTION:
        faults["text"] = f"Keep it to {LONGEST_INTENTION} characters. This has {len(text)}."
    if category not in {kind.code for kind in load_checklist().intention_kinds}:
        faults["category"] = "Choose what it is about, or “not sure”."
    if confidence is not None and not 0 <= confidence <= HIGHEST_CONFIDENCE:
        faults["confidence"] = f"Choose a number from 0 to {HIGHEST_CONFIDENCE}."
    if faults:
        raise InvalidInput(faults)
    intention = Intention.objects.create(
        clinic_id=course.clinic_id,
        subjects=course.subjects,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        course=course,
        text=text,
        category=category,
        confidence=confidence,
        set_at=at,
    )
    _note(by=by, at=at, deed="intention-set", record=intention)
    return intention


@transaction.atomic
def name_fork(
    *,
    by: User,
    at: datetime,
    course: Course,
    cue: str,
    old_trail: str,
    new_trail: str,
    replaces: Fork | None = None,
    entry_id: UUID | None = None,
) -> Fork:
    """
    Name a fork, or reword one: the wording before it stays, and walks stay with it.

    Raises
    ------
    NotAllowed
        If the policy says no: the words are the patient's own.
    InvalidInput
        If a phrase is missing or too long.
    Refused
        If there are as many forks as the map holds, or the fork was reworded meanwhile.
    """
    subjects = patient_ids(course.subjects)
    require(by=by, at=at, record_class="trail", action="create", subjects=subjects)
    entry_id = entry_id or uuid4()
    hold("forks", course.subjects_id)
    if (first := first_written(Fork, entry_id, course.subjects)) is not None:
        return first
    phrases = {"cue": cue, "old_trail": old_trail, "new_trail": new_trail}
    _check_phrases(phrases)
    patients = list(Patient.objects.filter(pk__in=subjects))
    standing = [line[-1] for line in fork_lines(patients) if line[-1].put_away_at is None]
    facts = ForkFacts(
        standing=len(standing),
        is_new=replaces is None,
        replaced_is_standing=replaces in standing,
    )
    if findings := tuple(check_fork(facts)):
        raise Refused(findings)
    fork = Fork.objects.create(
        clinic_id=course.clinic_id,
        subjects=course.subjects,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        course=course,
        named_at=at,
        replaces=replaces,
        **phrases,
    )
    _note(by=by, at=at, deed="fork-reworded" if replaces else "fork-named", record=fork)
    return fork


def _check_phrases(phrases: dict[str, str]) -> None:
    faults: dict[str, str] = {}
    for name, words in phrases.items():
        if not words.strip():
            faults[name] = "Write a few words here."
        elif len(words) > LONGEST_PHRASE:
            faults[name] = f"Keep it to {LONGEST_PHRASE} characters. This has {len(words)}."
    if faults:
        raise InvalidInput(faults)


@transaction.atomic
def put_fork_away(*, by: User, at: datetime, fork: Fork) -> Fork:
    """
    Take a fork off the map; its walks stay in the record. Doing it again changes nothing.

    Raises
    ------
    NotAllowed
        If the policy says no.
    """
    subjects = patient_ids(fork.subjects)
    require(by=by, at=at, record_class="trail", action="amend", subjects=subjects)
    hold("forks", fork.subjects_id)
    fork.refresh_from_db(fields=["put_away_at"])
    if fork.put_away_at is None:
        fork.put_away_at = at
        fork.save(update_fields=["put_away_at"])
        _note(by=by, at=at, deed="fork-put-away", record=fork)
    return fork


@transaction.atomic
def check_preparation(
    *,
    by: User,
    at: datetime,
    course: Course,
    number: int,
    item: str,
    value: Answer,
    entry_id: UUID | None = None,
) -> PreparationCheck:
    """
    Answer one item of the preparation checklist for one dose; the newest answer stands.

    Raises
    ------
    NotAllowed
        If the policy says no.
    InvalidInput
        If there is no such item or dose, or the item does not allow the answer.
    """
    subjects = patient_ids(course.subjects)
    require(by=by, at=at, record_class="preparation", action="create", subjects=subjects)
    entry_id = entry_id or uuid4()
    hold("preparation", course.pk)
    if (first := first_written(PreparationCheck, entry_id, course.subjects)) is not None:
        return first
    if not 1 <= number <= course.planned_sessions:
        raise InvalidInput({"number": f"This course has {course.planned_sessions} sessions."})
    found = next((one for one in load_checklist().items if one.code == item), None)
    if found is None:
        raise InvalidInput({item: f"The checklist has no item {item}."})
    if fault := check_answer(found, value):
        raise InvalidInput({item: fault})
    check = PreparationCheck.objects.create(
        clinic_id=course.clinic_id,
        subjects=course.subjects,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        course=course,
        number=number,
        item=item,
        value=value,
        checked_at=at,
    )
    _note(by=by, at=at, deed="preparation-checked", record=check, item=item, number=number)
    return check


def _note(
    *,
    by: User,
    at: datetime,
    deed: str,
    record: Intention | Fork | PreparationCheck,
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
