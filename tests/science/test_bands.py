import numpy as np
import pytest

from kapstone.science.bands import LEVELS, band, quantiles, seeded
from kapstone.science.events import DoseEvent
from kapstone.science.exposure import exposure
from kapstone.science.quantities import QuantityError
from kapstone.science.window import window

EVENTS = [
    DoseEvent(time_h=24.0 * day, amount_mg=35.0, route="IV", duration_h=2 / 3)
    for day in (0, 2, 4)
]
HOURS = np.linspace(0.0, 240.0, 81)


def test_quantiles_are_those_of_numpy():
    values = seeded(1).standard_normal((101, 7))
    np.testing.assert_allclose(
        quantiles(values, LEVELS), np.quantile(values, LEVELS, axis=0), rtol=1e-12
    )


def test_the_same_seed_gives_the_same_bytes():
    first, second = (band(EVENTS, HOURS, seed=4) for _ in range(2))
    assert first.values.tobytes() == second.values.tobytes()
    assert first.values.tobytes() != band(EVENTS, HOURS, seed=5).values.tobytes()


def test_the_band_holds_the_typical_person_and_widens():
    found = band(EVENTS, HOURS, seed=1, draws=2000)
    typical = window(exposure(EVENTS), HOURS).openness
    assert np.all(np.diff(found.values, axis=0) >= 0.0)
    inside = (typical >= found.at(0.05)) & (typical <= found.at(0.95))
    assert inside.all()
    assert np.ptp(found.values[:, 40]) > 0.2


def test_a_heavier_person_on_the_same_amount_opens_less():
    light, heavy = (band(EVENTS, [24.0], seed=1, weight_kg=kg).at(0.5)[0] for kg in (50, 120))
    assert heavy < light


@pytest.mark.parametrize("draws", [9, 100_001])
def test_a_band_needs_people(draws):
    with pytest.raises(QuantityError, match="draws"):
        band(EVENTS, HOURS, seed=1, draws=draws)


def test_a_level_that_is_not_there_and_a_bad_seed_are_refused():
    with pytest.raises(QuantityError, match="the band holds"):
        band(EVENTS, HOURS, seed=1).at(0.9)
    with pytest.raises(QuantityError, match="seed"):
        band(EVENTS, HOURS, seed=-1)
