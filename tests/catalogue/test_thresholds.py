"""Vital signs in the room: each limit just off it, at it and past it."""

import pytest

from kapstone.catalogue.basis import Provenance
from kapstone.catalogue.discharge import Decided, Discharge, load_discharge
from kapstone.catalogue.scales import Scale, load_scale, scales
from kapstone.catalogue.shelf import DATA, parse
from kapstone.catalogue.thresholds import (
    PARAMETERS,
    Level,
    Thresholds,
    VitalsReading,
    doubts,
    judge_vitals,
    load_thresholds,
)
from kapstone.errors import CatalogueError

BASELINE = VitalsReading(
    systolic_mmhg=128,
    diastolic_mmhg=78,
    heart_rate_per_min=72,
    spo2_percent=98,
    breaths_per_min=16,
    alertness=5,
)
ALERT, URGENT, EMERGENCY = Level.ALERT, Level.URGENT, Level.EMERGENCY
SHEET = load_thresholds()


def judged(*, baseline=BASELINE, previous=None, signs=(), **values):
    reading = VitalsReading(signs=frozenset(signs), **values)
    return judge_vitals(reading, baseline, previous=previous)


def levels(**given):
    return [crossing.level for crossing in judged(**given)]


@pytest.mark.parametrize(
    ("parameter", "value", "level"),
    [
        ("systolic_mmhg", 164, None),
        ("systolic_mmhg", 165, ALERT),
        ("systolic_mmhg", 179, ALERT),
        ("systolic_mmhg", 180, ALERT),  # act only on repeat
        ("systolic_mmhg", 219, ALERT),
        ("systolic_mmhg", 220, EMERGENCY),
        ("systolic_mmhg", 90, None),
        ("systolic_mmhg", 89, ALERT),
        ("systolic_mmhg", 80, ALERT),
        ("systolic_mmhg", 79, EMERGENCY),
        ("diastolic_mmhg", 99, None),
        ("diastolic_mmhg", 100, ALERT),
        ("diastolic_mmhg", 119, ALERT),
        ("diastolic_mmhg", 120, EMERGENCY),
        ("heart_rate_per_min", 110, None),
        ("heart_rate_per_min", 111, ALERT),
        ("heart_rate_per_min", 120, ALERT),
        ("heart_rate_per_min", 121, URGENT),
        ("heart_rate_per_min", 140, URGENT),
        ("heart_rate_per_min", 141, EMERGENCY),
        ("heart_rate_per_min", 50, None),
        ("heart_rate_per_min", 49, ALERT),
        ("heart_rate_per_min", 45, ALERT),
        ("heart_rate_per_min", 44, URGENT),
        ("heart_rate_per_min", 40, URGENT),
        ("heart_rate_per_min", 39, EMERGENCY),
        ("spo2_percent", 94, None),
        ("spo2_percent", 93, ALERT),
        ("spo2_percent", 92, ALERT),
        ("spo2_percent", 91, URGENT),
        ("spo2_percent", 89, URGENT),  # an emergency once it is sustained
        ("breaths_per_min", 12, None),
        ("breaths_per_min", 11, ALERT),
        ("breaths_per_min", 10, ALERT),
        ("breaths_per_min", 9, URGENT),
        ("breaths_per_min", 8, URGENT),
        ("breaths_per_min", 7, EMERGENCY),
        ("breaths_per_min", 24, None),
        ("breaths_per_min", 25, ALERT),
        ("breaths_per_min", 30, ALERT),
        ("breaths_per_min", 31, URGENT),
        ("alertness", 4, None),
        ("alertness", 3, ALERT),
        ("alertness", 2, URGENT),
        ("alertness", 1, EMERGENCY),
        ("alertness", 0, EMERGENCY),
        ("rass", 0, None),
        ("rass", -1, None),
        ("rass", -2, ALERT),
        ("rass", -3, URGENT),
        ("rass", -4, EMERGENCY),
        ("rass", 1, ALERT),
        ("rass", 2, URGENT),
        ("rass", 3, EMERGENCY),
        ("distress", 6, None),
        ("distress", 7, ALERT),
        ("distress", 8, ALERT),
        ("distress", 9, URGENT),
        ("vomits", 0, None),
        ("vomits", 1, ALERT),
        ("vomits", 2, URGENT),
        ("temperature_c", 39.5, None),
    ],
)
def test_one_value_crosses_one_level(parameter, value, level):
    # a baseline far from every limit, so that the absolute ones are tried
    far = VitalsReading(heart_rate_per_min=72, spo2_percent=98)
    assert levels(baseline=far, **{parameter: value}) == ([] if level is None else [level])


