"""The policy is pure: one question, one answer, and no answer means no."""

import pytest

from kapstone.core.access.policy import (
    Action,
    Mode,
    PolicyError,
    Question,
    Relation,
    decide,
    matrix,
    may_anywhere,
    record_class,
)

TEAM = frozenset({Relation.CLINIC, Relation.TEAM})
CLINIC = frozenset({Relation.CLINIC})
SELF = frozenset({Relation.SELF})


def ask(role, code, action, relations, **rest):
    return decide(
        Question(
            role=role,
            record_class=code,
            action=Action(action),
            relations={1: relations} if isinstance(relations, frozenset) else relations,
            **rest,
        )
    )


@pytest.mark.parametrize(
    ("role", "code", "action", "relations", "mode"),
    [
        pytest.param("therapist", "progress_note", "read", TEAM, Mode.FULL, id="team reads"),
        pytest.param("therapist", "progress_note", "read", CLINIC, Mode.NOTHING, id="no team"),
        pytest.param("front-desk", "screening", "read", CLINIC, Mode.EXISTENCE, id="desk"),
        pytest.param("nurse", "window", "read", CLINIC, Mode.NOTHING, id="nurse, window"),
        pytest.param("patient", "journal_private", "read", SELF, Mode.FULL, id="own journal"),
        pytest.param("therapist", "journal_private", "read", TEAM, Mode.NOTHING, id="never"),
        pytest.param(
            "administrator", "progress_note", "read", CLINIC, Mode.NOTHING, id="admin"
        ),
    ],
)
def test_a_cell_of_the_matrix_is_answered_as_written(role, code, action, relations, mode):
    assert ask(role, code, action, relations).mode == mode


def test_no_relation_means_no():
    assert not ask("therapist", "progress_note", "read", frozenset()).allowed


def test_no_subject_means_no():
    assert not ask("therapist", "progress_note", "read", {}).allowed


def test_an_unknown_class_is_an_error_never_an_open_door():
    with pytest.raises(PolicyError):
        ask("therapist", "no-such-class", "read", TEAM)


def test_an_author_outside_the_team_reads_no_more_than_anyone_outside():
    inside = ask("therapist", "psychotherapy_note", "read", TEAM, is_author=True)
    outside = ask("therapist", "psychotherapy_note", "read", CLINIC, is_author=True)
    assert inside.allowed
    assert not outside.allowed


def test_a_colleague_in_the_team_never_reads_a_psychotherapy_note():
    assert not ask("therapist", "psychotherapy_note", "read", TEAM).allowed


def test_a_shared_journal_needs_a_live_grant():
    assert not ask("therapist", "journal_shared", "read", TEAM).allowed
    assert ask("therapist", "journal_shared", "read", TEAM, granted=True).allowed


def test_broken_glass_reads_and_never_writes():
    glass = frozenset({1})
    assert ask("therapist", "screening", "read", CLINIC, glass=glass).mode == Mode.GLASS
    assert not ask("therapist", "screening", "create", CLINIC, glass=glass).allowed


@pytest.mark.parametrize("code", ["psychotherapy_note", "journal_private", "private_safety"])
@pytest.mark.parametrize("role", ["therapist", "prescriber", "nurse"])
def test_broken_glass_never_opens_a_sealed_class(role, code):
    assert not ask(role, code, "read", CLINIC, glass=frozenset({1})).allowed


def test_one_partner_never_reads_a_record_about_both_by_being_one_of_them():
    both = {1: SELF, 2: frozenset({Relation.PARTNER})}
    assert not ask("patient", "progress_note", "read", both).allowed


def test_the_team_of_one_partner_reads_the_joint_note():
    both = {1: TEAM, 2: CLINIC}
    assert ask("therapist", "progress_note", "read", both).allowed


def test_a_researcher_opens_no_single_record():
    for code in matrix():
        if code not in {"clinic_outcomes", "own_settings"}:
            assert not ask("researcher", code, "read", CLINIC).allowed


def test_an_administrator_opens_no_clinical_class():
    clinical = {"screening", "progress_note", "psychotherapy_note", "measure", "window"}
    for code in clinical:
        decision = ask("administrator", code, "read", CLINIC)
        assert decision.mode in {Mode.NOTHING, Mode.EXISTENCE}


def test_a_board_asks_whether_the_role_could_ever():
    assert may_anywhere("nurse", "today", Action.READ)
    assert not may_anywhere("researcher", "identity", Action.READ)


def test_every_class_says_what_it_is():
    for code in matrix():
        assert record_class(code).label
