"""Help now: three levels of care, a plan, two steady minutes, and numbers by region."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from kapstone.catalogue.basis import Basis, deciding
from kapstone.catalogue.reader import BlankText, PatientText
from kapstone.catalogue.rows import find, refuse_repeats
from kapstone.catalogue.shelf import Sheet, take


class Uses(StrEnum):
    """What the button of a level opens."""

    EMERGENCY = "emergency"
    CRISIS = "crisis"
    CLINIC = "clinic"
    PLAN = "plan"
    STEADY = "steady"


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpLevel:
    """One card, the gravest first. ``action`` has the number to fill in."""

    code: str
    title: PatientText
    action: PatientText
    uses: Uses
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Starting numbers of a region. A clinic sets its own, and tests them each month."""

    code: str
    name: str
    emergency_number: str
    crisis_name: BlankText
    crisis_call: BlankText
    crisis_text: BlankText
    crisis_text_words: BlankText
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)

    @property
    def has_crisis_line(self) -> bool:
        """Whether a crisis line is known; without one the clinic must name its own."""
        return bool(self.crisis_call)


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpNow(Sheet):
    """One version of the page."""

    KIND: ClassVar[str] = "help"

    heading: PatientText
    opening: PatientText
    not_watched: PatientText
    opening_is_private: PatientText
    steady: tuple[PatientText, ...]
    levels: tuple[HelpLevel, ...]
    regions: tuple[Region, ...]

    def __post_init__(self) -> None:
        refuse_repeats((level.code for level in self.levels), "levels")
        refuse_repeats((region.code for region in self.regions), "regions")

    def region(self, code: str) -> Region:
        """Find a region; CatalogueError where there is none."""
        return find(self.regions, code, "region")


def load_help(version: int | None = None) -> HelpNow:
    """Read the page; without a version, the newest."""
    return take(HelpNow, "now", version)
