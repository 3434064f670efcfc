"""Where a number comes from: every rule and threshold carries at least one basis."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Self

from kapstone.catalogue.reader import BlankText, build
from kapstone.catalogue.rows import refuse_repeats
from kapstone.errors import CatalogueError


class Provenance(StrEnum):
    """How a number is known."""

    SOURCED = "sourced"
    """Read in the source itself."""
    CITED = "cited"
    """A well-known published figure, source named, passage not read again."""
    JUDGEMENT = "judgement"
    """Our default, chosen inside or next to the sourced range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place that numbers come from."""

    key: str
    source: str
    year: BlankText
    url_or_doi: BlankText


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One reason to believe a number: how it is known, and from where."""

    provenance: Provenance
    key: str
    source: str
    year: str
    url_or_doi: str

    @classmethod
    def from_words(cls, words: str) -> Self:
        """
        Read ``"sourced LEAFLET-EU"``, ``"cited WHO20"`` or plain ``"judgement"``.

        Raises
        ------
        CatalogueError : the provenance or the source is unknown
        """
        mark, _, key = words.partition(" ")
        if mark not in list(Provenance):
            raise CatalogueError(f"{words!r}: provenance must be {', '.join(Provenance)}")
        if not key and mark != Provenance.JUDGEMENT:
            raise CatalogueError(f"{words!r}: {mark} needs the key of a source")
        found = sources().get(key or "KAPSTONE")
        if found is None:
            raise CatalogueError(f"{words!r}: no source {key!r} in data/sources.toml")
        return cls(
            provenance=Provenance(mark),
            key=found.key,
            source=found.source,
            year=found.year,
            url_or_doi=found.url_or_doi,
        )

    def __str__(self) -> str:
        """Say it as a screen shows it under 'why this number?'."""
        parts = [self.source, self.year, self.url_or_doi]
        return f"{self.provenance}: {', '.join(part for part in parts if part)}"


@cache
def sources() -> dict[str, Source]:
    """Read every source, keyed by its key."""
    text = (files("kapstone.catalogue") / "data" / "sources.toml").read_text("utf-8")
    rows = [build(Source, row, "sources.toml") for row in tomllib.loads(text)["sources"]]
    refuse_repeats((row.key for row in rows), "sources.toml")
    return {row.key: row for row in rows}


def deciding(bases: Sequence[Basis]) -> Provenance:
    """Give the provenance of the value itself: by habit of the files, the first basis."""
    if not bases:
        raise CatalogueError("a number without a basis does not exist")
    return bases[0].provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number and where it comes from."""

    value: float
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)
