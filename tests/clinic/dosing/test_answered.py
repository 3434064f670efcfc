"""An answer is said in the words it was asked in."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from kapstone.clinic.dosing.answered import say_answer, say_reason
from kapstone.clinic.dosing.check_lists import gate_checks
from kapstone.clinic.dosing.gate_facts import Given

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def given(**value):
    return Given(value=value, by_id=1, by="Nurse", role="nurse", at=AT)


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        ("G5", {"result": "not-applicable"}, "Test today: not applicable"),
        ("G13", {"name": "Sam", "confirmed": True}, "Their name: Sam; They said that they"),
        ("G8", {"systolic_mmhg": 124, "temperature_c": 36.6}, "Systolic pressure: 124; Temp"),
        ("G9", {"thoughts": "none"}, "Thoughts: none"),  # asked so in an earlier version
        ("G2", {"words": "Eligible.", "until": "2027-01-12"}, "Eligible."),
        (
            "G7",
            {"last_solid_at": "2026-03-02T06:30:00+00:00"},
            "Last solid food: 01:30 on 2 Mar",
        ),
        (
            "G15",
            {"patient": True, "drug": False, "order": "x"},
            "Right person: yes; Right drug",
        ),
    ],
)
def test_each_question_is_named(code, value, words):
    with timezone.override("America/New_York"):
        assert say_answer(given(**value), code).startswith(words)


def test_a_long_list_all_of_one_answer_is_said_once():
    names = [one.name for one in gate_checks()["G14"].questions]
    assert say_answer(given(**dict.fromkeys(names, True)), "G14") == f"Yes to all {len(names)}"
    mixed = {**dict.fromkeys(names, True), names[0]: False}
    assert say_answer(given(**mixed), "G14").count("; ") == len(names) - 1


def test_a_reason_of_not_today_is_said_in_words():
    assert say_reason("vitals") == "Blood pressure or another sign outside limits"
    assert say_reason("other: the lift is stuck").endswith(": the lift is stuck")
    assert say_reason("Wants to go home") == "Wants to go home"
