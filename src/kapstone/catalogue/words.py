"""What the patient app says: the words of each phase, journal prompts, the weathers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kapstone.catalogue.modalities import WindowPhase
from kapstone.catalogue.reader import OptionalPatientText, PatientText
from kapstone.catalogue.rows import find, refuse_repeats
from kapstone.catalogue.shelf import Sheet, take
from kapstone.errors import CatalogueError


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseWords:
    """The words of one phase of the window."""

    code: WindowPhase
    name: PatientText
    hours_words: str  # for staff: a patient reads a part of a day, never hours
    headline: PatientText
    lead: PatientText
    helps: tuple[PatientText, ...]
    later: tuple[PatientText, ...]
    prompts: tuple[PatientText, ...]
    lead_until: OptionalPatientText = ""  # where the end is known, with {until} filled in


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherWords:
    """One of the four weathers: energy more or less, pleasant or not."""

    code: str
    name: PatientText
    icon: str
    like: PatientText
    energy: str
    pleasant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientWords(Sheet):
    """One version of the words."""

    KIND: ClassVar[str] = "words"

    not_measured: PatientText
    how_we_know: PatientText
    not_computed: PatientText
    phases: tuple[PhaseWords, ...]
    weathers: tuple[WeatherWords, ...]

    def __post_init__(self) -> None:
        refuse_repeats((weather.code for weather in self.weathers), "weathers")
        if [phase.code for phase in self.phases] != list(WindowPhase):
            raise CatalogueError("phases: give each phase once, in order")
        if not all(phase.prompts for phase in self.phases):
            raise CatalogueError("phases: each needs a prompt for the journal")

    def phase(self, code: WindowPhase) -> PhaseWords:
        """Give the words of a phase."""
        return find(self.phases, code, "phase")

    def prompt(self, code: WindowPhase, turn: int) -> str:
        """Give one journal prompt of a phase; each turn gives the next."""
        prompts = self.phase(code).prompts
        return prompts[turn % len(prompts)]


def load_words(version: int | None = None) -> PatientWords:
    """Read the words; without a version, the newest."""
    return take(PatientWords, "patient", version)
