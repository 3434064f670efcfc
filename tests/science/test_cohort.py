from dataclasses import replace

import numpy as np
import pytest

from kapstone.science.bands import seeded
from kapstone.science.cohort import (
    BLOCK,
    Change,
    block_days,
    block_sizes,
    cast,
    virtual_patients,
    visit_noise,
)
from kapstone.science.parameters import load_parameters
from kapstone.science.protocols import Protocol, infusions, six_infusions
from kapstone.science.quantities import QuantityError

SERIES = ("openness", "relief", "new", "old", "chosen", "madrs", "madrs_rated", "phq9_rated")


def test_a_person_is_the_same_whatever_the_number():
    many = virtual_patients(40, 9)
    for count in (1, 3, 17):
        few = virtual_patients(count, 9)
        for name in (*SERIES, "weight_kg", "new_walks", "old_walks"):
            np.testing.assert_array_equal(getattr(few, name), getattr(many, name)[:count])


def test_a_second_block_follows_the_first():
    many = virtual_patients(BLOCK + 2, 9, protocol=six_infusions(5))
    assert many.madrs.shape == (BLOCK + 2, 6)
    few = virtual_patients(BLOCK, 9, protocol=six_infusions(5))
    np.testing.assert_array_equal(many.madrs[:BLOCK], few.madrs)


def test_another_seed_is_another_cohort():
    assert not np.array_equal(virtual_patients(5, 1).madrs, virtual_patients(5, 2).madrs)


def test_series_start_on_day_0_and_are_what_a_visit_could_read():
    found = virtual_patients(200, 4)
    assert found.madrs.shape == (200, 85)
    assert not found.openness[:, 0].any()
    assert found.madrs[:, 0].mean() == pytest.approx(32.0, abs=1.0)
    for name, top in (("madrs_rated", 60.0), ("phq9_rated", 27.0)):
        values = getattr(found, name)
        np.testing.assert_array_equal(values, np.rint(values))
        assert 0.0 <= values.min() <= values.max() <= top
    np.testing.assert_array_equal(found.new_walks + found.old_walks, np.ones((200, 84)))


def test_dosing_lowers_scores_and_integration_keeps_them_lower():
    protocol = replace(six_infusions(), setbacks_per_month=0.0)
    plain = replace(protocol, sessions=())
    none = replace(plain, doses=())
    full, drug, nothing = (
        virtual_patients(1500, 2, protocol=one).madrs[:, -1].mean()
        for one in (protocol, plain, none)
    )
    assert full < drug - 3.0 < nothing - 3.0


def test_practice_counts():
    plain = six_infusions(40)
    practised = replace(plain, practice=tuple(range(1, 40)))
    gained = [
        virtual_patients(300, 2, protocol=one).new[:, -1].mean() for one in (plain, practised)
    ]
    assert gained[1] > gained[0] + 0.05


def test_the_cautious_scenario_promises_less():
    ends = [
        virtual_patients(800, 2, protocol=replace(six_infusions(30), scenario=one))
        .madrs[:, 13]
        .mean()
        for one in ("optimistic", "central", "cautious")
    ]
    assert ends == sorted(ends)


def test_the_multiplier_can_be_fixed_and_scales_with_the_share():
    protocol = replace(six_infusions(10), learning=3.0)
    people = cast(protocol, seed=1, block=0, count=5, parameters=load_parameters())
    np.testing.assert_allclose(people.clock.learning, [1.0 + 0.6 * 2.0])


def test_the_ablation_leaves_no_relief():
    people = cast(
        six_infusions(10),
        seed=1,
        block=0,
        count=5,
        parameters=load_parameters(),
        change=Change(relief=False),
    )
    days = list(block_days(six_infusions(10), people, load_parameters()))
    assert not any(day.relief.any() for day in days)


def test_a_fixed_amount_is_not_scaled_by_weight():
    fixed = Protocol(name="fixed", days=5, doses=infusions((0,)), per_kg=False)
    scaled = replace(fixed, per_kg=True)
    found = [virtual_patients(400, 1, protocol=one) for one in (fixed, scaled)]
    heavy = found[0].weight_kg > 95.0
    assert found[0].openness[heavy, 1].mean() < found[1].openness[heavy, 1].mean() - 0.05


def test_visit_noise_has_the_stated_size_and_carries_over():
    noise = visit_noise(seeded(1), 40, 4000, load_parameters())
    assert noise.std() == pytest.approx(4.0, rel=0.02)
    carried = np.corrcoef(noise[:, 10], noise[:, 11])[0, 1]
    assert carried == pytest.approx(0.64 * 0.7, abs=0.05)


@pytest.mark.parametrize("count", [0, 100_001])
def test_only_so_many_are_held(count):
    with pytest.raises(QuantityError, match="patients can be held"):
        virtual_patients(count, 1)


def test_blocks_hold_everybody():
    assert block_sizes(BLOCK) == (BLOCK,)
    assert sum(block_sizes(3 * BLOCK + 5)) == 3 * BLOCK + 5
    with pytest.raises(QuantityError, match="a cohort holds"):
        block_sizes(0)
