"""
Test databases: built once by the owner, copied in milliseconds, used by the app's role.

The built database is kept under a name that holds a hash of everything it is made from, so the
migrations run again only when one of those files changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import django
import psycopg
from django.core.management import call_command
from django.db import connections

from kapstone.site import postgres

SOURCE = Path(__file__).parents[1] / "src" / "kapstone"
# What a migrated database depends on: tables, fences, grants and the order of apps.
MADE_FROM = ("**/migrations/*.py", "**/models.py", "core/**/*.py", "core/**/*.toml")
SEED_LASTS_MINUTES = 20


@cache
def template() -> str:
    """Return the name of a database migrated by the source as it is; build it if needed."""
    name = f"template_{_fingerprint(*MADE_FROM)}"
    server = postgres.ensure()
    with _lock("building"):
        if name not in _names(server):
            unfinished = f"unfinished_{os.getpid()}"
            _as_superuser(server, f"CREATE DATABASE {unfinished} OWNER {postgres.OWNER}")
            _migrate(unfinished)
            _as_superuser(server, f"ALTER DATABASE {unfinished} RENAME TO {name}")
        _drop_leavings(server, keep=name)
    return name


def seeded(seed: Callable[[str], None]) -> str:
    """
    Return the name of a database that ``seed`` has filled, by the source as it is.

    One that was seeded within the last minutes is used again: the demo's times are relative to
    when it was made.
    """
    made_from = f"seeded_{_fingerprint('**/*.py', '**/*.toml')}"
    server = postgres.ensure()
    with _lock("seeding"):
        now = int(time.time()) // 60
        for name in _names(server):
            kind, _, made_at = name.rpartition("_")
            if kind == made_from and now - int(made_at) < SEED_LASTS_MINUTES:
                return name
            if name.startswith("seeded_") and now - int(made_at) >= SEED_LASTS_MINUTES:
                drop(name)
        unfinished = copy()
        seed(unfinished)
        _as_superuser(server, f"ALTER DATABASE {unfinished} RENAME TO {made_from}_{now}")
    return f"{made_from}_{now}"


def copy(source: str = "") -> str:
    """Return the name of a new database like another one, the migrated one unless named."""
    source, server = source or template(), postgres.ensure()
    name = f"test_{os.getpid()}_{next(_numbers)}"
    _as_superuser(server, f"CREATE DATABASE {name} TEMPLATE {source} OWNER {postgres.OWNER}")
    return name


def drop(name: str) -> None:
    """Drop a database made by :func:`copy`."""
    _as_superuser(postgres.ensure(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def connected_to(name: str, *, user: str = postgres.APP) -> Iterator[None]:
    """Point Django's connection at a database, as a role, inside a ``with`` block."""
    connection = connections["default"]
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(NAME=name, USER=user)
    if user == postgres.OWNER:
        connection.settings_dict["OPTIONS"] = {}  # a migration may take its time
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def _counting() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


_numbers = _counting()


def _fingerprint(*patterns: str) -> str:
    digest = hashlib.sha256(django.__version__.encode())
    files = {path for pattern in patterns for path in SOURCE.glob(pattern)}
    for path in sorted(
        files | {SOURCE / "site" / "settings.py", SOURCE / "site" / "postgres.py"}
    ):
        digest.update(str(path.relative_to(SOURCE)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _migrate(name: str) -> None:
    with connected_to(name, user=postgres.OWNER):
        call_command("migrate", verbosity=0, interactive=False)


def _as_superuser(server: postgres.Server, statement: str) -> None:
    address = server.conninfo(user=postgres.SUPERUSER, database="postgres")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)


def _names(server: postgres.Server) -> list[str]:
    address = server.conninfo(user=postgres.SUPERUSER, database="postgres")
    with psycopg.connect(address) as connection:
        rows = connection.execute("SELECT datname FROM pg_database ORDER BY oid")
        return [name for (name,) in rows]


def _drop_leavings(server: postgres.Server, *, keep: str) -> None:
    """Drop what runs that were killed left behind, and all but the newest few templates."""
    old = [name for name in _names(server) if name.startswith("template_")][:-4]
    for name in _names(server):
        kind, _, rest = name.partition("_")
        dead = kind in {"test", "unfinished"} and not _alive(rest.split("_")[0])
        if dead or (name in old and name != keep):
            _as_superuser(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _alive(number: str) -> bool:
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def _lock(name: str) -> Iterator[None]:
    """Let one process at a time build a template."""
    with (postgres.data_folder() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
