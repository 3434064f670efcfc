"""Reads the golden vectors: numbers that any implementation must reproduce."""

import csv
from pathlib import Path

HERE = Path(__file__).with_name("golden")


def golden_rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))
