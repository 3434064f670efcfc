"""The headings of a patient's own plan for hard hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kapstone.catalogue.basis import Basis, deciding
from kapstone.catalogue.reader import PatientText
from kapstone.catalogue.rows import refuse_repeats
from kapstone.catalogue.shelf import Sheet, take


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """One heading, and a hint of what belongs under it."""

    code: str
    name: PatientText
    hint: PatientText


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyPlanSheet(Sheet):
    """One version of the headings. Our own words: not the form of any published plan."""

    KIND: ClassVar[str] = "safety-plans"

    headings: tuple[Heading, ...]
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        refuse_repeats((heading.code for heading in self.headings), "headings")
        deciding(self.basis)


def safety_plan_sheet(version: int | None = None) -> SafetyPlanSheet:
    """Read the headings; without a version, the newest."""
    return take(SafetyPlanSheet, "own", version)
