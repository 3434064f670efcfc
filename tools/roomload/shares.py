"""Who had the processors: the server, its database, the load itself, and everybody else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of processor time since the machine or a process began."""

    machine: float
    load: float
    server: float
    database: float

    def since(self, before: Spent) -> Spent:
        """Give what was spent between two looks."""
        return Spent(
            machine=self.machine - before.machine,
            load=self.load - before.load,
            server=self.server - before.server,
            database=self.database - before.database,
        )

    def over(self, seconds: float) -> str:
        """Say which parts of all processors these were in so many seconds."""
        whole = seconds * (os.cpu_count() or 1)
        others = self.machine - self.load - self.server - self.database
        return (
            f"Of {os.cpu_count()} processors: server {self.server / whole:.0%}, its database"
            f" {self.database / whole:.0%}, the load itself {self.load / whole:.0%},"
            f" others {max(0.0, others) / whole:.0%}, nobody"
            f" {max(0.0, 1 - self.machine / whole):.0%}."
        )


def spent(database: str) -> Spent:
    """Look now; the server is whatever this process started, the database its connections."""
    parents = dict(_parents())
    return Spent(
        machine=_machine(),
        load=sum(os.times()[:2]),
        server=sum(_seconds(one) for one in _below(os.getpid(), parents)),
        database=sum(_seconds(one) for one in parents if _serves(one, database)),
    )


def _machine() -> float:
    user, nice, system, *_ = (PROC / "stat").read_text().split("\n", 1)[0].split()[1:]
    return (int(user) + int(nice) + int(system)) / _TICK


def _parents() -> Iterator[tuple[int, int]]:
    for folder in PROC.iterdir():
        if folder.name.isdigit() and (cells := _cells(int(folder.name))):
            yield int(folder.name), int(cells[1])


def _below(top: int, parents: Mapping[int, int]) -> Iterator[int]:
    """List everything that a process started, and what that started."""
    children = [one for one, parent in parents.items() if parent == top]
    for child in children:
        yield child
        yield from _below(child, parents)


def _serves(process: int, database: str) -> bool:
    with suppress(OSError):
        words = (PROC / str(process) / "cmdline").read_bytes().split(b" ")
        return words[0] == b"postgres:" and database.encode() in words
    return False


def _seconds(process: int) -> float:
    return sum(int(cell) for cell in _cells(process)[11:13]) / _TICK


def _cells(process: int) -> list[str]:
    """Give what the system says of a process, after its name; nothing once it has ended."""
    with suppress(OSError):
        return (PROC / str(process) / "stat").read_text().rpartition(") ")[2].split()
    return []
