"""The gate: its fifteen checks, blood pressure, the other signs, fasting."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kapstone.catalogue.gate import (
    Decided,
    Gate,
    GateLift,
    GateState,
    PressureReading,
    edited,
    judge_fasting,
    judge_pressure,
    judge_sign,
    load_gate,
)
from kapstone.catalogue.shelf import DATA, parse
from kapstone.errors import CatalogueError, InvalidInput

GATE = load_gate()
START = datetime(2026, 5, 4, 9, 0, 40, tzinfo=UTC)


def readings(*values, apart=5.0):
    return [
        PressureReading(
            systolic_mmhg=systolic,
            diastolic_mmhg=diastolic,
            taken_at=START + timedelta(minutes=apart * place),
        )
        for place, (systolic, diastolic) in enumerate(values)
    ]


def test_all_fifteen_checks_are_there_in_order():
    assert [check.code for check in GATE.checks] == [f"G{number}" for number in range(1, 16)]


def test_what_nobody_may_lift():
    hard = {check.code for check in GATE.checks if check.hard}
    assert hard == {"G1", "G2", "G3", "G5", "G9", "G14", "G15"}
    assert GATE.check("G9").lift_by is GateLift.CRISIS_PATH
    assert GATE.check("G7").lift_by is GateLift.PRESCRIBER
    assert GATE.check("G12").decided is Decided.COMPUTED


@pytest.mark.parametrize(
    ("taken", "state"),
    [
        pytest.param([], GateState.OPEN, id="nothing measured"),
        pytest.param([(120, 80)], GateState.OPEN, id="one good reading does not decide"),
        pytest.param([(190, 120)], GateState.OPEN, id="one bad reading does not decide"),
        pytest.param([(140, 90), (140, 90)], GateState.GO, id="at the go limit"),
        pytest.param([(139, 90), (142, 90)], GateState.OPEN, id="a third is wanted"),
        pytest.param([(141, 90)] * 3, GateState.AMBER, id="just above, after rest"),
        pytest.param([(140, 91)] * 3, GateState.AMBER, id="diastolic just above"),
        pytest.param([(150, 95), (150, 95), (138, 88), (136, 86)], GateState.GO, id="settled"),
        pytest.param([(159, 99), (160, 99)], GateState.OPEN, id="mean 159.5 is amber"),
        pytest.param([(159, 99)] * 3, GateState.AMBER, id="just below red"),
        pytest.param([(160, 80)] * 2, GateState.RED, id="systolic at red"),
        pytest.param([(130, 100)] * 2, GateState.RED, id="diastolic at red"),
        pytest.param([(179, 109)] * 2, GateState.RED, id="just below hard"),
        pytest.param([(180, 80)] * 2, GateState.HARD, id="systolic at hard"),
        pytest.param([(130, 110)] * 2, GateState.HARD, id="diastolic at hard"),
        pytest.param([(185, 55)] * 2, GateState.HARD, id="hard stands above low"),
        pytest.param([(90, 60)] * 2, GateState.GO, id="at the low limit"),
        pytest.param([(89, 60)] * 2, GateState.RED, id="systolic low"),
        pytest.param([(100, 59)] * 2, GateState.RED, id="diastolic low"),
    ],
)
def test_the_mean_of_the_last_two_readings_decides(taken, state):
    verdict = judge_pressure(GATE.pressure, readings(*taken))
    assert verdict.state is state
    assert "{" not in verdict.sentence


def test_readings_need_five_minutes_between_them_counted_to_the_minute():
    close = judge_pressure(GATE.pressure, readings((120, 80), (120, 80), apart=4))
    assert close.state is GateState.OPEN
    assert close.next_at == START + timedelta(minutes=9)
    # 9:00:40 and 9:05:10 were both entered to the minute
    enough = judge_pressure(GATE.pressure, readings((120, 80), (120, 80), apart=4.5))
    assert enough.state is GateState.GO


def test_the_order_in_which_readings_were_typed_does_not_matter():
    taken = readings((190, 115), (128, 80), (126, 78))
    assert judge_pressure(GATE.pressure, taken[::-1]).state is GateState.GO


def test_a_verdict_says_the_mean_and_the_limit():
    verdict = judge_pressure(GATE.pressure, readings((161, 95), (166, 98)))
    assert verdict.sentence.startswith("Mean 163.5/96.5, at or above 160/100. Hold.")
    assert verdict.state.lifted_by_prescriber
    assert not GateState.HARD.lifted_by_prescriber


@pytest.mark.parametrize(
    ("red", "hard", "fields"),
    [
        ((150, 95), None, []),
        ((165, 100), (180, 110), []),
        ((149, 95), None, ["red_systolic"]),
        ((166, 101), None, ["red_systolic", "red_diastolic"]),
        (None, (181, 111), ["hard_systolic", "hard_diastolic"]),
        ((165, 100), (165, 105), ["hard_systolic"]),
        ((155, 98), (170, 105), []),
    ],
)
def test_a_clinic_may_move_the_limits_only_so_far(red, hard, fields):
    if fields:
        with pytest.raises(InvalidInput) as refused:
            edited(GATE.pressure, red=red, hard=hard)
        assert list(refused.value.fields) == fields
    else:
        limits = edited(GATE.pressure, red=red, hard=hard)
        if red:
            assert (limits.red_systolic.value, limits.red_diastolic.value) == red
        if hard:
            assert (limits.hard_systolic.value, limits.hard_diastolic.value) == hard


def test_a_moved_limit_is_the_one_that_counts():
    limits = edited(GATE.pressure, red=(150, 95))
    assert judge_pressure(limits, readings((151, 90), (151, 90))).state is GateState.RED


@pytest.mark.parametrize(
    ("sign", "value", "state"),
    [
        ("heart_rate_per_min", 44, GateState.RED),
        ("heart_rate_per_min", 45, GateState.AMBER),
        ("heart_rate_per_min", 49, GateState.AMBER),
        ("heart_rate_per_min", 50, GateState.GO),
        ("heart_rate_per_min", 100, GateState.GO),
        ("heart_rate_per_min", 101, GateState.AMBER),
        ("heart_rate_per_min", 110, GateState.AMBER),
        ("heart_rate_per_min", 111, GateState.RED),
        ("spo2_percent", 91, GateState.HARD),
        ("spo2_percent", 92, GateState.AMBER),
        ("spo2_percent", 94, GateState.AMBER),
        ("spo2_percent", 95, GateState.GO),
        ("breaths_per_min", 9, GateState.RED),
        ("breaths_per_min", 10, GateState.AMBER),
        ("breaths_per_min", 11, GateState.AMBER),
        ("breaths_per_min", 12, GateState.GO),
        ("breaths_per_min", 24, GateState.GO),
        ("breaths_per_min", 25, GateState.AMBER),
        ("breaths_per_min", 30, GateState.AMBER),
        ("breaths_per_min", 31, GateState.RED),
        ("temperature_c", 37.9, GateState.GO),
        ("temperature_c", 38.0, GateState.RED),
        ("heart_rate_per_min", None, GateState.OPEN),
        ("heart_rate_per_min", -1, GateState.OPEN),
    ],
)
def test_each_other_sign_at_its_limits(sign, value, state):
    rule = next(known for known in GATE.signs if known.code == sign)
    assert judge_sign(rule, value).state is state


@pytest.mark.parametrize(
    ("route", "solids", "fluids", "state"),
    [
        ("IM", 360, 120, GateState.GO),
        ("IM", 359, 120, GateState.RED),
        ("IM", 360, 119, GateState.RED),
        ("SL", 240, 120, GateState.GO),
        ("PO", 239, 120, GateState.RED),
        ("IN", 120, 30, GateState.GO),
        ("esketamine-device", 120, 29, GateState.RED),
        ("SC", None, 120, GateState.OPEN),
        ("IV", 360, None, GateState.OPEN),
    ],
)
def test_fasting_by_route(route, solids, fluids, state):
    def ago(minutes):
        return None if minutes is None else START - timedelta(minutes=minutes)

    verdict = judge_fasting(
        GATE.fasting_for(route),
        last_solid_at=ago(solids),
        last_clear_fluid_at=ago(fluids),
        at=START,
    )
    assert verdict.state is state
    if state is GateState.RED:
        assert verdict.next_at == START + timedelta(minutes=1)


def test_lines_for_injections_are_left_out_of_a_room_without_them():
    left_out = set(GATE.equipment_for(parenteral=True)) - set(
        GATE.equipment_for(parenteral=False)
    )
    assert {line.code for line in left_out} == {"acls", "iv-kit"}


TEXT = (DATA / "gate" / "standard.v1.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("at_least = 45, below = 50", "at_least = 46, below = 50", "cover every value once"),
        ("at_least = 0, below = 45", "at_least = 1, below = 45", "cover every value once"),
        ('code = "G2"', 'code = "G1"', "checks: G1 stands twice"),
        ('hard = true\nlift_by = "nobody"', 'hard = true\nlift_by = "prescriber"', "be lifted"),
        ('routes = ["SL", "PO"]', 'routes = ["SL", "IM"]', "fasting: IM stands twice"),
        ("go_systolic = {", "go_sistolic = {", "unknown keys go_sistolic"),
        (
            'basis = ["judgement"] }\nweight_days',
            "basis = [] }\nweight_days",
            "without a basis",
        ),
    ],
)
def test_a_faulty_gate_is_refused(old, new, words):
    assert old in TEXT
    with pytest.raises(CatalogueError, match=words):
        parse(Gate, TEXT.replace(old, new, 1), "standard.v1.toml")


def test_what_is_not_there_is_named():
    with pytest.raises(CatalogueError, match="no check G16"):
        GATE.check("G16")
    with pytest.raises(CatalogueError, match="route RECTAL"):
        GATE.fasting_for("RECTAL")


def test_two_people_check_the_dose():
    check = GATE.check("G15")
    assert replace(check, hard=True).hard
    assert "two different people" in check.go
