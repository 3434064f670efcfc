"""Write what was worked on, and keep what the patient said they would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from kapstone.catalogue.modalities import modalities
from kapstone.catalogue.practices import practices
from kapstone.clinic.integration.facts import chart_of_day, session_facts
from kapstone.clinic.integration.models import Commitment, ProgressNote, PsychotherapyNote
from kapstone.clinic.integration.records import record_faults
from kapstone.clinic.integration.rules import check_sealed_text, check_session
from kapstone.clinic.preparation.models import Fork
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Patient, User
from kapstone.core.people.repeats import first_written
from kapstone.core.people.subjects import patient_ids
from kapstone.errors import Finding, InvalidInput, Refused, Stale, Weight

REASON_LENGTH = 10
LONGEST_AGO = timedelta(days=3653)  # judgement: older than ten years is a slip of the year


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentWords:
    """What the patient will do before next time, and the fork or practice it serves."""

    text: str
    fork: Fork | None = None
    practice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWords:
    """The content of a progress note; ``fields`` is the modality's own structured record."""

    modality: str
    summary: str
    started_at: datetime
    ended_at: datetime
    plan: str = ""
    risk_flags: str = ""
    fields: Mapping[str, object] | None = None
    forks: Sequence[Fork] = ()
    commitments: Sequence[CommitmentWords] = ()
    caution_reason: str = ""


@transaction.atomic
def write_progress_note(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    words: NoteWords,
    appointment: Appointment | None = None,
    replaces: ProgressNote | None = None,
    entry_id: UUID | None = None,
) -> ProgressNote:
    """
    Write and sign the chart part of an integration session.

    A caution that was passed over needs a reason, which stays in the note: what happened is
    always recorded, and never without a word.

    Raises
    ------
    NotAllowed
        If the user may not write notes about this patient, or corrects another's note.
    InvalidInput
        If the session ends before it starts or lies ahead, or a field is not what the
        catalogue allows.
    Refused
        If a caution of the modality stands and no reason is given.
    Stale
        If the note to be corrected has been corrected already.
    """
    action = Action.AMEND if replaces else Action.CREATE
    subjects = replaces.subjects if replaces else patient.alone
    author = replaces.recorded_by_id if replaces else by.pk
    require(
        by=by,
        at=at,
        record_class="progress_note",
        action=action,
        subjects=patient_ids(subjects),
        author_id=author,
    )
    entry_id = entry_id or uuid4()
    hold("progress-note", replaces.pk if replaces else entry_id)
    if (written := first_written(ProgressNote, entry_id, subjects)) is not None:
        return written
    _check_words(words, at)
    _check_replaces(replaces)
    cautions = tuple(check_session(session_facts(patient, words, at, replaces=replaces)))
    if cautions and len(words.caution_reason.strip()) < REASON_LENGTH:
        raise Refused(cautions)
    row = ProgressNote.objects.create(
        clinic_id=patient.clinic_id,
        subjects=subjects,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        appointment=appointment,
        modality=words.modality,
        fields=_fields(words, cautions),
        summary=words.summary,
        plan=words.plan,
        risk_flags=words.risk_flags,
        started_at=words.started_at,
        ended_at=words.ended_at,
        signed_at=at,
        replaces=replaces,
    )
    for promised in words.commitments:
        _commit(by, at, row, promised)
    note(
        by=by,
        at=at,
        deed="progress-note-written",
        record=row,
        clinic_id=row.clinic_id,
        subjects=patient_ids(subjects),
        modality=words.modality,
        cautions=[finding.code for finding in cautions],
        corrects=replaces.pk if replaces else None,
    )
    return row


def _check_words(words: NoteWords, at: datetime) -> None:
    """Refuse a note that contradicts the clock or the catalogue."""
    if words.ended_at <= words.started_at:
        raise InvalidInput({"ended_at": "The session ends before it starts."})
    if words.started_at < at - LONGEST_AGO:
        raise InvalidInput({"started_at": "That is too long ago. Check the year."})
    if words.started_at > at:
        raise InvalidInput({"started_at": "The session has not begun yet."})
    if words.modality not in modalities():
        raise InvalidInput({"modality": "Choose one of the ways of working."})
    if faults := record_faults(modalities()[words.modality], words.fields or {}):
        raise InvalidInput(faults)
    if unknown := {one.practice for one in words.commitments} - {"", *practices()}:
        raise InvalidInput({"practice": f"No practice is called {', '.join(sorted(unknown))}."})


