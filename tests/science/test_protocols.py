from dataclasses import replace

import pytest

from kapstone.science.events import DoseEvent
from kapstone.science.protocols import Protocol, infusions, read_protocol, six_infusions
from kapstone.science.quantities import ModelError, QuantityError
from kapstone.science.symptoms import Expectancy, Scenario

GOOD = """
name = "six"
days = 84
sessions = [1, 3]
practice = [5]
[[doses]]
days = [0, 2]
mg_per_kg = 0.5
route = "IV"
duration_h = 0.5
[people]
weight_kg = 75
weight_sd_kg = 10
interaction = "grapefruit"
[model]
scenario = "cautious"
expectancy = "saline"
setbacks_per_month = 0.1
learning = 2.0
"""


def written(folder, text):
    path = folder / "protocol.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_protocol_is_read(tmp_path):
    found = read_protocol(written(tmp_path, GOOD))
    assert found == Protocol(
        name="six",
        days=84,
        doses=tuple(
            DoseEvent(time_h=24.0 * day, amount_mg=35.0, route="IV", duration_h=0.5)
            for day in (0, 2)
        ),
        sessions=(1, 3),
        practice=(5,),
        weight_kg=75,
        weight_sd_kg=10,
        interaction="grapefruit",
        scenario=Scenario.CAUTIOUS,
        expectancy=Expectancy.SALINE,
        setbacks_per_month=0.1,
        learning=2.0,
    )


def test_fixed_amounts_are_not_by_weight(tmp_path):
    text = GOOD.replace("mg_per_kg = 0.5", "amount_mg = 40").replace('"IV"', '"IM"')
    found = read_protocol(written(tmp_path, text.replace("duration_h = 0.5\n", "")))
    assert (found.per_kg, found.doses[0].amount_mg) == (False, 40)


def test_a_short_protocol_has_the_defaults(tmp_path):
    assert read_protocol(written(tmp_path, 'name = "rest"\ndays = 10\n')) == Protocol(
        name="rest", days=10, per_kg=False
    )


@pytest.mark.parametrize(
    ("old", "new", "error", "words"),
    [
        ('name = "six"', 'name = "six"\ncolour = "red"', ModelError, "unknown key 'colour'"),
        ('name = "six"', "", ModelError, "no name"),
        ("days = 84", "", ModelError, "no days"),
        ("days = 84", "days = 84.5", ModelError, "whole number"),
        ("days = 84", "days = true", ModelError, "whole number"),
        ("days = 84", "days = 900", QuantityError, "730"),
        ("sessions = [1, 3]", "sessions = 1", ModelError, "list of days"),
        ("sessions = [1, 3]", "sessions = [99]", QuantityError, "day in sessions"),
        ("practice = [5]", "practice = [-1]", QuantityError, "day in practice"),
        ("mg_per_kg = 0.5", "", ModelError, "either amount_mg or mg_per_kg"),
        ("mg_per_kg = 0.5", "mg_per_kg = 0.5\namount_mg = 3", ModelError, "either"),
        ("mg_per_kg = 0.5", "mg_per_kg = 0.5\ncolour = 1", ModelError, "'colour' in doses"),
        ('route = "IV"\n', "", ModelError, "a route and days"),
        ('"IV"\nduration_h = 0.5', '"IN"', ModelError, "fixed amount"),
        ("[people]", "[[doses]]\ndays=[1]\namount_mg=9\nroute='IV'\n[people]", QuantityError,
         "every dose by weight"),
        ("days = [0, 2]", "days = [99]", QuantityError, "time of a dose"),
        ("weight_kg = 75", 'weight_kg = "x"', ModelError, "wrong kind"),
        ("weight_kg = 75", "weight_kg = 20", QuantityError, "mean weight"),
        ('"cautious"', '"hopeful"', ModelError, "unknown scenario 'hopeful'"),
        ('"saline"', '"great"', ModelError, "unknown expectancy"),
        ("learning = 2.0", "learning = 20", QuantityError, "learning multiplier"),
        ("[model]", "[models]", ModelError, "unknown key 'models'"),
        ("days = 84", "days = ", ModelError, "not TOML"),
    ],
)  # fmt: skip
def test_a_wrong_protocol_is_refused_by_name(tmp_path, old, new, error, words):
    assert old in GOOD
    with pytest.raises(error, match=words):
        read_protocol(written(tmp_path, GOOD.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "x"\ndays = 9\ndoses = 3\n', r"\[\[doses\]\]"),
        ('name = "x"\ndays = 9\ndoses = [3]\n', "doses must be a table"),
        ('name = "x"\ndays = 9\npeople = 3\n', "people must be a table"),
    ],
)
def test_tables_must_be_tables(tmp_path, text, words):
    with pytest.raises(ModelError, match=words):
        read_protocol(written(tmp_path, text))


def test_the_six_are_cut_to_the_days_there_are():
    assert six_infusions(12).sessions == (1, 3, 5, 8, 10)
    assert len(six_infusions().sessions) == 10
    assert [dose.time_h for dose in infusions((0, 3))] == [0.0, 72.0]


def test_dosing_far_above_what_was_studied_is_refused():
    with pytest.raises(QuantityError, match="mg/kg"):
        infusions((0,), mg_per_kg=5.0)
    with pytest.raises(QuantityError, match="setbacks"):
        replace(six_infusions(), setbacks_per_month=-1.0)
