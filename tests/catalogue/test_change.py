"""Response, remission, worsening, reliable change, interim replies, completeness."""

from datetime import UTC, datetime, timedelta

import pytest

from kapstone.catalogue.change import (
    Completeness,
    Outcome,
    Taken,
    baseline,
    completeness,
    is_interim,
    judge_change,
)
from kapstone.catalogue.instruments import load_instrument, score
from kapstone.errors import CatalogueError

PHQ, GAD = load_instrument("phq-9"), load_instrument("gad-7")
DOSE = datetime(2026, 5, 4, 10, tzinfo=UTC)


def taken(total, days=0.0):
    return Taken(total=total, taken_at=DOSE + timedelta(days=days))


@pytest.mark.parametrize(
    ("start", "now", "outcome"),
    [
        pytest.param(18, 4, Outcome.REMISSION, id="remission stands above response"),
        pytest.param(18, 5, Outcome.RESPONSE, id="five is not remission"),
        pytest.param(18, 9, Outcome.RESPONSE, id="exactly half"),
        pytest.param(18, 10, Outcome.PARTIAL, id="just short of half"),
        pytest.param(20, 15, Outcome.PARTIAL, id="exactly a quarter"),
        pytest.param(20, 16, Outcome.UNCHANGED, id="a fifth"),
        pytest.param(18, 22, Outcome.UNCHANGED, id="four worse"),
        pytest.param(18, 23, Outcome.WORSE, id="five worse"),
        pytest.param(10, 4, Outcome.REMISSION, id="baseline just high enough"),
        pytest.param(9, 2, Outcome.NOT_DEFINED, id="baseline too low for the words"),
        pytest.param(0, 3, Outcome.NOT_DEFINED, id="from nothing"),
        pytest.param(3, 8, Outcome.WORSE, id="worse counts from any baseline"),
    ],
)
def test_the_outcome_of_a_phq_9(start, now, outcome):
    assert judge_change(PHQ, taken(start), taken(now, 40)).outcome is outcome


@pytest.mark.parametrize(
    ("instrument", "start", "now", "minimal", "reliable", "worse"),
    [
        pytest.param(PHQ, 15, 11, False, False, False, id="phq-9 by four"),
        pytest.param(PHQ, 15, 10, True, False, False, id="phq-9 by five"),
        pytest.param(PHQ, 15, 9, True, True, False, id="phq-9 by six"),
        pytest.param(PHQ, 10, 16, True, True, True, id="phq-9 worse by six"),
        pytest.param(GAD, 15, 12, False, False, False, id="gad-7 by three"),
        pytest.param(GAD, 15, 11, True, True, False, id="gad-7 by four"),
        pytest.param(GAD, 10, 14, True, True, True, id="gad-7 worse by four"),
    ],
)
def test_small_and_reliable_changes(instrument, start, now, minimal, reliable, worse):
    change = judge_change(instrument, taken(start), taken(now, 30))
    assert change.points == start - now
    assert change.percent == pytest.approx(100 * (start - now) / start)
    assert (change.minimal_change, change.reliable_change, change.deterioration) == (
        minimal,
        reliable,
        worse,
    )


def test_below_a_baseline_of_ten_response_and_remission_are_not_said():
    change = judge_change(PHQ, taken(9), taken(2, 30))
    assert change.response is None
    assert change.remission is None
    assert change.points == 7


@pytest.mark.parametrize(
    ("scores", "chosen"),
    [
        pytest.param([(17, -13), (15, -2), (9, 3)], 15, id="the last before the dose"),
        pytest.param([(15, -14)], 15, id="fourteen days old"),
        pytest.param([(15, -14.1)], None, id="too old"),
        pytest.param([(15, 0)], None, id="at the dose is too late"),
        pytest.param([], None, id="never asked"),
    ],
)
def test_the_baseline_is_recent_and_before_the_first_dose(scores, chosen):
    found = baseline(PHQ, [taken(*entry) for entry in scores], DOSE)
    assert (found.total if found else None) == chosen


@pytest.mark.parametrize(
    ("days", "interim"), [(6.9, True), (7, False), (14, False), (None, False)]
)
def test_a_reply_within_a_week_of_the_last_is_interim(days, interim):
    previous_at = None if days is None else DOSE - timedelta(days=days)
    assert is_interim(PHQ, DOSE, previous_at) is interim
    change = judge_change(PHQ, taken(15, -20), taken(9), previous_at=previous_at)
    assert change.interim is interim


def test_completeness_counts_everyone_who_was_due():
    full = score(PHQ, {f"phq-9.{place}": 1 for place in range(1, 10)})
    thin = score(PHQ, {"phq-9.1": 1})
    found = completeness([full, thin, None, full])
    assert found == Completeness(due=4, answered=3, valid=2)
    assert found.share == 0.5
    assert completeness([]).share is None


def test_an_instrument_without_rules_of_change_says_so():
    with pytest.raises(CatalogueError, match="check-in has no rules of change"):
        judge_change(load_instrument("check-in"), taken(1), taken(2))
