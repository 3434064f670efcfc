from dataclasses import replace

import pytest

from kapstone.science.events import (
    DoseEvent,
    Product,
    Route,
    in_order,
    read_events,
    repeated,
    stopped_early,
)
from kapstone.science.quantities import ModelError, QuantityError

GOOD = DoseEvent(time_h=0.0, amount_mg=35.0, route=Route.INTRAVENOUS, duration_h=2 / 3)


def test_words_become_members():
    event = DoseEvent(time_h=0, amount_mg=56, route="IN", product="esketamine-device")
    assert (event.route, event.product) == (Route.INTRANASAL, Product.ESKETAMINE_DEVICE)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        pytest.param({"route": "IT"}, ModelError, "unknown route 'IT'", id="route"),
        pytest.param({"product": "arketamine"}, ModelError, "unknown product", id="product"),
        pytest.param({"amount_mg": 0.0}, QuantityError, "above 0 mg", id="no amount"),
        pytest.param({"amount_mg": -5.0}, QuantityError, "amount must be", id="negative"),
        pytest.param({"amount_mg": 1e6}, QuantityError, "2000 mg", id="a kilogram"),
        pytest.param({"amount_mg": float("nan")}, QuantityError, "nan", id="not a number"),
        pytest.param({"time_h": float("nan")}, QuantityError, "time of the dose", id="no time"),
        pytest.param({"duration_h": 7.0}, QuantityError, "duration", id="seven hours"),
        pytest.param({"duration_h": -1.0}, QuantityError, "duration", id="backwards"),
        pytest.param({"hold_min": 61.0}, QuantityError, "hold time", id="an hour's hold"),
        pytest.param({"swallow": 1.5}, QuantityError, "swallowed", id="more than all"),
        pytest.param({"route": "IM"}, ModelError, "belongs to the IV route", id="long IM"),
        pytest.param({"product": "esketamine-device"}, ModelError, "given IN", id="device IV"),
    ],
)
def test_one_impossible_fact_is_refused(change, error, words):
    with pytest.raises(error, match=words):
        replace(GOOD, **change)


def test_a_stopped_infusion_gave_its_share():
    assert stopped_early(GOOD, after_h=1 / 3) == replace(GOOD, amount_mg=17.5, duration_h=1 / 3)


@pytest.mark.parametrize("after_h", [0.0, 0.7])
def test_an_infusion_stops_while_it_runs(after_h):
    with pytest.raises(QuantityError, match="cannot have stopped"):
        stopped_early(GOOD, after_h=after_h)


def test_repeats_are_spelt_out():
    events = repeated(GOOD, additional=2, interval_h=48.0)
    assert [event.time_h for event in events] == [0.0, 48.0, 96.0]
    assert repeated(GOOD, additional=0, interval_h=0.0) == (GOOD,)


@pytest.mark.parametrize(("additional", "interval_h"), [(-1, 24.0), (201, 24.0), (2, 0.0)])
def test_impossible_repeats_are_refused(additional, interval_h):
    with pytest.raises(QuantityError):
        repeated(GOOD, additional=additional, interval_h=interval_h)


def test_doses_are_put_in_order():
    later = replace(GOOD, time_h=5.0)
    assert in_order([later, GOOD]) == (GOOD, later)


def written(folder, text):
    path = folder / "events.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_kapstone_columns_are_read(tmp_path):
    table = read_events(
        written(
            tmp_path,
            "# given on the ward\n"
            "time_h,amount_mg,route,duration_h,hold_min,swallow,product\n"
            "48,100,SL,,12,0.5,racemic\n"
            "0,35,iv,0.5,,,\n",
        )
    )
    assert table.events == (
        DoseEvent(time_h=0.0, amount_mg=35.0, route="IV", duration_h=0.5),
        DoseEvent(time_h=48.0, amount_mg=100.0, route="SL", hold_min=12.0, swallow=0.5),
    )
    assert (table.weight_kg, table.interaction) == (None, None)


def test_the_columns_of_the_field_are_read(tmp_path):
    table = read_events(
        written(tmp_path, "TIME,AMT,RATE,ROUTE,WT,DDI,ADDL,II\n0,40,60,IV,82,grapefruit,1,24\n")
    )
    assert [event.time_h for event in table.events] == [0.0, 24.0]
    assert table.events[0].duration_h == pytest.approx(2 / 3)
    assert (table.weight_kg, table.interaction) == (82.0, "grapefruit")


def test_a_rate_of_zero_is_a_bolus(tmp_path):
    table = read_events(written(tmp_path, "TIME,AMT,RATE,ROUTE\n0,40,0,IV\n"))
    assert table.events[0].duration_h == 0.0


HEAD = "time_h,amount_mg,route"


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        pytest.param(f"{HEAD},colour\n0,1,IV,red\n", ModelError, "'colour'", id="column"),
        pytest.param(f"{HEAD}\n", ModelError, "no dose", id="no rows"),
        pytest.param(f"{HEAD}\n,35,IV\n", ModelError, "row 1 has no time_h", id="no time"),
        pytest.param(f"{HEAD}\n0,,IV\n", ModelError, "no amount_mg", id="no amount"),
        pytest.param(f"{HEAD}\n0,35\n", ModelError, "no route", id="short row"),
        pytest.param(f"{HEAD}\n0,35,IT\n", ModelError, "unknown route 'IT'", id="route"),
        pytest.param(f"{HEAD}\n0,much,IV\n", QuantityError, "'much'", id="word"),
        pytest.param(f"{HEAD},product\n0,1,IN,x\n", ModelError, "product 'x'", id="product"),
        pytest.param(f"{HEAD},rate\n0,1,IV,-2\n", QuantityError, "rate must", id="rate"),
        pytest.param(
            f"{HEAD},rate,duration_h\n0,1,IV,2,1\n", ModelError, "both", id="rate, duration"
        ),
        pytest.param(f"{HEAD},addl,ii\n0,1,IV,0.5,24\n", QuantityError, "whole", id="half"),
        pytest.param(f"{HEAD},wt\n0,1,IV,70\n1,1,IV,80\n", ModelError, "WT", id="weights"),
        pytest.param(f"{HEAD},wt\n0,1,IV,heavy\n", QuantityError, "'heavy'", id="weight word"),
        pytest.param("", ModelError, "no dose", id="empty file"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, text, error, words):
    with pytest.raises(error, match=words):
        read_events(written(tmp_path, text))
