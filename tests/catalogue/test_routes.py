"""Routes: guard rails, vital signs due, time to observe; programmes and order checks."""

from datetime import UTC, datetime, timedelta

import pytest

from kapstone.catalogue.orders import load_order_checks, load_programmes
from kapstone.catalogue.routes import (
    Quantity,
    Route,
    guards_crossed,
    load_route,
    observe_until,
    route_for,
    routes,
    vitals_due,
)
from kapstone.catalogue.shelf import DATA, parse
from kapstone.errors import CatalogueError, Weight
from kapstone.science.events import Product
from kapstone.science.events import Route as ScienceRoute

DOSE = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


def after(minutes):
    return DOSE + timedelta(minutes=minutes)


def minutes(listed):
    return [(due.due_at - DOSE) / timedelta(minutes=1) for due in listed]


def test_every_route_and_product_of_the_science_is_on_the_shelf():
    known = {(found.route, found.product) for found in routes().values()}
    assert known == {(route.value, Product.RACEMIC.value) for route in ScienceRoute} | {
        (ScienceRoute.INTRANASAL.value, Product.ESKETAMINE_DEVICE.value)
    }
    assert route_for("IN", "esketamine-device").code == "esketamine-device"
    with pytest.raises(CatalogueError, match="no route IM for esketamine-device"):
        route_for("IM", "esketamine-device")


@pytest.mark.parametrize(
    ("code", "due"),
    [
        ("IM", [0, 5, 15, 30, 45, 60, 90, 120]),
        ("SC", [0, 5, 15, 30, 45, 60, 90, 120]),
        ("SL", [0, 15, 40, 60, 90, 120]),
        ("PO", [0, 15, 40, 60, 90, 120, 150]),
        ("IN", [0, 20, 40, 60, 90, 120]),
        ("esketamine-device", [0, 40, 120]),
    ],
)
def test_vital_signs_are_due_as_the_route_says(code, due):
    route = load_route(code)
    assert minutes(vitals_due(route, [DOSE], after(due[-1]))) == due


def test_an_infusion_is_watched_every_ten_minutes_then_every_fifteen():
    route = load_route("IV")
    listed = vitals_due(route, [DOSE], after(120), infusion_ended_at=after(42))
    assert minutes(listed) == [0, 10, 20, 30, 40, 42, 57, 72, 87, 102, 117]
    assert [due.words for due in listed if due.words] == ["end of the infusion"]


def test_an_infusion_that_ends_on_a_reading_is_not_read_twice():
    listed = vitals_due(load_route("IV"), [DOSE], after(60), infusion_ended_at=after(40))
    assert minutes(listed) == [0, 10, 20, 30, 40, 55]


def test_while_an_infusion_runs_it_is_taken_to_run_on():
    assert minutes(vitals_due(load_route("IV"), [DOSE], after(35))) == [0, 10, 20, 30]


def test_a_second_injection_starts_the_schedule_again():
    listed = vitals_due(load_route("IM"), [after(20), DOSE], after(140))
    assert minutes(listed) == [0, 5, 15, 20, 25, 35, 50, 65, 80, 110, 140]


def test_after_the_schedule_signs_are_due_at_a_steady_interval():
    assert minutes(vitals_due(load_route("IM"), [DOSE], after(185)))[-3:] == [120, 150, 180]


def test_nothing_is_due_before_a_dose():
    assert vitals_due(load_route("IM"), [], after(60)) == ()


def test_the_five_minute_set_is_oxygen_and_pulse_alone():
    listed = vitals_due(load_route("IM"), [DOSE], after(15))
    assert listed[1].signs == ("heart_rate_per_min", "spo2_percent")
    assert "systolic_mmhg" in listed[2].signs
    assert (
        "spo2_percent" not in vitals_due(load_route("esketamine-device"), [DOSE], DOSE)[0].signs
    )


def test_a_reading_is_overdue_at_one_and_a_half_intervals():
    listed = vitals_due(load_route("IM"), [DOSE], after(60))
    late = [(due.overdue_at - due.due_at) / timedelta(minutes=1) for due in listed]
    assert late == [2.5, 2.5, 5, 7.5, 7.5, 7.5]
    alone = vitals_due(load_route("IM"), [DOSE], DOSE)
    assert alone[0].overdue_at == after(15)


@pytest.mark.parametrize(
    ("code", "doses", "ended", "met"),
    [
        ("IM", [0], None, 120),
        ("IM", [0, 20], None, 140),
        ("PO", [0], None, 150),
        ("IV", [0], 40, 120),
        ("IV", [0], 75, 135),
        ("IV", [0], None, 120),
        ("esketamine-device", [0, 5, 10], None, 130),
    ],
)
def test_minimum_observation(code, doses, ended, met):
    ended_at = None if ended is None else after(ended)
    found = observe_until(
        load_route(code), [after(dose) for dose in doses], infusion_ended_at=ended_at
    )
    assert found == after(met)


