"""
Run the drill: ``python -m tests.drills.kill [--kills 500] [--entries 10000] [--fault "..."]``.

Twenty rooms post to the real server while its workers, all of it, and its database are killed
at random instants and started again. Prints one line of figures, writes them as JSON, and ends
with 1 if anything that a tablet was told is saved is lost, doubled or half there. With a fault
planted it ends with 0 only if that was found. Ctrl+C reckons what was done so far.
"""

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.drills import kills, stage
from tests.drills.ground import Ground

FIGURES = Path("var/drills/kill.json")
KILLS, ENTRIES = 500, 10_000
SILENCE_SECONDS = 90.0  # no answer to anybody for this long after a kill: it never came back
PAUSE_SECONDS = 0.8  # between two posts of a tablet, on average
AMBIGUOUS_SHARE = 10  # of a long run, one kill in so many must fall between commit and answer
LONG = 200  # kills from which that is asked for


class Round:
    """One run of the drill."""

    def __init__(self, ground: Ground, asked: argparse.Namespace) -> None:
        shift = import_module("tests.drills.shift")  # Django is ready only now
        self.ground, self.asked = ground, asked
        self.silence = shift.Silence
        self.shift = shift.Shift(ground, asked.seed, pause_seconds=PAUSE_SECONDS)
        self.killed: Counter[str] = Counter()
        self.silences: dict[str, float] = {}

    def kill_and_mend(self, chance: random.Random) -> None:
        """Kill one thing after another, each on rooms at work, until enough is done."""
        for kind, at_commit in kills.deal(chance):
            if self.killed.total() == self.asked.kills:
                return
            if kills.strike(self.ground, kind, chance, at_commit=at_commit):
                self.killed[kind] += 1
            before = self.shift.acknowledged
            self.ground.mend()
            waited = self.shift.wait_for_answers(before, SILENCE_SECONDS)
            self.silences[kind] = max(waited, self.silences.get(kind, 0.0))
            share = self.asked.entries * self.killed.total() // self.asked.kills
            self.shift.wait_for_answers(share - 1, SILENCE_SECONDS)

    def play(self, chance: random.Random) -> list[tuple[str, str]]:
        """Kill and mend; then let all come to rest, and reckon."""
        gone = []
        try:
            self.kill_and_mend(chance)
            self.shift.close()
        except KeyboardInterrupt:  # Ctrl+C: reckon what has been done so far
            self.ground.mend()
            self.shift.close()
        except self.silence as silence:
            gone = [("never came back", str(silence))]
            self.shift.abandon()
        self.ground.mend()
        return [*gone, *self.shift.reckon(), *self.short()]

    def short(self) -> Iterator[tuple[str, str]]:
        """Yield what the run itself fell short of."""
        kills_done, ambiguous = self.killed.total(), self.shift.counts()["ambiguous commits"]
        if kills_done < self.asked.kills:
            yield "stopped early", f"{kills_done} of {self.asked.kills} kills"
        if kills_done >= LONG and ambiguous * AMBIGUOUS_SHARE < kills_done:
            yield "too few ambiguous commits", str(ambiguous)
        for words in self.ground.refused_starts:
            yield "database starts refused", words


def play(ground: Ground, asked: argparse.Namespace) -> tuple[dict[str, Any], list[Any]]:
    """Open the ward, kill and mend until enough is done, and reckon."""
    begun = time.monotonic()
    done = Round(ground, asked)
    findings = done.play(random.Random(asked.seed))  # noqa: S311 - a drill, not a secret
    figures = {
        "kills": done.killed.total(),
        **done.shift.figures(),
        **import_module("tests.drills.reckoning").counted(findings),
        "s longest without an answer": round(max(done.silences.values(), default=0.0), 1),
        "s": round(time.monotonic() - begun),
        "load": round(os.getloadavg()[0], 1),
        "killed": dict(done.killed),
        "s without an answer at most": {
            kind: round(seconds, 1) for kind, seconds in done.silences.items()
        },
        "fault": asked.fault,
        "seed": asked.seed,
    }
    return figures, findings


def main() -> int:
    """Play, print, and say by the exit status whether all held."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=KILLS)
    asked.add_argument("--entries", type=int, default=ENTRIES)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--fault", default="", choices=("", *stage.FAULTS))
    asked.add_argument("--data", type=Path, help="a data folder to use again, and to keep")
    asked.add_argument("--figures", type=Path, default=FIGURES)
    given = asked.parse_args()
    with stage.ground(given.data, fault=given.fault) as ground:
        figures, findings = play(ground, given)
    return stage.tell("drill-kill", figures, findings, given.figures)


if __name__ == "__main__":
    sys.exit(main())
