"""What an answer sets in motion."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.clinic.measures.scene import reply

from kapstone.catalogue.instruments import instruments, load_instrument, score
from kapstone.clinic.measures.rules import (
    answers_to_keep,
    asking_ends_at,
    calls_to_raise,
    critical_when_kept,
    item_changes,
    record_class_of,
)

PHQ, ASQ = load_instrument("phq-9"), load_instrument("asq")
SAME_DAY, URGENT = "phq-9.item-9.present", "phq-9.item-9.raised"


def critical(instrument=PHQ, **change):
    return score(instrument, reply(instrument.code, 0, **change)).critical


@pytest.mark.parametrize(
    ("answer", "raised", "expected"),
    [
        pytest.param(0, [], [], id="no thoughts, no call"),
        pytest.param(1, [], [SAME_DAY], id="several days"),
        pytest.param(2, [], [URGENT], id="more than half the days"),
        pytest.param(3, [], [URGENT], id="nearly every day"),
        pytest.param(None, [], ["phq-9.item-9.blank"], id="left open"),
        pytest.param(1, [(SAME_DAY, "same-day")], [], id="already raised"),
        pytest.param(1, [(URGENT, "urgent")], [], id="a graver one stands"),
        pytest.param(3, [(SAME_DAY, "same-day")], [URGENT], id="graver than the one standing"),
        pytest.param(1, [("intent-said", "emergency")], [SAME_DAY], id="another matter stands"),
    ],
)
def test_a_call_is_raised_unless_one_at_least_as_urgent_stands(answer, raised, expected):
    found = calls_to_raise(PHQ, critical(_9=answer), raised)
    assert [one.code for one in found] == expected


def test_an_item_still_open_raises_nothing_until_the_reply_is_sent():
    assert critical_when_kept(score(PHQ, {"phq-9.1": 3})) == ()
    kept = critical_when_kept(score(PHQ, {"phq-9.9": 2}))
    assert [one.code for one in kept] == [URGENT]


def test_a_questionnaire_about_suicide_alone_is_guarded_as_suicidality():
    assert record_class_of(ASQ) == "suicidality"
    assert record_class_of(PHQ) == "measure"


def test_a_call_of_every_critical_rule_has_a_priority_the_record_knows():
    from kapstone.clinic.measures.models import SafetyCall

    levels = {rule.level for sheet in instruments().values() for rule in sheet.critical}
    assert levels <= set(SafetyCall.Priority.values)


def test_open_items_are_kept_as_null_and_answers_as_given():
    kept = answers_to_keep(PHQ, {"phq-9.1": 2, "phq-9.2": None})
    assert kept["phq-9.1"] == 2
    assert kept["phq-9.2"] is None
    assert set(kept) == {item.code for item in PHQ.items}


def test_a_request_ends_one_look_back_after_it_was_due():
    due = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert asking_ends_at(PHQ, due) == due + timedelta(days=14)


def test_items_are_set_side_by_side_and_an_open_one_has_no_change():
    before, now = reply("phq-9", 2), reply("phq-9", 1, _3=None)
    changes = item_changes(PHQ, before, now)
    assert changes[0].points == -1
    assert changes[2].points is None
    assert item_changes(PHQ, None, now)[0].points is None
