"""Going home: the eleven criteria, how each is decided, and what is said at the door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kapstone.catalogue.basis import Basis, Figure, deciding
from kapstone.catalogue.gate_sheet import Decided
from kapstone.catalogue.reader import PatientText
from kapstone.catalogue.rows import find, refuse_repeats
from kapstone.catalogue.shelf import Sheet, take


@dataclass(frozen=True, slots=True, kw_only=True)
class DischargeLimits:
    """The numbers of the criteria."""

    systolic_below: Figure
    diastolic_below: Figure
    near_baseline_mmhg: Figure
    near_baseline_percent: Figure
    heart_rate_from: Figure
    heart_rate_to: Figure
    spo2_from: Figure
    sets_needed: Figure
    sets_apart_minutes: Figure
    alertness: Figure
    rass_from: Figure
    rass_to: Figure
    nausea_to: Figure
    perception_to: Figure
    cadss6_to: Figure
    call_within_hours: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One thing that must hold before someone goes home."""

    code: str
    title: str
    ask: str
    met: str
    unmet: str
    decided: Decided
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One written instruction for the patient."""

    code: str
    words: PatientText
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachBack:
    """One question the patient answers in their own words."""

    code: str
    words: PatientText
    answer: PatientText


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingPath:
    """What to do when someone cannot, or will not, wait for every criterion."""

    code: str
    name: str
    words: str
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discharge(Sheet):
    """One version of the criteria for going home."""

    KIND: ClassVar[str] = "discharge"

    stay_minutes: Figure
    stay_words: str
    score_note: str
    limits: DischargeLimits
    criteria: tuple[Criterion, ...]
    instructions: tuple[Instruction, ...]
    teach_back: tuple[TeachBack, ...]
    paths: tuple[LeavingPath, ...]

    def __post_init__(self) -> None:
        refuse_repeats((criterion.code for criterion in self.criteria), "criteria")
        refuse_repeats((instruction.code for instruction in self.instructions), "instructions")

    def criterion(self, code: str) -> Criterion:
        """
        Find a criterion.

        Raises
        ------
        CatalogueError : there is no such criterion
        """
        return find(self.criteria, code, "criterion")


def load_discharge(version: int | None = None) -> Discharge:
    """Read the criteria for going home; without a version, the newest."""
    return take(Discharge, "standard", version)
