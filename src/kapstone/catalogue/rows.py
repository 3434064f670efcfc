"""Checks that many sheets share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from kapstone.errors import CatalogueError


def refuse_repeats(codes: Iterable[object], what: str) -> None:
    """Raise if a code stands twice."""
    if repeated := sorted(str(code) for code, times in Counter(codes).items() if times > 1):
        raise CatalogueError(f"{what}: {', '.join(repeated)} stands twice")


def refuse_unknown(codes: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise if a code is not one of those known."""
    if unknown := sorted(set(codes) - set(known)):
        raise CatalogueError(f"{what}: unknown {', '.join(unknown)}")
