from datetime import timedelta

import pytest
from tests.builders import NINE

from kapstone.clinic.practice.rules import (
    UndoFacts,
    WalkFacts,
    check_undo,
    check_walk,
    speaks_of_crisis,
)

HOUR = timedelta(hours=1)


def codes(**change) -> list[str]:
    facts = WalkFacts(**{"walked_at": NINE, "at": NINE, **change})
    return [finding.code for finding in check_walk(facts)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"fork_put_away": True}, "fork-put-away"),
        ({"walked_at": NINE + HOUR}, "walk-ahead"),
        ({"walked_at": NINE - 37 * HOUR}, "walk-too-long-ago"),
    ],
)
def test_one_wrong_fact_is_one_finding(change, code):
    assert codes(**change) == [code]


def test_earlier_today_and_a_phone_that_runs_fast_are_both_fine():
    assert codes(walked_at=NINE - 8 * HOUR) == []
    assert codes(walked_at=NINE + timedelta(minutes=9)) == []


def test_a_walk_is_undone_within_seconds_and_not_after():
    soon, late = NINE + timedelta(seconds=25), NINE + timedelta(minutes=2)
    assert list(check_undo(UndoFacts(logged_at=NINE, at=soon))) == []
    assert [one.code for one in check_undo(UndoFacts(logged_at=NINE, at=late))] == [
        "undo-too-late"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "I want to die",
        "thinking of suicide again",
        "I don\u2019t want to be here",
        "I could kill myself",
        "better off dead",
        "I cut myself",
        "I can't go on",
    ],
)
def test_crisis_words_are_heard(text):
    assert speaks_of_crisis(text)


@pytest.mark.parametrize(
    "text", ["The old me can die a quiet death.", "I walked first.", "My kill list of chores."]
)
def test_other_words_are_left_alone(text):
    assert not speaks_of_crisis(text)
