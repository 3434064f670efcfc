"""
A disk of the drill's own, whose power can be pulled: ext4 in a file, mounted through a loop.

A pull shuts the file system down at one instant without writing anything out, journal included
(ext4's own shutdown, as file-system testers use it). Freezing would not do: it first writes
everything out, and so hides exactly what a pull loses. What had reached the disk by then is
copied, the copy is mounted, and the old disk is gone.

The host's own disk is honest here: what the loop was told is flushed counts as flushed. A drive
that lies about its cache is not tested by this.
"""

import fcntl
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

SHUT_DOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
WITHOUT_WRITING = 2  # EXT4_GOING_FLAGS_NOLOGFLUSH
SIZE_MIB = 1024
QUIET_SECONDS = 5.0
PROGRAMS = ("mkfs.ext4", "mount", "umount", "losetup")


class NotHere(Exception):
    """The drill cannot be done on this machine; says why."""


def why_not() -> str:
    """Say what this machine lacks for the drill; nothing, if it lacks nothing."""
    if os.geteuid() != 0:
        return "it needs root, to mount a file system of its own"
    if not Path("/dev/loop-control").exists():
        return "it needs loop devices, and /dev/loop-control is not here"
    missing = [name for name in PROGRAMS if _found(name) is None]
    return f"it needs {', '.join(missing)}" if missing else ""


def _found(name: str) -> str | None:
    return shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")


def _run(*words: str) -> str:
    program = _found(words[0])
    run = subprocess.run(
        [program or words[0], *words[1:]], capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        raise NotHere(f"{' '.join(words)} failed: {(run.stdout + run.stderr).strip()}")
    return run.stdout


class Disk:
    """One disk, mounted at ``place``."""

    def __init__(self, folder: Path, place: Path) -> None:
        self.folder, self.place = folder, place
        self.number = 0
        place.mkdir(parents=True, exist_ok=True)

    @property
    def image(self) -> Path:
        """The file that is the disk now."""
        return self.folder / f"disk-{self.number}"

    def make(self) -> None:
        """
        Make the disk and mount it.

        Raises
        ------
        NotHere
            If this machine does not let us.
        """
        if reason := why_not():
            raise NotHere(f"The power drill cannot be done here: {reason}.")
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.image.open("wb") as file:
            file.truncate(SIZE_MIB * 1024 * 1024)
        _run("mkfs.ext4", "-q", "-F", str(self.image))
        self._mount()

    def pull(self) -> float:
        """Let the power go; give the instant, on the monotonic clock."""
        opened = os.open(self.place, os.O_RDONLY)
        try:
            instant = time.monotonic()
            fcntl.ioctl(opened, SHUT_DOWN, struct.pack("I", WITHOUT_WRITING))
        finally:
            os.close(opened)
        return instant

    def swap(self) -> None:
        """Copy what had reached the disk, and mount the copy in its place."""
        self._wait_for_quiet()
        old, self.number = self.image, self.number + 1
        _run("cp", "--sparse=always", str(old), str(self.image))
        self._unmount()
        old.unlink()
        self._mount()

    def remove(self) -> None:
        """Unmount the disk and remove it, in whatever state it is."""
        self._unmount()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _mount(self) -> None:
        _run("mount", "-t", "ext4", "-o", "loop", str(self.image), str(self.place))

    def _unmount(self) -> None:
        for _ in range(50):
            if not os.path.ismount(self.place):
                return
            with suppress(NotHere):
                _run("umount", str(self.place))
                continue
            time.sleep(0.1)  # a killed process takes a moment to let go
        _run("umount", "--lazy", str(self.place))

    def _loops(self) -> Sequence[str]:
        told = _run(
            "losetup", "--noheadings", "--output", "NAME", "--associated", str(self.image)
        )
        return [Path(line.strip()).name for line in told.splitlines() if line.strip()]

    def _wait_for_quiet(self) -> None:
        """Wait until what was on its way to the disk at the instant has arrived or failed."""
        until = time.monotonic() + QUIET_SECONDS
        waiting = [Path("/sys/block") / name / "inflight" for name in self._loops()]
        while time.monotonic() < until:
            if not any(int(number) for one in waiting for number in one.read_text().split()):
                return
            time.sleep(0.01)
