"""What must be on file, and how fresh, before anyone can be found eligible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from kapstone.catalogue.basis import Basis, Figure, deciding
from kapstone.catalogue.rows import refuse_repeats
from kapstone.catalogue.shelf import Sheet, take


class DoneBy(StrEnum):
    """Who answers for an item."""

    PRESCRIBER = "prescriber"
    MENTAL_HEALTH = "mental-health"
    NURSE = "nurse"


class Need(StrEnum):
    """Whether eligibility waits for an item."""

    REQUIRED = "required"
    IF_HEART_OR_AGE = "if-heart-or-age"
    RECOMMENDED = "recommended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to have on file."""

    code: str
    name: str
    what: str
    done_by: DoneBy
    need: Need
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One questionnaire to have answered."""

    instrument: str
    need: Need
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline(Sheet):
    """One version of what must be on file."""

    KIND: ClassVar[str] = "baseline"

    fresh_days: Figure
    vitals_fresh_days: Figure
    lift_min_characters: Figure
    ecg_from_age: Figure
    items: tuple[Item, ...]
    measures: tuple[Measure, ...]

    def __post_init__(self) -> None:
        refuse_repeats((item.code for item in self.items), "items")
        refuse_repeats((measure.instrument for measure in self.measures), "measures")

    @property
    def fresh_for(self) -> timedelta:
        """Give how old a fact may be when eligibility is signed."""
        return timedelta(days=self.fresh_days.value)

    @property
    def vitals_fresh_for(self) -> timedelta:
        """Give how old a blood pressure or a weight may be when eligibility is signed."""
        return timedelta(days=self.vitals_fresh_days.value)


def load_baseline(version: int | None = None) -> Baseline:
    """Read what must be on file; without a version, the newest."""
    return take(Baseline, "core", version)
