"""Measure, look into the database, and judge."""

import argparse
import asyncio
import math
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

from django.core.management import call_command
from tests import databases
from tests.serving import serving

from kapstone.clinic.dosing.models import SessionEntry
from kapstone.core.access.fences import acting_in
from kapstone.core.people.models import Clinic
from kapstone.site import steps
from roomload import load, rates, shares
from roomload.clinic import Rooms, make_rooms
from roomload.load import Seen

MOST_MS_TO_COMMIT, MOST_MS_TO_WATCHERS, LEAST_SHARE = 250.0, 1000.0, 0.10
TABLETS, BATCHES = 8, 15
WORKERS = "2"


@dataclass(frozen=True, slots=True)
class Tail:
    """The middle and the tail of some times, in ms."""

    p50: float
    p95: float
    p99: float
    worst: float

    def __str__(self) -> str:
        """Set them side by side."""
        return f"{self.p50:8.0f}{self.p95:8.0f}{self.p99:8.0f}{self.worst:8.0f}"


def tail_of(times: Sequence[float]) -> Tail:
    """Give the quantiles of some times in seconds; of none at all they are endless."""
    known = list(times) or [math.inf]
    cuts = quantiles(known, n=100, method="inclusive") if len(known) > 1 else known * 99
    return Tail(*(1000 * one for one in (cuts[49], cuts[94], cuts[98], max(known))))


def main() -> int:
    """Make the clinic, load it, and say what held."""
    parser = argparse.ArgumentParser(description="The room under load.")
    minutes = float(os.environ.get("KAPSTONE_BENCH_MINUTES", "10"))
    parser.add_argument("--minutes", type=float, default=minutes)
    parser.add_argument("--rooms", type=int, default=60)
    parser.add_argument("--watchers", type=int, default=3)
    parser.add_argument("--browsing", type=int, default=20)
    options = parser.parse_args()
    steps.static_files()
    database = databases.copy(databases.seeded(seed))
    try:
        with databases.connected_to(database):
            rooms = make_rooms(options.rooms, options.watchers)
        with tempfile.TemporaryDirectory(prefix="kapstone-bench-") as folder:
            log = Path(folder) / "log"
            with serving(database, log, KAPSTONE_WORKERS=WORKERS) as address:
                port = urlsplit(address).port or 0
                return measure(database, port, rooms, options, log)
    finally:
        databases.drop(database)


def seed(database: str) -> None:
    """Fill a database with the demo."""
    with databases.connected_to(database):
        call_command("seed", verbosity=0)


def measure(
    database: str, port: int, rooms: Rooms, options: argparse.Namespace, log: Path
) -> int:
    """Load the served clinic; then pour; then judge."""
    before = os.getloadavg()[0]
    began, so_far = time.monotonic(), shares.spent(database)
    seen = asyncio.run(
        load.run(port, rooms, minutes=options.minutes, browsing=options.browsing)
    )
    work = shares.spent(database).since(so_far).over(time.monotonic() - began)
    with databases.connected_to(database):
        lost = list(_lost(seen, options.watchers))
    raw = rates.measure(database)
    poured = asyncio.run(
        load.pour(port, rooms, tablets=min(TABLETS, options.rooms), batches=BATCHES)
    )
    faults = [line for line in log.read_text().splitlines() if "ERROR" in line]
    print(
        f"{options.rooms} rooms, an entry a second each, {options.watchers} screens each,"
        f" {options.browsing} people browsing, {options.minutes:g} min, {WORKERS} workers;"
        f" load of the machine {before:.1f} before, {os.getloadavg()[0]:.1f} after.\n{work}\n"
    )
    return judge(seen, lost, faults, raw, poured)


def _lost(seen: Seen, watchers: int) -> Iterator[str]:
    """Compare what was acknowledged with what the database holds and the screens were told."""
    clinic = Clinic.objects.get(is_synthetic=True)
    with acting_in(clinic_id=clinic.pk):
        rows = SessionEntry.objects.filter(session__in=set(seen.ids.values()))
        kept = {str(one): number for one, number in rows.values_list("entry_id", "commit_no")}
    missing = set(seen.ids) - set(kept)
    yield from (f"{one} was acknowledged and is not there" for one in sorted(missing))
    if len(kept) > len(seen.ids):
        yield f"{len(kept) - len(seen.ids)} entries are there that nobody has an answer for"
    for key in seen.committed:
        if (told := len(seen.shown[key])) != watchers:
            yield f"entry {key} was told to {told} of {watchers} screens"


def judge(
    seen: Seen, lost: list[str], faults: list[str], raw: rates.Rates, poured: float
) -> int:
    """Print the figures, and say which miss their limit."""
    if not seen.committed:
        print("Nothing was committed.", dict(seen.errors))
        return 1
    commit = tail_of([at - seen.made[key] for key, at in seen.committed.items()])
    told = [
        (at - seen.made[key], at - committed)
        for key, committed in seen.committed.items()
        for at in seen.shown[key]
    ]
    screens = tail_of([since_made for since_made, _ in told])
    after = tail_of([max(0.0, since_commit) for _, since_commit in told])
    print(f"{'ms':<34}{'p50':>8}{'p95':>8}{'p99':>8}{'worst':>8}{'n':>9}")
    print(f"{'made to commit (its answer is here)':<34}{commit}{len(seen.committed):9}")
    print(f"{'made to every screen':<34}{screens}{len(told):9}")
    print(f"{'commit to every screen':<34}{after}{len(told):9}")
    if seen.pages:
        print(f"{'a page, browsing':<34}{tail_of(seen.pages)}{len(seen.pages):9}")
    share = poured / raw.copied
    print(
        f"\nlost {len(lost)}, errors {sum(seen.errors.values())},"
        f" streams begun again {seen.begun_again}\n"
        f"raw commits {raw.commits:,.0f}/s; COPY in batches of {rates.BATCH}"
        f" {raw.copied:,.0f} rows/s; entries poured in batches of {rates.BATCH}"
        f" {poured:,.0f}/s: {share:.1%} of COPY\n"
    )
    missed = [*lost[:5], *(f"{count} x {what}" for what, count in seen.errors.items())]
    missed += [f"the server says: {line}" for line in faults[:5]]
    if commit.p95 > MOST_MS_TO_COMMIT:
        missed.append(f"p95 to commit {commit.p95:.0f} ms, limit {MOST_MS_TO_COMMIT:.0f}")
    if screens.p95 > MOST_MS_TO_WATCHERS:
        missed.append(f"p95 to screens {screens.p95:.0f} ms, limit {MOST_MS_TO_WATCHERS:.0f}")
    if share < LEAST_SHARE:
        missed.append(f"{share:.1%} of COPY, at least {LEAST_SHARE:.0%} is asked")
    print("\n".join(missed) if missed else "Everything holds.")
    return 1 if missed else 0
