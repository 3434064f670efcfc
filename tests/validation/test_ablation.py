"""What the claims hang on: take a mechanism away, and the claim must go with it."""

import pytest

from kapstone.science.cohort import NOTHING, Change
from kapstone.science.validation.arms import RATES_THAT_FIT, timing_gain
from kapstone.science.validation.outcomes import training_after_one_dose
from kapstone.science.validation.report import timing_gains

NO_RELIEF = Change(relief=False)


def benefit(learning, change=NOTHING):
    """Give the gain from timing that the drug brings, beyond an earlier start alone."""
    return timing_gain(learning, change=change) - timing_gain(learning, change=change, doses=())


def test_with_the_window_the_timing_gains_points():
    assert benefit(2.0) == pytest.approx(3.0, abs=0.5)


def test_without_the_multiplier_only_the_mood_route_is_left():
    assert abs(benefit(1.0)) < 0.4


def test_without_the_multiplier_and_relief_nothing_is_left():
    assert benefit(1.0, NO_RELIEF) == 0.0


def test_the_ablation_sees_the_mood_route():
    assert benefit(1.0) != 0.0


def test_the_gain_runs_from_none_to_ten_points_with_the_unknown_multiplier():
    gains = [gain for gain, _ in timing_gains().values()]
    assert gains == sorted(gains)
    assert gains == pytest.approx([0.6, 3.9, 7.2, 9.7], abs=0.6)


@pytest.mark.parametrize(("multiplier", "rates"), RATES_THAT_FIT.items())
def test_each_multiplier_fits_training_after_one_dose_alike(multiplier, rates):
    reference = training_after_one_dose(2.0, 1.0)
    assert training_after_one_dose(multiplier, rates) == pytest.approx(reference, abs=0.15)
