"""
Run the drill: ``python -m tests.drills.power [--pulls 30] [--fault "fsync=off"]``.

Twenty rooms post to the real server, whose database lies on a disk of the drill's own, while
the power of that disk is pulled at random instants. Each time the database must start from
what the disk held, with everything that a tablet had been told is saved. Needs root and loop
devices; ends with 2, and a sentence, where it has not got them. With a fault planted it ends
with 0 only if that was found.
"""

import argparse
import os
import random
import sys
import time
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.drills import stage
from tests.drills.disk import Disk, NotHere, why_not
from tests.drills.ground import Ground

from kapstone.site import binaries

FIGURES = Path("var/drills/power.json")
PULLS = 30
SILENCE_SECONDS = 90.0
PAUSE_SECONDS = 0.4  # between two posts of a tablet, on average
LONGEST_PAUSE = 1.5  # seconds of work before a pull, besides the first answer
UNSAFE = ("", "synchronous_commit=off", "fsync=off")
NOT_HERE = 2


class Round:
    """One run of the drill."""

    def __init__(self, ground: Ground, disk: Disk, asked: argparse.Namespace) -> None:
        shift = import_module("tests.drills.shift")  # Django is ready only now
        self.ground, self.disk, self.asked = ground, disk, asked
        self.silence = shift.Silence
        self.shift = shift.Shift(ground, asked.seed, pause_seconds=PAUSE_SECONDS)
        self.counts: Counter[str] = Counter()
        self.findings: list[tuple[str, str]] = []
        if asked.fault:
            self._make_unsafe(*asked.fault.split("="))

    def _make_unsafe(self, name: str, value: str) -> None:
        """Plant the fault after the server has started, which would refuse such a database."""
        with self.ground.connect() as connection:
            connection.execute(f"ALTER SYSTEM SET {name} = {value}")
            connection.execute("SELECT pg_reload_conf()")

    def play(self, chance: random.Random) -> None:
        """Pull until enough is done, then let all come to rest, and reckon."""
        try:
            for _ in range(self.asked.pulls):
                self.shift.wait_for_answers(self.shift.acknowledged, SILENCE_SECONDS)
                time.sleep(chance.uniform(0, LONGEST_PAUSE))
                if not self.pull():
                    self.shift.abandon()
                    return
            self.shift.wait_for_answers(self.shift.acknowledged, SILENCE_SECONDS)
            self.shift.close()
        except self.silence as silence:
            self.findings.append(("never came back", str(silence)))
            self.shift.abandon()
        if not self.asked.fault:  # after a loss that was planted, nothing agrees any more
            self.findings += self.shift.reckon()
        self.findings += self.inspect()

    def pull(self) -> bool:
        """Pull once, start from what is left, compare; say whether the database started."""
        instant = self.disk.pull()
        self.ground.kill_database()
        self.counts["pulls"] += 1
        self.disk.swap()
        begun = time.monotonic()
        try:
            self.ground.start_database()
        except binaries.DatabaseError as refused:
            self.findings.append(("did not start", str(refused)[-400:]))
            return False
        self.counts["starts"] += 1
        self.counts["ms slowest start"] = max(
            self.counts["ms slowest start"], round(1000 * (time.monotonic() - begun))
        )
        lost = self.shift.lost_before(instant) - self.counts["lost"]
        self.counts["lost"] += lost
        if lost:
            words = f"{lost} acknowledged before pull {self.counts['pulls']}"
            self.findings.append(("lost", words))
        return True

    def inspect(self) -> list[tuple[str, str]]:
        """Let PostgreSQL look at every table and index for damage."""
        with self.ground.connect() as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        socket = str(self.ground.server.socket)
        words = ("--host", socket, "--username", "postgres", "--heapallindexed", "kapstone")
        try:
            binaries.run_program("pg_amcheck", *words)
        except binaries.DatabaseError as damage:
            return [("damaged", str(damage)[-400:])]
        return []


def play(ground: Ground, disk: Disk, asked: argparse.Namespace) -> tuple[dict[str, Any], Any]:
    """Open the ward, pull and start again, and reckon."""
    begun = time.monotonic()
    done = Round(ground, disk, asked)
    done.play(random.Random(asked.seed))  # noqa: S311 - a drill, not a secret
    reckoning = import_module("tests.drills.reckoning")
    counted = reckoning.counted([one for one in done.findings if one[0] != "lost"])
    figures = {
        "pulls": done.counts["pulls"],
        "starts": done.counts["starts"],
        **done.shift.figures(),
        **counted,
        "lost": done.counts["lost"],
        "ms slowest start": done.counts["ms slowest start"],
        "s": round(time.monotonic() - begun),
        "load": round(os.getloadavg()[0], 1),
        "fault": asked.fault,
        "seed": asked.seed,
    }
    return figures, done.findings


def main() -> int:
    """Play, print, and say by the exit status whether all held."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--pulls", type=int, default=PULLS)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--fault", default="", choices=UNSAFE, help="a setting to plant")
    asked.add_argument("--figures", type=Path, default=FIGURES)
    given = asked.parse_args()
    if reason := why_not():
        sys.stderr.write(f"The power drill cannot be done here: {reason}.\n")
        return NOT_HERE
    try:
        with stage.ground(None, on_disk=True) as ground:
            figures, findings = play(ground, ground.disk, given)
    except NotHere as refusal:
        sys.stderr.write(f"The power drill cannot be done here: {refusal}\n")
        return NOT_HERE
    return stage.tell("drill-power", figures, findings, given.figures)


if __name__ == "__main__":
    sys.exit(main())
