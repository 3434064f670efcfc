"""Medicines and substances that meet ketamine: what is known, and what to ask on the day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from kapstone.catalogue.basis import Basis, deciding
from kapstone.catalogue.reader import OptionalPatientText
from kapstone.catalogue.rows import refuse_repeats
from kapstone.catalogue.shelf import Sheet, take


class InteractionClass(StrEnum):
    """What an interaction does, the gravest first."""

    HOLD = "HOLD"
    REVIEW = "REVIEW"
    NOTE = "NOTE"
    NONE = "NONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByRoute:
    """Another class for some routes."""

    routes: tuple[str, ...]
    rule_class: InteractionClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One class of medicines or substances."""

    code: str
    name: str
    drugs: tuple[str, ...]
    effect: str
    rule_class: InteractionClass
    evidence: str
    day_question: OptionalPatientText
    basis: tuple[Basis, ...]
    by_route: tuple[ByRoute, ...] = ()
    class_words: str = ""
    advice: OptionalPatientText = ""

    def __post_init__(self) -> None:
        deciding(self.basis)

    def class_for(self, route: str) -> InteractionClass:
        """Give the class on this route."""
        for other in self.by_route:
            if route in other.routes:
                return other.rule_class
        return self.rule_class


@dataclass(frozen=True, slots=True, kw_only=True)
class Interactions(Sheet):
    """One version of the interaction table."""

    KIND: ClassVar[str] = "interactions"

    rows: tuple[Interaction, ...]

    def __post_init__(self) -> None:
        refuse_repeats((row.code for row in self.rows), "rows")
        refuse_repeats((drug for row in self.rows for drug in row.drugs), "drugs")


def load_interactions(version: int | None = None) -> Interactions:
    """Read the interaction table; without a version, the newest."""
    return take(Interactions, "core", version)


def interactions_with(table: Interactions, medicines: Iterable[str]) -> tuple[Interaction, ...]:
    """
    Find the rows that a medicine list touches, by whole words, in the table's order.

    A list that is not recognised proves nothing: names are matched only as written here.
    """
    texts = [medicine.casefold() for medicine in medicines]
    return tuple(
        row
        for row in table.rows
        if any(
            re.search(rf"(?<!\w){re.escape(drug)}(?!\w)", text)
            for drug in row.drugs
            for text in texts
        )
    )
