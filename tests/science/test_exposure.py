import numpy as np
import pytest

from kapstone.science.bands import seeded
from kapstone.science.events import DoseEvent
from kapstone.science.exposure import amplitude, exposure, occupancy
from kapstone.science.people import drawn, one_of, typical
from kapstone.science.quantities import ModelError, QuantityError


def dose(route="IV", amount_mg=35.0, time_h=0.0, **rest):
    return DoseEvent(time_h=time_h, amount_mg=amount_mg, route=route, **rest)


TABLE = [
    (dose(amount_mg=7.0, duration_h=2 / 3), 0.14, 0.41),
    (dose(duration_h=2 / 3), 0.60, 1.00),
    (dose(amount_mg=70.0, duration_h=2 / 3), 1.05, 1.22),
    (dose("IM"), 0.56, 0.97),
    (dose("IM", 70.0), 0.97, 1.20),
    (dose("SL", 100.0), 0.69, 1.06),
    (dose("SL", 100.0, swallow=0.0), 0.23, 0.60),
    (dose("SL", 200.0, hold_min=15.0), 1.28, 1.29),
    (dose("PO", 150.0), 0.80, 1.12),
    (dose("IN", 50.0), 0.32, 0.73),
]


@pytest.mark.parametrize(("event", "hours", "jump"), TABLE)
def test_exposure_and_amplitude_are_those_of_the_table(event, hours, jump):
    (given,) = exposure([event])
    assert float(given.exposure_h[0]) == pytest.approx(hours, abs=0.006)
    assert float(given.amplitude[0]) == pytest.approx(jump, abs=0.006)
    assert given.time_h == event.time_h


@pytest.mark.parametrize("event", [row[0] for row in TABLE] + [dose(), dose(duration_h=6.0)])
def test_the_quadrature_is_the_integral_of_occupancy(event):
    hours = np.linspace(0.0, 6.0, 200_001)
    exact = np.trapezoid(occupancy([event], hours), hours)
    (given,) = exposure([event])
    assert float(given.exposure_h[0]) == pytest.approx(exact, rel=1e-5)


def test_occupancy_lies_between_none_and_all():
    share = occupancy([dose(amount_mg=200.0)], [-1.0, 0.0, 0.5, 6.0])
    assert share[0] == 0.0
    assert np.all(share < 1.0)
    assert float(occupancy([dose(duration_h=2 / 3)], [2 / 3])[0]) == pytest.approx(
        0.34, abs=0.01
    )


def test_like_doses_days_apart_bring_the_same():
    first, second = exposure([dose(), dose(time_h=48.0)])
    assert first.exposure_h == second.exposure_h


def test_a_dose_split_in_two_opens_no_wider_than_the_dose_whole():
    parts = exposure([dose("IM", 20.0), dose("IM", 15.0, time_h=0.5)])
    (whole,) = exposure([dose("IM", 35.0)])
    assert sum(part.amplitude[0] for part in parts) == pytest.approx(
        whole.amplitude[0], rel=0.02
    )
    apart = exposure([dose("IM", 20.0), dose("IM", 15.0, time_h=48.0)])
    assert sum(part.amplitude[0] for part in apart) > 1.2 * whole.amplitude[0]


def test_a_second_dose_on_the_same_day_is_charged_with_what_it_adds():
    first, second = exposure([dose("PO", 100.0), dose("PO", 100.0, time_h=8.0)])
    assert 0.9 * first.exposure_h[0] < second.exposure_h[0] < first.exposure_h[0]


def test_exposures_add_up_to_occupancy_over_a_sitting():
    events = [dose(amount_mg=20.0, duration_h=0.5), dose("IM", 20.0, time_h=0.75)]
    given = exposure(events)
    hours = np.linspace(0.0, 6.75, 400_001)
    whole = np.trapezoid(occupancy(events, hours), hours)
    tail = np.linspace(6.0, 6.75, 40_001)
    late = np.trapezoid(occupancy(events[:1], tail), tail)
    assert sum(one.exposure_h[0] for one in given) == pytest.approx(whole - late, rel=1e-4)


def test_a_group_is_its_people_one_by_one():
    group = drawn(6, seeded(2))
    together = exposure([dose(), dose("IM", 30.0, time_h=1.0)], body=group)
    for place in range(6):
        alone = exposure([dose(), dose("IM", 30.0, time_h=1.0)], body=one_of(group, place))
        for many, one in zip(together, alone, strict=True):
            assert many.exposure_h[place] == pytest.approx(one.exposure_h[0], rel=1e-12)
    assert occupancy([dose()], [1.0], body=group).shape == (6, 1)


def test_a_dose_by_weight_is_scaled_for_each_person():
    group = drawn(3, seeded(2), weight_kg=np.array([50.0, 70.0, 100.0]))
    (scaled,) = exposure([dose()], body=group, scale=group.weight_kg / 70.0)
    for place, kilograms in enumerate((50.0, 70.0, 100.0)):
        (alone,) = exposure([dose(amount_mg=kilograms / 2.0)], body=one_of(group, place))
        assert scaled.exposure_h[place] == pytest.approx(alone.exposure_h[0], rel=1e-12)


def test_a_nasal_dose_is_not_scaled():
    with pytest.raises(ModelError, match="fixed amount"):
        exposure([dose("IN", 50.0)], scale=np.ones(1))


def test_esketamine_counts_by_its_potency():
    (device,) = exposure([dose("IN", 84.0, product="esketamine-device")])
    assert 1.2 < device.exposure_h[0] < 1.5


def test_no_dose_brings_nothing_and_too_much_is_refused():
    assert exposure([]) == ()
    with pytest.raises(QuantityError, match="mg/kg"):
        exposure([dose(amount_mg=400.0)], body=typical(50.0))
    with pytest.raises(QuantityError, match="mg/kg"):
        occupancy([dose(amount_mg=400.0)], [1.0])


def test_amplitude_is_one_at_the_reference_and_saturates():
    assert float(amplitude(0.6)) == pytest.approx(1.0)
    assert float(amplitude(0.0)) == 0.0
    assert np.all(np.diff(amplitude(np.linspace(0.0, 6.0, 50))) > 0.0)
    assert float(amplitude(6.0)) < 1.75
