"""Going home: each criterion at, just below and just above its limit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from kapstone.catalogue.thresholds import Level
from kapstone.clinic.dosing.entries import Reply, Vitals
from kapstone.clinic.dosing.gate_facts import Given
from kapstone.clinic.dosing.going_home import (
    HomeFacts,
    Signed,
    check_discharge,
    judge_going_home,
    signatures_needed,
)
from kapstone.clinic.dosing.monitoring import Raised, Seen
from kapstone.clinic.dosing.verdicts import Verdict

NOW = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
BASE = Vitals(
    systolic_mmhg=128,
    diastolic_mmhg=78,
    heart_rate_per_min=72,
    spo2_percent=98,
    alertness=5,
    rass=0,
)


def seen(minutes_ago, **change):
    return Seen(
        entry=uuid4(), at=NOW - timedelta(minutes=minutes_ago), vitals=replace(BASE, **change)
    )


def given(**value):
    return Given(value=value, by_id=1, by="Nurse", role="nurse", at=NOW)


def crossing(level, reply=None):
    return Raised(
        entry=uuid4(),
        at=NOW,
        crossing=SimpleNamespace(parameter="rass", level=level),
        reply=reply,
    )


ANSWERS = {
    "D2": (given(oriented=True),),
    "D4": (given(walks=True),),
    "D5": (given(sips=True),),
    "D6": (given(perception=2),),
    "D7": (given(thoughts="none", therapist_agrees=True),),
    "D8": (given(name="Sam", here=True),),
    "D9": (given(given=True),),
}
BOTH = (
    Signed(by="Nurse", by_id=1, role="nurse", at=NOW),
    Signed(by="Therapist", by_id=2, role="therapist", at=NOW),
)
GOOD = HomeFacts(
    at=NOW,
    last_dose_at=NOW - timedelta(minutes=140),
    stays_until=NOW - timedelta(minutes=20),
    baseline=BASE,
    seen=(seen(20), seen(5)),
    answers=ANSWERS,
    crossings=(),
    next_call="Call Tue 10:00",
    next_visit="Integration Wed 09:00",
    letter_at=NOW - timedelta(minutes=10),
    signatures=BOTH,
)


def of(code, **change):
    return judge_going_home(replace(GOOD, **change)).of(code)


def test_all_eleven_met_and_signed():
    home = judge_going_home(GOOD)
    assert home.is_signed
    assert home.ready == 11
    assert not list(check_discharge(home))


def test_nothing_answered_is_not_ready():
    home = judge_going_home(replace(GOOD, answers={}))
    assert not home.is_ready
    assert {f.code for f in check_discharge(home)} == {
        f"home-{code.lower()}" for code in ANSWERS
    }


@pytest.mark.parametrize(("left", "verdict"), [(0, Verdict.GO), (1, Verdict.WAIT)])
def test_the_time_is_worked_out(left, verdict):
    judged = of("D1", stays_until=NOW + timedelta(seconds=left))
    assert judged.verdict is verdict


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, Verdict.GO),
        ({"systolic_mmhg": 148}, Verdict.GO),
        ({"systolic_mmhg": 153}, Verdict.GO),
        ({"systolic_mmhg": 154}, Verdict.WAIT),
        ({"systolic_mmhg": 103}, Verdict.GO),
        ({"systolic_mmhg": 102}, Verdict.WAIT),
        ({"diastolic_mmhg": 98}, Verdict.GO),
        ({"diastolic_mmhg": 99}, Verdict.WAIT),
        ({"heart_rate_per_min": 50}, Verdict.GO),
        ({"heart_rate_per_min": 49}, Verdict.WAIT),
        ({"heart_rate_per_min": 110}, Verdict.GO),
        ({"heart_rate_per_min": 111}, Verdict.WAIT),
        ({"spo2_percent": 94}, Verdict.GO),
        ({"spo2_percent": 93}, Verdict.WAIT),
        ({"systolic_mmhg": None}, Verdict.ASK),
    ],
)
def test_vital_signs_near_baseline(change, verdict):
    sets = (seen(20, **change), seen(5, **change))
    assert of("D3", seen=sets).verdict is verdict


def test_never_at_160_over_100_even_where_that_is_baseline():
    high = replace(BASE, systolic_mmhg=158, diastolic_mmhg=98)
    ok = (seen(20, systolic_mmhg=159, diastolic_mmhg=99),) * 1
    at_limit = (seen(20, systolic_mmhg=160), seen(5, systolic_mmhg=160))
    assert of("D3", baseline=high, seen=at_limit).verdict is Verdict.WAIT
    below = (*ok, seen(5, systolic_mmhg=159, diastolic_mmhg=99))
    assert of("D3", baseline=high, seen=below).verdict is Verdict.GO


@pytest.mark.parametrize(("first", "verdict"), [(20, Verdict.GO), (19.9, Verdict.WAIT)])
def test_two_sets_fifteen_minutes_apart(first, verdict):
    assert of("D3", seen=(seen(first), seen(5))).verdict is verdict


def test_a_set_before_the_dose_is_not_one_of_the_two():
    assert of("D3", seen=(seen(150), seen(5))).verdict is Verdict.WAIT


def test_a_low_baseline_saturation_is_enough():
    low = replace(BASE, spo2_percent=93)
    sets = (seen(20, spo2_percent=93), seen(5, spo2_percent=93))
    assert of("D3", baseline=low, seen=sets).verdict is Verdict.GO


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"alertness": 4}, Verdict.WAIT),
        ({"alertness": None}, Verdict.ASK),
        ({"rass": 1}, Verdict.GO),
        ({"rass": -1}, Verdict.GO),
        ({"rass": 2}, Verdict.WAIT),
        ({"rass": -2}, Verdict.WAIT),
        ({"rass": None}, Verdict.ASK),
    ],
)
def test_awake(change, verdict):
    assert of("D2", seen=(seen(5, **change),)).verdict is verdict


@pytest.mark.parametrize(
    ("rass", "verdict"),
    [(0, Verdict.GO), (-1, Verdict.GO), (-2, Verdict.WAIT), (2, Verdict.WAIT)],
)
def test_rass_may_be_given_with_the_answer_and_the_newest_counts(rass, verdict):
    answers = {**ANSWERS, "D2": (given(oriented=True, rass=rass),)}
    assert of("D2", seen=(seen(5, rass=0),), answers=answers).verdict is verdict


def test_being_awake_before_the_dose_says_nothing_of_now():
    assert of("D2", seen=(seen(150),)).verdict is Verdict.ASK


def test_nausea_before_the_dose_is_over():
    assert of("D5", seen=(seen(150, nausea=3),)).verdict is Verdict.GO


def test_the_letter_is_given_before_it_is_said_back():
    assert of("D9", letter_at=None).verdict is Verdict.ASK
    assert of("D9").verdict is Verdict.GO


@pytest.mark.parametrize(
    ("code", "value", "verdict"),
    [
        ("D2", {"oriented": False}, Verdict.WAIT),
        ("D4", {"walks": False}, Verdict.WAIT),
        ("D5", {"sips": False}, Verdict.WAIT),
        ("D6", {"perception": 3}, Verdict.WAIT),
        ("D7", {"thoughts": "acute", "therapist_agrees": True}, Verdict.NO),
        ("D7", {"thoughts": "not-acute", "therapist_agrees": True}, Verdict.GO),
        ("D7", {"thoughts": "none", "therapist_agrees": False}, Verdict.WAIT),
        ("D8", {"name": "Sam", "here": False}, Verdict.WAIT),
        ("D9", {"given": False}, Verdict.WAIT),
    ],
)
def test_what_a_person_saw(code, value, verdict):
    judged = of(code, answers={**ANSWERS, code: (given(**value),)})
    assert judged.verdict is verdict


@pytest.mark.parametrize(("nausea", "verdict"), [(1, Verdict.GO), (2, Verdict.WAIT)])
def test_nausea(nausea, verdict):
    assert of("D5", seen=(seen(5, nausea=nausea),)).verdict is verdict


@pytest.mark.parametrize("change", [{"next_call": ""}, {"next_visit": ""}])
def test_the_call_and_the_visit_are_both_booked(change):
    assert of("D10", **change).verdict is Verdict.ASK


class TestSignatures:
    def test_nurse_and_therapist(self):
        assert of("D11", signatures=BOTH[:1]).verdict is Verdict.ASK
        assert of("D11").verdict is Verdict.GO

    @pytest.mark.parametrize("level", [Level.URGENT, Level.EMERGENCY])
    def test_the_prescriber_too_after_a_limit_to_act(self, level):
        assert of("D11", crossings=(crossing(level),)).verdict is Verdict.ASK
        assert "prescriber" in signatures_needed((crossing(level),))

    def test_not_after_a_limit_to_tell(self):
        assert of("D11", crossings=(crossing(Level.ALERT),)).verdict is Verdict.GO

    def test_not_after_an_artefact(self):
        assert of("D11", crossings=(crossing(Level.URGENT, Reply.ARTEFACT),)).is_go
