"""Cohort results on disk: one Parquet table, and a note of what made it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import duckdb
import numpy as np

from kapstone.science.cohort import VirtualPatients
from kapstone.science.streaming import CohortSummary


def write_summary(summary: CohortSummary, folder: Path) -> tuple[Path, Path]:
    """
    Write ``summary.parquet`` (a row for each quantity and day) and ``run.json``.

    The same summary gives the same bytes. Returns the two paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    days = summary.protocol.days + 1
    levels = [f"q{round(100 * level):02d}" for level in summary.levels]
    columns = {
        "quantity": np.repeat(np.array(summary.quantities), days),
        "day": np.tile(np.arange(days, dtype=np.int32), len(summary.quantities)),
        "mean": summary.mean.ravel(),
        "sd": summary.sd.ravel(),
        **{
            name: np.ascontiguousarray(summary.quantiles[:, :, place]).ravel()
            for place, name in enumerate(levels)
        },
        "responded": np.tile(summary.responded, len(summary.quantities)),
        "remitted": np.tile(summary.remitted, len(summary.quantities)),
    }
    table = folder / "summary.parquet"
    _copy(columns, table)
    note = folder / "run.json"
    about = {
        "model_id": summary.model_id,
        "parameters_sha256": summary.sha256,
        "people": summary.people,
        "seed": summary.seed,
        "grade": summary.grade,
        "protocol": asdict(summary.protocol),
    }
    note.write_text(json.dumps(about, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return table, note


def write_series(patients: VirtualPatients, folder: Path) -> Path:
    """Write ``series.parquet``: a row for each virtual patient and day."""
    folder.mkdir(parents=True, exist_ok=True)
    people, days = patients.madrs.shape
    names = ("openness", "relief", "new", "old", "chosen", "madrs", "madrs_rated", "phq9_rated")
    columns = {
        "person": np.repeat(np.arange(people, dtype=np.int32), days),
        "day": np.tile(np.arange(days, dtype=np.int32), people),
        **{name: np.ascontiguousarray(getattr(patients, name)).ravel() for name in names},
    }
    path = folder / "series.parquet"
    _copy(columns, path)
    return path


def _copy(columns: dict[str, np.ndarray[tuple[int], np.dtype[np.generic]]], path: Path) -> None:
    """Hand the columns to DuckDB, which writes Parquet."""
    connection = duckdb.connect(config={"threads": "1"})
    try:
        connection.register("rows_to_write", columns)
        target = str(path).replace("'", "''")
        connection.execute(
            f"COPY (SELECT * FROM rows_to_write) TO '{target}' (FORMAT parquet)"  # noqa: S608
        )
    finally:
        connection.close()
