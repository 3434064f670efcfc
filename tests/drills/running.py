"""Run a drill in a process of its own, as ``make`` does, and read its figures."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SECONDS = 900


@dataclass(frozen=True, slots=True)
class Ran:
    """How a drill ended, what it counted, and what it said."""

    status: int
    figures: dict[str, Any]
    said: str


def run_drill(name: str, folder: Path, **words: object) -> Ran:
    """Run a drill; told to end when it takes far too long, so that it tidies up."""
    figures = folder / f"{name}.json"
    figures.unlink(missing_ok=True)
    given = [part for word, value in words.items() for part in (f"--{word}", str(value))]
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.drills.{name}", "--figures", str(figures), *given],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said, _ = process.communicate(timeout=SECONDS)
    except BaseException:
        process.terminate()
        process.communicate(timeout=120)
        raise
    counted = json.loads(figures.read_text()) if figures.exists() else {}
    return Ran(process.returncode, counted, said)
