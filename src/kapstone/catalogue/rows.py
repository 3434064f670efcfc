"""Checks and look-ups that many sheets share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Protocol, TypeVar

from kapstone.errors import CatalogueError


class Coded(Protocol):
    """A row that is named by a code."""

    @property
    def code(self) -> str:
        """The code, unique among its rows."""
        ...


AnyRow = TypeVar("AnyRow", bound=Coded)


def find(rows: Iterable[AnyRow], code: str, what: str) -> AnyRow:
    """
    Find the row of a code.

    Raises
    ------
    CatalogueError : there is none; ``what`` says of what
    """
    for row in rows:
        if row.code == code:
            return row
    raise CatalogueError(f"no {what} {code}")


def refuse_repeats(codes: Iterable[object], what: str) -> None:
    """Raise if a code stands twice."""
    if repeated := sorted(str(code) for code, times in Counter(codes).items() if times > 1):
        raise CatalogueError(f"{what}: {', '.join(repeated)} stands twice")


def refuse_unknown(codes: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise if a code is not one of those known."""
    if unknown := sorted(set(codes) - set(known)):
        raise CatalogueError(f"{what}: unknown {', '.join(unknown)}")
