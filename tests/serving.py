"""A clinic served by a process of its own, and a browser to look at it with."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 90


@dataclass(frozen=True, slots=True)
class ServedClinic:
    """A seeded clinic that answers at ``base_url``, on localhost as a user would have it."""

    base_url: str
    database: str
    log: Path


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kapstone(*words: str, database: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a ``kapstone`` command against a test database; fail with what it printed."""
    run = subprocess.run(
        [sys.executable, "-m", "kapstone", *words],
        env=environment(database) | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"kapstone {' '.join(words)}:\n{run.stdout}\n{run.stderr}"
    return run


def environment(database: str) -> dict[str, str]:
    """Return what a process of the demo clinic needs to be told."""
    # The browser's loop makes the tests relax this; a clinic that serves must not start so.
    ours = {k: v for k, v in os.environ.items() if k != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return ours | {"KAPSTONE_MODE": "demo", "KAPSTONE_DATABASE_NAME": database}


def seed(database: str) -> None:
    """Fill a database with the demo, as the command does."""
    kapstone("seed", database=database)


@pytest.fixture(scope="module")
def served_clinic(django_test_environment, django_db_blocker) -> Iterator[ServedClinic]:
    """Serve the demo clinic, in a database of its own, to the tests of one module."""
    from tests import databases

    with django_db_blocker.unblock():
        seeded = databases.seeded(seed)
        database = databases.copy(seeded)
        with tempfile.TemporaryDirectory(prefix="kapstone-served-") as folder:
            log = Path(folder) / "log"
            with serving(database, log) as base_url:
                yield ServedClinic(base_url, database, log)
        databases.drop(database)


@contextmanager
def serving(database: str, log: Path, **variables: str) -> Iterator[str]:
    """Run ``kapstone serve`` on a free port for the length of a ``with`` block."""
    port = free_port()
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "kapstone", "serve", "--port", str(port)],
            env=environment(database) | variables,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://localhost:{port}"
        until = time.monotonic() + START_SECONDS
        while not answers(address):
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"The clinic did not start:\n{log.read_text()}")
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(address: str) -> bool:
    """Say whether a server answers there, whatever it says."""
    try:
        urllib.request.urlopen(address, timeout=10).close()  # noqa: S310 - our own localhost
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def chromium() -> str:
    """Return the path of the system's Chromium."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    pytest.fail(f"No browser: none of {', '.join(CHROMIUM_NAMES)} is installed; see make test.")


@pytest.fixture(scope="session")
def browser():
    """Start the system's Chromium once."""
    from playwright.sync_api import sync_playwright

    # Playwright leaves an event loop running in this thread, and Django would then refuse every
    # query of the tests that follow. Nothing here is async, so the refusal protects nothing.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "yes"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        yield started
        started.close()


@pytest.fixture
def page(browser, served_clinic):
    """Open a page of the served clinic; a script error or a blocked resource fails the test."""
    from playwright.sync_api import expect

    expect.set_options(timeout=15_000)
    context = browser.new_context(base_url=served_clinic.base_url, locale="en-GB")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
    yield opened
    context.close()
    assert not faults, "\n".join(faults)


def _is_fault(said) -> bool:
    """Pick out policy violations; a 422 that the page shows in words is no fault."""
    return said.type == "error" and "Failed to load resource" not in said.text


def assert_accessible(page) -> None:
    """Fail with every rule of axe (WCAG 2.2 AA and good practice) that the page breaks."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    told = [
        f"{fault['id']}: {fault['help']}\n"
        + "\n".join(f"    {node['html'][:160]}" for node in fault["nodes"][:5])
        for fault in found
    ]
    assert not told, f"{page.url}\n" + "\n".join(told)