def _check_replaces(replaces: ProgressNote | None) -> None:
    if replaces is None:
        return
    if ProgressNote.objects.filter(replaces=replaces).exists():
        raise Stale("This note has been corrected already. Open the newest version.")


def _fields(words: NoteWords, cautions: Sequence[Finding]) -> dict[str, object]:
    kept: dict[str, object] = dict(words.fields or {})
    if words.forks:
        kept["forks"] = [str(fork.key) for fork in words.forks]
    if cautions:
        kept["cautions"] = [finding.code for finding in cautions]
        kept["caution_reason"] = words.caution_reason.strip()
    return kept


def _commit(by: User, at: datetime, row: ProgressNote, promised: CommitmentWords) -> None:
    Commitment.objects.create(
        clinic_id=row.clinic_id,
        subjects=row.subjects,
        recorded_at=at,
        recorded_by=by,
        note=row,
        text=promised.text,
        fork=promised.fork,
        practice=promised.practice,
    )


@transaction.atomic
def write_psychotherapy_note(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    text: str,
    appointment: Appointment | None = None,
    replaces: PsychotherapyNote | None = None,
    entry_id: UUID | None = None,
) -> PsychotherapyNote:
    """
    Write a note on the content of conversation, which nobody but its author will read.

    Raises
    ------
    NotAllowed
        If the user is not a therapist in this patient's care team.
    InvalidInput
        If there is no text.
    Refused
        If a dose, vital sign or risk stands here and not in the progress note of the day.
    """
    subjects = replaces.subjects if replaces else patient.alone
    require(
        by=by,
        at=at,
        record_class="psychotherapy_note",
        action=Action.CREATE,
        subjects=patient_ids(subjects),
        author_id=by.pk,
    )
    entry_id = entry_id or uuid4()
    hold("psychotherapy-note", replaces.pk if replaces else entry_id)
    if (written := first_written(PsychotherapyNote, entry_id, subjects)) is not None:
        return written
    if not text.strip():
        raise InvalidInput({"text": "There is nothing to keep yet."})
    findings = tuple(check_sealed_text(text, chart_of_day(patient, at)))
    if any(finding.weight is Weight.BLOCK for finding in findings):
        raise Refused(findings)
    if replaces is not None and PsychotherapyNote.objects.filter(replaces=replaces).exists():
        raise Stale("This note has been rewritten already. Open the newest version.")
    row = PsychotherapyNote.objects.create(
        clinic_id=patient.clinic_id,
        subjects=subjects,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        appointment=appointment,
        text=text,
        written_at=at,
        replaces=replaces,
    )
    note(
        by=by,
        at=at,
        deed="psychotherapy-note-written",
        record=row,
        clinic_id=row.clinic_id,
        subjects=patient_ids(subjects),
    )
    return row


@transaction.atomic
def keep_commitment(*, by: User, at: datetime, commitment: Commitment) -> Commitment:
    """
    Say that a commitment was kept; saying it twice changes nothing.

    Raises
    ------
    NotAllowed
        If the user may not write this patient's practices.
    Refused
        If it was let go.
    """
    if commitment.let_go_at is not None:
        raise Refused([Finding("let-go", Weight.BLOCK, "This was let go. Agree on it anew.")])
    return _close(by, at, commitment, "kept_at", "commitment-kept")


@transaction.atomic
def let_go_commitment(*, by: User, at: datetime, commitment: Commitment) -> Commitment:
    """
    Let a commitment go, without blame; doing it twice changes nothing.

    Raises
    ------
    NotAllowed
        If the user may not write this patient's practices.
    Refused
        If it was kept.
    """
    if commitment.kept_at is not None:
        raise Refused([Finding("kept", Weight.BLOCK, "This was kept already.")])
    return _close(by, at, commitment, "let_go_at", "commitment-let-go")


def _close(by: User, at: datetime, row: Commitment, column: str, deed: str) -> Commitment:
    subjects = patient_ids(row.subjects)
    require(by=by, at=at, record_class="practice", action=Action.CREATE, subjects=subjects)
    hold("commitment", row.pk)
    row.refresh_from_db()
    if getattr(row, column) is None:
        setattr(row, column, at)
        row.save(update_fields=[column])
        note(by=by, at=at, deed=deed, record=row, clinic_id=row.clinic_id, subjects=subjects)
    return row
