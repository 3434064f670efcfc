"""The gate: what each value of each check says, and that silence is never go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kapstone.clinic.dosing.check_lists import gate_checks
from kapstone.clinic.dosing.gate import Outcome, check_gate, judge_gate
from kapstone.clinic.dosing.gate_facts import GateFacts, Given, Ordered, Standing
from kapstone.clinic.dosing.verdicts import Verdict

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LATER = (NOW + timedelta(hours=4)).isoformat()
ORDER = Ordered(
    key="order-1", product="racemic", route="IM", amount_mg=53, words="racemic, 53 mg IM"
)
SIGNS = {
    "heart_rate_per_min": 72,
    "spo2_percent": 98,
    "breaths_per_min": 14,
    "temperature_c": 36.6,
}


def given(value, *, by=1, minutes_ago=5, lift="", role="nurse"):
    return Given(
        value=value,
        by_id=by,
        by=f"Person {by}",
        role=role,
        at=NOW - timedelta(minutes=minutes_ago),
        lift_reason=lift,
    )


def reading(systolic, diastolic, minutes_ago, **other):
    value = {"systolic_mmhg": systolic, "diastolic_mmhg": diastolic, **SIGNS, **other}
    return given(value, minutes_ago=minutes_ago)


def no(*names):
    return dict.fromkeys(names, False)


def yes(*names):
    return dict.fromkeys(names, True)


CHECKED = yes("patient", "drug", "dose", "route") | {"order": "order-1"}
ANSWERS = {
    "G1": (given(yes("says_name", "says_born_on")),),
    "G3": (given(yes("still_wants")),),
    "G4": (given(no("illness", "new_medicine", "new_diagnosis", "hospital", "fall")),),
    "G5": (given({"result": "negative"}),),
    "G6": (
        given(no("intoxicated", "other_drug", "sedative") | {"prescribed": None, "what": ""}),
    ),
    "G7": (
        given(
            {
                "last_solid_at": (NOW - timedelta(hours=6)).isoformat(),
                "last_clear_at": (NOW - timedelta(hours=2)).isoformat(),
            }
        ),
    ),
    "G8": (reading(128, 78, 10), reading(126, 76, 5)),
    "G9": (given(no("asq_1", "asq_2", "asq_3", "asq_4")),),
    "G10": (given({"oriented": True, "mania_or_psychosis": False}),),
    "G11": (given(no("urinary", "misuse")),),
    "G13": (given({"name": "Sam", "phone": "555 0101", "comes_at": LATER, "confirmed": True}),),
    "G14": (given(yes(*(q.name for q in gate_checks()["G14"].questions))),),
    "G15": (given(CHECKED, by=1), given(CHECKED, by=2)),
}
GOOD = GateFacts(
    at=NOW,
    answers=ANSWERS,
    eligibility=Standing(holds=True, words="Eligible."),
    consent=Standing(holds=True, words="Consent is in force."),
    order=ORDER,
    last_dose_at=NOW - timedelta(days=7),
)


def with_answers(code, *rows):
    return replace(GOOD, answers={**ANSWERS, code: rows})


def of(facts, code):
    return judge_gate(facts).of(code)


def test_all_fifteen_go_is_go():
    gate = judge_gate(GOOD)
    assert [judged.check.code for judged in gate.checks] == [f"G{n}" for n in range(1, 16)]
    assert gate.outcome is Outcome.GO
    assert not list(check_gate(gate))


def test_nothing_answered_is_never_go():
    gate = judge_gate(replace(GOOD, answers={}))
    assert gate.outcome is Outcome.HOLD
    asked = {"G1", "G3", "G4", "G5", "G6", "G7", "G8", "G9", "G10", "G11", "G13", "G14", "G15"}
    assert {judged.check.code for judged in gate.still_open} == asked
    assert all(judged.verdict is Verdict.ASK for judged in gate.still_open)


@pytest.mark.parametrize("code", sorted(ANSWERS))
def test_one_check_left_open_closes_the_gate(code):
    gate = judge_gate(with_answers(code))
    assert not gate.is_go
    assert [finding.code for finding in check_gate(gate)] == [f"gate-{code.lower()}"]


@pytest.mark.parametrize(
    ("readings", "verdict", "lifts"),
    [
        pytest.param([(128, 78, 5)], Verdict.WAIT, False, id="one reading decides nothing"),
        pytest.param([(190, 120, 5)], Verdict.WAIT, False, id="nor does one high reading"),
        pytest.param([(140, 90, 10), (140, 90, 5)], Verdict.GO, False, id="at the limit"),
        pytest.param([(141, 90, 10), (139, 90, 5)], Verdict.GO, False, id="the mean decides"),
        pytest.param([(141, 90, 10), (140, 90, 5)], Verdict.WAIT, False, id="140.5: rest"),
        pytest.param([(140, 91, 10), (140, 91, 5)], Verdict.WAIT, False, id="diastolic 91"),
        pytest.param([(128, 78, 9), (126, 76, 5)], Verdict.WAIT, False, id="4 min apart"),
        pytest.param(
            [(150, 92, 15), (148, 92, 10), (146, 92, 5)], Verdict.HOLD, True, id="amber, rested"
        ),
        pytest.param([(159, 99, 10), (159, 99, 5)], Verdict.WAIT, False, id="just below red"),
        pytest.param([(160, 80, 10), (160, 80, 5)], Verdict.HOLD, True, id="red systolic"),
        pytest.param([(120, 100, 10), (120, 100, 5)], Verdict.HOLD, True, id="red diastolic"),
        pytest.param([(179, 109, 10), (179, 109, 5)], Verdict.HOLD, True, id="below hard"),
        pytest.param([(180, 80, 10), (180, 80, 5)], Verdict.HOLD, False, id="hard systolic"),
        pytest.param([(120, 110, 10), (120, 110, 5)], Verdict.HOLD, False, id="hard diastolic"),
        pytest.param([(90, 60, 10), (90, 60, 5)], Verdict.GO, False, id="low limit"),
        pytest.param([(89, 60, 10), (89, 60, 5)], Verdict.HOLD, True, id="systolic low"),
        pytest.param([(90, 59, 10), (90, 59, 5)], Verdict.HOLD, True, id="diastolic low"),
    ],
)
def test_blood_pressure(readings, verdict, lifts):
    judged = of(with_answers("G8", *(reading(*one) for one in readings)), "G8")
    assert (judged.verdict, judged.ruling.may_be_lifted("prescriber")) == (verdict, lifts)


@pytest.mark.parametrize(
    ("name", "value", "verdict", "lifts"),
    [
        ("heart_rate_per_min", 50, Verdict.GO, False),
        ("heart_rate_per_min", 49, Verdict.HOLD, True),
        ("heart_rate_per_min", 44, Verdict.HOLD, True),
        ("heart_rate_per_min", 100, Verdict.GO, False),
        ("heart_rate_per_min", 101, Verdict.HOLD, True),
        ("spo2_percent", 95, Verdict.GO, False),
        ("spo2_percent", 94, Verdict.HOLD, True),
        ("spo2_percent", 92, Verdict.HOLD, True),
        ("spo2_percent", 91, Verdict.HOLD, False),
        ("breaths_per_min", 12, Verdict.GO, False),
        ("breaths_per_min", 11, Verdict.HOLD, True),
        ("breaths_per_min", 24, Verdict.GO, False),
        ("breaths_per_min", 25, Verdict.HOLD, True),
        ("temperature_c", 37.9, Verdict.GO, False),
        ("temperature_c", 38.0, Verdict.HOLD, True),
    ],
)
def test_other_signs(name, value, verdict, lifts):
    rows = (reading(120, 70, 10), reading(120, 70, 5, **{name: value}))
    judged = of(with_answers("G8", *rows), "G8")
    assert judged.verdict is verdict
    assert judged.ruling.may_be_lifted("prescriber") is lifts


def test_a_lift_of_a_pulse_does_not_carry_a_second_pressure_not_taken():
    judged = of(with_answers("G8", reading(120, 70, 5, heart_rate_per_min=105)), "G8")
    assert not judged.ruling.may_be_lifted("prescriber")


@pytest.mark.parametrize(
    ("route", "solid_h", "clear_h", "verdict"),
    [
        ("IM", 6, 2, Verdict.GO),
        ("IM", 5.99, 2, Verdict.HOLD),
        ("IM", 6, 1.99, Verdict.HOLD),
        ("IV", 6, 2, Verdict.GO),
        ("SC", 5.9, 2, Verdict.HOLD),
        ("SL", 4, 2, Verdict.GO),
        ("SL", 3.99, 2, Verdict.HOLD),
        ("PO", 4, 1.9, Verdict.HOLD),
        ("IN", 2, 0.5, Verdict.GO),
        ("IN", 1.99, 0.5, Verdict.HOLD),
        ("IN", 2, 0.49, Verdict.HOLD),
    ],
)
def test_fasting_by_route(route, solid_h, clear_h, verdict):
    row = given(
        {
            "last_solid_at": (NOW - timedelta(hours=solid_h)).isoformat(),
            "last_clear_at": (NOW - timedelta(hours=clear_h)).isoformat(),
        }
    )
    facts = replace(with_answers("G7", row), order=replace(ORDER, route=route))
    judged = of(facts, "G7")
    assert judged.verdict is verdict
    if verdict is Verdict.HOLD:
        assert judged.ruling.may_be_lifted("prescriber")
        assert judged.ruling.look_again_at > NOW


@pytest.mark.parametrize(
    ("hours", "amount_mg", "verdict", "lifts"),
    [
        (47.99, 30, Verdict.NO, False),
        (48, 30, Verdict.HOLD, True),
        (71.99, 30, Verdict.HOLD, True),
        (72, 30, Verdict.GO, False),
        (72, 60, Verdict.HOLD, True),
        (119.9, 60, Verdict.HOLD, True),
        (120, 60, Verdict.GO, False),
        (72, 59.9, Verdict.GO, False),
    ],
)
def test_the_interval_since_the_last_dose(hours, amount_mg, verdict, lifts):
    facts = replace(
        GOOD,
        last_dose_at=NOW - timedelta(hours=hours),
        order=replace(ORDER, amount_mg=amount_mg),
    )
    judged = of(facts, "G12")
    assert judged.verdict is verdict
    assert judged.ruling.may_be_lifted("prescriber") is lifts


def test_a_first_dose_has_no_interval():
    assert of(replace(GOOD, last_dose_at=None), "G12").verdict is Verdict.GO


@pytest.mark.parametrize(
    ("code", "value", "verdict", "lifts"),
    [
        ("G1", {"says_name": True, "says_born_on": False}, Verdict.NO, False),
        ("G1", {"says_name": False, "says_born_on": True}, Verdict.NO, False),
        ("G3", {"still_wants": False}, Verdict.NO, False),
        ("G4", ANSWERS["G4"][0].value | {"fall": True}, Verdict.HOLD, True),
        ("G5", {"result": "positive"}, Verdict.NO, False),
        ("G5", {"result": "not-applicable"}, Verdict.GO, False),
        ("G6", {"intoxicated": True, "sedative": False}, Verdict.NO, False),
        (
            "G6",
            {"intoxicated": False, "sedative": True, "prescribed": True, "what": "x"},
            Verdict.HOLD,
            True,
        ),
        (
            "G6",
            {"intoxicated": False, "sedative": True, "prescribed": False},
            Verdict.NO,
            False,
        ),
        (
            "G6",
            {"intoxicated": False, "sedative": True, "prescribed": None},
            Verdict.NO,
            False,
        ),
        ("G6", {"intoxicated": False, "other_drug": True, "what": "beer"}, Verdict.NO, False),
        (
            "G9",
            no("asq_1", "asq_2", "asq_3") | {"asq_4": True, "asq_5": False},
            Verdict.HOLD,
            True,
        ),
        (
            "G9",
            no("asq_2", "asq_3", "asq_4") | {"asq_1": True, "asq_5": True},
            Verdict.NO,
            False,
        ),
        ("G9", {}, Verdict.NO, False),
        ("G9", {"thoughts": "none"}, Verdict.GO, False),  # as it was kept before
        ("G9", {"thoughts": "not-acute"}, Verdict.HOLD, True),
        ("G9", {"thoughts": "acute"}, Verdict.NO, False),
        ("G10", {"oriented": False, "mania_or_psychosis": False}, Verdict.HOLD, True),
        ("G10", {"oriented": True, "mania_or_psychosis": True}, Verdict.HOLD, True),
        ("G11", {"urinary": True, "misuse": False}, Verdict.HOLD, True),
        ("G11", {"urinary": False, "misuse": True}, Verdict.HOLD, True),
        ("G13", {"name": "Sam", "phone": "1", "confirmed": False}, Verdict.HOLD, False),
        ("G14", ANSWERS["G14"][0].value | {"oxygen": False}, Verdict.HOLD, False),
    ],
)
def test_one_answer(code, value, verdict, lifts):
    judged = of(with_answers(code, given(value)), code)
    assert judged.verdict is verdict
    assert judged.ruling.may_be_lifted(judged.check.lift_by) is lifts
    assert judged.ruling.words


def test_no_eligibility_holds_and_nobody_lifts():
    facts = replace(GOOD, eligibility=Standing(holds=False, words="No decision."))
    judged = of(facts, "G2")
    assert judged.verdict is Verdict.HOLD
    assert not judged.ruling.may_be_lifted(judged.check.lift_by)


def test_consent_withdrawn_after_the_answer_ends_the_gate():
    facts = replace(GOOD, consent=Standing(holds=False, words="Withdrawn."))
    assert judge_gate(facts).outcome is Outcome.NO_GO


def test_an_emergency_call_that_is_open_ends_the_gate_whatever_was_answered():
    facts = replace(GOOD, urgent_call="Intent stated.", emergency_call=True)
    assert of(facts, "G9").verdict is Verdict.NO


def test_an_urgent_call_that_is_open_is_for_the_prescriber():
    facts = replace(GOOD, urgent_call="Item 9 answered 2.")
    assert of(facts, "G9").ruling.may_be_lifted("prescriber")


class TestTwoPeople:
    def test_one_person_is_not_two(self):
        facts = with_answers("G15", given(CHECKED, by=1), given(CHECKED, by=1))
        assert of(facts, "G15").verdict is Verdict.ASK

    def test_a_new_order_is_checked_anew(self):
        facts = replace(GOOD, order=replace(ORDER, key="order-2"))
        assert of(facts, "G15").verdict is Verdict.ASK

    def test_without_an_order_nothing_is_checked(self):
        assert of(replace(GOOD, order=None), "G15").verdict is Verdict.HOLD

    def test_one_no_holds(self):
        doubt = CHECKED | {"dose": False}
        facts = with_answers("G15", given(CHECKED, by=1), given(doubt, by=2))
        assert of(facts, "G15").verdict is Verdict.HOLD

    def test_a_no_taken_back_by_the_same_person_counts_no_more(self):
        doubt = CHECKED | {"dose": False}
        rows = (given(CHECKED, by=1), given(doubt, by=2), given(CHECKED, by=2))
        assert of(with_answers("G15", *rows), "G15").verdict is Verdict.GO


class TestLifts:
    LIFT = "Seen with cardiology, settles in the room."
    AMBER = (reading(150, 92, 15), reading(148, 92, 10), reading(146, 92, 5))

    def lifted(self, *after):
        lift = given({}, lift=self.LIFT, role="prescriber", minutes_ago=4)
        return with_answers("G8", *self.AMBER, lift, *after)

    def test_a_lift_makes_go_with_conditions(self):
        gate = judge_gate(self.lifted())
        assert gate.outcome is Outcome.CONDITIONS
        assert self.LIFT in gate.of("G8").ruling.words

    def test_a_later_reading_takes_the_lift_away(self):
        assert not judge_gate(self.lifted(reading(165, 92, 0))).is_go

    def test_a_hard_value_is_never_lifted(self):
        lift = given({}, lift=self.LIFT, role="prescriber", minutes_ago=1)
        facts = with_answers("G8", reading(185, 92, 10), reading(185, 92, 5), lift)
        assert of(facts, "G8").verdict is Verdict.HOLD

    def test_identity_is_never_lifted(self):
        lift = given({}, lift=self.LIFT, role="prescriber", minutes_ago=1)
        wrong = given({"says_name": True, "says_born_on": False})
        assert of(with_answers("G1", wrong, lift), "G1").verdict is Verdict.NO


NOT_ACUTE = given({"asq_1": True, "asq_5": False} | no("asq_2", "asq_3", "asq_4"))


def lifted(role, by):
    return given({}, by=by, role=role, lift="Both spoke with them; goes on.", minutes_ago=1)


def test_thoughts_that_are_not_acute_are_for_prescriber_and_therapist_together():
    both = (lifted("prescriber", 2), lifted("therapist", 3))
    for alone, missing in ((both[:1], "therapist"), (both[1:], "prescriber")):
        judged = of(with_answers("G9", NOT_ACUTE, *alone), "G9")
        assert judged.verdict is Verdict.HOLD
        assert judged.still_to_lift == (missing,)
        assert f"Still to agree: {missing}" in judged.ruling.words
    assert of(with_answers("G9", NOT_ACUTE, *both), "G9").verdict is Verdict.CONDITION


def test_the_same_role_twice_is_not_both():
    twice = (lifted("prescriber", 2), lifted("prescriber", 4))
    assert of(with_answers("G9", NOT_ACUTE, *twice), "G9").verdict is Verdict.HOLD


def test_a_newer_answer_needs_both_again():
    both = (lifted("prescriber", 2), lifted("therapist", 3))
    assert of(with_answers("G9", NOT_ACUTE, *both, NOT_ACUTE), "G9").verdict is Verdict.HOLD


@pytest.mark.parametrize(
    ("hours", "verdict"), [(47, Verdict.GO), (49, Verdict.HOLD), (24 * 366, Verdict.HOLD)]
)
def test_a_fast_of_days_is_asked_about(hours, verdict):
    ate = (NOW - timedelta(hours=hours)).isoformat()
    drank = (NOW - timedelta(hours=3)).isoformat()
    judged = of(
        with_answers(
            "G7",
            given({"last_solid_at": ate, "last_clear_at": drank}),
        ),
        "G7",
    )
    assert judged.verdict is verdict


@pytest.mark.parametrize(
    ("celsius", "verdict"), [(34.9, Verdict.HOLD), (35, Verdict.GO), (38, Verdict.HOLD)]
)
def test_a_temperature_is_held_on_both_sides(celsius, verdict):
    sets = (reading(128, 78, 11), reading(126, 76, 5, temperature_c=celsius))
    assert of(with_answers("G8", *sets), "G8").verdict is verdict
