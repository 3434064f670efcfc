from dataclasses import fields

import numpy as np
import pytest

from kapstone.science.bands import seeded
from kapstone.science.effects import (
    EffectBands,
    drawn_temper,
    effect_bands,
    effects,
    readiness,
)
from kapstone.science.events import DoseEvent
from kapstone.science.people import drawn
from kapstone.science.quantities import QuantityError

INFUSION = DoseEvent(time_h=0.0, amount_mg=40.0, route="IV", duration_h=2 / 3)
DEVICE = DoseEvent(time_h=0.0, amount_mg=84.0, route="IN", product="esketamine-device")
MINUTES = np.arange(0.0, 361.0) / 60.0


def test_effects_rise_with_the_infusion_and_fall_after_it():
    found = effects([INFUSION], MINUTES)
    for values in (found.dissociation, found.systolic, found.heart_rate, found.sedation):
        assert 35 <= values.argmax() <= 47
        assert np.all(np.diff(values[60:]) < 0.0)


def test_nothing_happens_without_a_dose():
    found = effects([], [0.0, 1.0])
    assert not found.dissociation.any()
    assert not found.systolic.any()
    np.testing.assert_allclose(found.sedation, 0.1, atol=0.001)


def test_dissociation_fades_with_each_session_and_pressure_does_not():
    first = effects([INFUSION], [0.7])
    third = effects([INFUSION], [0.7], sessions_before=2)
    assert third.dissociation[0] == pytest.approx(first.dissociation[0] * 0.88**2)
    assert third.systolic[0] == first.systolic[0]


def test_sessions_are_counted_from_the_doses_and_a_booster_is_no_new_session():
    again = DoseEvent(time_h=48.0, amount_mg=40.0, route="IV", duration_h=2 / 3)
    booster = DoseEvent(time_h=1.0, amount_mg=10.0, route="IM")
    two = effects([INFUSION, again], [0.7, 48.7]).dissociation
    assert two[1] == pytest.approx(0.88 * two[0], rel=0.01)
    with_booster = effects([INFUSION, booster, again], [48.7]).dissociation[0]
    assert with_booster == pytest.approx(two[1], rel=0.01)


def test_older_or_hypertensive_people_rise_more_only_when_asked():
    plain = effects([INFUSION], [0.7])
    older = effects([INFUSION], [0.7], older_or_hypertensive=True)
    assert older.systolic[0] == pytest.approx(1.5 * plain.systolic[0])
    assert older.heart_rate[0] == plain.heart_rate[0]


def test_esketamine_counts_twice():
    racemic = DoseEvent(time_h=0.0, amount_mg=84.0, route="IN")
    assert effects([DEVICE], [0.7]).systolic[0] > effects([racemic], [0.7]).systolic[0]


def test_dissociation_never_passes_its_scale():
    rng = seeded(1)
    body, temper = drawn(4000, rng), drawn_temper(4000, rng)
    found = effects([INFUSION], [0.7], body=body, temper=temper)
    assert found.dissociation.shape == (4000, 1)
    assert found.dissociation.max() <= 92.0
    assert temper.dissociation.mean() == pytest.approx(1.0, abs=0.1)
    assert temper.pressure.mean() == pytest.approx(1.0, abs=0.05)


def test_bands_are_the_same_for_the_same_seed_and_in_order():
    first, second = (effect_bands([INFUSION], MINUTES, seed=3) for _ in range(2))
    for name in (one.name for one in fields(EffectBands)):
        one, other = getattr(first, name), getattr(second, name)
        assert one.values.tobytes() == other.values.tobytes()
        assert np.all(np.diff(one.values, axis=0) >= 0.0)


def test_readiness_is_a_share_that_grows_and_names_its_times():
    found = readiness([INFUSION], MINUTES[45:], seed=1, weight_kg=80.0)
    assert found.probability[0] < 0.05
    assert found.probability[-1] > 0.975
    assert np.all(np.diff(found.probability) > -0.01)
    assert found.half_by_h == pytest.approx(2.0, abs=0.1)
    assert found.nearly_all_by_h == pytest.approx(218 / 60, abs=0.4)
    assert found.watch_h is None
    assert "clears nobody" in found.caveat


def test_readiness_not_reached_has_no_time():
    found = readiness([INFUSION], MINUTES[45:60], seed=1)
    assert (found.half_by_h, found.nearly_all_by_h) == (None, None)


def test_readiness_reached_from_the_first_time_on():
    assert readiness([INFUSION], [20.0, 21.0], seed=1).half_by_h == 20.0


def test_the_device_is_watched_for_two_hours():
    assert readiness([DEVICE], [1.0, 2.0], seed=1).watch_h == 2.0


@pytest.mark.parametrize(
    ("events", "hours", "words"),
    [
        ([], [1.0], "there is none"),
        ([INFUSION], [1.0, 1.0], "must rise"),
        ([INFUSION], [float("inf")], "finite"),
    ],
)
def test_readiness_needs_a_dose_and_rising_times(events, hours, words):
    with pytest.raises(QuantityError, match=words):
        readiness(events, hours, seed=1)


def test_impossible_inputs_are_refused():
    with pytest.raises(QuantityError, match="sessions before"):
        effects([INFUSION], [1.0], sessions_before=-1)
    with pytest.raises(QuantityError, match="mg/kg"):
        effects([DoseEvent(time_h=0, amount_mg=500.0, route="IV")], [1.0])
    with pytest.raises(QuantityError, match="draws"):
        effect_bands([INFUSION], [1.0], seed=1, draws=2)
