"""How a course stands: no database, only scores, doses and what they come to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kapstone.catalogue.change import Outcome
from kapstone.catalogue.course_review import course_review_sheet
from kapstone.catalogue.instruments import load_instrument
from kapstone.clinic.outcomes.rates import wilson
from kapstone.clinic.outcomes.rules import (
    Asked,
    CourseFacts,
    Decided,
    Point,
    ReviewFacts,
    Scored,
    check_review,
    judge_course,
)

PHQ = load_instrument("phq-9")
SHEET = course_review_sheet()
DOSE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def scored(day, total, suicide=0.0, *, interim=False):
    return Scored(
        total=total, taken_at=DOSE + day * DAY, suicide_item=suicide, is_interim=interim
    )


def facts(scores, *, doses=6, planned=6, at=90, **change):
    given = {
        "instrument": PHQ,
        "at": DOSE + at * DAY,
        "planned_sessions": planned,
        "is_ended": False,
        "doses_at": [DOSE + 7 * number * DAY for number in range(doses)],
        "scores": scores,
    }
    return CourseFacts(**{**given, **change})


def judged(scores, **change):
    return judge_course(facts(scores, **change), SHEET)


def codes(outcome):
    return [finding.code for finding in outcome.prompts]


@pytest.mark.parametrize(
    ("scores", "outcome"),
    [
        pytest.param([(-2, 18), (50, 4)], Outcome.REMISSION, id="remission"),
        pytest.param([(-2, 18), (50, 9)], Outcome.RESPONSE, id="exactly half"),
        pytest.param([(-2, 18), (50, 12)], Outcome.PARTIAL, id="a third"),
        pytest.param([(-2, 18), (50, 17)], Outcome.UNCHANGED, id="hardly"),
        pytest.param([(-2, 18), (50, 23)], Outcome.WORSE, id="five worse"),
        pytest.param([(-2, 9), (50, 2)], Outcome.NOT_DEFINED, id="began too low"),
        pytest.param([(50, 2)], Outcome.NOT_DEFINED, id="no baseline"),
        pytest.param([(-2, 18)], Outcome.NOT_DEFINED, id="no later score"),
        pytest.param([(-20, 18), (50, 2)], Outcome.NOT_DEFINED, id="baseline too old"),
        pytest.param([(-2, 18), (50, None)], Outcome.NOT_DEFINED, id="later one not valid"),
    ],
)
def test_a_course_is_one_word(scores, outcome):
    assert judged([scored(*one) for one in scores]).outcome is outcome


def test_the_baseline_is_the_last_valid_score_before_the_first_dose():
    found = judged([scored(-9, 20), scored(-3, 16), scored(-1, None), scored(50, 8)])
    assert found.baseline.total == 16


def test_the_end_score_lies_in_the_weeks_after_the_last_dose():
    scores = [scored(-2, 18), scored(35 + 13, 3), scored(35 + 20, 7), scored(35 + 40, 15)]
    assert judged(scores).end.total == 7
    assert judged(scores[:2]).end is None


def test_a_second_valid_score_after_the_series_counts_whatever_came_earlier():
    assert judged([scored(-2, 18), scored(10, 3), scored(60, 17)]).is_response is False


def test_missing_points_are_named_and_counted():
    asked = [
        Asked(point="series", due_at=DOSE + day * DAY, is_answered=done, is_valid=done)
        for day, done in ((7, True), (14, False), (200, False))
    ]
    found = judged([scored(-2, 18)], asked=asked)
    assert (found.completeness.due, found.completeness.valid) == (2, 1)
    assert [one.due_at for one in found.missing] == [DOSE + 14 * DAY]


@given(
    base=st.one_of(st.none(), st.integers(0, 27)),
    later=st.lists(st.one_of(st.none(), st.integers(0, 27)), max_size=6),
)
def test_missing_never_counts_as_response(base, later):
    """Whatever is left out, a course is a response only by two scores that say so."""
    scores = [scored(-2, base)] + [scored(10 * (i + 1), t) for i, t in enumerate(later)]
    found = judged(scores)
    valid = [total for total in later if total is not None]
    if base is None or not valid:
        assert not found.is_response
        assert not found.is_remission
        assert found.outcome is Outcome.NOT_DEFINED
    if found.is_response:
        assert base >= 10
        assert valid[-1] <= base / 2


@given(
    base=st.integers(0, 27),
    later=st.lists(st.integers(0, 27), min_size=1, max_size=5),
    dropped=st.integers(0, 4),
)
def test_leaving_out_the_newest_score_never_makes_a_response_of_nothing(base, later, dropped):
    kept = later[: max(0, len(later) - 1 - dropped)]
    found = judged([scored(-2, base)] + [scored(10 * (i + 1), t) for i, t in enumerate(kept)])
    assert not (found.is_response and not kept)


# --- What to discuss -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "code"),
    [
        (9, "half-or-more"),
        (13, "a-quarter-or-more"),
        (16, "a-tenth-or-more"),
        (17, "under-a-tenth"),
        (19, "under-a-tenth"),
    ],
)
def test_the_middle_review_has_a_prompt_for_each_step(total, code):
    found = judged([scored(-2, 18), scored(22, total)], doses=4, at=23)
    assert found.point is Point.MIDDLE
    assert codes(found) == [code]


@pytest.mark.parametrize(
    ("change", "scores", "code"),
    [
        pytest.param({}, [(-2, 14), (12, 19)], "worse", id="worse by five"),
        pytest.param({}, [(-2, 18, 0), (12, 15, 1)], "new-suicidal-thoughts", id="item 9 rose"),
        pytest.param({"gravest_event": 3}, [(-2, 18), (12, 15)], "grave-event", id="grade 3"),
        pytest.param(
            {"integration_missed_in_a_row": 2},
            [(-2, 18), (12, 15)],
            "missed-integration",
            id="two visits missed",
        ),
        pytest.param({}, [(12, 15)], "no-baseline", id="no baseline"),
    ],
)
def test_one_pattern_is_one_prompt(change, scores, code):
    found = judged([scored(*one) for one in scores], doses=2, at=13, **change)
    assert codes(found) == [code]


def test_item_9_left_open_is_not_a_rise():
    found = judged([scored(-2, 18, 0), scored(12, 15, None)], doses=2, at=13)
    assert codes(found) == []


def test_before_the_first_dose_there_is_nothing_to_discuss():
    found = judged([scored(-2, 18)], doses=0, at=0, gravest_event=4)
    assert (found.prompts, found.point) == ((), Point.EARLY)


def test_no_prompt_ever_says_to_give():
    said = [prompt.words for prompt in SHEET.prompts] + [step.words for step in SHEET.steps]
    assert all("iscuss" in words for words in said)
    assert not any("give" in words.lower() for words in said)


def test_an_interim_score_says_so():
    found = judged([scored(-2, 18), scored(60, 6, interim=True)])
    assert found.change.interim
    assert "interim" in codes(found)


# --- Deciding --------------------------------------------------------------------------------


def review(scores, *, point=Point.END, **said):
    decided = Decided(
        **{
            "decision": "stop",
            "reason": "Well for three weeks, and wants to rest.",
            "patient_agrees": True,
            **said,
        }
    )
    return [
        finding.code
        for finding in check_review(
            ReviewFacts(point=point, outcome=judged(scores), decided=decided)
        )
    ]


FULL = [scored(-2, 18), scored(55, 4)]


def test_with_a_score_after_the_series_the_review_may_be_decided():
    assert review(FULL) == []


def test_the_end_review_waits_for_its_score_unless_words_say_why_not():
    assert review([scored(-2, 18)]) == ["end-before-data"]
    assert review([scored(-2, 18)], without_data="Moves abroad tomorrow.") == []
    assert review([scored(-2, 18)], without_data="because") == ["end-before-data"]


def test_a_review_inside_the_series_needs_no_end_score():
    assert review([scored(-2, 18)], point=Point.MIDDLE) == []


def test_a_decision_needs_its_reason():
    assert review(FULL, reason="fine") == ["no-reason"]


# --- Rates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "people", "low", "high"),
    [
        pytest.param(15, 31, 0.320, 0.652, id="by hand"),
        pytest.param(0, 10, 0.0, 0.278, id="nobody: Newcombe 1998, table I"),
        pytest.param(81, 263, 0.2553, 0.3662, id="Newcombe 1998, 81 of 263"),
        pytest.param(10, 10, 0.722, 1.0, id="everybody"),
    ],
)
def test_the_interval_is_wilsons(count, people, low, high):
    rate = wilson(count, people)
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=6e-4)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_stays_between_none_and_all(pair):
    rate = wilson(*pair)
    assert 0 <= rate.low <= rate.share <= rate.high <= 1


@pytest.mark.parametrize(("count", "people"), [(1, 0), (3, 2), (-1, 5)])
def test_a_count_of_nobody_is_no_share(count, people):
    with pytest.raises(ValueError, match="no share"):
        wilson(count, people)


def test_facts_are_judged_as_they_stood_at_the_moment():
    late = facts([scored(-2, 18), scored(50, 4)], at=20)
    assert judge_course(late, SHEET).latest is None
    assert judge_course(replace(late, at=DOSE + 60 * DAY), SHEET).is_remission
