from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.builders import NINE, make_user
from tests.clinic.walk import DAY, HOUR, join_walk

from kapstone.clinic.integration.actions import NoteWords, write_progress_note
from kapstone.clinic.practice.actions import (
    JournalWords,
    agree_practice,
    log_practice,
    log_walk,
    undo_walk,
    unshare_entry,
    write_journal,
)
from kapstone.clinic.practice.models import JournalEntry
from kapstone.clinic.practice.queries import journal_visible, practice_days, trails_of
from kapstone.clinic.preparation.models import Fork
from kapstone.core.access.actions import join_care_team, leave_care_team
from kapstone.core.people.models import CareTeamMember, Role

AT = NINE + 3 * DAY
CANARY = "CANARY-heron-by-the-weir"


def take(walk, fork, which, at=AT):
    return log_walk(by=walk.patient.user, at=at, fork=fork, which=which)


def test_walks_widen_the_new_trail_and_are_counted(walk):
    fork = walk.fork()
    (before,) = trails_of(walk.patient, AT)
    for which in ("new", "new", "old", "noticed"):
        take(walk, fork, which)
    (after,) = trails_of(walk.patient, AT)
    assert after.new > before.new
    assert (after.this_week.new, after.this_week.old, after.this_week.noticed) == (2, 1, 1)
    assert after.ever.total == 4
    assert after.last_walked_at == AT


def test_an_undone_walk_leaves_no_trace_in_the_trails(walk):
    fork = walk.fork()
    (before,) = trails_of(walk.patient, AT)
    undo_walk(by=walk.patient.user, at=AT, walk=take(walk, fork, "new"))
    (after,) = trails_of(walk.patient, AT)
    assert (after.new, after.ever.total) == (before.new, 0)


def test_a_reworded_fork_keeps_its_walks(walk):
    fork = walk.fork()
    take(walk, fork, "new")
    (before,) = trails_of(walk.patient, AT)
    reworded = walk.fork(AT, cue="Doors slam", replaces=fork)
    (after,) = trails_of(walk.patient, AT)
    assert after.fork == reworded
    assert after.new == before.new
    assert after.ever.new == 1


def test_a_fork_put_away_is_off_the_map(walk):
    fork = walk.fork()
    Fork.objects.filter(pk=fork.pk).update(put_away_at=AT)
    assert trails_of(walk.patient, AT) == ()


def test_a_session_that_worked_on_a_fork_widens_its_new_trail(walk):
    one, other = walk.fork(), walk.fork(cue="Sunday night")
    before = {state.fork.pk: state.new for state in trails_of(walk.patient, AT)}
    write_progress_note(
        by=walk.therapist,
        at=AT,
        patient=walk.patient,
        words=NoteWords(
            modality="cbt",
            summary="Rehearsed it.",
            started_at=AT - 2 * HOUR,
            ended_at=AT - HOUR,
            forks=[one],
        ),
    )
    after = {state.fork.pk: state.new for state in trails_of(walk.patient, AT)}
    assert after[one.pk] > before[one.pk]
    assert after[other.pk] == before[other.pk]


def test_a_walk_in_the_open_window_widens_more_than_one_without(walk):
    other = join_walk(walk.clinic)
    walk.give(NINE + DAY)
    gains = []
    for one in (walk, other):
        fork = one.fork()
        (before,) = trails_of(one.patient, AT)
        take(one, fork, "new")
        (after,) = trails_of(one.patient, AT)
        gains.append(after.new - before.new)
    assert gains[0] > gains[1] > 0


def test_queries_do_not_grow_with_forks_and_walks(walk):
    take(walk, walk.fork(), "new")
    trails_of(walk.patient, AT)  # the clinic is read once, with the patient
    with CaptureQueriesContext(connection) as few:
        trails_of(walk.patient, AT)
    for cue in ("Sunday night", "The phone rings"):
        fork = walk.fork(cue=cue)
        for _ in range(3):
            take(walk, fork, "noticed")
    with CaptureQueriesContext(connection) as many:
        assert len(trails_of(walk.patient, AT)) == 3
    assert len(many) == len(few) <= 7


