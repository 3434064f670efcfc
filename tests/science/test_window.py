import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from kapstone.science.bands import seeded
from kapstone.science.parameters import load_parameters
from kapstone.science.quantities import ModelError, QuantityError
from kapstone.science.window import (
    Clock,
    PlainJump,
    clock_of,
    drawn_clock,
    multiplier,
    scaled_learning,
    typical_clock,
    what_if,
    window,
)


def jump(day, size=1.0):
    return PlainJump(24.0 * day, np.array([size]))


def by_matrix_exponential(rows, day, clock=None):
    """Step the two states with a matrix exponential, dose by dose."""
    clock = clock or typical_clock()
    rise, decay, norm = (float(value[0]) for value in (clock.rise, clock.decay, clock.norm))
    rates = np.array([[-rise, 0.0], [norm * rise, -decay]])
    state, last = np.zeros(2), 0.0
    for at, size in sorted(rows):
        if at > day:
            break
        state, last = expm(rates * (at - last)) @ state, at
        state[0] += size * max(0.0, 1.0 - state[1] / clock.cap)
    return float((expm(rates * (day - last)) @ state)[1])


doses = st.lists(st.tuples(st.floats(0.0, 20.0), st.floats(0.0, 1.75)), min_size=1, max_size=6)


@settings(max_examples=50, deadline=None)
@given(doses, st.floats(0.0, 30.0))
def test_the_window_is_the_matrix_exponential(rows, day):
    found = window([jump(*row) for row in rows], [24.0 * day]).openness[0]
    expected = by_matrix_exponential(rows, day) if day >= min(rows)[0] else 0.0
    assert found == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_equal_half_lives_are_no_trouble():
    half = np.array([1.0])
    clock = clock_of(half, half, np.array([2.0]), cap=2.5)
    hours = np.linspace(0.0, 240.0, 2401)
    openness = window([jump(0.0)], hours, clock=clock).openness
    assert openness.max() == pytest.approx(1.0, abs=1e-6)
    assert openness[240] == pytest.approx(math.log(2) * 0.5 * math.e, rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.2, 1.5), st.floats(1.0, 5.0))
def test_one_dose_peaks_at_one_for_every_clock(rise, decay):
    clock = clock_of(np.array([rise]), np.array([decay]), np.array([2.0]), cap=2.5)
    hours = np.linspace(0.0, 300.0, 6001)
    assert window([jump(0.0)], hours, clock=clock).openness.max() == pytest.approx(
        1.0, abs=1e-4
    )


def test_the_published_shape_holds():
    hours = np.array([3.5, 6.0, 12.0, 24.0, 48.0, 72.0, 120.0, 168.0, 336.0])
    stated = [0.28, 0.44, 0.72, 0.97, 0.93, 0.72, 0.37, 0.19, 0.02]
    np.testing.assert_allclose(window([jump(0)], hours).openness, stated, atol=0.006)


@settings(max_examples=40, deadline=None)
@given(doses)
def test_the_window_is_never_negative_nor_more_than_its_doses_together(rows):
    hours = np.linspace(0.0, 24.0 * 40.0, 400)
    openness = window([jump(*row) for row in rows], hours).openness
    assert openness.min() >= 0.0
    assert openness.max() <= sum(size for _, size in rows) * (1.0 + 1e-9)


@settings(max_examples=30, deadline=None)
@given(doses, st.floats(0.1, 1.0))
def test_a_larger_first_dose_opens_wider_at_once(rows, more):
    first, rest = sorted(rows)[0], sorted(rows)[1:]
    until = rest[0][0] if rest else first[0] + 5.0
    hours = np.linspace(24.0 * first[0], 24.0 * until, 20)
    small = window([jump(*first)], hours).openness
    large = window([jump(first[0], first[1] + more)], hours).openness
    assert np.all(large >= small)


