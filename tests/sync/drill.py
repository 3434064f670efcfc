"""
Run the drill: ``python -m tests.sync.drill [schedules] [--seed N] [--fault "..."]``.

``KAPSTONE_SYNC_SCHEDULES`` says how many where the argument does not. Prints one line of
figures, writes them as JSON, and names each seed that fails.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from tests.sync.simulator import FAULTS, Broken, Schedule

SCHEDULES = int(os.environ.get("KAPSTONE_SYNC_SCHEDULES", "100000"))
FIGURES = Path("var/drills/sync.json")


def play(seeds: range, fault: str = "") -> tuple[Counter[str], list[tuple[int, str]]]:
    """Play schedules until ten have failed; give what happened, and which failed."""
    counts: Counter[str] = Counter()
    failed: list[tuple[int, str]] = []
    for seed in seeds:
        schedule = Schedule(seed, frozenset({fault} - {""}))
        try:
            schedule.run()
        except Broken as broken:
            failed.append((seed, str(broken)))
        counts["schedules"] += 1
        counts.update(schedule.counts)
        if len(failed) >= 10:
            break
    return counts, failed


def main() -> int:
    """Play, print, and say by the exit status whether all held."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("schedules", nargs="?", type=int, default=SCHEDULES)
    asked.add_argument("--seed", type=int, help="replay this one")
    asked.add_argument("--fault", default="", choices=("", *FAULTS))
    given = asked.parse_args()
    seeds = range(given.schedules) if given.seed is None else range(given.seed, given.seed + 1)
    begun = time.perf_counter()
    counts, failed = play(seeds, given.fault)
    figures = {**dict(sorted(counts.items())), "seconds": round(time.perf_counter() - begun, 1)}
    print("drill-sync:", ", ".join(f"{value:,} {name}" for name, value in figures.items()))  # noqa: T201
    for seed, words in failed:
        print(f"  FAILED {words}\n  replay: python -m tests.sync.drill --seed {seed}")  # noqa: T201
    if not given.fault and given.seed is None:
        FIGURES.parent.mkdir(parents=True, exist_ok=True)
        FIGURES.write_text(json.dumps({**figures, "failed": failed}, indent=1) + "\n")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
