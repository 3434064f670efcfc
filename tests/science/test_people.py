import numpy as np
import pytest

from kapstone.science.bands import seeded
from kapstone.science.draws import spread_within
from kapstone.science.parameters import load_parameters
from kapstone.science.people import drawn, one_of, typical
from kapstone.science.quantities import ModelError, QuantityError


def test_the_typical_person_is_the_parameter_file():
    body = typical()
    assert float(body.clearance[0]) == pytest.approx(82.18, abs=0.01)
    assert float(body.extraction[0]) == pytest.approx(0.798, abs=0.001)


def test_weight_scales_flows_and_volumes_apart():
    light, heavy = typical(35.0), typical(140.0)
    assert float(heavy.central_volume[0] / light.central_volume[0]) == pytest.approx(4.0)
    assert float(heavy.clearance[0] / light.clearance[0]) == pytest.approx(4.0**0.75)


def test_the_same_seed_draws_the_same_people():
    first, second = (drawn(20, seeded(5)) for _ in range(2))
    np.testing.assert_array_equal(first.central_volume, second.central_volume)
    assert not np.array_equal(first.central_volume, drawn(20, seeded(6)).central_volume)


def test_clearance_and_what_is_swallowed_vary_as_published():
    group = drawn(20_000, seeded(1))
    clearance, kept = group.clearance, 1.0 - group.extraction
    assert 0.17 < clearance.std() / clearance.mean() < 0.23
    assert 0.33 < kept.std() / kept.mean() < 0.45


def test_no_share_that_is_drawn_passes_one():
    group = drawn(20_000, seeded(2))
    assert group.device_fraction.max() <= 1.0
    assert group.nasal_swallowed.max() <= 1.0


@pytest.mark.parametrize("weight_kg", [29.9, 250.1, float("nan")])
def test_an_impossible_weight_is_refused(weight_kg):
    with pytest.raises(QuantityError, match="30 to 250 kg"):
        typical(weight_kg)
    with pytest.raises(QuantityError, match="30 to 250 kg"):
        drawn(2, seeded(1), weight_kg=np.array([70.0, weight_kg]))


@pytest.mark.parametrize("age", [17.9, 0.0, float("nan")])
def test_children_are_refused(age):
    with pytest.raises(QuantityError, match="made for adults"):
        typical(age_years=age)


def test_an_adult_of_any_age_is_the_same_adult():
    assert float(typical(age_years=80.0).clearance[0]) == float(typical().clearance[0])
    with pytest.raises(QuantityError, match="110 years"):
        drawn(3, seeded(1), age_years=150.0)


def test_an_unknown_medicine_is_refused():
    with pytest.raises(ModelError, match="unknown interaction"):
        typical(interaction="tea")


def test_a_group_needs_people_and_a_weight_for_each():
    with pytest.raises(QuantityError, match="at least 1 person"):
        drawn(0, seeded(1))
    with pytest.raises(QuantityError, match="one weight, or 3"):
        drawn(3, seeded(1), weight_kg=np.array([70.0, 80.0]))


def test_one_of_a_group_stands_alone():
    group = drawn(3, seeded(1))
    assert one_of(group, 2).central_volume[0] == group.central_volume[2]
    with pytest.raises(ModelError, match="nobody at 3"):
        one_of(group, 3)


def test_what_falls_outside_its_bounds_is_drawn_again():
    parameter = load_parameters()["window.M_MAX"]
    values = spread_within(parameter, 20_000, seeded(1))
    assert values.min() > 1.0
    assert values.max() < 8.0
    assert np.mean(values < 1.02) < 0.02
    with pytest.raises(ModelError, match="no bounds"):
        spread_within(load_parameters()["trail.ETA"], 5, seeded(1))
