"""Published values, and the row that sets the model beside one of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from kapstone.science.quantities import FloatArray

LITERATURE = Path(__file__).parent.parent / "literature"
FILES = ("pk_targets.csv", "pd_targets.csv", "clinical_targets.csv")


class Verdict(StrEnum):
    """How a row stands against what is stated of it."""

    HOLDS = "holds"
    MISFIT = "misfit, stated"
    WORSE = "WORSE THAN STATED"
    BACKGROUND = "not compared"


@dataclass(frozen=True, slots=True)
class Target:
    """One published value as it was read."""

    code: str
    quantity: str
    regimen: str
    value: str
    unit: str
    role: str
    source: str
    verified: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    The model beside one published value.

    ``off`` how far it is off, in ``measure`` ("%", or points, or percentage points); ``stated``
    how far it is stated to be, and ``slack`` what rounding and simulation noise may add.
    ``misfit`` says in words what is wrong where the model is known to fail.
    """

    code: str
    quantity: str
    regimen: str
    published: str
    model: str
    off: float | None
    measure: str
    stated: float | None
    slack: float
    source: str
    misfit: str = ""
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """Whether the row holds, is a misfit that is stated, or is worse than stated."""
        if self.off is None:
            return Verdict.MISFIT if self.misfit else Verdict.BACKGROUND
        if self.stated is not None and abs(self.off) > abs(self.stated) + self.slack:
            return Verdict.WORSE
        return Verdict.MISFIT if self.misfit else Verdict.HOLDS


def targets() -> dict[str, Target]:
    """Read every published value that ships, by its code, in the order of the files."""
    found: dict[str, Target] = {}
    for name in FILES:
        for row in _rows(LITERATURE / name):
            found[row["id"]] = Target(
                code=row["id"],
                quantity=row["quantity"],
                regimen=row["regimen"],
                value=row["value"],
                unit=row["unit"],
                role=row["role"],
                source=row["source"],
                verified=row["verified"],
            )
    return found


def kamp_series() -> dict[str, tuple[FloatArray, FloatArray]]:
    """Give the Kamp 2020 racemic arterial series: analyte to hours and ng/mL, shape (m,)."""
    found: dict[str, list[tuple[float, float]]] = {}
    for row in _rows(LITERATURE / "kamp2020_racemic_arterial.csv"):
        pair = float(row["time_h"]), float(row["conc_ng_mL"])
        found.setdefault(row["analyte"], []).append(pair)
    arrays = {name: np.array(pairs) for name, pairs in found.items()}
    return {name: (pairs[:, 0], pairs[:, 1]) for name, pairs in arrays.items()}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))


def compared(
    target: Target,
    model: float,
    *,
    stated: float | None,
    slack: float = 1.0,
    misfit: str = "",
    note: str = "",
) -> Row:
    """Set a number beside a target, in percent of it."""
    published = float(target.value)
    return Row(
        code=target.code,
        quantity=target.quantity,
        regimen=target.regimen,
        published=f"{target.value} {target.unit}",
        model=f"{model:.3g}",
        off=100.0 * (model / published - 1.0),
        measure="%",
        stated=stated,
        slack=slack,
        source=_source(target),
        misfit=misfit,
        note=note,
    )


def differing(
    target: Target,
    model: float,
    published: float,
    *,
    measure: str,
    bound: tuple[float | None, float],
    misfit: str = "",
    note: str = "",
    part: str = "",
) -> Row:
    """
    Set a number beside a target, by their difference in its own unit.

    ``bound`` is what is stated of the difference, and the slack beyond it.
    """
    return Row(
        code=target.code + part,
        quantity=target.quantity,
        regimen=target.regimen,
        published=f"{published:g} {measure}",
        model=f"{model:.3g}",
        off=model - published,
        measure=measure,
        stated=bound[0],
        slack=bound[1],
        source=_source(target),
        misfit=misfit,
        note=note,
    )


def background(target: Target, why: str, *, misfit: str = "") -> Row:
    """List a target that no number of the model answers, and say why."""
    return Row(
        code=target.code,
        quantity=target.quantity,
        regimen=target.regimen,
        published=f"{target.value} {target.unit}".strip(),
        model="-",
        off=None,
        measure="",
        stated=None,
        slack=0.0,
        source=_source(target),
        misfit=misfit,
        note=why,
    )


def _source(target: Target) -> str:
    """Give the source, and say where the number is a recollection."""
    doubt = " [from memory, not verified]" if target.verified == "memory" else ""
    return f"{target.source} ({target.role}){doubt}"
