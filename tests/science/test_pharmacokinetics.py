from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.science.oracle import Oracle

from kapstone.science.bands import seeded
from kapstone.science.events import DoseEvent, Route
from kapstone.science.modes import parent_modes
from kapstone.science.people import drawn, one_of, typical
from kapstone.science.pharmacokinetics import Disposition, profile
from kapstone.science.quantities import ModelError, QuantityError

HOURS = np.concatenate([np.geomspace(0.02, 2.0, 25), np.linspace(2.25, 30.0, 38)])
SEEN = 1e-3  # the promise holds where the level is above this share of its peak


def dose(route="IV", amount_mg=35.0, time_h=0.0, **rest):
    return DoseEvent(time_h=time_h, amount_mg=amount_mg, route=route, **rest)


REGIMENS = {
    "bolus": [dose()],
    "infusion": [dose(duration_h=2 / 3)],
    "im": [dose("IM")],
    "sc": [dose("SC")],
    "sl": [dose("SL", 100.0, hold_min=12.0, swallow=0.7)],
    "po": [dose("PO", 150.0)],
    "in": [dose("IN", 50.0)],
    "device": [dose("IN", 84.0, product="esketamine-device")],
    "mixed": [dose(duration_h=0.5), dose("IM", 20.0, time_h=1.0), dose("PO", 50.0, time_h=5.0)],
}


def worst(found, expected):
    """Give the largest relative gap where the level counts."""
    counts = expected > SEEN * expected.max()
    return float(np.max(np.abs(found[counts] / expected[counts] - 1.0)))


def gap_to_oracle(events, body, closed_body=None):
    expected = Oracle(body).levels(events, HOURS)
    arterial = profile(events, HOURS, body=closed_body or body)
    venous = profile(events, HOURS, body=closed_body or body, site="venous")
    return max(
        worst(arterial.ketamine_ng_ml, expected[0]),
        worst(venous.ketamine_ng_ml, expected[1]),
        worst(arterial.norketamine_ng_ml, expected[2]),
    )


@pytest.mark.parametrize("regimen", REGIMENS)
def test_the_closed_form_agrees_with_a_stiff_solver(regimen):
    assert gap_to_oracle(REGIMENS[regimen], typical(82.0)) < 1e-6


@pytest.mark.parametrize("interaction", ["rifampicin", "grapefruit", "clarithromycin"])
def test_it_agrees_under_another_medicine(interaction):
    assert gap_to_oracle(REGIMENS["po"], typical(interaction=interaction)) < 1e-6


def test_it_agrees_for_drawn_people():
    group = drawn(4, seeded(7), weight_kg=np.array([40.0, 65.0, 100.0, 150.0]))
    for place in range(4):
        assert gap_to_oracle(REGIMENS["mixed"], one_of(group, place)) < 1e-6


@pytest.mark.parametrize("near", [1.0, 1.0 + 1e-9, 1.0 - 1e-7, 1.0 + 1.5e-5, 1.0 + 3e-5])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_it_agrees_where_absorption_is_as_fast_as_a_mode(column, near):
    body = typical()
    rate = parent_modes(body).rates[:, column] * near
    assert gap_to_oracle(REGIMENS["im"], replace(body, muscle_rate=rate)) < 1e-6


def test_it_agrees_where_absorption_and_the_vein_are_alike():
    body = typical()
    alike = replace(body, muscle_rate=body.venous_rate.copy())
    assert gap_to_oracle(REGIMENS["im"], alike) < 1e-6


@pytest.mark.parametrize("column", [0, 1, 2])
def test_three_rates_alike_are_the_limit_of_the_closed_form(column):
    body = typical()
    rate = parent_modes(body).rates[:, column].copy()
    alike = replace(body, muscle_rate=rate, venous_rate=rate.copy())
    assert gap_to_oracle(REGIMENS["im"], alike) < 1e-3


def test_the_comparison_sees_a_change_of_one_part_in_ten_thousand():
    body = typical()
    other = replace(body, intrinsic_clearance=body.intrinsic_clearance * 1.0001)
    assert gap_to_oracle(REGIMENS["infusion"], body, other) > 1e-6


