"""What the database does without an application: single commits, and COPY."""

import time
import uuid
from dataclasses import dataclass

import psycopg

from kapstone.site import postgres

SECONDS = 4.0
BATCH = 200
TABLE = "bench_entries"
COLUMNS = (
    "entry_id, recorded_at, kind, payload, observed_at, device_at, device_id, device_seq,"
    " clinic_id, recorded_by_id, session_id, subjects_id, commit_no"
)


@dataclass(frozen=True, slots=True)
class Rates:
    """Rows a second."""

    commits: float  # one row, one transaction, one connection
    copied: float  # COPY, 200 rows a transaction, one connection


def measure(database: str) -> Rates:
    """Write rows like the room's own into a table with the same columns, indexes and checks."""
    address = postgres.ensure().conninfo(user=postgres.SUPERUSER, database=database)
    with psycopg.connect(address) as link:
        link.execute(f"DROP TABLE IF EXISTS {TABLE}")
        link.execute(f"CREATE TABLE {TABLE} (LIKE dosing_sessionentry INCLUDING ALL)")
        link.commit()
        found = Rates(commits=_commits(link), copied=_copied(link))
        link.execute(f"DROP TABLE {TABLE}")
    return found


def _row(number: int) -> str:
    at = "2026-03-02 10:00:00+00"
    payload = '{"heart_rate_per_min": 72, "spo2_percent": 97}'
    device = "00000000-0000-4000-8000-000000000000"
    cells = (uuid.uuid4(), at, "vitals", payload, at, at, device, number, 1, 1, 1, 1, number)
    return "\t".join(map(str, cells)) + "\n"


def _commits(link: psycopg.Connection) -> float:
    began, count = time.monotonic(), 0
    places = ", ".join(["%s"] * 13)
    while time.monotonic() - began < SECONDS:
        count += 1
        cells = _row(count).rstrip("\n").split("\t")
        link.execute(f"INSERT INTO {TABLE} ({COLUMNS}) VALUES ({places})", cells)
        link.commit()
    return count / (time.monotonic() - began)


def _copied(link: psycopg.Connection) -> float:
    batches = [
        "".join(_row(1_000_000 + n * BATCH + row) for row in range(BATCH)) for n in range(2000)
    ]
    began, count = time.monotonic(), 0
    for batch in batches:
        with (
            link.cursor() as cursor,
            cursor.copy(f"COPY {TABLE} ({COLUMNS}) FROM STDIN") as copy,
        ):
            copy.write(batch)
        link.commit()
        count += BATCH
        if time.monotonic() - began > SECONDS:
            break
    return count / (time.monotonic() - began)
