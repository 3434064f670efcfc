"""``kapstone database``: the private server by hand, and PostgreSQL's own tools on it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from kapstone.site import binaries, postgres


def run(deed: str, words: Sequence[str]) -> int:
    """Do one deed to the private server; return the exit status."""
    if deed == "start":
        _say(f"PostgreSQL runs, in {postgres.ensure().folder}.")
    elif deed == "stop":
        _say("PostgreSQL is stopped." if postgres.stop() else "PostgreSQL was not running.")
    elif deed == "status":
        server = postgres.locate()
        running = server.is_running()
        _say(f"PostgreSQL {'runs' if running else 'does not run'}, in {server.folder}.")
        return 0 if running else 1
    else:
        _become(["psql", *words] if deed == "psql" else words)
    return 0


def _become(words: Sequence[str]) -> None:
    """Turn this process into one of PostgreSQL's tools, told where the server is."""
    if not words:
        raise binaries.DatabaseError("Name a program, such as: kapstone database run pg_dump")
    server = postgres.ensure()
    program = binaries.binaries() / words[0]
    if not program.is_file():
        raise binaries.DatabaseError(f"There is no program {words[0]!r} in {program.parent}.")
    places = {
        "PGHOST": str(server.socket),
        "PGUSER": os.environ.get("PGUSER", postgres.OWNER),
        "PGDATABASE": postgres.DATABASE,
    }
    os.execve(program, [str(program), *words[1:]], os.environ | places)  # noqa: S606 - no shell


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
