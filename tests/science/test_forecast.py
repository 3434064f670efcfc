from dataclasses import replace

import numpy as np
import pytest

from kapstone.science.cohort import virtual_patients
from kapstone.science.forecast import Rating, forecast, pool
from kapstone.science.protocols import six_infusions
from kapstone.science.quantities import ModelError, QuantityError

PROTOCOL = six_infusions(45)
RATED_ON = (0, 2, 4, 7, 12)
AHEAD = (21, 28, 42)


@pytest.fixture(scope="module")
def people():
    return pool(PROTOCOL, seed=1)


@pytest.fixture(scope="module")
def strangers():
    return virtual_patients(400, 99, protocol=PROTOCOL)


def ratings_of(strangers, place, days=RATED_ON):
    return [Rating(day, float(strangers.madrs_rated[place, day])) for day in days]


def covered(people, strangers, spread=1.0):
    """Give the share of people inside their own 80 % interval, and its mean width."""
    inside, widths = [], []
    for place in range(400):
        try:
            found = forecast(people, ratings_of(strangers, place), AHEAD)
        except ModelError:
            continue
        middle = (found.low + found.high) / 2.0
        half = spread * (found.high - found.low) / 2.0
        truth = strangers.madrs_rated[place, list(AHEAD)]
        inside.append(np.abs(truth - middle) <= half)
        widths.append(found.high - found.low)
    assert len(inside) > 380
    return np.mean(inside, axis=0), np.mean(widths, axis=0)


def test_an_80_percent_interval_holds_70_to_90_percent(people, strangers):
    shares, widths = covered(people, strangers)
    assert np.all((shares > 0.70) & (shares < 0.90))
    assert np.all((widths > 12.0) & (widths < 20.0))


def test_the_coverage_sees_an_interval_that_is_too_narrow(people, strangers):
    shares, _ = covered(people, strangers, spread=0.6)
    assert np.all(shares < 0.70)


def test_ratings_narrow_the_interval(people, strangers):
    none = forecast(people, [], AHEAD)
    some = forecast(people, ratings_of(strangers, 3), AHEAD)
    assert np.all(some.high - some.low < none.high - none.low)
    assert some.alike < none.alike == pytest.approx(20_000.0)


def test_low_ratings_bring_the_interval_down(people):
    well = forecast(people, [Rating(0, 32.0), Rating(7, 8.0), Rating(12, 8.0)], [28])
    ill = forecast(people, [Rating(0, 32.0), Rating(7, 28.0), Rating(12, 28.0)], [28])
    assert well.high[0] < ill.middle[0]


def test_the_interval_is_in_order_and_a_wider_level_is_wider(people):
    narrow, wide = (forecast(people, [], range(46), level=level) for level in (0.5, 0.95))
    for one in (narrow, wide):
        assert np.all((one.low <= one.middle) & (one.middle <= one.high))
    assert np.all(wide.high - wide.low > narrow.high - narrow.low)


def test_the_same_seed_gives_the_same_forecast(people):
    again = forecast(pool(PROTOCOL, seed=1), [Rating(4, 20.0)], AHEAD)
    assert again.low.tobytes() == forecast(people, [Rating(4, 20.0)], AHEAD).low.tobytes()
    assert again.caveat == "Expect the range, not the middle."


def test_someone_the_pool_does_not_know_gets_no_forecast(people):
    strange = [Rating(day, 60.0 if day % 2 else 0.0) for day in range(20)]
    with pytest.raises(ModelError, match="resemble these ratings"):
        forecast(people, strange, AHEAD)


def test_only_depression_has_a_symptom_model():
    with pytest.raises(ModelError, match="depression only"):
        pool(PROTOCOL, seed=1, indication="ptsd")


@pytest.mark.parametrize("count", [19_999, 200_001])
def test_a_pool_is_neither_small_nor_endless(count):
    with pytest.raises(QuantityError, match="a pool holds"):
        pool(PROTOCOL, seed=1, count=count)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ratings": [Rating(46, 20.0)]}, "day of a rating"),
        ({"ratings": [Rating(3, 61.0)]}, "MADRS must be"),
        ({"ratings": [Rating(3, float("nan"))]}, "MADRS must be"),
        ({"days": [46]}, "whole days"),
        ({"days": [-1]}, "whole days"),
        ({"level": 0.99}, "level must be"),
    ],
)
def test_an_impossible_question_is_refused(people, change, words):
    with pytest.raises(QuantityError, match=words):
        forecast(people, **{"ratings": [], "days": [21], **change})


def test_another_protocol_is_another_pool(people):
    idle = pool(replace(PROTOCOL, doses=(), sessions=()), seed=1)
    assert idle.madrs[20].mean() > people.madrs[20].mean() + 5.0
