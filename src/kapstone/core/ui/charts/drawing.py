"""What every chart function returns: the picture, its words, and the same data as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableTwin:
    """The data of a chart as a table: the same facts for eyes, ears and the printer."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.headers):
                message = f"A row of {len(row)} cells under {len(self.headers)} headers."
                raise ValueError(message)

    @property
    def labelled(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """Give each cell with its header, which a narrow screen writes beside it."""
        return tuple(tuple(zip(self.headers, row, strict=True)) for row in self.rows)


@dataclass(frozen=True, slots=True)
class CursorStop:
    """One place where the chart cursor stops: where it is drawn, and what is said there."""

    x: float
    says: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """
    One drawn chart.

    ``svg`` is whole and escaped; an empty chart has no SVG and says so in ``empty``.
    """

    title: str
    svg: str
    table: TableTwin
    empty: str = ""
    width: float = 0
    stops: tuple[CursorStop, ...] = ()


def table(caption: str, headers: Iterable[str], rows: Iterable[Iterable[str]]) -> TableTwin:
    """Build a table twin from any iterables."""
    return TableTwin(caption, tuple(headers), tuple(tuple(row) for row in rows))