amounts = st.floats(1.0, 60.0)
starts = st.floats(0.0, 40.0)
linear_routes = st.sampled_from(["IV", "IM", "SC", "SL", "PO"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(linear_routes, amounts, starts), min_size=1, max_size=5))
def test_doses_add_up(rows):
    events = [dose(route, amount, start) for route, amount, start in rows]
    together = profile(events, HOURS)
    apart = [profile([event], HOURS) for event in events]
    for name in ("ketamine_ng_ml", "norketamine_ng_ml"):
        total = sum(getattr(one, name) for one in apart)
        np.testing.assert_allclose(getattr(together, name), total, rtol=1e-10, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(linear_routes, st.floats(1.0, 30.0), st.floats(0.1, 5.0))
def test_levels_are_proportional_to_the_dose(route, amount, factor):
    once = profile([dose(route, amount)], HOURS)
    more = profile([dose(route, amount * factor)], HOURS)
    for name in ("ketamine_ng_ml", "norketamine_ng_ml"):
        expected = factor * getattr(once, name)
        np.testing.assert_allclose(getattr(more, name), expected, rtol=1e-10, atol=1e-12)


def test_a_nasal_dose_is_the_exception():
    once = profile([dose("IN", 20.0)], HOURS).ketamine_ng_ml
    twice = profile([dose("IN", 40.0)], HOURS).ketamine_ng_ml
    assert np.all(twice[5:] < 1.99 * once[5:])


@settings(max_examples=30, deadline=None)
@given(st.floats(0.0, 96.0), st.integers(0, 5))
def test_mass_is_kept(hours, place):
    body = one_of(drawn(6, seeded(11)), place)
    central = parent_modes(body)
    total = float(central.after(np.array([hours]))[0, 0])
    for flow, volume in (("shallow_flow", "shallow_volume"), ("deep_flow", "deep_volume")):
        inward = getattr(body, flow) / body.central_volume
        outward = getattr(body, flow) / getattr(body, volume)
        total += float(central.through(outward, inward).after(np.array([hours]))[0, 0])
    gone = -np.expm1(-central.rates * hours) / central.rates * central.weights
    total += float((body.clearance / body.central_volume)[0] * gone.sum())
    assert total == pytest.approx(1.0, rel=1e-9)


def test_what_is_swallowed_is_what_clearance_leaves():
    body = typical()
    hours = np.linspace(0.0, 80.0, 160_001)
    swallowed = np.trapezoid(profile([dose("PO")], hours).ketamine_ng_ml, hours)
    injected = np.trapezoid(profile([dose(duration_h=1.0)], hours).ketamine_ng_ml, hours)
    assert swallowed / injected == pytest.approx(1.0 - float(body.extraction[0]), rel=1e-5)


def test_a_group_is_its_people_one_by_one():
    group = drawn(5, seeded(3), weight_kg=np.linspace(50.0, 110.0, 5))
    events = REGIMENS["mixed"]
    together = profile(events, HOURS, body=group)
    assert together.ketamine_ng_ml.shape == (5, len(HOURS))
    for place in range(5):
        alone = profile(events, HOURS, body=one_of(group, place))
        np.testing.assert_allclose(
            together.ketamine_ng_ml[place], alone.ketamine_ng_ml, rtol=1e-12
        )


def test_a_thousand_people_are_worked_in_pieces_and_come_out_whole():
    group = drawn(1100, seeded(3))
    levels = profile([dose(duration_h=1.0)], [0.5, 3.0], body=group).ketamine_ng_ml
    alone = profile([dose(duration_h=1.0)], [0.5, 3.0], body=one_of(group, 1099))
    np.testing.assert_allclose(levels[1099], alone.ketamine_ng_ml, rtol=1e-12)


def test_an_infusion_stopped_early_is_the_shorter_infusion():
    full, half = dose(duration_h=1.0, amount_mg=40.0), dose(duration_h=0.5, amount_mg=20.0)
    before = profile([full], [0.25, 0.5]).ketamine_ng_ml
    np.testing.assert_allclose(profile([half], [0.25, 0.5]).ketamine_ng_ml, before, rtol=1e-12)


def test_a_longer_hold_takes_more_through_the_mouth():
    spat = [
        profile([dose("SL", 100.0, hold_min=hold, swallow=0.0)], [1.0]).ketamine_ng_ml[0]
        for hold in (0.0, 5.0, 10.0, 30.0)
    ]
    assert spat[0] == 0.0
    assert spat == sorted(spat)


def test_nothing_is_there_before_a_dose_or_without_one():
    early = profile([dose(time_h=5.0)], [-1.0, 0.0, 4.999])
    assert not early.ketamine_ng_ml.any()
    assert not profile([], HOURS).norketamine_ng_ml.any()


def test_the_heavier_body_reaches_a_lower_level():
    light, heavy = (
        profile([dose()], [0.5], body=typical(kilograms)).ketamine_ng_ml[0]
        for kilograms in (40.0, 150.0)
    )
    assert light > 2.0 * heavy


def test_the_result_names_its_site_and_parameters():
    levels = profile([dose()], [1.0], site="venous")
    assert (levels.site, len(levels.sha256)) == ("venous", 64)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"site": "hair"}, ModelError, "unknown site 'hair'"),
        ({"times_h": [np.nan]}, QuantityError, "times must be finite"),
        ({"times_h": [[1.0]]}, QuantityError, "list of numbers"),
        ({"events": [dose(amount_mg=400.0)]}, QuantityError, "3 mg/kg"),
    ],
)
def test_what_was_not_studied_is_refused(change, error, words):
    good = {"events": [dose()], "times_h": [1.0]}
    with pytest.raises(error, match=words):
        profile(**{**good, **change})


def test_curves_for_each_way_in_are_kept():
    chain = Disposition(typical())
    event = dose("SL", 100.0)
    first = chain.effect_curve(event, HOURS, 0.1)
    np.testing.assert_array_equal(chain.effect_curve(event, HOURS, 0.1), first)
    assert {route.value for route in Route} == {"IV", "IM", "SC", "SL", "PO", "IN"}
