"""Log a walk, a practice, a check-in; agree on a practice; write in the journal."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import transaction

from kapstone.catalogue.practices import practices
from kapstone.clinic.practice.models import (
    CheckIn,
    ForkWalk,
    JournalEntry,
    PracticeLog,
    PracticePlan,
)
from kapstone.clinic.practice.rules import UndoFacts, WalkFacts, check_undo, check_walk
from kapstone.clinic.preparation.models import Fork
from kapstone.core.access.actions import share_item, withdraw_grant
from kapstone.core.access.models import SharingGrant
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import CareRecord, Patient, User
from kapstone.core.people.repeats import first_written
from kapstone.core.people.subjects import patient_ids
from kapstone.errors import InvalidInput, Refused, Stale


@transaction.atomic
def log_walk(
    *,
    by: User,
    at: datetime,
    fork: Fork,
    which: str,
    walked_at: datetime | None = None,
    device_at: datetime | None = None,
    word: str = "",
    entry_id: UUID | None = None,
) -> ForkWalk:
    """
    Log one time at a fork. The same ``entry_id`` writes once, however often it arrives.

    Raises
    ------
    NotAllowed
        If the user may not write this patient's walks.
    InvalidInput
        If ``which`` is none of new, old and noticed.
    Refused
        If the fork was put away, or the time lies ahead or too long ago.
    """
    subjects = patient_ids(fork.subjects)
    require(by=by, at=at, record_class="trail", action=Action.CREATE, subjects=subjects)
    entry_id = entry_id or uuid4()
    hold("walk", entry_id)
    if (written := first_written(ForkWalk, entry_id, fork.subjects)) is not None:
        return written
    if which not in ForkWalk.Which.values:
        raise InvalidInput({"which": "Choose the new trail, the old one, or noticed."})
    facts = WalkFacts(
        walked_at=walked_at or at,
        at=at,
        fork_put_away=fork.put_away_at is not None,
    )
    if findings := tuple(check_walk(facts)):
        raise Refused(findings)
    walk = ForkWalk.objects.create(
        clinic_id=fork.clinic_id,
        subjects=fork.subjects,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        fork=fork,
        which=which,
        word=word.strip(),
        walked_at=min(facts.walked_at, at),
        device_at=device_at or at,
    )
    _note(by=by, at=at, deed="walk-logged", record=walk)
    return walk


@transaction.atomic
def undo_walk(*, by: User, at: datetime, walk: ForkWalk) -> ForkWalk:
    """
    Take back a walk just logged; undoing it twice changes nothing.

    Raises
    ------
    NotAllowed
        If the user may not write this patient's walks.
    Refused
        If it was logged too long ago.
    """
    subjects = patient_ids(walk.subjects)
    require(by=by, at=at, record_class="trail", action=Action.CREATE, subjects=subjects)
    hold("walk", walk.entry_id)
    walk.refresh_from_db()
    if walk.undone_at is not None:
        return walk
    if findings := tuple(check_undo(UndoFacts(logged_at=walk.recorded_at, at=at))):
        raise Refused(findings)
    walk.undone_at = at
    walk.save(update_fields=["undone_at"])
    _note(by=by, at=at, deed="walk-undone", record=walk)
    return walk


@transaction.atomic
def log_practice(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    practice: str,
    minutes: int | None = None,
    done_at: datetime | None = None,
    device_at: datetime | None = None,
    entry_id: UUID | None = None,
) -> PracticeLog:
    """
    Log a practice that was done; the same ``entry_id`` writes once.

    Raises
    ------
    NotAllowed
        If the user may not write this patient's practices.
    InvalidInput
        If there is no such practice, or it lies ahead.
    """
    subjects = patient_ids(patient.alone)
    require(by=by, at=at, record_class="practice", action=Action.CREATE, subjects=subjects)
    entry_id = entry_id or uuid4()
    hold("practice", entry_id)
    if (written := first_written(PracticeLog, entry_id, patient.alone)) is not None:
        return written
    _check_practice(practice)
    if done_at is not None and done_at > at:
        raise InvalidInput({"done_at": "That time has not come yet."})
    row = PracticeLog.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        practice=practice,
        minutes=minutes,
        done_at=done_at or at,
        device_at=device_at or at,
    )
    _note(by=by, at=at, deed="practice-logged", record=row, practice=practice)
    return row


@transaction.atomic
def agree_practice(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    practice: str,
    target: str,
    entry_id: UUID | None = None,
) -> PracticePlan:
    """
    Keep a practice that patient and therapist agreed on; the newest plan of each stands.

    Raises
    ------
    NotAllowed
        If the user may not write this patient's practices.
    InvalidInput
        If there is no such practice, or the target is missing.
    """
    subjects = patient_ids(patient.alone)
    require(by=by, at=at, record_class="practice", action=Action.CREATE, subjects=subjects)
    entry_id = entry_id or uuid4()
    hold("practice-plan", entry_id)
    if (written := first_written(PracticePlan, entry_id, patient.alone)) is not None:
        return written
    _check_practice(practice)
    if not target.strip():
        raise InvalidInput({"target": "Say how much, and how often."})
    row = PracticePlan.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        practice=practice,
        target=target.strip(),
        agreed_at=at,
    )
    _note(by=by, at=at, deed="practice-agreed", record=row, practice=practice)
    return row


@transaction.atomic
def stop_practice(*, by: User, at: datetime, plan: PracticePlan) -> PracticePlan:
    """
    Stop a practice that was agreed on; what was done stays in the log.

    Raises
    ------
    NotAllowed
        If the user may not write this patient's practices.
    """
    subjects = patient_ids(plan.subjects)
    require(by=by, at=at, record_class="practice", action=Action.CREATE, subjects=subjects)
    hold("practice-plan", plan.entry_id)
    plan.refresh_from_db()
    if plan.stopped_at is None:
        plan.stopped_at = at
        plan.save(update_fields=["stopped_at"])
        _note(by=by, at=at, deed="practice-stopped", record=plan, practice=plan.practice)
    return plan


@dataclass(frozen=True, slots=True, kw_only=True)
class DayWords:
    """What the day held; every part may be left out."""

    weather: str = ""
    stress: int | None = None
    sleep_hours: Decimal | None = None
    moved_minutes: int | None = None

    @property
    def says_something(self) -> bool:
        """Whether any part was given."""
        return any(part not in (None, "") for part in astuple(self))


@transaction.atomic
def check_in(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    day: date,
    words: DayWords,
    device_at: datetime | None = None,
    entry_id: UUID | None = None,
) -> CheckIn:
    """
    Keep the weather of a day, and what the day held; the newest of a day stands.

    Raises
    ------
    NotAllowed
        If the user may not write this patient's check-ins.
    InvalidInput
        If nothing was said, or the day lies ahead.
    """
    subjects = patient_ids(patient.alone)
    require(by=by, at=at, record_class="practice", action=Action.CREATE, subjects=subjects)
    entry_id = entry_id or uuid4()
    hold("check-in", entry_id)
    if (written := first_written(CheckIn, entry_id, patient.alone)) is not None:
        return written
    if not words.says_something:
        raise InvalidInput({"weather": "Choose one, or leave it for tonight."})
    row = CheckIn.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        day=day,
        weather=words.weather,
        stress=words.stress,
        sleep_hours=words.sleep_hours,
        moved_minutes=words.moved_minutes,
        checked_in_at=at,
        device_at=device_at or at,
    )
    _note(by=by, at=at, deed="checked-in", record=row)
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalWords:
    """What was written, under which prompt, and when by the device's own clock."""

    text: str
    prompt: str = ""
    device_at: datetime | None = None


