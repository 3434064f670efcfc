from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from tests.builders import NINE, make_user
from tests.clinic.walk import DAY, HOUR, join_walk

from kapstone.clinic.practice.actions import (
    DayWords,
    JournalWords,
    agree_practice,
    check_in,
    log_practice,
    log_walk,
    share_entry,
    stop_practice,
    undo_walk,
    unshare_entry,
    write_journal,
)
from kapstone.clinic.practice.models import CheckIn, ForkWalk, JournalEntry, PracticeLog
from kapstone.clinic.practice.queries import check_ins_of, plans_standing
from kapstone.core.access.models import SharingGrant
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Role
from kapstone.errors import InvalidInput, NotAllowed, NotFound, Refused, Stale

AT = NINE + 3 * DAY


def log(walk, **change):
    fork = change.pop("fork", None) or walk.fork()
    given = {"by": walk.patient.user, "at": AT, "fork": fork, "which": "new"}
    return log_walk(**{**given, **change})


def write(walk, text="The grass was wet.", **change):
    walk.stand(walk.patient.user)
    words = JournalWords(text=text, prompt="What stayed with you?")
    given = {"by": walk.patient.user, "at": AT, "patient": walk.patient, "words": words}
    return write_journal(**{**given, **change})


# --- Walks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["new", "old", "noticed"])
def test_a_walk_is_logged_by_the_patient(walk, which):
    logged = log(walk, which=which)
    assert (logged.which, logged.walked_at) == (which, AT)
    assert AuditEntry.objects.filter(deed="walk-logged").count() == 1


def test_the_same_entry_id_logs_one_walk_however_often_it_comes(walk):
    fork, entry_id = walk.fork(), uuid4()
    first = log(walk, fork=fork, entry_id=entry_id)
    for _ in range(3):
        assert log(walk, fork=fork, entry_id=entry_id, at=AT + HOUR) == first
    assert ForkWalk.objects.count() == 1


def test_an_entry_id_of_someone_else_finds_nothing(walk):
    other, entry_id = join_walk(walk.clinic), uuid4()
    log(other, entry_id=entry_id)
    with pytest.raises(NotFound):
        log(walk, entry_id=entry_id)


def test_earlier_today_keeps_both_times(walk):
    logged = log(walk, walked_at=AT - 4 * HOUR, device_at=AT - timedelta(minutes=1))
    assert logged.walked_at == AT - 4 * HOUR
    assert logged.recorded_at == AT
    assert logged.device_at == AT - timedelta(minutes=1)


def test_a_fast_clock_does_not_put_a_walk_ahead_of_now(walk):
    assert log(walk, walked_at=AT + timedelta(minutes=5)).walked_at == AT


@pytest.mark.parametrize("hours", [1, -40])
def test_a_walk_ahead_or_long_ago_is_refused(walk, hours):
    with pytest.raises(Refused):
        log(walk, walked_at=AT + hours * HOUR)


def test_a_word_that_is_no_trail_is_refused(walk):
    with pytest.raises(InvalidInput):
        log(walk, which="sideways")


def test_nobody_else_logs_a_patients_walk_but_the_therapist(walk):
    fork = walk.fork()
    others = (walk.prescriber, make_user(walk.clinic, Role.NURSE), join_walk(walk.clinic))
    for by in (others[0], others[1], others[2].patient.user):
        with pytest.raises(NotAllowed):
            log(walk, fork=fork, by=by)


def test_a_walk_is_undone_for_a_few_seconds_only(walk):
    logged = log(walk)
    undone = undo_walk(by=walk.patient.user, at=AT + timedelta(seconds=8), walk=logged)
    again = undo_walk(by=walk.patient.user, at=AT + HOUR, walk=undone)
    assert again.undone_at == AT + timedelta(seconds=8)
    later = log(walk)
    with pytest.raises(Refused):
        undo_walk(by=walk.patient.user, at=AT + HOUR, walk=later)


# --- Practices and check-ins -----------------------------------------------------------------


def test_a_practice_is_agreed_done_and_stopped(walk):
    plan = agree_practice(
        by=walk.therapist, at=AT, patient=walk.patient, practice="movement", target="20 min"
    )
    done = log_practice(
        by=walk.patient.user, at=AT, patient=walk.patient, practice="movement", minutes=20
    )
    assert done.minutes == 20
    assert plans_standing(walk.patient) == (plan,)
    stop_practice(by=walk.patient.user, at=AT + DAY, plan=plan)
    assert plans_standing(walk.patient) == ()
    assert PracticeLog.objects.count() == 1


