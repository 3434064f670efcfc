from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.builders import NINE, make_user
from tests.clinic.walk import DAY, HOUR, join_walk

from kapstone.clinic.integration.actions import (
    CommitmentWords,
    NoteWords,
    keep_commitment,
    let_go_commitment,
    write_progress_note,
    write_psychotherapy_note,
)
from kapstone.clinic.integration.models import Commitment, ProgressNote, PsychotherapyNote
from kapstone.clinic.integration.queries import commitments_open, notes_of, sealed_notes_of
from kapstone.core.access.actions import join_care_team
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Role
from kapstone.errors import InvalidInput, NotAllowed, NotFound, Refused, Stale

AT = NINE + 2 * DAY
WORDS = NoteWords(
    modality="cbt",
    summary="Met the part that guards the door.",
    plan="Walk before calling.",
    started_at=AT - 2 * HOUR,
    ended_at=AT - HOUR,
)

EMDR = replace(WORDS, modality="emdr")


def write(walk, words=WORDS, **change):
    given = {"by": walk.therapist, "at": AT, "patient": walk.patient, "words": words}
    return write_progress_note(**{**given, **change})


def seal(walk, text="Met the child of seven.", **change):
    by = change.pop("by", walk.therapist)
    walk.stand(by)
    given = {"by": by, "at": AT, "patient": walk.patient, "text": text}
    return write_psychotherapy_note(**{**given, **change})


def codes(refusal) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


def test_a_note_is_written_signed_and_audited_without_its_text(walk):
    fork = walk.fork()
    promised = CommitmentWords(text="Say one true thing on Sunday", fork=fork, practice="")
    note = write(walk, replace(WORDS, forks=[fork], commitments=[promised]))
    assert list(notes_of(walk.patient)) == [note]
    assert note.fields["forks"] == [str(fork.key)]
    assert [one.text for one in commitments_open(walk.patient)] == [promised.text]
    (entry,) = AuditEntry.objects.filter(deed="progress-note-written")
    assert "guards" not in str(entry.detail)


def test_the_same_entry_id_writes_once(walk):
    entry_id = uuid4()
    first = write(walk, entry_id=entry_id)
    again = write(walk, replace(WORDS, summary="Pressed twice"), entry_id=entry_id)
    assert again == first
    assert ProgressNote.objects.count() == 1


def test_an_entry_id_of_another_patient_finds_nothing(walk):
    entry_id = uuid4()
    other = join_walk(walk.clinic, team=(walk.therapist, walk.prescriber))
    write(walk, patient=other.patient, entry_id=entry_id)
    with pytest.raises(NotFound):
        write(walk, entry_id=entry_id)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ended_at": WORDS.started_at}, "ended_at"),
        ({"started_at": AT + HOUR, "ended_at": AT + 2 * HOUR}, "started_at"),
        ({"modality": "crystals"}, "modality"),
        ({"fields": {"belief_after": 101}}, "belief_after"),
        ({"commitments": [CommitmentWords(text="Walk", practice="flying")]}, "practice"),
    ],
)
def test_a_session_has_a_beginning_an_end_and_has_been(walk, change, field):
    with pytest.raises(InvalidInput) as refusal:
        write(walk, replace(WORDS, **change))
    assert list(refusal.value.fields) == [field]


def test_a_caution_needs_a_reason_which_stays_in_the_note(walk):
    walk.give(AT - 6 * HOUR)
    with pytest.raises(Refused) as refusal:
        write(walk, EMDR)
    assert codes(refusal) == ["demanding-too-soon", "emdr-on-dosing-day"]
    assert not ProgressNote.objects.exists()
    note = write(walk, replace(EMDR, caution_reason="Flashback on arrival; grounding only."))
    assert note.fields["cautions"] == ["demanding-too-soon", "emdr-on-dosing-day"]
    assert "grounding" in note.fields["caution_reason"]


def test_two_demanding_sessions_in_one_open_time_are_enough(walk):
    walk.give(NINE)
    for hour in (24, 30):
        start = NINE + hour * HOUR
        write(walk, replace(EMDR, started_at=start, ended_at=start + HOUR))
    with pytest.raises(Refused) as refusal:
        write(walk, EMDR)
    assert codes(refusal) == ["too-many-demanding"]


