import numpy as np
import pytest

from kapstone.science.quantities import Grade, QuantityError, times, within


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, 1.1])
def test_a_number_outside_its_limits_is_refused_with_its_unit(value):
    with pytest.raises(QuantityError, match="share must be from 0 to 1 mg"):
        within("share", value, 0.0, 1.0, "mg")


def test_a_number_inside_comes_back():
    assert within("share", 1, 0.0, 1.0, "") == 1.0


def test_times_are_an_array_and_may_have_a_floor():
    np.testing.assert_array_equal(times("times", 2.0), [2.0])
    with pytest.raises(QuantityError, match="at least 0"):
        times("times", [-1.0])


def test_every_grade_has_a_meaning():
    assert [grade.value for grade in Grade] == ["A", "B", "C", "D", "F"]
    assert all(grade.meaning for grade in Grade)
