"""An order in figures: milligrams beside milligrams per kilogram, the weight and its age."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from kapstone.catalogue.orders import load_order_checks
from kapstone.clinic.dosing.check_lists import PARENTERAL
from kapstone.clinic.dosing.models import DoseOrder
from kapstone.clinic.dosing.plausible import volumes


class Amounts(Protocol):
    """What an order says in numbers, signed or only wanted."""

    @property
    def route(self) -> str:
        """Give the code of the route."""

    @property
    def amount_mg(self) -> Decimal:
        """Give the dose."""

    @property
    def max_session_mg(self) -> Decimal:
        """Give the most for the session."""

    @property
    def weight_kg(self) -> Decimal:
        """Give the weight."""

    @property
    def weighed_at(self) -> datetime:
        """Give when it was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """What follows from an order by arithmetic alone."""

    amount_mg: Decimal
    mg_per_kg: Decimal
    max_session_mg: Decimal
    max_mg_per_kg: Decimal
    weight_kg: Decimal
    weight_days: int
    volumes: tuple[tuple[float, float], ...]  # strength and millilitres, for an injection


def reckon(order: Amounts, at: datetime) -> Reckoned:
    """Work an order out: for each kilogram, and in millilitres at the strengths known."""
    needs_volume = order.route in PARENTERAL
    return Reckoned(
        amount_mg=order.amount_mg,
        mg_per_kg=order.amount_mg / order.weight_kg,
        max_session_mg=order.max_session_mg,
        max_mg_per_kg=order.max_session_mg / order.weight_kg,
        weight_kg=order.weight_kg,
        weight_days=max(0, (at - order.weighed_at) // timedelta(days=1)),
        volumes=volumes(order.amount_mg, load_order_checks()) if needs_volume else (),
    )


def passed_words(order: DoseOrder) -> tuple[str, ...]:
    """Say which cautions an order passed; a guard rail of a route is named by its code."""
    words = {one.code: one.words for one in load_order_checks().cautions}
    return tuple(words.get(code, code) for code in order.passed)


def giver_words(order: DoseOrder) -> str:
    """Say who may give it."""
    words = {one.code: one.words for one in load_order_checks().givers}
    return words.get(order.may_give, "A nurse or a prescriber")


def rationale_words(order: DoseOrder) -> str:
    """Say why this amount, in the words of the catalogue."""
    words = {one.code: one.words for one in load_order_checks().rationales}
    return words.get(order.rationale, order.rationale)
