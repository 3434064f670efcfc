"""Ways of working in the days after a dose, what each records, and the timed menu."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from kapstone.catalogue.basis import Basis, Figure, deciding
from kapstone.catalogue.reader import PatientText
from kapstone.catalogue.rows import find, refuse_repeats, refuse_unknown
from kapstone.catalogue.shelf import Sheet, latest, take
from kapstone.errors import CatalogueError


class WindowPhase(StrEnum):
    """The phases of the window as a patient lives them."""

    BEFORE = "before"
    RESTING = "resting"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    BETWEEN = "between"


class FieldKind(StrEnum):
    """What a field of the record holds."""

    TEXT = "text"
    LIST = "list"
    CHOICE = "choice"
    SCALE = "scale"
    NUMBER = "number"
    YES_NO = "yes-no"


class Applies(StrEnum):
    """When a caution speaks."""

    ALWAYS = "always"
    DOSING_DAY = "dosing-day"
    SCREENING = "screening"  # when one of its screening rules is not clear
    PHASE = "phase"
    FIELD_ABOVE = "field-above"
    FIELD_BELOW = "field-below"
    TOUCH = "touch"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldOption:
    """One answer of a choice."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModalityField:
    """One line of the structured record."""

    code: str
    label: str
    kind: FieldKind
    low: float = 0
    high: float = 0
    options: tuple[FieldOption, ...] = ()
    required: bool = True

    def __post_init__(self) -> None:
        if (self.kind in (FieldKind.SCALE, FieldKind.NUMBER)) != (self.high > self.low):
            raise CatalogueError(f"{self.code}: a range belongs to a scale or a number")
        if (self.kind is FieldKind.CHOICE) != bool(self.options):
            raise CatalogueError(f"{self.code}: options belong to a choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """
    One caution: when it speaks, what it says.

    ``rules`` are codes of screening rules. With ``field`` and ``value`` it speaks only where
    the record holds that value; with ``limit`` only past it, not where ``unless`` is filled.
    """

    code: str
    applies: Applies
    sentence: str
    basis: tuple[Basis, ...]
    rules: tuple[str, ...] = ()
    phases: tuple[WindowPhase, ...] = ()
    field: str = ""
    value: str = ""
    limit: float | None = None
    unless: str = ""

    def __post_init__(self) -> None:
        deciding(self.basis)
        limited = self.applies in (Applies.FIELD_ABOVE, Applies.FIELD_BELOW)
        if limited != (self.limit is not None):
            raise CatalogueError(f"{self.code}: a limit belongs to field-above or field-below")
        if (self.applies is Applies.SCREENING) != bool(self.rules):
            raise CatalogueError(f"{self.code}: rules belong to screening")
        if (self.applies is Applies.PHASE) != bool(self.phases):
            raise CatalogueError(f"{self.code}: phases belong to phase")


@dataclass(frozen=True, slots=True, kw_only=True)
class Modality(Sheet):
    """One way of working."""

    KIND: ClassVar[str] = "modalities"

    name: str
    icon: str
    purpose: str
    for_patient: PatientText
    demanding: bool
    exploratory: bool
    best_phases: tuple[WindowPhase, ...]
    evidence_words: str
    basis: tuple[Basis, ...]
    fields: tuple[ModalityField, ...]
    cautions: tuple[Caution, ...] = ()

    def __post_init__(self) -> None:
        deciding(self.basis)
        refuse_repeats((field.code for field in self.fields), "fields")
        refuse_repeats((caution.code for caution in self.cautions), "cautions")
        named = [c.field for c in self.cautions if c.field]
        named += [c.unless for c in self.cautions if c.unless]
        refuse_unknown(named, (field.code for field in self.fields), "cautions")


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuPhase:
    """What helps, what may be done and what to avoid in one span after a dose."""

    code: str
    name: str
    window_phase: WindowPhase
    from_hours: float
    until_hours: float
    purpose: str
    recommended: tuple[str, ...]
    allowed: tuple[str, ...]
    avoid: tuple[str, ...]
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)
        if self.until_hours <= self.from_hours:
            raise CatalogueError(f"{self.code}: until_hours must come after from_hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(Sheet):
    """The timed menu, and the rules for placing work in it."""

    KIND: ClassVar[str] = "menus"

    rules_note: str
    quiet_hours: Figure
    first_contact_by_hours: Figure
    hours_before_next_dose: Figure
    demanding_most: Figure
    visit_minutes_from: Figure
    visit_minutes_to: Figure
    phases: tuple[MenuPhase, ...]

    def __post_init__(self) -> None:
        refuse_repeats((phase.code for phase in self.phases), "phases")

    def at(self, hours: float) -> tuple[MenuPhase, ...]:
        """Give the phases that hold at this many hours after a dose; two may overlap."""
        return tuple(p for p in self.phases if p.from_hours <= hours < p.until_hours)

    def phase(self, code: str) -> MenuPhase:
        """Find a phase of the menu; CatalogueError where there is none."""
        return find(self.phases, code, "menu phase")


def load_modality(code: str, version: int | None = None) -> Modality:
    """Read one modality; without a version, the newest."""
    return take(Modality, code, version)


def modalities() -> Mapping[str, Modality]:
    """Give the newest version of every modality, keyed by code."""
    return latest(Modality)


def load_menu(version: int | None = None) -> Menu:
    """Read the timed menu; without a version, the newest."""
    return take(Menu, "window", version)