def test_practice_days_count_days_and_not_times(walk):
    agree_practice(
        by=walk.therapist, at=NINE, patient=walk.patient, practice="meditation", target="10 min"
    )
    for hours in (0, 2, 24, 24 * 9):
        log_practice(
            by=walk.patient.user,
            at=AT,
            patient=walk.patient,
            practice="meditation",
            done_at=AT - hours * HOUR,
        )
    log_practice(by=walk.patient.user, at=AT, patient=walk.patient, practice="play")
    agreed, other = practice_days(walk.patient, AT)
    assert (agreed.practice, agreed.done, agreed.of, agreed.target) == (
        "meditation",
        2,
        7,
        "10 min",
    )
    assert (other.practice, other.agreed) == ("play", False)


# --- The journal's one promise ---------------------------------------------------------------


def write(walk, share=False, at=AT):
    walk.stand(walk.patient.user)
    return write_journal(
        by=walk.patient.user,
        at=at,
        patient=walk.patient,
        words=JournalWords(text=CANARY),
        share=share,
    )


def read(walk, user, at=AT) -> list[str]:
    walk.stand(user)
    return [seen.entry.text for seen in journal_visible(user, walk.patient, at)]


def test_a_private_entry_reaches_nobody_else_by_any_query(walk):
    write(walk)
    assert read(walk, walk.patient.user) == [CANARY]
    other = join_walk(walk.clinic)
    roles = [role for role in Role.values if role != Role.PATIENT]
    strangers = [make_user(walk.clinic, role) for role in roles]
    for user in (walk.therapist, walk.prescriber, other.patient.user, *strangers):
        assert read(walk, user) == []
        assert not JournalEntry.objects.exists()  # PostgreSQL itself hides the row


def test_a_shared_entry_reaches_the_team_and_only_the_team(walk):
    write(walk)
    write(walk, share=True)
    for user in (walk.therapist, walk.prescriber):
        assert read(walk, user) == [CANARY]
    for role in (Role.NURSE, Role.FRONT_DESK, Role.RESEARCHER, Role.AUDITOR, Role.THERAPIST):
        assert read(walk, make_user(walk.clinic, role)) == []
    assert len(read(walk, walk.patient.user)) == 2


def test_sharing_taken_back_is_gone_at_the_next_read(walk):
    entry = write(walk, share=True)
    assert read(walk, walk.therapist) == [CANARY]
    walk.stand(walk.patient.user)
    unshare_entry(by=walk.patient.user, at=AT, entry=entry)
    assert read(walk, walk.therapist) == []
    assert not JournalEntry.objects.exists()


def test_a_rewording_kept_private_hides_the_shared_wording_too(walk):
    first = write(walk, share=True)
    walk.stand(walk.patient.user)
    write_journal(
        by=walk.patient.user,
        at=AT,
        patient=walk.patient,
        words=JournalWords(text="reworded"),
        replaces=first,
    )
    assert read(walk, walk.therapist) == []


def test_who_leaves_the_team_reads_nothing_more(walk):
    colleague = make_user(walk.clinic, Role.THERAPIST)
    join_care_team(by=walk.therapist, at=NINE, patient=walk.patient, member=colleague)
    write(walk, share=True)
    assert read(walk, colleague) == [CANARY]
    walk.stand(walk.therapist)
    place = CareTeamMember.objects.get(user=colleague)
    leave_care_team(by=walk.therapist, at=AT, place=place)
    assert read(walk, colleague, AT + timedelta(seconds=1)) == []


@pytest.mark.parametrize("shared", [True, False])
def test_the_patient_sees_which_entries_are_shared(walk, shared):
    write(walk, share=shared)
    walk.stand(walk.patient.user)
    (seen,) = journal_visible(walk.patient.user, walk.patient, AT)
    assert seen.shared is shared
