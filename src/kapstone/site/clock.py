"""
Whether this machine's clock may be trusted to send anything now.

A clock that jumps a day forward would remind people of tomorrow, at night. Two witnesses are
asked: the database's clock, and the count of seconds since this machine started, which nobody
sets. A jump holds the post for a while, so that a clock put right at once has done no harm.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection

MOST_APART = 120.0  # seconds; judgement: drift and slow ticks stay far below
HELD_FOR = 900.0  # seconds after a jump; judgement: time enough to see it and set it right
BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What the clocks said at one tick; ``held_until`` counts in seconds since the start."""

    boot: str
    steady: float
    wall: float
    held_until: float = 0.0


def judge(before: Beat | None, now: Beat, database: float) -> tuple[Beat, str]:
    """Compare the clocks; give the beat to remember, and why nothing may be sent, if so."""
    if abs(now.wall - database) > MOST_APART:
        return now, "This machine's clock and the database's differ."
    if before is None or before.boot != now.boot:
        return now, ""
    jumped = (now.wall - before.wall) - (now.steady - before.steady)
    held_until = before.held_until
    if abs(jumped) > MOST_APART:
        held_until = now.steady + HELD_FOR
    kept = Beat(boot=now.boot, steady=now.steady, wall=now.wall, held_until=held_until)
    held = now.steady < held_until
    return kept, "This machine's clock was moved." if held else ""


def distrust(folder: Path, at: datetime) -> str:
    """Say why the clock is not to be trusted at this tick; nothing where it is."""
    file = folder / "tick.clock"
    now = Beat(boot=_boot(), steady=_steady(), wall=at.timestamp())
    kept, why = judge(_read(file), now, _database())
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(kept)))
    return why


def _read(file: Path) -> Beat | None:
    try:
        return Beat(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):  # none yet, or half written by one that died
        return None


def _boot() -> str:
    return BOOT.read_text().strip() if BOOT.exists() else ""


def _steady() -> float:
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _database() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0])
