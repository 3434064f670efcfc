"""The whole table: every published value, the model beside it, and how far it is off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kapstone.science.cohort import Change
from kapstone.science.parameters import load_parameters
from kapstone.science.validation.acute import acute_rows
from kapstone.science.validation.arms import RATES_THAT_FIT, timing_gain
from kapstone.science.validation.levels import level_rows
from kapstone.science.validation.outcomes import outcome_rows
from kapstone.science.validation.targets import Row, Verdict

_HEAD = ("id", "quantity", "regimen", "published", "model", "off", "stated", "verdict", "note")


def all_rows() -> tuple[Row, ...]:
    """Give every row, in the order of the published files. Takes some seconds."""
    return (*level_rows(), *acute_rows(), *outcome_rows())


def off_text(row: Row) -> str:
    """Write how far a row is off, with its sign and unit."""
    return "" if row.off is None else f"{row.off:+.2g} {row.measure}"


def _cells(row: Row) -> tuple[str, ...]:
    stated = "" if row.stated is None else f"{row.stated:+.2g}"
    note = "; ".join(part for part in (row.misfit, row.note) if part)
    return (
        row.code, row.quantity, row.regimen, row.published, row.model, off_text(row), stated,
        row.verdict, note,
    )  # fmt: skip


def table_text(rows: Sequence[Row]) -> str:
    """Write the rows as a plain table, one line each, columns divided by a bar."""
    lines = [" | ".join(_HEAD), *(" | ".join(_cells(row)) for row in rows)]
    return "\n".join([*lines, "", *summary_lines(rows)]) + "\n"


def summary_lines(rows: Sequence[Row]) -> list[str]:
    """Count the verdicts, and name every misfit and every row worse than stated."""
    counts = {verdict: sum(row.verdict is verdict for row in rows) for verdict in Verdict}
    lines = [f"{verdict}: {count}" for verdict, count in counts.items()]
    percents = [abs(row.off) for row in _published_levels(rows) if row.off is not None]
    lines.append(
        f"blood levels: median error {np.median(percents):.0f} %, worst {max(percents):.0f} %"
    )
    parameters = load_parameters()
    lines.append(f"model {parameters.model_id}, parameters {parameters.sha256}")
    return lines


def _published_levels(rows: Sequence[Row]) -> list[Row]:
    """Pick the blood-level rows that are not true by construction."""
    return [
        row
        for row in rows
        if row.code.startswith("PK") and row.off is not None and row.note != "by construction"
    ]


def timing_gains() -> dict[float, tuple[float, float]]:
    """
    Give, for each learning multiplier, what sessions in the window gain over a month later.

    The second number is what the earlier start gains without any drug. MADRS points, day 90.
    The trail rates are rescaled for each, so that one published trial fits equally well.
    """
    gains: dict[float, tuple[float, float]] = {}
    for multiplier, rates in RATES_THAT_FIT.items():
        change = Change(rates=rates)
        gains[multiplier] = (
            timing_gain(multiplier, change=change),
            timing_gain(multiplier, change=change, doses=()),
        )
    return gains


def markdown(rows: Sequence[Row], figures: Sequence[str]) -> str:
    """Write the validation page for the docs: what holds, what does not, and the pictures."""
    compared = [row for row in rows if row.off is not None]
    misfits = [row for row in rows if row.verdict is Verdict.MISFIT]
    worse = [row for row in rows if row.verdict is Verdict.WORSE]
    apart = [row for row in rows if row.verdict is Verdict.BACKGROUND]
    parts = [
        "# The model beside what was published",
        "",
        "Made by `kapstone science validate`. *Off* is the model less the published value; "
        "*stated* is what the design says of that row. Half of the rows were used to choose "
        "parameter values (cal); the rest were only compared (val).",
        "",
        *[f"- {line}" for line in summary_lines(rows)],
        "",
        "## Misfits",
        "",
        *[f"- **{row.code}** {row.quantity} ({row.regimen}): {row.misfit}." for row in misfits],
        *[f"- **{row.code}** is worse than stated: {off_text(row)}." for row in worse],
        "",
        "## Timing",
        "",
        "What eight sessions inside the windows gain over the same a month later: the answer "
        "hangs on one number that no trial has measured. For each multiplier the trail rates "
        "are rescaled so that training after one dose (CL17) fits equally well.",
        "",
        "| learning multiplier at the peak | gain, MADRS points | of it, earlier start alone |",
        "|---|---|---|",
        *[
            f"| {multiplier:g} | {gain:.1f} | {alone:.1f} |"
            for multiplier, (gain, alone) in timing_gains().items()
        ],
        "",
        *[line for name in figures for line in (f"![{_title(name)}]({name})", "")],
        "## Every row compared",
        "",
        *_grid(_HEAD, [_cells(row) for row in compared]),
        "",
        "## Published, and not compared",
        "",
        *_grid(
            ("id", "quantity", "published", "why"),
            [(row.code, row.quantity, row.published, row.note) for row in apart],
        ),
        "",
    ]
    return "\n".join(parts)


def parameter_page() -> str:
    """Write every parameter as a page for the docs: value, unit, spread, grade, source."""
    parameters = load_parameters()
    head = ("symbol", "value", "unit", "spread", "bounds", "grade", "source")
    rows = [
        (
            f"`{one.symbol}`", f"{one.value:g}", one.unit,
            f"{one.spread:g}" if one.spread else "",
            "" if one.bounds is None else f"{one.bounds[0]:g} to {one.bounds[1]:g}",
            one.grade, "; ".join(part for part in (one.source, one.note) if part),
        )
        for one in parameters.all.values()
    ]  # fmt: skip
    others = [
        (f"`{one.name}`", f"{one.clearance:g}", f"{one.gut:g}")
        for one in parameters.interactions.values()
    ]
    lines = [
        "# Every parameter",
        "",
        f"Model `{parameters.model_id}`, parameter file SHA-256 `{parameters.sha256}`. "
        "*Spread* is the SD of the logarithm between people.",
        "",
        *_grid(head, rows),
        "",
        "## Other medicines",
        "",
        "Multipliers on the liver's intrinsic clearance and on gut availability. Esketamine by "
        "mouth, but for one.",
        "",
        *_grid(("medicine", "clearance", "gut"), others),
        "",
    ]
    return "\n".join(lines)


def _title(name: str) -> str:
    return Path(name).stem.replace("-", " ")


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(_safe(cell) for cell in row) + " |" for row in rows)]


def _safe(cell: str) -> str:
    return cell.replace("|", "/").replace("\n", " ")
