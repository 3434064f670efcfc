"""What must be done before Kapstone can serve, one step at a time, with the time each took."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import run_checks
from django.core.management import call_command

from kapstone.errors import KapstoneError
from kapstone.site import postgres


class NotReady(KapstoneError):
    """A step failed; the text says which and why."""

    status = 500


def say(words: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def step(name: str, do: Callable[[], str]) -> None:
    """Do one step, and say what came of it and how long it took."""
    sys.stdout.write(f"  {name:<14}")
    sys.stdout.flush()
    began = time.perf_counter()
    outcome = do()
    say(f"{outcome:<44}{time.perf_counter() - began:6.1f} s")


def database() -> str:
    """See to it that the database answers."""
    if not settings.DATABASE_IS_OURS:
        return "as named in DATABASE_URL"
    server = postgres.ensure(settings.DATA_FOLDER)
    return f"PostgreSQL in {_short(server.folder)}"


def tables() -> str:
    """
    Migrate, as the owner of the tables.

    In a process of its own: the one that serves never holds the owner's rights.
    """
    run = subprocess.run(
        [sys.executable, "-m", "kapstone", "migrate", "--verbosity", "0"],
        env=os.environ | {"KAPSTONE_DATABASE_ROLE": "owner"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise NotReady(f"The tables could not be migrated:\n{run.stdout}")
    return "as the code has them"


def static_files() -> str:
    """Gather style sheets, scripts and pictures under hashed names, if any changed."""
    stamp = settings.DATA_FOLDER / "static.stamp"
    settings.DATA_FOLDER.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_FOLDER / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = _static_state()
        manifest = settings.STATIC_ROOT / "staticfiles.json"
        if manifest.exists() and stamp.exists() and stamp.read_text() == wanted:
            return "unchanged"
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.write_text(wanted)
    return "gathered"


def _static_state() -> str:
    """Return a digest that changes when any static file does."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def checks() -> str:
    """Run every system check, those of a deployment too; an error ends the start."""
    found = run_checks(include_deployment_checks=True, databases=["default"])
    serious = [message for message in found if message.is_serious()]
    if serious:
        faults = "\n".join(f"  {message}" for message in serious)
        raise NotReady(f"Kapstone does not start, because:\n{faults}")
    return f"passed, {len(found)} notes" if found else "passed"


def _short(path: Path) -> str:
    """Return the path as seen from here, if it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
