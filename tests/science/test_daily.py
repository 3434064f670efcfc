import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kapstone.science.bands import seeded
from kapstone.science.daily import (
    DailyMap,
    DayDose,
    Diary,
    Habit,
    chance,
    drawn_habit,
    typical_habit,
)
from kapstone.science.quantities import QuantityError
from kapstone.science.symptoms import drawn_mood, typical_mood
from kapstone.science.window import drawn_clock, typical_clock


def stepped(**diary):
    rows = {"days": 30, **diary}
    stepping = DailyMap(Diary(**rows), typical_clock(), typical_habit(), typical_mood())
    return list(stepping.states())


def one_dose(size=1.0, day=0):
    return [DayDose(day, np.array([size]))]


def counts(days, *on):
    return np.bincount(np.array(on, dtype=int), minlength=days).astype(float)


def test_there_is_a_state_for_each_day_and_one_more():
    assert len(stepped(days=0)) == 1
    assert len(stepped(days=5)) == 6


shares = st.floats(0.0, 1.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 29), st.floats(0.0, 1.75)), max_size=8),
    st.lists(st.integers(0, 29), max_size=20),
    st.lists(st.integers(0, 29), max_size=20),
    st.lists(st.integers(0, 29), max_size=20),
    shares,
)
def test_strengths_stay_between_none_and_all(doses, sessions, new, old, retrieval):
    states = stepped(
        doses=[DayDose(day, np.array([size])) for day, size in sorted(doses)],
        sessions=counts(30, *sessions),
        new=counts(30, *new),
        old=counts(30, *old),
        retrieval=retrieval,
    )
    for state in states:
        for value in (state.relief, state.new, state.old, state.chosen):
            assert -1e-12 <= value[0] <= 1.0 + 1e-12
        assert state.openness[0] >= -1e-12


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 28), max_size=10), st.integers(0, 28))
def test_one_more_session_is_never_worse(sessions, more):
    before = stepped(doses=one_dose(), sessions=counts(30, *sessions))[-1]
    after = stepped(doses=one_dose(), sessions=counts(30, *sessions, more))[-1]
    assert after.new[0] >= before.new[0]
    assert after.old[0] <= before.old[0]
    assert after.chosen[0] >= before.chosen[0]


def test_a_session_inside_the_window_does_more_than_one_before_it():
    inside = stepped(doses=one_dose(day=5), sessions=counts(30, 6))[7]
    before = stepped(doses=one_dose(day=5), sessions=counts(30, 4))[5]
    start_inside = stepped(doses=one_dose(day=5))[6]
    start_before = stepped(doses=one_dose(day=5))[4]
    gained = inside.new[0] - start_inside.new[0]
    assert gained > 1.5 * (before.new[0] - start_before.new[0])


def test_logged_walks_take_the_place_of_the_expected():
    plain = stepped()
    walked = stepped(new=counts(30, *range(30)))
    relapsed = stepped(old=counts(30, *range(30)))
    assert relapsed[-1].new[0] < plain[-1].new[0] < walked[-1].new[0]
    assert walked[-1].old[0] < plain[-1].old[0] < relapsed[-1].old[0]


def test_a_day_without_an_entry_is_not_disuse():
    silent = stepped(new=counts(30, 3))
    plain = stepped()
    np.testing.assert_array_equal(silent[3].new, plain[3].new)
    assert silent[-1].new[0] > plain[-1].new[0]


def test_deliberate_practice_strengthens_and_prunes():
    practised = stepped(practice=counts(30, *range(30)))
    assert practised[-1].new[0] > stepped()[-1].new[0]
    assert practised[-1].old[0] < stepped()[-1].old[0]


def test_retrieval_weakens_the_old_trail_only_when_asked_and_only_at_a_dose():
    asked = stepped(doses=one_dose(), retrieval=0.25)
    assert asked[1].old[0] < 0.8 * stepped(doses=one_dose())[1].old[0]
    np.testing.assert_array_equal(stepped(retrieval=0.25)[-1].old, stepped()[-1].old)


def test_a_setback_takes_from_the_new_and_gives_to_the_old():
    fell = np.zeros((30, 1), dtype=bool)
    fell[20] = True
    sessions = counts(30, *range(1, 15))
    with_one = stepped(doses=one_dose(), sessions=sessions, setbacks=fell)
    without = stepped(doses=one_dose(), sessions=sessions)
    np.testing.assert_array_equal(with_one[20].new, without[20].new)
    gain = without[21].new[0] - 0.2
    assert with_one[21].new[0] == pytest.approx(0.2 + 0.6 * gain)
    loss = 1.0 - without[21].old[0]
    assert with_one[21].old[0] == pytest.approx(1.0 - 0.3 * loss)


def test_two_doses_of_a_day_both_count_in_order():
    both = stepped(doses=[*one_dose(0.5), *one_dose(0.5)])
    assert both[1].openness[0] > stepped(doses=one_dose(0.5))[1].openness[0]


def test_sharpness_is_a_power():
    new, old = np.array([0.4]), np.array([0.8])
    assert chance(new, old, 2.0)[0] == pytest.approx(0.2)
    assert chance(new, old, 1.0)[0] == pytest.approx(1.0 / 3.0)


def test_many_people_step_together():
    rng = seeded(2)
    clock, habit, mood = drawn_clock(7, rng), drawn_habit(7, rng), drawn_mood(7, rng)
    diary = Diary(days=20, doses=one_dose(), sessions=counts(20, 1, 2))
    last = list(DailyMap(diary, clock, habit, mood).states())[-1]
    assert last.new.shape == (7,)
    assert len(np.unique(last.new)) == 7
    assert isinstance(habit, Habit)


def test_the_factor_is_on_the_two_rates_that_the_window_multiplies():
    slow, quick = typical_habit(), typical_habit(rate_factor=2.0)
    assert quick.strengthening[0] == 2.0 * slow.strengthening[0]
    assert quick.pruning[0] == 2.0 * slow.pruning[0]
    assert quick.retreading[0] == slow.retreading[0]
    assert quick.forgetting[0] == slow.forgetting[0]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"days": -1}, "days must be"),
        ({"days": 4000}, "days must be"),
        ({"sessions": np.zeros(3)}, "30 counts"),
        ({"new": np.full(30, -1.0)}, "30 counts"),
        ({"retrieval": 1.5}, "retrieval"),
        ({"doses": one_dose(-1.0)}, "a dose needs"),
        ({"doses": one_dose(day=-1)}, "a dose needs"),
    ],
)
def test_an_impossible_diary_is_refused(wrong, words):
    with pytest.raises(QuantityError, match=words):
        stepped(**wrong)


def test_a_factor_outside_its_limits_is_refused():
    with pytest.raises(QuantityError, match="trail rates"):
        typical_habit(rate_factor=-1.0)
