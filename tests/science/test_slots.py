import numpy as np
import pytest

from kapstone.science.phases import Phase
from kapstone.science.quantities import Grade, QuantityError
from kapstone.science.slots import FreeTime, rank_times
from kapstone.science.window import PlainJump
from kapstone.science.wording import Shown, how_we_know

ONE = [PlainJump(0.0, np.array([1.0]))]


def free(*starts):
    return [FreeTime(start, start + 1.0) for start in starts]


def test_times_are_ranked_by_the_window():
    ranked = rank_times(ONE, free(2.0, 30.0, 150.0, 60.0))
    assert [one.free.start_h for one in ranked] == [30.0, 60.0, 150.0, 2.0]
    assert [one.rank for one in ranked] == [1, 2, 3, 4]
    assert ranked[0].openness == pytest.approx(1.0, abs=0.01)
    assert [one.phase for one in ranked] == [
        Phase.MOST_OPEN, Phase.MOST_OPEN, Phase.CLOSING, Phase.BETWEEN
    ]  # fmt: skip


def test_none_is_ever_forbidden():
    times = free(0.5, 30.0, 31.0, 500.0)
    ranked = rank_times(ONE, times, not_before_h=4.0, booked=free(30.5))
    assert {one.free for one in ranked} == set(times)


def test_what_speaks_against_a_time_is_said():
    ranked = rank_times(ONE, free(1.0, 30.0, 36.0, 60.0), not_before_h=4.0, booked=free(30.5))
    notes = {one.free.start_h: one.notes for one in ranked}
    assert notes[1.0] == ("Some people are not yet ready this soon after the dose.",)
    assert notes[30.0] == ("Another session is booked at this time.",)
    assert notes[36.0] == ("Less than 12 hours from another session.",)
    assert notes[60.0] == ()


def test_every_rank_carries_its_grade_and_caveat():
    (only,) = rank_times(ONE, free(30.0))
    assert only.grade is Grade.ASSUMPTION
    assert only.caveat == how_we_know(Shown.TIMING).sentence


def test_without_a_dose_earlier_comes_first():
    ranked = rank_times([], free(50.0, 10.0))
    assert [one.free.start_h for one in ranked] == [10.0, 50.0]
    assert rank_times(ONE, []) == ()


@pytest.mark.parametrize(
    ("times", "gap"),
    [([FreeTime(5.0, 5.0)], 12.0), ([FreeTime(5.0, float("inf"))], 12.0), (free(1.0), -1.0)],
)
def test_an_impossible_time_is_refused(times, gap):
    with pytest.raises(QuantityError):
        rank_times(ONE, times, least_gap_h=gap)