def test_a_new_plan_for_a_practice_replaces_the_old_one(walk):
    for minutes in (5, 10):
        agree_practice(
            by=walk.therapist,
            at=AT + minutes * HOUR,
            patient=walk.patient,
            practice="meditation",
            target=f"{minutes} min",
        )
    (plan,) = plans_standing(walk.patient)
    assert plan.target == "10 min"


def test_a_practice_without_a_target_or_ahead_of_now_is_refused(walk):
    with pytest.raises(InvalidInput):
        agree_practice(
            by=walk.therapist, at=AT, patient=walk.patient, practice="sleep", target=" "
        )
    with pytest.raises(InvalidInput):
        log_practice(
            by=walk.patient.user,
            at=AT,
            patient=walk.patient,
            practice="sleep",
            done_at=AT + HOUR,
        )


def test_a_practice_that_the_catalogue_does_not_hold_is_refused(walk):
    with pytest.raises(InvalidInput):
        agree_practice(
            by=walk.therapist, at=AT, patient=walk.patient, practice="flying", target="daily"
        )
    with pytest.raises(InvalidInput):
        log_practice(by=walk.patient.user, at=AT, patient=walk.patient, practice="flying")


def check(walk, **change):
    given = {
        "by": walk.patient.user,
        "at": AT,
        "patient": walk.patient,
        "day": AT.date(),
        "words": DayWords(weather="fog"),
    }
    return check_in(**{**given, **change})


def test_the_newest_check_in_of_a_day_stands(walk):
    check(walk)
    newest = check(walk, at=AT + HOUR, words=DayWords(weather="still", stress=2))
    assert check_ins_of(walk.patient) == (newest,)
    assert CheckIn.objects.count() == 2


def test_a_check_in_that_says_nothing_is_not_kept(walk):
    with pytest.raises(InvalidInput):
        check(walk, words=DayWords())


@pytest.mark.parametrize(
    "words",
    [DayWords(stress=11), DayWords(sleep_hours=Decimal(25))],
    ids=["stress is 0 to 10", "a day has 24 hours"],
)
def test_the_database_holds_the_ranges(walk, words):
    with pytest.raises(IntegrityError), transaction.atomic():
        check(walk, words=words)


# --- Journal ---------------------------------------------------------------------------------


def test_an_entry_is_private_unless_asked(walk):
    write(walk)
    assert not SharingGrant.objects.exists()
    shared = write(walk, share=True)
    (grant,) = SharingGrant.objects.all()
    assert grant.item == shared.entry_id


def test_an_entry_is_written_once(walk):
    entry_id = uuid4()
    first = write(walk, entry_id=entry_id)
    assert write(walk, "Pressed twice", entry_id=entry_id) == first
    assert JournalEntry.objects.count() == 1


def test_an_empty_entry_is_not_kept(walk):
    with pytest.raises(InvalidInput):
        write(walk, " \n ")


def test_nobody_writes_in_anothers_journal(walk):
    other = join_walk(walk.clinic)
    for by in (walk.therapist, walk.prescriber, other.patient.user):
        walk.stand(by)
        with pytest.raises(NotAllowed):
            write_journal(
                by=by, at=AT, patient=walk.patient, words=JournalWords(text="not mine")
            )


def test_sharing_is_taken_back_and_given_again(walk):
    entry = write(walk, share=True)
    by = walk.patient.user
    assert unshare_entry(by=by, at=AT, entry=entry)
    assert not unshare_entry(by=by, at=AT, entry=entry)
    assert share_entry(by=by, at=AT, entry=entry).withdrawn_at is None


def test_a_rewording_takes_the_old_sharing_back(walk):
    first = write(walk, share=True)
    second = write(walk, "Reworded", replaces=first)
    assert not SharingGrant.objects.filter(withdrawn_at__isnull=True).exists()
    with pytest.raises(Stale):
        write(walk, "Twice", replaces=first)
    assert second.replaces == first


def test_nobody_shares_what_another_wrote(walk):
    entry = write(walk)
    with pytest.raises(NotAllowed):
        share_entry(by=walk.therapist, at=AT, entry=entry)