@transaction.atomic
def write_journal(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    words: JournalWords,
    share: bool = False,
    replaces: JournalEntry | None = None,
    entry_id: UUID | None = None,
) -> JournalEntry:
    """
    Write in the journal. Private unless ``share`` gives this one entry to the care team.

    A rewording takes the sharing of the earlier version back, and is shared only if asked.

    Raises
    ------
    NotAllowed
        If the journal is not the user's own.
    InvalidInput
        If there is no text.
    Stale
        If the entry was reworded already.
    """
    subjects = patient_ids(patient.alone)
    require(
        by=by, at=at, record_class="journal_private", action=Action.CREATE, subjects=subjects
    )
    entry_id = entry_id or uuid4()
    hold("journal", replaces.pk if replaces else entry_id)
    if (written := first_written(JournalEntry, entry_id, patient.alone)) is not None:
        return written
    if not words.text.strip():
        raise InvalidInput({"text": "There is nothing to keep yet."})
    if replaces is not None and JournalEntry.objects.filter(replaces=replaces).exists():
        raise Stale("You changed this entry already. Open the newest version.")
    row = JournalEntry.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id,
        recorded_at=at,
        recorded_by=by,
        prompt=words.prompt,
        text=words.text,
        written_at=at,
        device_at=words.device_at or at,
        replaces=replaces,
    )
    _note(by=by, at=at, deed="journal-written", record=row)
    if replaces is not None:
        unshare_entry(by=by, at=at, entry=replaces)
    if share:
        share_entry(by=by, at=at, entry=row)
    return row


@transaction.atomic
def share_entry(*, by: User, at: datetime, entry: JournalEntry) -> SharingGrant:
    """Share one journal entry of one's own with the care team; again changes nothing."""
    return share_item(
        by=by,
        at=at,
        record=entry,
        item_class="journal_shared",
        audience=SharingGrant.Audience.TEAM,
    )


@transaction.atomic
def unshare_entry(*, by: User, at: datetime, entry: JournalEntry) -> bool:
    """
    Take the sharing of one entry back, and say whether there was any; the next read obeys.

    Raises
    ------
    NotAllowed
        If the entry is not the user's own.
    """
    live = SharingGrant.objects.filter(item=entry.entry_id, withdrawn_at__isnull=True)
    for grant in live:
        withdraw_grant(by=by, at=at, grant=grant)
    return bool(live)


def _check_practice(code: str) -> None:
    if code not in practices():
        raise InvalidInput({"practice": "Choose one of the practices."})


def _note(*, by: User, at: datetime, deed: str, record: CareRecord, **detail: object) -> None:
    note(
        by=by,
        at=at,
        deed=deed,
        record=record,
        clinic_id=record.clinic_id,
        subjects=patient_ids(record.subjects),
        **detail,
    )
