"""Observer scales of the session room, with an anchor for each step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from kapstone.catalogue.basis import Basis, deciding
from kapstone.catalogue.reader import BlankText
from kapstone.catalogue.shelf import Sheet, latest, take
from kapstone.errors import CatalogueError


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One step of a scale."""

    value: int
    short: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale(Sheet):
    """One version of one observer scale."""

    KIND: ClassVar[str] = "scales"

    name: str
    lowest: int
    highest: int
    note: BlankText
    basis: tuple[Basis, ...]
    anchors: tuple[Anchor, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)
        steps = sorted(anchor.value for anchor in self.anchors)
        if steps != list(range(self.lowest, self.highest + 1)):
            raise CatalogueError(
                f"anchors must cover {self.lowest} to {self.highest} once each"
            )

    def anchor(self, value: int) -> Anchor:
        """
        Find the anchor of a step.

        Raises
        ------
        CatalogueError : the scale has no such step
        """
        for anchor in self.anchors:
            if anchor.value == value:
                return anchor
        raise CatalogueError(f"{self.code} has no step {value}")


def load_scale(code: str, version: int | None = None) -> Scale:
    """Read one scale: ``moaas``, ``rass``, ``nausea`` or ``depth``."""
    return take(Scale, code, version)


def scales() -> Mapping[str, Scale]:
    """Give the newest version of every scale, keyed by code."""
    return latest(Scale)