def test_a_correction_replaces_the_note_and_keeps_the_first(walk):
    first = write(walk)
    second = write(walk, replace(WORDS, summary="Corrected"), replaces=first)
    assert list(notes_of(walk.patient)) == [second]
    assert ProgressNote.objects.count() == 2
    with pytest.raises(Stale):
        write(walk, replaces=first)


def test_only_the_author_corrects_a_note(walk):
    first = write(walk)
    colleague = make_user(walk.clinic, Role.THERAPIST)
    join_care_team(by=walk.therapist, at=NINE, patient=walk.patient, member=colleague)
    with pytest.raises(NotAllowed):
        write(walk, by=colleague, replaces=first)
    assert write(walk, by=colleague)


@pytest.mark.parametrize("role", [Role.NURSE, Role.FRONT_DESK, Role.THERAPIST])
def test_who_is_not_on_the_team_writes_no_note(walk, role):
    stranger = make_user(walk.clinic, role)
    with pytest.raises(NotAllowed):
        write(walk, by=stranger)
    with pytest.raises(NotAllowed):
        seal(walk, by=stranger)


def test_a_prescriber_on_the_team_has_no_sealed_note(walk):
    with pytest.raises(NotAllowed):
        seal(walk, by=walk.prescriber)


def test_a_sealed_note_is_read_by_its_author_alone(walk):
    note = seal(walk, "CANARY the child of seven")
    assert list(sealed_notes_of(walk.therapist, walk.patient)) == [note]
    for reader in (walk.prescriber, make_user(walk.clinic, Role.AUDITOR), walk.patient.user):
        walk.stand(reader)
        assert list(sealed_notes_of(reader, walk.patient)) == []
        assert not PsychotherapyNote.objects.exists()  # PostgreSQL itself hides the row


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("He spoke of suicide.", "sealed-risk"),
        ("Took 20 mg at home.", "sealed-dose"),
        ("BP 160/95 on arrival.", "sealed-vital-signs"),
    ],
)
def test_safety_may_not_live_only_in_the_sealed_note(walk, text, code):
    with pytest.raises(Refused) as refusal:
        seal(walk, text)
    assert codes(refusal) == [code]
    assert not PsychotherapyNote.objects.exists()


def test_what_is_in_the_progress_note_of_the_day_may_be_in_the_sealed_one(walk):
    write(walk, replace(WORDS, risk_flags="Passive suicidal thoughts; plan reviewed."))
    assert seal(walk, "We stayed with the wish for suicide.")


def test_an_empty_sealed_note_is_not_kept(walk):
    with pytest.raises(InvalidInput):
        seal(walk, "   ")


def make_commitment(walk) -> Commitment:
    note = write(walk, replace(WORDS, commitments=[CommitmentWords(text="Walk daily")]))
    return note.commitments.get()


def test_a_patient_keeps_a_commitment_once(walk):
    commitment = make_commitment(walk)
    kept = keep_commitment(by=walk.patient.user, at=AT, commitment=commitment)
    again = keep_commitment(by=walk.patient.user, at=AT + HOUR, commitment=commitment)
    assert kept.kept_at == again.kept_at == AT
    assert not commitments_open(walk.patient).exists()
    assert AuditEntry.objects.filter(deed="commitment-kept").count() == 1
    with pytest.raises(Refused):
        let_go_commitment(by=walk.therapist, at=AT, commitment=again)


def test_a_commitment_let_go_is_not_kept_later(walk):
    commitment = make_commitment(walk)
    gone = let_go_commitment(by=walk.therapist, at=AT, commitment=commitment)
    with pytest.raises(Refused):
        keep_commitment(by=walk.patient.user, at=AT, commitment=gone)


def test_another_patient_keeps_nothing(walk):
    commitment = make_commitment(walk)
    other = join_walk(walk.clinic)
    with pytest.raises(NotAllowed):
        keep_commitment(by=other.patient.user, at=AT, commitment=commitment)


def test_intense_breathwork_is_cautioned_until_screening_has_asked(walk):
    breath = replace(WORDS, modality="breathwork", fields={"type": "intense"})
    with pytest.raises(Refused) as refusal:
        write(walk, breath)
    assert codes(refusal) == ["breathwork-excluded"]
    assert write(walk, replace(breath, fields={"type": "slow"}))


def test_a_note_about_yesterday_reads_the_window_of_yesterday(walk):
    walk.give(AT - 30 * HOUR)
    start = AT - 29 * HOUR
    with pytest.raises(Refused):
        write(walk, replace(EMDR, started_at=start, ended_at=start + timedelta(minutes=50)))
