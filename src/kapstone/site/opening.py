"""Opening the clinic: every step from an empty folder to a page, told as it goes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import connection

from kapstone.core.access.queries import demo_accounts
from kapstone.core.people.models import Clinic
from kapstone.site import postgres, serve, steps, ticking
from kapstone.site.steps import NotReady, say, step

TICK_SECONDS = 60.0


def open_demo(*, port: int) -> None:
    """Set everything up, seed the synthetic clinic if there is none, and serve it."""
    say("Kapstone, with a synthetic clinic")
    with _server_for_us():
        step("database", steps.database)
        step("tables", steps.tables)
        step("style sheets", steps.static_files)
        step("clinic", _seeded)
        step("checks", steps.checks)
        sign_ins = list(_sign_ins())
        connection.close()
        listening = serve.listen("localhost", port, move_on=True)
        settings.MAIL = replace(settings.MAIL, address=f"http://localhost:{listening.port}")
        say(f"\nOpen http://localhost:{listening.port} (from this machine only; Ctrl+C closes)")
        for line in sign_ins:
            say(line)
        stop = threading.Event()
        clock = threading.Thread(
            target=ticking.tick_every, args=(TICK_SECONDS, stop), name="clock", daemon=True
        )
        clock.start()
        serve.run(listening, workers=1)
        stop.set()
        clock.join(timeout=10)
        say("\nClosed. What was confirmed is kept; the same command opens it again.")


def open_clinic(*, host: str, port: int) -> None:
    """Serve a migrated clinic, after every check."""
    with _server_for_us():
        step("database", steps.database)
        step("style sheets", steps.static_files)
        step("checks", steps.checks)
        connection.close()
        listening = serve.listen(host, port)
        say(f"Serving on http://{host}:{listening.port}")
        serve.run(listening, workers=settings.WORKERS)


@contextmanager
def _server_for_us() -> Iterator[None]:
    """Stop the private database server afterwards, if it is we who started it."""
    ours = settings.DATABASE_IS_OURS and not postgres.locate(settings.DATA_FOLDER).is_running()
    try:
        yield
    finally:
        connection.close()
        if ours:
            postgres.stop(settings.DATA_FOLDER)


def _seeded() -> str:
    """Seed an empty database, and never pass a real clinic off as the demo."""
    if Clinic.objects.filter(is_synthetic=False).exists():
        raise NotReady(
            "This database holds a real clinic, which the demo must not serve. Give the demo a "
            "folder of its own in KAPSTONE_DATA."
        )
    if Clinic.objects.exists():
        return "as you left it"
    if "seed" not in get_commands():
        return "empty: nothing to seed it with"
    call_command("seed", verbosity=0)
    clinics = Clinic.objects.count()
    return "seeded" if clinics == 1 else f"seeded, {clinics} clinics"


def _sign_ins() -> Iterator[str]:
    """Say how to sign in as each role."""
    accounts = demo_accounts()
    if accounts:
        yield f"\nEach signs in with the password: {settings.DEMO_PASSWORD}"
    for account in accounts:
        yield f"  {account.get_role_display():<16}{account.username}"