def test_without_a_dose_there_is_nothing_to_observe():
    with pytest.raises(CatalogueError, match="no dose has been given"):
        observe_until(load_route("IM"), [])


@pytest.mark.parametrize(
    ("code", "quantity", "value", "crossed"),
    [
        ("IV", Quantity.MG_PER_KG, 0.75, []),
        ("IV", Quantity.MG_PER_KG, 0.76, [Weight.CAUTION]),
        ("IV", Quantity.MG_PER_KG, 1.5, [Weight.CAUTION]),
        ("IV", Quantity.MG_PER_KG, 1.51, [Weight.BLOCK]),
        ("IV", Quantity.MG, 121, [Weight.BLOCK]),
        ("IV", Quantity.DURATION_MIN, 40, []),
        ("IV", Quantity.DURATION_MIN, 39, [Weight.CAUTION]),
        ("IV", Quantity.DURATION_MIN, 19, [Weight.BLOCK]),
        ("IV", Quantity.MG_PER_KG_PER_MIN, 0.0168, [Weight.CAUTION]),
        ("IM", Quantity.MG, 80, []),
        ("IM", Quantity.MG, 81, [Weight.CAUTION]),
        ("IM", Quantity.MG, 131, [Weight.CAUTION, Weight.CAUTION]),
        ("IM", Quantity.MG, 201, [Weight.BLOCK, Weight.CAUTION]),
        ("IM", Quantity.FIRST_SESSION_MG, 61, [Weight.CAUTION]),
        ("SC", Quantity.MG_PER_KG, 1.21, [Weight.BLOCK]),
        ("SL", Quantity.MG, 300, []),
        ("SL", Quantity.MG, 451, [Weight.BLOCK]),
        ("PO", Quantity.MG, 301, [Weight.BLOCK]),
        ("PO", Quantity.MG_PER_KG, 2.6, [Weight.CAUTION]),
        ("IN", Quantity.MG, 101, [Weight.CAUTION]),
        ("esketamine-device", Quantity.MG, 56, []),
        ("esketamine-device", Quantity.MG, 60, [Weight.CAUTION]),
        ("esketamine-device", Quantity.MG, 112, [Weight.BLOCK, Weight.CAUTION]),
        ("esketamine-device", Quantity.SESSIONS_IN_7_DAYS, 3, [Weight.BLOCK]),
        ("IV", Quantity.MG_PER_KG, None, []),
    ],
)
def test_guard_rails_at_and_past_their_limits(code, quantity, value, crossed):
    found = guards_crossed(load_route(code), {quantity: value})
    assert [crossing.weight for crossing in found] == crossed


@pytest.mark.parametrize("code", sorted(routes()))
def test_the_floor_between_doses_is_two_days(code):
    interval = load_route(code).interval
    assert (interval.hard_hours.value, interval.soft_hours.value) == (48, 72)


def test_a_deep_injection_has_a_longer_soft_floor():
    interval = load_route("IM").interval
    assert interval.deep_soft_hours is not None
    assert interval.deep_soft_hours.value == 5 * 24


IM = (DATA / "routes" / "IM.v1.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("hard = 2.0", "hard = 0.5", "soft must come before hard"),
        ("soft = 1.0\nhard = 2.0\n", "", "give soft, hard or both"),
        ("{ minute = 0, ", "{ minute = 1, ", "start at 0 and rise"),
        ("{ minute = 15, ", "{ minute = 5, ", "start at 0 and rise"),
        ('side = "above"', 'side = "other-than"', "steps belong to other-than"),
        ('code = "im-mg"', 'code = "im-mg-per-kg"', "stands twice"),
    ],
)
def test_a_faulty_route_is_refused(old, new, words):
    assert old in IM
    with pytest.raises(CatalogueError, match=words):
        parse(Route, IM.replace(old, new, 1), "IM.v1.toml")


def test_six_doses_over_six_weeks_is_a_preset():
    preset = load_programmes().preset("kap-im-weekly")
    assert (preset.doses, preset.weeks_to, preset.days_between) == (6, 6, 7)
    with pytest.raises(CatalogueError, match="no programme preset home"):
        load_programmes().preset("home")


def test_every_preset_names_routes_that_exist():
    for preset in load_programmes().presets:
        assert set(preset.routes) <= set(routes())


@pytest.mark.parametrize(
    ("amount_mg", "volume_ml", "mg_per_ml", "agree"),
    [
        (50, 0.5, 100, True),
        (50, 0.51, 100, True),
        (50, 0.52, 100, False),
        (50, 5.0, 100, False),
        (50, 1.0, 50, True),
    ],
)
def test_volume_times_strength_must_give_the_amount(amount_mg, volume_ml, mg_per_ml, agree):
    checks = load_order_checks()
    assert (
        checks.units_agree(amount_mg=amount_mg, volume_ml=volume_ml, mg_per_ml=mg_per_ml)
        is agree
    )
