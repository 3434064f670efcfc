import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kapstone.science.events import DoseEvent
from kapstone.science.exposure import exposure
from kapstone.science.phases import Phase, levels, phase_at, phases
from kapstone.science.window import PlainJump, clock_of, window


def jump(day, size=1.0):
    return PlainJump(24.0 * day, np.array([size]))


def test_one_dose_opens_and_closes_as_stated():
    (span,) = phases([jump(0.0)])
    assert span.opens_h == pytest.approx(7.0, abs=0.05)
    assert span.most_open_from_h == pytest.approx(11.4, abs=0.05)
    assert span.most_open_until_h == pytest.approx(73.7, abs=0.05)
    assert span.closes_h / 24.0 == pytest.approx(6.8, abs=0.05)
    assert (span.peak_h, span.peak) == (pytest.approx(32.0), pytest.approx(1.0))
    assert span.levels == levels()


rows = st.lists(st.tuples(st.floats(0.0, 40.0), st.floats(0.0, 1.5)), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_the_spans_are_those_of_a_fine_grid(given_rows):
    jumps = [jump(day, size) for day, size in given_rows]
    stated = levels()
    hours = np.arange(0.0, 24.0 * 60.0, 0.25)
    openness = window(jumps, hours).openness
    expected, opened, most = [], None, []
    for hour, value in zip(hours, openness, strict=True):
        if opened is None and value >= stated.opens:
            opened, most = hour, []
        if opened is not None and value >= stated.most_open:
            most.append(hour)
        if opened is not None and value < stated.closes:
            expected.append((opened, hour, most))
            opened = None
    found = phases(jumps)
    near = [abs(value - level) for value in _turns(openness) for level in _edges(stated)]
    if near and min(near) < 1e-3:
        return  # a summit that only grazes a level is lost between the points of a grid
    assert len(found) == len(expected)
    for span, (opens, closes, inside) in zip(found, expected, strict=True):
        assert span.opens_h == pytest.approx(opens, abs=0.26)
        assert span.closes_h == pytest.approx(closes, abs=0.26)
        covered = sum(until - start for start, until in span.most_open)
        assert covered == pytest.approx(0.25 * len(inside), abs=0.6 * (1 + len(span.most_open)))


def _turns(values):
    rises = np.sign(np.diff(values))
    return values[1:-1][rises[1:] != rises[:-1]]


def _edges(stated):
    return stated.opens, stated.most_open, stated.closes


@settings(max_examples=40, deadline=None)
@given(rows)
def test_what_opens_is_most_open_inside_and_closes_after(given_rows):
    last = -np.inf
    for span in phases([jump(day, size) for day, size in given_rows]):
        assert last < span.opens_h < span.closes_h
        last = span.closes_h
        for start, until in span.most_open:
            assert span.opens_h < start < until < span.closes_h


def test_doses_close_together_share_a_span_and_weeks_apart_do_not():
    assert len(phases([jump(0.0), jump(3.5)])) == 1
    assert len(phases([jump(0.0), jump(3.5)])[0].most_open) == 2
    assert len(phases([jump(0.0), jump(14.0)])) == 2


def test_a_small_dose_is_never_most_open_and_a_smaller_one_does_not_open():
    (span,) = phases([jump(0.0, 0.6)])
    assert (span.most_open_from_h, span.most_open_until_h) == (None, None)
    assert phases([jump(0.0, 0.4)]) == ()
    assert phases([]) == ()


def test_a_dose_of_nothing_changes_nothing():
    assert phases([jump(0.0, 0.0), jump(1.0)]) == phases([jump(1.0)])


def test_a_window_that_opens_more_slowly_than_it_closes_has_spans_too():
    slow = clock_of(np.array([3.0]), np.array([1.0]), np.array([2.0]), cap=2.5)
    (span,) = phases([jump(0.0)], clock=slow)
    hours = np.arange(0.0, 1000.0, 0.1)
    openness = window([jump(0.0)], hours, clock=slow).openness
    assert span.peak_h == pytest.approx(hours[openness.argmax()], abs=0.1)
    assert span.opens_h == pytest.approx(hours[np.argmax(openness >= 0.5)], abs=0.1)


def test_a_moment_has_a_phase():
    spans = phases([jump(0.0)])
    found = [phase_at(spans, hour) for hour in (1.0, 8.0, 30.0, 100.0, 200.0)]
    assert found == [
        Phase.BETWEEN, Phase.OPENING, Phase.MOST_OPEN, Phase.CLOSING, Phase.BETWEEN
    ]  # fmt: skip
    small = phases([jump(0.0, 0.6)])
    assert phase_at(small, small[0].opens_h + 1.0) is Phase.OPENING
    assert phase_at(small, small[0].closes_h - 1.0) is Phase.CLOSING
    two = phases([jump(0.0), jump(3.5)])
    assert phase_at(two, 80.0) is Phase.OPENING


def test_the_phases_are_those_of_the_dose_given():
    small, large = (
        phases(exposure([DoseEvent(time_h=9.0, amount_mg=amount, route="IM")]))[0]
        for amount in (25.0, 100.0)
    )
    assert large.opens_h < small.opens_h
    assert large.closes_h > small.closes_h
