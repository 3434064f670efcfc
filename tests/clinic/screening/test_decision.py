from datetime import UTC, datetime, timedelta

import pytest

from kapstone.catalogue.baseline import load_baseline
from kapstone.clinic.screening.decision import (
    Signed,
    SignFacts,
    Standing,
    check_signature,
    judge_signatures,
)
from kapstone.errors import Finding, Weight

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
VALID = 90 * DAY
BLOCK = Finding("C08", Weight.BLOCK, "Mania now.")
CAUTION = Finding("C24", Weight.CAUTION, "Agree how sessions are kept.")


def signed(capacity: str, verdict: str = "eligible", days: float = 0) -> Signed:
    return Signed(capacity=capacity, verdict=verdict, signed_at=NINE + days * DAY)


BOTH = [signed("prescriber"), signed("mental-health", days=1)]


def standing(signatures, *, findings=(), days: float = 2) -> Standing:
    return judge_signatures(
        signatures, findings, at=NINE + days * DAY, valid_for=VALID
    ).standing


@pytest.mark.parametrize(
    ("signatures", "expected"),
    [
        pytest.param([], Standing.OPEN, id="no verdict is not a yes"),
        pytest.param([signed("prescriber")], Standing.ONE_SIGNATURE, id="one of two"),
        pytest.param([signed("mental-health")], Standing.ONE_SIGNATURE, id="the other one"),
        pytest.param(
            [signed("prescriber"), signed("prescriber", days=1)],
            Standing.ONE_SIGNATURE,
            id="one capacity twice is still one",
        ),
        pytest.param(BOTH, Standing.ELIGIBLE, id="both"),
        pytest.param(
            [*BOTH, signed("mental-health", "not-now", 1.5)], Standing.NOT_NOW, id="taken back"
        ),
        pytest.param([signed("prescriber", "not-now")], Standing.NOT_NOW, id="not now"),
        pytest.param(
            [signed("prescriber", "not-now", -1), *BOTH],
            Standing.ELIGIBLE,
            id="the newest counts",
        ),
    ],
)
def test_two_signatures_and_nothing_less(signatures, expected):
    assert standing(signatures) is expected


def test_a_decision_holds_ninety_days_from_its_first_signature():
    assert standing(BOTH, days=89.99) is Standing.ELIGIBLE
    assert standing(BOTH, days=90) is Standing.EXPIRED


def test_a_new_block_undoes_a_decision_and_a_caution_does_not():
    assert standing(BOTH, findings=[CAUTION]) is Standing.ELIGIBLE
    assert standing(BOTH, findings=[CAUTION, BLOCK]) is Standing.SOMETHING_NEW


def test_what_is_missing_is_named():
    judged = judge_signatures([], [], at=NINE, valid_for=VALID)
    assert "prescriber and a mental-health professional" in judged.sentence


GOOD = {
    "capacity": "prescriber",
    "says_eligible": True,
    "is_prescriber": True,
    "is_mental_health_professional": False,
    "reason": "",
    "findings": (CAUTION,),
}


def signing(**change) -> list[str]:
    facts = SignFacts(**{**GOOD, **change})
    return [finding.code for finding in check_signature(facts, load_baseline())]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, [], id="a prescriber as prescriber"),
        pytest.param({"capacity": "mental-health"}, ["not-your-capacity"], id="not trained"),
        pytest.param(
            {"capacity": "mental-health", "is_mental_health_professional": True},
            [],
            id="one who holds both signs both",
        ),
        pytest.param({"is_prescriber": False}, ["not-your-capacity"], id="a therapist"),
        pytest.param({"capacity": "nurse"}, ["not-your-capacity"], id="no such capacity"),
        pytest.param({"findings": (BLOCK,)}, ["C08"], id="something still stops"),
        pytest.param(
            {
                "says_eligible": False,
                "findings": (BLOCK,),
                "reason": "Mania first, then again.",
            },
            [],
            id="not now needs no clear table",
        ),
        pytest.param({"says_eligible": False}, ["reason-too-short"], id="not now needs a why"),
    ],
)
def test_who_may_sign_what(change, expected):
    assert signing(**change) == expected
