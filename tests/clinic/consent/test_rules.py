"""When a consent is in force, and when it may be signed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kapstone.catalogue.consent import load_consent
from kapstone.clinic.consent.rules import (
    InForceFacts,
    SigningFacts,
    check_choice,
    check_in_force,
    check_signing,
    is_agreed,
    withdrawn_choice,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
FORM = load_consent()
GOOD = InForceFacts(
    at=NOW,
    signed_at=NOW - 10 * DAY,
    valid_for=365 * DAY,
    required=("K01", "K02"),
    agreed=("K01", "K02"),
)
READY = SigningFacts(
    at=NOW,
    explained_at=NOW - DAY,
    has_capacity=True,
    talk_counts_for=14 * DAY,
    required=("K01", "K02"),
    chosen={"K01": True, "K02": True, "K13": "none"},
    to_choose=("K01", "K02", "K13"),
    checks_open=(),
    hours_after_dose=24,
    signed_name="Test Patient",
    read_the_current_text=True,
    last_dose_at=None,
)


def test_good_facts_have_no_finding():
    assert list(check_in_force(GOOD)) == []
    assert list(check_signing(READY)) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"signed_at": None}, "no-consent", id="never signed"),
        pytest.param({"all_withdrawn": True}, "consent-withdrawn", id="withdrawn"),
        pytest.param(
            {"withdrawn": ("K02",)}, "element-withdrawn", id="a needed page taken back"
        ),
        pytest.param({"signed_at": NOW - 366 * DAY}, "consent-too-old", id="over a year"),
        pytest.param({"agreed": ("K01",)}, "consent-incomplete", id="a page not agreed"),
        pytest.param({"changed": ("K02",)}, "consent-outdated", id="new words"),
        pytest.param({"asked_again": ("Pregnancy",)}, "consent-needed-again", id="a trigger"),
    ],
)
def test_one_wrong_fact_takes_consent_out_of_force(change, code):
    assert [one.code for one in check_in_force(replace(GOOD, **change))] == [code]


def test_a_year_to_the_day_is_still_in_force():
    assert not list(check_in_force(replace(GOOD, signed_at=NOW - 365 * DAY)))


def test_a_page_that_treatment_can_do_without_may_be_taken_back():
    assert not list(check_in_force(replace(GOOD, withdrawn=("K19",))))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"explained_at": None}, "not-explained", id="nobody explained it"),
        pytest.param({"explained_at": NOW - 15 * DAY}, "not-explained", id="long ago"),
        pytest.param({"has_capacity": False}, "no-capacity", id="cannot decide now"),
        pytest.param(
            {"last_dose_at": NOW - timedelta(hours=23)}, "too-soon-after-dose", id="a dose"
        ),
        pytest.param({"read_the_current_text": False}, "text-changed", id="another text"),
        pytest.param(
            {"chosen": {"K01": True, "K02": False, "K13": "none"}}, "not-agreed", id="said no"
        ),
        pytest.param({"chosen": {"K01": True, "K02": True}}, "pages-open", id="a page open"),
        pytest.param({"checks_open": ("K03.check",)}, "checks-open", id="a question open"),
        pytest.param({"signed_name": " "}, "no-name", id="no name"),
    ],
)
def test_one_wrong_fact_is_one_reason_against_signing(change, code):
    assert [one.code for one in check_signing(replace(READY, **change))] == [code]


def test_a_day_after_the_dose_signing_is_open():
    assert not list(check_signing(replace(READY, last_dose_at=NOW - timedelta(hours=24))))


@pytest.mark.parametrize(
    ("code", "choice", "fits"),
    [
        ("K01", True, True),
        ("K01", "yes", False),
        ("K13", "hand", True),
        ("K13", True, False),
        ("K13", "hug", False),
        ("K15", [], True),
        ("K15", ["supervision"], True),
        ("K15", ["the-news"], False),
        ("K14", {"music": "Quiet"}, True),
        ("K14", {"music": "Loud"}, False),
        ("K14", True, False),
    ],
)
def test_a_page_allows_what_it_offers_and_nothing_else(code, choice, fits):
    assert (check_choice(FORM, FORM.element(code), choice) == "") is fits


def test_what_is_taken_back_stands_at_its_least():
    for element in FORM.elements:
        least = withdrawn_choice(element)
        assert check_choice(FORM, element, least) == ""
        assert not is_agreed(element, least)


def test_no_touch_is_the_first_choice_of_touch():
    assert FORM.touch_levels[0].code == "none"
