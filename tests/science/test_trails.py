import numpy as np
import pytest

from kapstone.science.daily import DailyMap, Diary, typical_habit
from kapstone.science.events import DoseEvent
from kapstone.science.exposure import exposure
from kapstone.science.quantities import QuantityError
from kapstone.science.symptoms import drug_share, typical_mood
from kapstone.science.trails import Walk, Way, counts_by_day, day_doses, strengths
from kapstone.science.window import typical_clock

DOSES = exposure(
    [DoseEvent(time_h=9.0 + 24.0 * day, amount_mg=35.0, route="IM") for day in (0, 7)]
)


def walks(*hours, way=Way.NEW):
    return [Walk(hour, way) for hour in hours]


def test_the_log_is_stepped_by_the_same_map_as_the_virtual_patient():
    log = strengths(DOSES, now_h=20 * 24.0, sessions_h=[30.0, 200.0])
    diary = Diary(days=21, doses=day_doses(DOSES), sessions=counts_by_day([30.0, 200.0], 21))
    mood = typical_mood(share=drug_share())
    states = list(DailyMap(diary, typical_clock(), typical_habit(), mood).states())
    for name in ("new", "old", "chosen", "openness", "relief"):
        expected = [getattr(state, name)[0] for state in states[:21]]
        np.testing.assert_array_equal(getattr(log, name), expected)


def test_a_walk_shows_at_once():
    before = strengths(DOSES, now_h=36.0)
    after = strengths(DOSES, now_h=36.0, walks=walks(35.9))
    assert after.new_now > before.new_now == pytest.approx(before.new[-1])
    assert after.old_now < before.old_now
    np.testing.assert_array_equal(after.new, before.new)


def test_a_walk_counts_for_more_while_the_window_is_open():
    def gain(hour):
        plain = strengths(DOSES, now_h=hour + 0.1)
        walked = strengths(DOSES, now_h=hour + 0.1, walks=walks(hour))
        return (walked.new_now - plain.new_now) / (1.0 - plain.new_now)

    assert gain(40.0) > 1.5 * gain(200.0 * 24.0)


def test_noticing_moves_neither_trail():
    plain = strengths(DOSES, now_h=100.0)
    noticed = strengths(DOSES, now_h=100.0, walks=walks(50.0, 99.0, way=Way.NOTICED))
    assert (noticed.new_now, noticed.old_now) == (plain.new_now, plain.old_now)


def test_the_old_way_treads_the_old_trail():
    plain = strengths(DOSES, now_h=240.0, walks=walks(100.0))
    fallen = strengths(DOSES, now_h=240.0, walks=[*walks(100.0), *walks(239.0, way=Way.OLD)])
    assert fallen.old_now > plain.old_now


def test_what_lies_ahead_is_left_out():
    plain = strengths(DOSES[:1], now_h=48.0)
    ahead = strengths(DOSES, now_h=48.0, sessions_h=[60.0], walks=walks(49.0))
    np.testing.assert_array_equal(ahead.new, plain.new)
    assert ahead.new_now == plain.new_now


def test_a_trail_begins_before_any_dose():
    log = strengths([], now_h=0.0)
    assert (log.new.tolist(), log.old.tolist()) == ([0.2], [1.0])
    assert (log.new_now, log.old_now) == (pytest.approx(0.2), 1.0)
    assert not log.openness.any()


def test_now_takes_the_dose_of_today_into_account():
    log = strengths(DOSES, now_h=12.0, walks=walks(11.0))
    assert log.new_now > 0.2


def test_hours_are_counted_by_day_and_what_is_later_left_out():
    assert counts_by_day([0.0, 23.9, 24.0, 100.0], 2).tolist() == [2.0, 1.0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"now_h": -1.0},
        {"now_h": 1e6},
        {"now_h": 30.0, "sessions_h": [-2.0]},
        {"now_h": 30.0, "walks": walks(float("-inf"))},
    ],
)
def test_a_time_outside_the_log_is_refused(wrong):
    with pytest.raises(QuantityError):
        strengths(DOSES, **wrong)
