"""What may be said to patients and visitors, how sure anyone can be, and from where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from kapstone.catalogue.basis import Basis, deciding
from kapstone.catalogue.reader import PatientText
from kapstone.catalogue.rows import find, refuse_repeats
from kapstone.catalogue.shelf import Sheet, take
from kapstone.errors import CatalogueError


class Evidence(StrEnum):
    """How a claim is known, the surest first."""

    TRIALS_IN_PEOPLE = "trials-in-people"
    SEEN_IN_ANIMALS = "seen-in-animals"
    BEING_STUDIED = "being-studied"
    A_PICTURE = "a-picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceWords:
    """The words and dots of one evidence level."""

    code: Evidence
    name: PatientText
    dots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim, or one answer to a question people ask."""

    code: str
    title: PatientText
    level: Evidence
    text: PatientText
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeFigure:
    """A published figure that may be shown, always with its limits."""

    code: str
    words: PatientText
    for_clinician: str
    limits: PatientText
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Where practice and guideline part ways, and what is done here. For clinicians."""

    code: str
    topic: str
    practice: str
    guideline: str
    here: str
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims(Sheet):
    """One version of what may be said. ``review_by`` is the review date shown beside it."""

    KIND: ClassVar[str] = "claims"

    opening: PatientText
    not_for_everyone: PatientText
    levels: tuple[EvidenceWords, ...]
    claims: tuple[Claim, ...]
    questions: tuple[Claim, ...]
    outcomes: tuple[OutcomeFigure, ...]
    disagreements: tuple[Disagreement, ...]

    def __post_init__(self) -> None:
        rows = (*self.claims, *self.questions)
        refuse_repeats((claim.code for claim in rows), "claims")
        refuse_repeats((figure.code for figure in self.outcomes), "outcomes")
        if [level.code for level in self.levels] != list(Evidence):
            raise CatalogueError("levels: give each once, the surest first")

    def words_of(self, level: Evidence) -> EvidenceWords:
        """Give the words of an evidence level."""
        return find(self.levels, level, "evidence level")

    def outcome(self, code: str) -> OutcomeFigure:
        """Find an outcome figure; CatalogueError where there is none."""
        return find(self.outcomes, code, "outcome figure")


def load_claims(version: int | None = None) -> Claims:
    """Read what may be said; without a version, the newest."""
    return take(Claims, "public", version)