@pytest.mark.parametrize(
    ("parameter", "base", "value", "level"),
    [
        ("systolic_mmhg", 110, 149, None),
        ("systolic_mmhg", 110, 150, ALERT),
        ("systolic_mmhg", None, 150, None),
        ("diastolic_mmhg", 60, 84, None),
        ("diastolic_mmhg", 60, 85, ALERT),
        ("diastolic_mmhg", None, 85, None),
        # the lower of 50 and baseline - 10
        ("heart_rate_per_min", 58, 48, None),
        ("heart_rate_per_min", 58, 47, ALERT),
        ("heart_rate_per_min", None, 49, ALERT),
        # the lower of 94 and baseline - 2
        ("spo2_percent", 95, 93, None),
        ("spo2_percent", 95, 92, ALERT),
        ("spo2_percent", None, 93, ALERT),
        # a low baseline never hides the absolute limits
        ("heart_rate_per_min", 45, 44, URGENT),
        ("spo2_percent", 90, 91, URGENT),
    ],
)
def test_a_limit_that_leans_on_the_baseline(parameter, base, value, level):
    baseline = None if base is None else VitalsReading(**{parameter: base})
    assert levels(baseline=baseline, **{parameter: value}) == ([] if level is None else [level])


@pytest.mark.parametrize(
    ("parameter", "before", "value", "level"),
    [
        ("systolic_mmhg", 180, 180, URGENT),
        ("systolic_mmhg", 179, 180, ALERT),
        ("systolic_mmhg", 200, 179, ALERT),
        ("diastolic_mmhg", 110, 111, URGENT),
        ("diastolic_mmhg", 109, 111, ALERT),
        ("spo2_percent", 89, 89, EMERGENCY),
        ("spo2_percent", 90, 89, URGENT),
    ],
)
def test_some_limits_count_only_on_repeat(parameter, before, value, level):
    previous = VitalsReading(**{parameter: before})
    assert levels(previous=previous, **{parameter: value}) == [level]


@pytest.mark.parametrize(
    ("signs", "values", "level"),
    [
        (["chest-pain"], {"systolic_mmhg": 120}, EMERGENCY),
        (["short-of-breath"], {}, EMERGENCY),
        (["sudden-headache"], {}, EMERGENCY),
        (["sight"], {}, EMERGENCY),
        (["seizure"], {}, EMERGENCY),
        (["focal-deficit"], {}, EMERGENCY),
        (["irregular-pulse"], {"heart_rate_per_min": 80}, EMERGENCY),
        (["apnoea"], {}, EMERGENCY),
        (["aspiration"], {}, EMERGENCY),
        (["danger"], {}, EMERGENCY),
        (["asks-to-stop"], {"distress": 3}, URGENT),
        (["faint"], {"systolic_mmhg": 88}, URGENT),
        (["spo2-sustained"], {"spo2_percent": 89}, EMERGENCY),
        (["sedated"], {"vomits": 1}, URGENT),
    ],
)
def test_what_is_seen_counts_beside_the_numbers(signs, values, level):
    assert levels(signs=signs, **values) == [level]


def test_feeling_faint_with_a_good_pressure_crosses_nothing():
    assert levels(signs=["faint"], systolic_mmhg=110) == []


def test_vomiting_at_alertness_four_is_vomiting_while_sedated():
    assert levels(vomits=1, alertness=4) == [URGENT]
    assert levels(vomits=1, alertness=5) == [ALERT]


def test_the_gravest_crossing_comes_first_and_one_for_each_parameter():
    found = judged(
        systolic_mmhg=185,
        heart_rate_per_min=145,
        spo2_percent=91,
        previous=VitalsReading(systolic_mmhg=190),
    )
    assert [(crossing.parameter, crossing.level) for crossing in found] == [
        ("heart_rate_per_min", EMERGENCY),
        ("systolic_mmhg", URGENT),
        ("spo2_percent", URGENT),
    ]


def test_a_crossing_says_value_limit_and_where_the_limit_comes_from():
    (found,) = judged(systolic_mmhg=168)
    assert found.sentence == "Systolic 168 is 165 or more."
    assert (found.value, found.limit) == (168, 165)
    assert found.provenance is Provenance.JUDGEMENT
    assert "CRTCE" in {basis.key for basis in found.basis}
    (seen,) = judged(signs=["sight", "chest-pain"])
    assert seen.sentence == (
        "Symptoms with the dose: chest pain, change of sight. "
        "Treat any blood pressure as an emergency."
    )
    assert seen.limit is None


