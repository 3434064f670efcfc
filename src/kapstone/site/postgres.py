"""
A private PostgreSQL server in Kapstone's data folder.

For the demo, the tests and a small clinic. It is the real server, listens on a socket in a
private folder and on no network, and is started once and left running until stopped.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from kapstone.site.binaries import (
    SHELTER,
    DatabaseError,
    major_version,
    may_reach,
    run_program,
    runs_as,
)

OWNER, APP, DATABASE = "kapstone_owner", "kapstone_app", "kapstone"
SUPERUSER = "postgres"
LONGEST_SOCKET_PATH = 107  # bytes: the system's sockaddr_un holds 108 with the closing zero
START_SECONDS = 60.0  # recovery after a crash replays the log; a small clinic's takes seconds
LOCK_SECONDS = 15.0
MAY_ASK_FOR = ("all all", f"replication {SUPERUSER}")  # the second is for base backups

# With fsync, full_page_writes and synchronous_commit an answered write is on the disk. The log
# keeps neither statements nor row values, since either would carry what patients said.
CONFIGURATION = """\
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
fsync = on
full_page_writes = on
synchronous_commit = on
max_connections = 60
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_min_error_statement = panic
log_error_verbosity = terse
cluster_name = 'kapstone'
"""


@dataclass(frozen=True, slots=True)
class Server:
    """The place of one private server; says nothing about whether it runs."""

    folder: Path
    socket: Path

    @property
    def cluster(self) -> Path:
        """The folder that PostgreSQL calls its data directory."""
        return self.folder / "cluster"

    def conninfo(self, *, user: str = APP, database: str = DATABASE) -> str:
        """Return what psycopg needs to connect."""
        return f"host={self.socket} user={user} dbname={database} connect_timeout=5"

    def is_running(self) -> bool:
        """Say whether the server answers."""
        try:
            psycopg.connect(self.conninfo(user=SUPERUSER, database="postgres")).close()
        except psycopg.OperationalError:
            return False
        return True


def data_folder() -> Path:
    """Return the folder of everything Kapstone writes: ``KAPSTONE_DATA``, or ``./var``."""
    return Path(os.environ.get("KAPSTONE_DATA") or "var").absolute()


def locate(data: Path | None = None) -> Server:
    """Return where the private server of this data folder is, or will be; writes nothing."""
    folder = (data or data_folder()) / "postgres"
    folder = folder.resolve()
    return Server(folder, _socket_folder(folder))


def ensure(data: Path | None = None) -> Server:
    """Return a running server, after building and starting it as far as is needed."""
    server = _prepare_folder(data or data_folder())
    if server.is_running():
        return server
    with _held(server.folder / "start.lock", seconds=START_SECONDS):
        if not server.is_running():
            _build(server)
            _start(server)
    return server


def stop(data: Path | None = None) -> bool:
    """Stop the server; return whether there was one to stop."""
    server = locate(data)
    if not (server.cluster / "postmaster.pid").exists():
        return False
    with _held(server.folder / "start.lock", seconds=START_SECONDS):
        if not server.is_running() and not _is_alive(server):
            return False
        run_program("pg_ctl", "stop", "-D", str(server.cluster), "-m", "fast", "-w", "-t", "60")
    return True


def _prepare_folder(data: Path) -> Server:
    """Create the folders, each open to the server's user and to nobody else."""
    user = runs_as()
    data.mkdir(mode=0o711 if user.is_other else 0o700, parents=True, exist_ok=True)
    place = data / "postgres"
    if not place.is_symlink() and not place.exists():
        if may_reach(data):
            place.mkdir(mode=0o700, exist_ok=True)
        else:
            # Somewhere under /root: the server's user cannot walk there, so it gets a shelter.
            name = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:12]
            (SHELTER / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            SHELTER.chmod(0o755)
            place.symlink_to(SHELTER / name)
    server = locate(data)
    _make_private(server.folder)
    _make_private(server.socket)
    return server


def _make_private(folder: Path) -> None:
    """Make ``folder`` the server's own, and refuse one that somebody else laid out for us."""
    user = runs_as()
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), user.uid}:
        raise DatabaseError(
            f"{folder} belongs to somebody else; remove it or set KAPSTONE_DATA."
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)
    if found.st_uid != user.uid:
        os.chown(folder, user.uid, user.gid)


