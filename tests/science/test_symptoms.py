import numpy as np
import pytest

from kapstone.science.bands import seeded
from kapstone.science.quantities import ModelError, QuantityError
from kapstone.science.symptoms import (
    Scenario,
    drawn_mood,
    drug_share,
    madrs,
    phq9_of_group,
    typical_mood,
)

NONE = np.zeros(1)


def score(mood, relief=0.0, gained=0.0, day=0.0, **rest):
    return float(
        madrs(
            mood, day=day, relief=np.array([relief]), chosen=np.array([gained]),
            chosen_first=NONE, **rest,
        )[0]
    )  # fmt: skip


def test_without_relief_the_score_is_the_start():
    assert score(typical_mood(start=30.0)) == 30.0


def test_relief_and_practice_lower_the_score():
    mood = typical_mood()
    assert score(mood, relief=0.5) == pytest.approx(32.0 * np.exp(-0.43))
    assert score(mood, gained=0.5) == pytest.approx(32.0 * np.exp(-0.68))


def test_worsening_is_held_at_its_floor():
    assert score(typical_mood(), gained=-1.0) == pytest.approx(32.0 * np.exp(0.25))


def test_expectancy_fades_by_half_in_45_days_and_begins_with_treatment():
    mood = typical_mood(expectancy=0.3)
    assert score(mood, day=45.0) == pytest.approx(32.0 * np.exp(-0.15))
    assert score(mood, begun=False) == 32.0


def test_the_drug_share_scales_relief_alone():
    half = typical_mood(share=0.5)
    assert score(half, relief=0.5) == pytest.approx(32.0 * np.exp(-0.215))
    assert score(half, gained=0.5) == score(typical_mood(), gained=0.5)


def test_the_scenarios_are_those_of_the_file():
    assert [drug_share(one) for one in Scenario] == [1.0, 0.6, 0.3]
    assert drug_share() == 0.6
    with pytest.raises(ModelError, match="unknown scenario"):
        drug_share("hopeful")


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": 61.0},
        {"strength": -1.0},
        {"practice": float("nan")},
        {"expectancy": 9.0},
        {"off_factor": 0.0},
        {"share": 1.2},
    ],
)
def test_an_impossible_value_is_refused(wrong):
    with pytest.raises(QuantityError):
        typical_mood(**wrong)


def test_drawn_moods_are_spread_as_the_trials():
    mood = drawn_mood(20_000, seeded(1))
    assert mood.start.mean() == pytest.approx(32.0, abs=0.2)
    assert mood.start.std() == pytest.approx(5.0, abs=0.2)
    assert np.median(mood.strength) == pytest.approx(0.86, abs=0.02)
    assert mood.expectancy.mean() == pytest.approx(0.295, abs=0.01)


def test_expectancy_can_be_left_out():
    assert not drawn_mood(5, seeded(1), expectancy="none").expectancy.any()
    with pytest.raises(ModelError, match="unknown expectancy"):
        drawn_mood(5, seeded(1), expectancy="great")


def test_the_phq9_line_passes_through_its_points():
    scores = np.concatenate([[1.0, 24.0, 48.0, 60.0, 0.0], np.full(5, 12.5)])
    found = phq9_of_group(scores)
    np.testing.assert_allclose(found[:3], [1.0, 15.0, 27.0])
    assert found[3] == 27.0
    assert 0.0 <= found[4] < 1.0
    assert found[5] == pytest.approx(8.0)


def test_the_phq9_line_is_for_groups():
    with pytest.raises(ModelError, match="groups, not for 1"):
        phq9_of_group(np.array([20.0]))
    with pytest.raises(QuantityError, match="0 to 60"):
        phq9_of_group(np.full(10, 61.0))
