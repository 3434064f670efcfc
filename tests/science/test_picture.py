import os
import subprocess
import sys
import time
from dataclasses import fields

import numpy as np
import pytest

from kapstone.science.bands import Band, band
from kapstone.science.events import DoseEvent
from kapstone.science.exposure import exposure
from kapstone.science.people import Covariates, typical
from kapstone.science.phases import phases
from kapstone.science.picture import picture
from kapstone.science.quantities import QuantityError
from kapstone.science.window import window

SIX = [
    DoseEvent(time_h=9.0 + 24.0 * day, amount_mg=30.0 + day, route="IV", duration_h=2 / 3)
    for day in (0, 2, 4, 7, 9, 11)
]
MIXED = [
    DoseEvent(time_h=9.0 + 168.0 * week, amount_mg=amount, route=route)
    for week, (amount, route) in enumerate(
        [(35, "IM"), (100, "SL"), (150, "PO"), (50, "IN"), (60, "IM"), (120, "SL")]
    )
]


def test_the_picture_is_what_its_parts_say():
    found = picture(SIX, seed=2, draws=100, person=Covariates(weight_kg=82.0))
    given = exposure(SIX, body=typical(82.0))
    np.testing.assert_array_equal(
        found.window.openness, window(given, found.window.times_h).openness
    )
    assert found.spans == phases(given)
    alone = band(SIX, found.band.times_h, seed=2, draws=100, weight_kg=82.0)
    assert found.band.values.tobytes() == alone.values.tobytes()


def test_every_band_is_in_order_and_repeats():
    first, second = (picture(MIXED, seed=2, draws=300, sessions_h=[34.0]) for _ in range(2))
    for one in fields(first):
        value = getattr(first, one.name)
        if isinstance(value, Band):
            assert np.all(np.diff(value.values, axis=0) >= 0.0)
            assert value.values.tobytes() == getattr(second, one.name).values.tobytes()
    assert first.symptoms.values.shape == (5, 61)
    assert first.symptoms.at(0.5)[0] == pytest.approx(32.0, abs=2.0)


def test_what_lies_beyond_the_days_is_left_out():
    assert picture(MIXED, seed=2, draws=20, days=8).trails.values.shape == (5, 9)


@pytest.mark.parametrize(
    "wrong",
    [{"days": 0}, {"draws": 5}, {"sessions_h": [-1.0]}, {"person": Covariates(age_years=12.0)}],
)
def test_an_impossible_picture_is_refused(wrong):
    with pytest.raises(QuantityError):
        picture(SIX, **{"seed": 1, "draws": 20, **wrong})


def spent():
    """Give CPU seconds of this process and those it waited for: other work does not count."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def best_ms(work, times=7, clock=time.process_time):
    """Give the quickest of a few runs on one core."""
    taken = []
    for _ in range(times):
        start = clock()
        work()
        taken.append(clock() - start)
    return 1000.0 * min(taken)


@pytest.mark.parametrize("events", [SIX, MIXED], ids=["infusions", "mixed"])
def test_a_whole_picture_takes_at_most_50_ms(events):
    assert best_ms(lambda: picture(events, seed=1)) < 50.0


def test_a_window_for_a_page_takes_at_most_3_ms():
    hours = np.linspace(0.0, 24.0 * 21.0, 350)
    assert best_ms(lambda: window(exposure(SIX), hours), 20) < 3.0


def test_the_science_is_imported_in_half_a_second():
    def load():
        subprocess.run([sys.executable, "-c", "import kapstone.science.picture"], check=True)

    assert best_ms(load, 3, spent) < 500.0
