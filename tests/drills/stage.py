"""
Before and after a drill: a data folder of its own, Django told of it, and everything ended.

Nothing here imports Django, which reads the environment when it is first asked.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from tests.drills.disk import Disk
from tests.drills.ground import Ground

FAULTS = ("answer before commit", "ids made by the server", "dose written apart")
PROGRAMS = "KAPSTONE_PG_BIN"  # where PostgreSQL is says nothing about which clinic this is
HARM = {"lost", "doubled", "half doses", "did not start", "damaged"}
MOST_TOLD = 20


def prepare_environment(data: Path) -> None:
    """Let this process and those it starts know one installation, and no other."""
    for name in list(os.environ):
        if name.startswith(("KAPSTONE_", "DATABASE_", "DJANGO_")) and name != PROGRAMS:
            del os.environ[name]
    os.environ |= {
        "KAPSTONE_DATA": str(data),
        "KAPSTONE_MODE": "demo",
        "DJANGO_SETTINGS_MODULE": "kapstone.site.settings",
        "PYTHONPATH": os.pathsep.join(str(Path(one).absolute()) for one in ("src", ".")),
    }


def folder(kept: Path | None) -> Path:
    """Make the data folder, where the database's own user can walk to it."""
    data = kept or Path(tempfile.mkdtemp(prefix="kapstone-drill-"))
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o711)
    return data.absolute()


@contextmanager
def ground(
    kept: Path | None = None, *, fault: str = "", on_disk: bool = False
) -> Iterator[Ground]:
    """
    Lend a migrated installation that serves nobody yet; end all of it, whatever happens.

    ``on_disk`` puts its database on a disk of its own, whose power can be pulled.
    """
    # Told to end, Python would leave everything running: an exception tidies up instead.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    data = folder(kept)
    prepare_environment(data)
    lent = Ground(data, fault=fault)
    disk = Disk(data / "disk", data / "postgres") if on_disk else None
    try:
        if disk is not None:
            disk.make()
            lent.disk = disk
        lent.start_database()
        lent.migrate()
        django.setup()
        yield lent
    finally:
        lent.close()
        if disk is not None:
            disk.remove()
        if kept is None:
            shutil.rmtree(data, ignore_errors=True)


def tell(
    name: str, figures: Mapping[str, Any], findings: Sequence[tuple[str, str]], file: Path
) -> int:
    """
    Print one line of figures, then what did not hold; write all of it as JSON.

    Returns
    -------
    the exit status: 0 if all held or, with a fault planted, if the drill found it
    """
    fault = figures["fault"]
    plain = [f"{value:,} {words}" for words, value in figures.items() if _is_number(value)]
    print(f"{name}{fault and f', {fault}'}:", ", ".join(plain))  # noqa: T201
    is_found = any(what in HARM for what, _ in findings)
    if fault:
        print("  found, as it must be" if is_found else "  NOT FOUND")  # noqa: T201
    for what, where in findings[: 1 if fault else MOST_TOLD]:
        print(f"  {'found' if fault else 'FAILED'} {what}: {where}")  # noqa: T201
    file.parent.mkdir(parents=True, exist_ok=True)
    told = {**figures, "failed": findings[:MOST_TOLD], "failed in all": len(findings)}
    file.write_text(json.dumps(told, indent=1) + "\n")
    return int(not is_found if fault else bool(findings))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
