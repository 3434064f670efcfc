"""The session room's vocabulary: chips, reasons, adverse events, rescue, emergency steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kapstone.catalogue.basis import Basis, Figure, deciding
from kapstone.catalogue.reader import BlankText
from kapstone.catalogue.rows import find, refuse_repeats
from kapstone.catalogue.shelf import Sheet, take
from kapstone.errors import CatalogueError


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One large chip of the Event tab; ``graded`` ones take 0 to 3."""

    code: str
    name: str
    icon: str
    graded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A code and its name: one line of a pick-list."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEvent:
    """One term of the vocabulary; ``look_at_once`` goes to the medical lead by itself."""

    code: str
    name: str
    group: str
    ctcae_term: BlankText
    look_at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """One step of severity."""

    value: int
    name: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueMedicine:
    """One medicine of the pick-list. It never carries a dose."""

    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRate:
    """A published rate of adverse events, as context."""

    what: str
    rate: str
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room(Sheet):
    """One version of the vocabulary."""

    KIND: ClassVar[str] = "session"

    rescue_note: str
    adverse_note: str
    review_grade_from: Figure
    review_within_hours: Figure
    events: tuple[Chip, ...]
    no_value: tuple[Named, ...]
    replies: tuple[Named, ...]
    corrections: tuple[Named, ...]
    adverse_events: tuple[AdverseEvent, ...]
    grades: tuple[Grade, ...]
    serious: tuple[Named, ...]
    relatedness: tuple[Named, ...]
    actions: tuple[Named, ...]
    event_outcomes: tuple[Named, ...]
    rescue: tuple[RescueMedicine, ...]
    emergency_steps: tuple[Named, ...]
    distress_steps: tuple[Named, ...]
    published: tuple[PublishedRate, ...]

    def __post_init__(self) -> None:
        refuse_repeats((event.code for event in self.events), "events")
        refuse_repeats((event.code for event in self.adverse_events), "adverse_events")
        refuse_repeats((medicine.code for medicine in self.rescue), "rescue")
        refuse_repeats((step.code for step in self.emergency_steps), "emergency_steps")
        if [grade.value for grade in self.grades] != [1, 2, 3, 4, 5]:
            raise CatalogueError("grades must run from 1 to 5")

    def adverse_event(self, code: str) -> AdverseEvent:
        """Find an adverse event; CatalogueError where there is none."""
        return find(self.adverse_events, code, "adverse event")

    def needs_review(self, *, grade: int, is_serious: bool) -> bool:
        """Whether an adverse event goes to the medical director's queue."""
        return is_serious or grade >= self.review_grade_from.value


def load_room(version: int | None = None) -> Room:
    """Read the vocabulary; without a version, the newest."""
    return take(Room, "room", version)
