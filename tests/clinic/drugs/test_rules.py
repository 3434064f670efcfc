"""The rules of the drug book, one case a line."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.builders import NINE

from kapstone.clinic.drugs.rules import (
    Difference,
    Hands,
    Kind,
    Outcome,
    Posting,
    Standing,
    check_hands,
    check_posting,
    check_reason,
    check_resolution,
    check_time,
    check_whole,
    exact,
    mg,
    posting,
)
from kapstone.errors import InvalidInput

TODAY = date(2026, 3, 2)


def codes(findings):
    return [finding.code for finding in findings]


def standing(**change):
    given = {"balance_mg": Decimal(100), "expires_on": TODAY}
    return Standing(**{**given, **change})


@pytest.mark.parametrize(
    ("kind", "from_draw", "container", "draw"),
    [
        (Kind.RECEIVED, False, 10, 0),
        (Kind.DRAWN, False, -10, 10),
        (Kind.WASTED, False, -10, 0),
        (Kind.SENT, False, -10, 0),
        (Kind.LOST, False, -10, 0),
        (Kind.ADJUSTED, False, 10, 0),
        (Kind.GIVEN, True, 0, -10),
        (Kind.WASTED, True, 0, -10),
        (Kind.RETURNED, True, 10, -10),
    ],
)
def test_each_deed_moves_two_balances(kind, from_draw, container, draw):
    made = posting(kind, Decimal(10), from_draw=from_draw)
    assert (made.change_mg, made.draw_change_mg) == (container, draw)
    back = made.reverse()
    assert (back.change_mg, back.draw_change_mg) == (-container, -draw)


@pytest.mark.parametrize(
    ("kind", "from_draw"), [(Kind.GIVEN, False), (Kind.SENT, True), (Kind.REVERSED, False)]
)
def test_a_deed_that_cannot_be_done_from_there(kind, from_draw):
    with pytest.raises(KeyError):
        posting(kind, Decimal(1), from_draw=from_draw)


@pytest.mark.parametrize(
    ("entry", "change", "found"),
    [
        (posting(Kind.DRAWN, Decimal(100)), {}, []),
        (posting(Kind.DRAWN, Decimal("100.01")), {}, ["too-little"]),
        (posting(Kind.DRAWN, Decimal(1)), {"is_held": True}, ["held"]),
        (posting(Kind.DRAWN, Decimal(1)), {"is_frozen": True}, ["frozen"]),
        (
            posting(Kind.DRAWN, Decimal(1)),
            {"expires_on": TODAY - timedelta(days=1)},
            ["expired"],
        ),
        (posting(Kind.WASTED, Decimal(1)), {"is_held": True}, []),
        (posting(Kind.SENT, Decimal(1)), {"expires_on": TODAY - timedelta(days=9)}, []),
        (posting(Kind.WASTED, Decimal(1)), {"is_frozen": True}, ["frozen"]),
        (
            posting(Kind.GIVEN, Decimal(6), from_draw=True),
            {"is_frozen": True, "draw_left_mg": Decimal(6)},
            [],
        ),
        (
            posting(Kind.GIVEN, Decimal("6.01"), from_draw=True),
            {"draw_left_mg": Decimal(6)},
            ["more-than-drawn"],
        ),
        (
            posting(Kind.RETURNED, Decimal(5), from_draw=True),
            {"is_frozen": True, "draw_left_mg": Decimal(6)},
            ["frozen"],
        ),
        (
            Posting(kind=Kind.REVERSED, change_mg=Decimal(5)),
            {"is_frozen": True},
            [],
        ),
        (
            Posting(kind=Kind.REVERSED, change_mg=Decimal(-500)),
            {"is_frozen": True},
            ["too-little"],
        ),
    ],
)
def test_what_may_be_posted(entry, change, found):
    assert codes(check_posting(entry, standing(**change), on=TODAY)) == found


@pytest.mark.parametrize(
    ("kind", "hands", "found"),
    [
        (Kind.GIVEN, Hands(by=1), []),
        (Kind.GIVEN, Hands(by=1, witness=1), ["own-witness"]),
        (Kind.WASTED, Hands(by=1), ["no-witness"]),
        (Kind.WASTED, Hands(by=1, witness=1), ["own-witness"]),
        (Kind.WASTED, Hands(by=1, witness=2, witness_may=False), ["not-a-witness"]),
        (Kind.WASTED, Hands(by=1, witness=2), []),
    ],
)
def test_who_may_do_it_together(kind, hands, found):
    assert codes(check_hands(kind, hands)) == found


@pytest.mark.parametrize(
    ("change", "outcome", "by", "found"),
    [
        ({}, Outcome.ADJUSTED, 1, []),
        ({}, Outcome.ADJUSTED, 3, ["own-count"]),
        ({"counted_mg": Decimal(100)}, Outcome.ADJUSTED, 1, ["nothing-to-adjust"]),
        ({}, Outcome.RECOUNTED, 1, ["not-recounted"]),
        ({"counted_again_mg": Decimal(100)}, Outcome.RECOUNTED, 1, []),
        ({"counted_again_mg": Decimal(90)}, Outcome.RECOUNTED, 1, ["not-recounted"]),
        ({}, Outcome.CORRECTED, 1, ["not-corrected"]),
        ({"counted_mg": Decimal(100)}, Outcome.CORRECTED, 1, []),
        ({}, Outcome.LOST, 1, ["not-reported"]),
        ({"reported_on": TODAY}, Outcome.LOST, 1, []),
        ({"reported_on": TODAY + timedelta(days=1)}, Outcome.LOST, 1, ["reported-ahead"]),
        (
            {"counted_mg": Decimal(110), "reported_on": TODAY},
            Outcome.LOST,
            1,
            ["nothing-lost"],
        ),
    ],
)
def test_how_a_difference_may_end(change, outcome, by, found):
    given = {"counted_mg": Decimal(90), "balance_mg": Decimal(100), "counted_by": 3}
    difference = Difference(**{**given, **change})
    assert codes(check_resolution(difference, outcome, Hands(by=by, witness=2), on=TODAY)) == (
        found
    )


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "Infinity", "100000.01"])
def test_an_amount_that_the_book_cannot_hold(amount):
    with pytest.raises(InvalidInput):
        exact(Decimal(amount))


def test_small_rules():
    assert codes(check_time(NINE + timedelta(seconds=1), NINE)) == ["ahead"]
    assert codes(check_time(NINE, NINE)) == []
    assert codes(check_reason("too short")) == ["no-reason"]
    assert codes(check_reason("long enough")) == []
    assert codes(check_whole(Decimal(150), Decimal(100), "lozenge")) == ["in-part"]
    assert codes(check_whole(Decimal(200), Decimal(100), "lozenge")) == []
    assert exact(Decimal("1.5")) == Decimal("1.50")


@pytest.mark.parametrize(
    ("amount", "said"), [("40", "40 mg"), ("0.5", "0.5 mg"), ("439.45", "439.45 mg")]
)
def test_an_amount_in_words(amount, said):
    assert mg(Decimal(amount)) == said