def test_the_baseline_itself_crosses_nothing():
    assert judge_vitals(BASELINE, BASELINE) == []
    assert judge_vitals(VitalsReading(), None) == []


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ({"heart_rate_per_min": 30}, []),
        ({"heart_rate_per_min": 29}, ["heart_rate_per_min"]),
        ({"heart_rate_per_min": 221}, ["heart_rate_per_min"]),
        ({"spo2_percent": 70}, []),
        ({"spo2_percent": 69}, ["spo2_percent"]),
        ({"spo2_percent": 101}, ["spo2_percent"]),
        ({"systolic_mmhg": 300, "diastolic_mmhg": 150}, ["systolic_mmhg"]),
        ({"systolic_mmhg": 90, "diastolic_mmhg": 90}, ["diastolic_mmhg"]),
        ({"systolic_mmhg": 90, "diastolic_mmhg": 146}, ["diastolic_mmhg"]),
        ({"systolic_mmhg": 128, "diastolic_mmhg": 78}, []),
    ],
)
def test_a_strange_value_is_asked_about(values, asked):
    assert [doubt.parameter for doubt in doubts(VitalsReading(**values))] == asked


@pytest.mark.parametrize(
    ("parameter", "low", "high"),
    [
        ("heart_rate_per_min", 20, 250),
        ("systolic_mmhg", 40, 300),
        ("spo2_percent", 40, 100),
    ],
)
def test_extreme_true_values_can_be_recorded(parameter, low, high):
    found = SHEET.parameter(parameter)
    assert (found.accepted_low, found.accepted_high) == (low, high)


def test_every_number_of_a_reading_has_its_range():
    assert {found.code for found in SHEET.parameters} == set(PARAMETERS)
    with pytest.raises(CatalogueError, match="no parameter mood"):
        SHEET.parameter("mood")


def test_each_level_says_what_to_do():
    assert SHEET.words_of(URGENT).name == "Act"
    assert [level.rank for level in (EMERGENCY, URGENT, ALERT)] == [0, 1, 2]


TEXT = (DATA / "thresholds" / "adult.v1.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('parameter = "rass"', 'parameter = "ras"', "unknown ras"),
        ('any_sign = ["danger"]', 'any_sign = ["dagger"]', "unknown dagger"),
        ('code = "systolic-80"', 'code = "systolic-220"', "systolic-220 stands twice"),
        ("limit = 220\n", "", "limit or a distance"),
        ("limit = 220\n", "limit = 220\nfrom_baseline = 3\n", "limit or a distance"),
        ('side = "seen"\n', 'side = "seen"\nlimit = 3\n', "seen needs signs"),
        ("ask_below = 60", "ask_below = 30", "within accepted"),
        ('code = "urgent"', 'code = "alert"', "words of each"),
    ],
)
def test_a_faulty_threshold_is_refused(old, new, words):
    assert old in TEXT
    with pytest.raises(CatalogueError, match=words):
        parse(Thresholds, TEXT.replace(old, new, 1), "adult.v1.toml")


def test_the_scales_have_an_anchor_for_each_step():
    assert sorted(scales()) == ["depth", "moaas", "nausea", "rass"]
    assert load_scale("moaas").anchor(5).words == "Responds readily to name."
    assert load_scale("rass").anchor(-5).short == "Unrousable"
    with pytest.raises(CatalogueError, match="moaas has no step 6"):
        load_scale("moaas").anchor(6)


def test_a_scale_with_a_step_missing_is_refused():
    text = (DATA / "scales" / "moaas.v1.toml").read_text("utf-8")
    with pytest.raises(CatalogueError, match="cover 0 to 5 once"):
        parse(Scale, text.replace("value = 3", "value = 2"), "moaas.v1.toml")


def test_all_eleven_criteria_for_going_home_and_how_each_is_decided():
    sheet = load_discharge()
    assert {row.code: row.decided for row in sheet.criteria} == {
        "D1": Decided.COMPUTED,
        "D2": Decided.OBSERVED,
        "D3": Decided.COMPUTED,
        "D4": Decided.OBSERVED,
        "D5": Decided.OBSERVED,
        "D6": Decided.OBSERVED,
        "D7": Decided.ANSWERED,
        "D8": Decided.ANSWERED,
        "D9": Decided.OBSERVED,
        "D10": Decided.COMPUTED,
        "D11": Decided.COMPUTED,
    }
    assert sheet.criterion("D3").title == "Vital signs near baseline, twice"
    with pytest.raises(CatalogueError, match="no criterion D12"):
        sheet.criterion("D12")


def test_a_criterion_that_stands_twice_is_refused():
    text = (DATA / "discharge" / "standard.v1.toml").read_text("utf-8")
    with pytest.raises(CatalogueError, match="D1 stands twice"):
        parse(Discharge, text.replace('"D2"', '"D1"'), "standard.v1.toml")
