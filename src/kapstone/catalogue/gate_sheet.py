"""What a gate file says: the checks before a dose, their limits, and the reasons for no."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from kapstone.catalogue.basis import Basis, Figure, deciding
from kapstone.catalogue.rows import find, refuse_repeats
from kapstone.catalogue.shelf import Sheet
from kapstone.errors import CatalogueError


class GateState(StrEnum):
    """Where one check stands. ``open`` means that something is still to be done."""

    GO = "go"
    OPEN = "open"
    AMBER = "amber"
    RED = "red"
    HARD = "hard"

    @property
    def lifted_by_prescriber(self) -> bool:
        """Whether the prescriber may go on all the same: amber seen, red with a reason."""
        return self in (GateState.AMBER, GateState.RED)


class Decided(StrEnum):
    """How a check gets its answer."""

    COMPUTED = "computed"
    ANSWERED = "answered"
    OBSERVED = "observed"


class GateLift(StrEnum):
    """Who may lift a check."""

    NOBODY = "nobody"
    PRESCRIBER = "prescriber"
    CRISIS_PATH = "crisis-path"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check, in words that a nurse can act on."""

    code: str
    title: str
    ask: str
    go: str
    hold: str
    decided: Decided
    hard: bool
    lift_by: GateLift
    basis: tuple[Basis, ...]
    lift_words: str = ""

    def __post_init__(self) -> None:
        deciding(self.basis)
        if self.hard and self.lift_by is GateLift.PRESCRIBER:
            raise CatalogueError(f"{self.code}: a hard check cannot be lifted")


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureWords:
    """Sentences of the blood pressure rule."""

    first: str
    again: str
    too_soon: str
    rest: str
    go: str
    amber: str
    red: str
    hard: str
    low: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureLimits:
    """The blood pressure rule: limits in mmHg, and how far a clinic may move them."""

    go_systolic: Figure
    go_diastolic: Figure
    red_systolic: Figure
    red_diastolic: Figure
    hard_systolic: Figure
    hard_diastolic: Figure
    low_systolic: Figure
    low_diastolic: Figure
    readings_needed: Figure
    amber_readings: Figure
    apart_minutes: Figure
    red_systolic_from: Figure
    red_systolic_to: Figure
    red_diastolic_from: Figure
    red_diastolic_to: Figure
    hard_systolic_to: Figure
    hard_diastolic_to: Figure
    disagreement: str
    words: PressureWords


@dataclass(frozen=True, slots=True, kw_only=True)
class SignRange:
    """One range of a sign: from this value up to, not including, ``below``."""

    state: GateState
    at_least: float
    below: float
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSign:
    """A vital sign other than blood pressure, with ranges that cover every value once."""

    code: str
    name: str
    unit: str
    basis: tuple[Basis, ...]
    ranges: tuple[SignRange, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)
        edges = [self.ranges[0].at_least, *(entry.below for entry in self.ranges)]
        starts = [entry.at_least for entry in self.ranges]
        if edges[0] != 0 or starts != edges[:-1] or edges != sorted(set(edges)):
            raise CatalogueError(f"{self.code}: ranges must cover every value once, from 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fasting:
    """How long to fast before a dose by these routes."""

    routes: tuple[str, ...]
    solids_minutes: int
    clear_fluids_minutes: int
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """One line of the daily list of people and equipment."""

    code: str
    name: str
    basis: tuple[Basis, ...]
    parenteral_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOutcome:
    """What may come of the gate."""

    code: str
    name: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason for 'not today'."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(Sheet):
    """One version of the gate."""

    KIND: ClassVar[str] = "gate"

    eligibility_days: Figure
    weight_days: Figure
    checks: tuple[Check, ...]
    pressure: PressureLimits
    signs: tuple[GateSign, ...]
    fasting: tuple[Fasting, ...]
    equipment: tuple[Equipment, ...]
    outcomes: tuple[GateOutcome, ...]
    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        refuse_repeats((check.code for check in self.checks), "checks")
        refuse_repeats((sign.code for sign in self.signs), "signs")
        refuse_repeats((line.code for line in self.equipment), "equipment")
        refuse_repeats((reason.code for reason in self.reasons), "reasons")
        refuse_repeats((route for rule in self.fasting for route in rule.routes), "fasting")

    def check(self, code: str) -> Check:
        """
        Find a check.

        Raises
        ------
        CatalogueError : there is no such check
        """
        return find(self.checks, code, "check")

    def equipment_for(self, *, parenteral: bool) -> tuple[Equipment, ...]:
        """Give the list for a room, with or without the lines for injections."""
        return tuple(line for line in self.equipment if parenteral or not line.parenteral_only)

    def fasting_for(self, route: str) -> Fasting:
        """
        Give the fasting rule of a route.

        Raises
        ------
        CatalogueError : the gate has none for it
        """
        for rule in self.fasting:
            if route in rule.routes:
                return rule
        raise CatalogueError(f"no fasting rule for route {route}")