def test_three_a_week_hold_it_open():
    days = [0, 2, 4, 7, 9, 11, 14, 16, 18]
    hours = 24.0 * np.linspace(4.0, 19.0, 200)
    openness = window([jump(day) for day in days], hours).openness
    assert 0.75 < openness.min() < openness.max() < 1.45


def test_the_multiplier_follows_the_window():
    found = window([jump(0.0)], [0.0, 32.0])
    np.testing.assert_allclose(found.learning, [1.0, 2.0], rtol=1e-6)
    closed = window([jump(0.0)], [32.0], clock=clock_with(1.0))
    assert closed.learning[0] == 1.0


def clock_with(learning) -> Clock:
    number = load_parameters().number
    return clock_of(
        np.array([number("window.T_RISE")]), np.array([number("window.T_DECAY")]),
        np.array([learning]), cap=number("window.WMAX"),
    )  # fmt: skip


def test_the_drug_share_scales_what_the_multiplier_adds():
    assert scaled_learning(clock_with(3.0), 0.5).learning[0] == 2.0
    with pytest.raises(QuantityError, match="drug share"):
        scaled_learning(clock_with(3.0), 1.5)


def test_many_people_at_once():
    clock = drawn_clock(50, seeded(1))
    found = window([jump(0.0), jump(2.0)], [24.0, 72.0], clock=clock)
    assert found.openness.shape == found.learning.shape == (50, 2)
    assert clock.learning.min() > 1.0
    alone = clock_of(
        np.log(2) / clock.rise[7:8], np.log(2) / clock.decay[7:8], clock.learning[7:8], cap=2.5
    )
    one = window([jump(0.0), jump(2.0)], [24.0, 72.0], clock=alone)
    np.testing.assert_allclose(found.openness[7], one.openness, rtol=1e-9)


def test_order_does_not_matter_and_nothing_comes_before_a_dose():
    there = window([jump(2.0), jump(0.0)], [-5.0, 0.0, 60.0]).openness
    np.testing.assert_array_equal(there, window([jump(0.0), jump(2.0)], [-5, 0, 60]).openness)
    assert there[0] == there[1] == 0.0
    assert not window([], [1.0, 2.0]).openness.any()


@pytest.mark.parametrize(
    "bad",
    [jump(float("nan")), jump(0.0, -1.0), PlainJump(0.0, np.array([np.inf]))],
)
def test_an_impossible_dose_is_refused(bad):
    with pytest.raises(QuantityError):
        window([bad], [1.0])


@pytest.mark.parametrize(
    ("rise", "decay", "learning", "cap"),
    [(0.0, 2.0, 2.0, 2.5), (0.5, -1.0, 2.0, 2.5), (0.5, 2.0, 0.5, 2.5), (0.5, 2.0, 2.0, 0.0)],
)
def test_an_impossible_clock_is_refused(rise, decay, learning, cap):
    with pytest.raises(QuantityError):
        clock_of(np.array([rise]), np.array([decay]), np.array([learning]), cap=cap)


def test_lifestyle_changes_nothing_unless_asked():
    assert multiplier() == 1.0
    assert multiplier(exercise=1.0) == pytest.approx(1.05)
    assert multiplier(sleep_loss=1.0, stress=0.5) == pytest.approx(0.85)
    assert multiplier(exercise=1.0, sleep_loss=1.0, stress=1.0) == pytest.approx(0.85)
    (changed,) = what_if([jump(0.0)], multiplier(stress=1.0))
    assert changed.amplitude[0] == pytest.approx(0.9)


@pytest.mark.parametrize("inputs", [{"exercise": 1.1}, {"stress": -0.1}, {"sleep_loss": 9.0}])
def test_lifestyle_inputs_are_shares(inputs):
    with pytest.raises(QuantityError, match="from 0 to 1"):
        multiplier(**inputs)


def test_a_what_if_needs_a_factor():
    with pytest.raises(ModelError, match="above 0"):
        what_if([jump(0.0)], 0.0)