def _socket_folder(folder: Path) -> Path:
    """Return a folder whose socket path fits the system's limit."""
    beside = folder / "socket"
    if len(os.fsencode(beside / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH:
        return beside
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path("/tmp") / f"kapstone-{name}"  # noqa: S108 - its owner and mode are checked


@contextmanager
def _held(path: Path, *, seconds: float) -> Iterator[int]:
    """Hold an exclusive lock on a file for the length of a ``with`` block."""
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(number, path, seconds=seconds)
        yield number
    finally:
        os.close(number)


def _lock(number: int, path: Path, *, seconds: float) -> None:
    """Take the lock, waiting at most ``seconds``."""
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise DatabaseError(
                    f"{path} has been held for {seconds:.0f} s: another Kapstone, perhaps in "
                    "another container, uses this data folder."
                ) from None
            time.sleep(0.02)
        else:
            return


def _build(server: Server) -> None:
    """Lay out the cluster once, in a folder that gets its true name only when complete."""
    if (server.cluster / "PG_VERSION").exists():
        built = (server.cluster / "PG_VERSION").read_text().strip()
        if built != major_version():
            raise DatabaseError(
                f"{server.cluster} was built by PostgreSQL {built}; the programs here are "
                f"{major_version()}. Dump with the old ones and restore with the new."
            )
        return
    unfinished = server.folder / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    # The builtin provider (17 and later) sorts and folds letters the same on every machine.
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    modern = int(major_version()) >= 17
    run_program(
        "initdb",
        f"--pgdata={unfinished}",
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        "--locale=C.UTF-8" if not modern else "--locale=C",
        *(builtin if modern else []),
        "--data-checksums",
        "--auth-local=peer",
        "--auth-host=reject",
        "--no-instructions",
    )
    with (unfinished / "postgresql.conf").open("a") as settings:
        settings.write("\ninclude 'kapstone.conf'\n")
        # initdb flushed what it wrote; without this line no start succeeds after a power cut.
        settings.flush()
        os.fsync(settings.fileno())
    unfinished.rename(server.cluster)
    folder = os.open(server.folder, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _start(server: Server) -> None:
    """Start the server and wait until it answers, then see to its roles and database."""
    log = server.folder / "log"
    if not _is_alive(server):
        _configure(server)
        # The lock is inherited by the server and its children, so it is free only when all are
        # gone: no second server can start on this folder, not even from another container.
        with _held(server.folder / "server.lock", seconds=LOCK_SECONDS) as number:
            _clear_traces(server)
            words = ["start", "-W", "-s", "-D", str(server.cluster), "-l", str(log)]
            run_program("pg_ctl", *words, keep_open=(number,))
    _wait_until_ready(server, log)
    _provide(server)


def _configure(server: Server) -> None:
    """Write the settings that are ours: where it listens, who may connect, what is durable."""
    user = runs_as()
    _write(server, "kapstone.conf", CONFIGURATION.format(socket=server.socket))
    # Only the system's own word on who connects counts, and only for these two users.
    _write(
        server,
        "pg_hba.conf",
        "".join(f"local {what} peer map=kapstone\n" for what in MAY_ASK_FOR),
    )
    may = {user.name, "root"} if user.is_other else {user.name}
    lines = [f'kapstone "{name}" {role}' for name in may for role in (SUPERUSER, OWNER, APP)]
    _write(server, "pg_ident.conf", "\n".join(lines) + "\n")


def _write(server: Server, name: str, text: str) -> None:
    """Write one of the cluster's settings files, for its user's eyes."""
    path = server.cluster / name
    path.write_text(text)
    path.chmod(0o600)
    os.chown(path, runs_as().uid, runs_as().gid)


def _is_alive(server: Server) -> bool:
    """Say whether the process named in the pid file exists and works in this cluster."""
    try:
        number = (server.cluster / "postmaster.pid").read_text().split("\n", 1)[0]
        return (Path("/proc") / number / "cwd").resolve(strict=True) == server.cluster
    except OSError:
        return False


def _clear_traces(server: Server) -> None:
    """
    Clear what a crashed server left, so that it is not taken for a living one.

    The left-over number may by now be another process of the same user, or a zombie in a
    container without init. PostgreSQL ignores the number of the process that calls pg_ctl, so
    that is written in the pid file; the rest of it, by which stray children are found, stays.
    """
    path = server.cluster / "postmaster.pid"
    if path.exists():
        _, *rest = path.read_text().splitlines()
        path.write_text("\n".join([str(os.getpid()), *rest]) + "\n")
    for left in server.socket.glob(".s.PGSQL.*"):
        left.unlink()


def _wait_until_ready(server: Server, log: Path) -> None:
    """Return once the server answers."""
    until = time.monotonic() + START_SECONDS
    while not server.is_running():
        if time.monotonic() > until or _died(server):
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else "(no log)"
            raise DatabaseError(f"PostgreSQL did not start. The end of {log}:\n{tail}")
        time.sleep(0.02)


def _died(server: Server) -> bool:
    """Say whether the server gave up: the lock it would have inherited is ours alone."""
    number = os.open(server.folder / "server.lock", os.O_RDWR)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(number)
    return True


def _provide(server: Server) -> None:
    """Create the two roles and the database, whichever of them are missing."""
    with psycopg.connect(
        server.conninfo(user=SUPERUSER, database="postgres"), autocommit=True
    ) as connection:
        for role, power in ((OWNER, "CREATEDB"), (APP, "NOCREATEDB")):
            if not connection.execute(
                "SELECT FROM pg_roles WHERE rolname = %s", [role]
            ).rowcount:
                connection.execute(f"CREATE ROLE {role} LOGIN NOBYPASSRLS {power}")
        named = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if not named.rowcount:
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        connection.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
        connection.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP}")
