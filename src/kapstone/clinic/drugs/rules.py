"""What may be posted to the drug book. Plain facts in, findings out; every amount a Decimal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from kapstone.errors import Finding, InvalidInput, Weight

HUNDREDTH = Decimal("0.01")  # the book balances to this, in mg
NOTHING = Decimal(0)
MOST_MG = Decimal(100_000)  # a slip of the keys, not a container
LEAST_REASON = 10  # characters; judgement: shorter explains nothing


class Kind(StrEnum):
    """What an entry of the book says happened."""

    RECEIVED = "received"
    DRAWN = "drawn"
    GIVEN = "given"
    WASTED = "wasted"
    RETURNED = "returned"
    SENT = "sent"
    LOST = "lost"
    ADJUSTED = "adjusted"
    REVERSED = "reversed"


# Which way each kind moves what is in the container, and what is drawn up from it.
_FROM_CONTAINER: Mapping[Kind, tuple[int, int]] = MappingProxyType(
    {
        Kind.RECEIVED: (1, 0),
        Kind.DRAWN: (-1, 1),
        Kind.WASTED: (-1, 0),
        Kind.SENT: (-1, 0),
        Kind.LOST: (-1, 0),
        Kind.ADJUSTED: (1, 0),
    }
)
_FROM_DRAW: Mapping[Kind, tuple[int, int]] = MappingProxyType(
    {Kind.GIVEN: (0, -1), Kind.WASTED: (0, -1), Kind.RETURNED: (1, -1)}
)
TWO_PEOPLE = frozenset({Kind.WASTED, Kind.SENT, Kind.LOST, Kind.ADJUSTED, Kind.REVERSED})
WHILE_FROZEN = frozenset({Kind.ADJUSTED, Kind.LOST, Kind.REVERSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One entry as two changes: of the container, and of what is drawn up from it."""

    kind: Kind
    change_mg: Decimal
    draw_change_mg: Decimal = NOTHING

    def reverse(self) -> "Posting":
        """Give the entry that takes this one back."""
        return Posting(
            kind=Kind.REVERSED,
            change_mg=-self.change_mg,
            draw_change_mg=-self.draw_change_mg,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a container stands, and the draw that an entry is about, if it is about one."""

    balance_mg: Decimal
    expires_on: date
    is_held: bool = False
    is_recalled: bool = False  # what holds it is a recall, not a quarantine
    is_frozen: bool = False
    draw_left_mg: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Who writes, and who stands by as a witness: their ids, and whether the witness may."""

    by: int
    witness: int | None = None
    witness_may: bool = True


def exact(amount: Decimal, field: str = "amount_mg") -> Decimal:
    """
    Give an amount in hundredths of a milligram, without rounding anything away.

    Raises
    ------
    InvalidInput
        If it is not a number, not above zero, or finer than the book can hold.
    """
    if not amount.is_finite() or amount <= 0 or amount > MOST_MG:
        raise InvalidInput({field: "Give an amount above zero."})
    rounded = amount.quantize(HUNDREDTH)
    if rounded != amount:
        raise InvalidInput({field: "The book holds hundredths of a milligram, nothing finer."})
    return rounded


def posting(kind: Kind, amount_mg: Decimal, *, from_draw: bool = False) -> Posting:
    """
    Turn a deed and an amount into the two changes that it makes.

    Raises
    ------
    KeyError
        If the deed cannot be done from there, such as giving straight from a vial.
    """
    container, draw = (_FROM_DRAW if from_draw else _FROM_CONTAINER)[kind]
    return Posting(kind=kind, change_mg=container * amount_mg, draw_change_mg=draw * amount_mg)


def mg(amount: Decimal) -> str:
    """Say an amount as people write it: 40 mg, 0.5 mg."""
    text = f"{amount:.2f}".rstrip("0").rstrip(".")
    return f"{text} mg"


def _block(code: str, message: str) -> Finding:
    return Finding(code, Weight.BLOCK, message)


def check_posting(entry: Posting, standing: Standing, *, on: date) -> Iterator[Finding]:
    """
    Yield every reason against an entry: nothing from nowhere, nothing that must not be used.

    Parameters
    ----------
    entry : what would be written
    standing : the container and the draw as they stand now
    on : the day in the clinic's own zone on which it happened
    """
    if entry.kind == Kind.DRAWN:
        yield from _check_usable(standing, on)
    if standing.is_frozen and entry.change_mg and entry.kind not in WHILE_FROZEN:
        yield _block("frozen", "A count did not agree. Nothing leaves until that is resolved.")
    if standing.balance_mg + entry.change_mg < 0:
        yield _block("too-little", f"Only {mg(standing.balance_mg)} is left in it.")
    if standing.draw_left_mg is None:
        return
    if standing.draw_left_mg + entry.draw_change_mg < 0:
        yield _block(
            "more-than-drawn", f"Only {mg(standing.draw_left_mg)} of this draw is left."
        )


def _check_usable(standing: Standing, on: date) -> Iterator[Finding]:
    if on > standing.expires_on:
        words = f"It expired on {standing.expires_on:%d %b %Y}: nothing is drawn from it."
        yield _block("expired", words)
    if standing.is_held:
        why = "recalled" if standing.is_recalled else "in quarantine"
        yield _block("held", f"Its lot is {why}: nothing is drawn from it.")


def check_hands(kind: Kind, hands: Hands) -> Iterator[Finding]:
    """Yield the reasons why these people may not do this together."""
    if kind not in TWO_PEOPLE and hands.witness is None:
        return
    if hands.witness is None:
        yield _block("no-witness", "This needs a second person as a witness.")
    elif hands.witness == hands.by:
        yield _block("own-witness", "The witness must be somebody else.")
    elif not hands.witness_may:
        yield _block("not-a-witness", "A nurse or a prescriber of this clinic is the witness.")


def check_whole(amount_mg: Decimal, strength: Decimal, measure: str) -> Iterator[Finding]:
    """Yield a reason if a product that comes in pieces would be taken in part."""
    if amount_mg % strength:
        yield _block("in-part", f"It comes in whole pieces: {mg(strength)} a {measure}.")


def check_time(happened_at: datetime, at: datetime) -> Iterator[Finding]:
    """Yield a reason if something is said to have happened later than now."""
    if happened_at > at:
        yield _block("ahead", "That time lies ahead.")


def check_reason(reason: str) -> Iterator[Finding]:
    """Yield a reason if an explanation is too short to be one."""
    if len(reason.strip()) < LEAST_REASON:
        yield _block("no-reason", f"Say why, in at least {LEAST_REASON} characters.")


class Outcome(StrEnum):
    """How a difference was resolved."""

    RECOUNTED = "recounted"
    CORRECTED = "corrected"
    ADJUSTED = "adjusted"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A count that did not agree, and what is known by the time it is resolved."""

    counted_mg: Decimal
    balance_mg: Decimal
    counted_by: int
    counted_again_mg: Decimal | None = None  # by a later count, if there was one
    reported_on: date | None = None


def check_resolution(
    found: Difference, outcome: Outcome, hands: Hands, *, on: date
) -> Iterator[Finding]:
    """Yield the reasons why a difference cannot be closed in this way."""
    if hands.by == found.counted_by:
        yield _block("own-count", "Whoever counted does not resolve the difference.")
    if outcome == Outcome.RECOUNTED and found.counted_again_mg != found.balance_mg:
        yield _block("not-recounted", "Count again first: the second count must agree.")
    if outcome == Outcome.CORRECTED and found.counted_mg != found.balance_mg:
        yield _block("not-corrected", "Reverse the wrong entry first, until the book agrees.")
    if outcome == Outcome.ADJUSTED and found.counted_mg == found.balance_mg:
        yield _block("nothing-to-adjust", "The book already agrees with the count.")
    if outcome == Outcome.LOST:
        yield from _check_loss(found)
    if found.reported_on is not None and found.reported_on > on:
        yield _block("reported-ahead", "The date of the notice lies ahead.")


def _check_loss(found: Difference) -> Iterator[Finding]:
    if found.counted_mg >= found.balance_mg:
        yield _block("nothing-lost", "There is not less than the book says.")
    if found.reported_on is None:
        yield _block("not-reported", "A loss is reported: give the date of the notice.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came, as the label and the invoice say it."""

    product: str
    lot: str
    expires_on: date
    supplier: str
    received_at: datetime
    containers: int
    contents_mg: Decimal
    supplier_number: str = ""
    invoice: str = ""
    prescription: str = ""
    is_opening: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waste:
    """Why drug was wasted and how it was made unusable: codes, and words."""

    reason: str
    method: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """How a difference was explained."""

    outcome: Outcome
    explanation: str
    reported_on: date | None = None
