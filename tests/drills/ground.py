"""
The ground of a drill: a data folder, its database, the real server, and their supervisor.

Every process that is killed here was started here, and is found by its id.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psycopg
from tests.drills.disk import Disk

from kapstone.site import postgres

START_SECONDS = 120.0


def children(pid: int) -> list[int]:
    """List the processes that a process has started and that still run."""
    with suppress(OSError):
        return [
            int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    return []


def end(pid: int) -> bool:
    """Kill a process at once; say whether it was there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def end_all(pids: Sequence[int]) -> bool:
    """Kill processes at once; say whether any of them was there."""
    return max([end(pid) for pid in pids], default=False)


def is_worker(pid: int) -> bool:
    """Say whether a child of the server is one of its workers."""
    with suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Ground:
    """One private installation of Kapstone, for the length of a drill."""

    def __init__(self, data: Path, *, fault: str = "") -> None:
        self.data, self.fault, self.port = data, fault, free_port()
        self.app: subprocess.Popen[bytes] | None = None
        self.disk: Disk | None = None
        self.starts = 0
        self.refused_starts: list[str] = []

    # --- The database

    @property
    def server(self) -> postgres.Server:
        """The place of the private database."""
        return postgres.locate(self.data)

    def connect(self, user: str = postgres.SUPERUSER) -> psycopg.Connection:
        """Open a connection of its own; the superuser sees behind every fence."""
        return psycopg.connect(self.server.conninfo(user=user), autocommit=True)

    def postmaster(self) -> int:
        """Give the id of the database's first process."""
        return int((self.server.cluster / "postmaster.pid").read_text().split("\n", 1)[0])

    def start_database(self) -> None:
        """Start the database, or start it again after whatever happened to it."""
        postgres.ensure(self.data)

    def kill_database(self) -> None:
        """Kill every process of the database at once."""
        with suppress(OSError):
            first = self.postmaster()
            end_all([first, *children(first)])

    def migrate(self) -> None:
        """Make the tables, as the owner of them."""
        run = subprocess.run(
            [sys.executable, "-m", "kapstone", "migrate", "--verbosity", "0"],
            env=os.environ | {"KAPSTONE_DATABASE_ROLE": "owner"},
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            raise SystemExit(f"The tables could not be made:\n{run.stdout}{run.stderr}")

    # --- The server

    @property
    def log(self) -> Path:
        """The file that keeps what the server says."""
        return self.data / "serve.log"

    def start_app(self) -> None:
        """Start ``kapstone serve``, in a process group of its own; does not wait for it."""
        module = "tests.drills.faulty" if self.fault else "kapstone"
        with self.log.open("ab") as log:
            self.app = subprocess.Popen(
                [sys.executable, "-m", module, "serve", "--port", str(self.port)],
                env=os.environ | {"KAPSTONE_DRILL_FAULT": self.fault},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.starts += 1

    def kill_app(self) -> None:
        """Kill the server and all its workers at once."""
        if self.app is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.app.pid, signal.SIGKILL)
            self.app.wait()

    def workers(self) -> list[int]:
        """List the server's workers."""
        found = children(self.app.pid) if self.app else []
        return [pid for pid in found if is_worker(pid)]

    def wait_until_served(self) -> None:
        """Return once the server listens and its workers run."""
        until = time.monotonic() + START_SECONDS
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                if self.workers():
                    return
            if time.monotonic() > until or (self.app and self.app.poll() is not None):
                raise SystemExit(f"The server did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)

    # --- Both

    def mend(self) -> None:
        """Start again what has ended, as the system's supervisor would."""
        for last in (False, False, True):
            try:
                self.start_database()
                break
            except postgres.DatabaseError as refused:
                self.refused_starts.append(str(refused)[-300:])
                if last:
                    raise
        self.mend_app()

    def mend_app(self) -> None:
        """Start the server again if it has ended, whatever ended it."""
        if self.app is not None and self.app.poll() is not None:
            self.kill_app()  # a supervisor also ends what a dead server has left behind
            self.start_app()

    def close(self) -> None:
        """End everything that runs on this ground."""
        self.kill_app()
        try:
            postgres.stop(self.data)
        except postgres.DatabaseError:
            self.kill_database()
