"""
What happens every minute.

A stage of care that has something to do by the clock brings a module ``jobs`` with a function
``tick(*, clinic, at)``. It runs once for each clinic, inside that clinic's fence. What the
jobs, or anybody else, wrote to be sent is carried away afterwards.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec

from axes.handlers.proxy import AxesProxyHandler
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from kapstone.core.access.fences import acting_in
from kapstone.core.people.models import Clinic
from kapstone.core.post.carriers import carrier_for
from kapstone.core.post.worker import CLOCK_MOVED, deliver, tell
from kapstone.site import clock

logger = logging.getLogger("kapstone.tick")
LOCK_NUMBER = 0x6B61705F7469636B  # "kap_tick": one tick at a time on one database
LOGIN_TRACES_DAYS = 30


@dataclass(slots=True)
class Ticked:
    """What one tick did."""

    jobs: int = 0
    failed: list[str] = field(default_factory=list)
    was_first: bool = True


def jobs() -> Iterator[tuple[str, Callable[..., None]]]:
    """Give each installed stage's job, by the name of its app."""
    for config in apps.get_app_configs():
        name = f"{config.name}.jobs"
        if config.name.startswith("kapstone.") and find_spec(name):
            yield config.label, import_module(name).tick


def tick(*, at: datetime) -> Ticked:
    """Do everything that is due; a tick that finds another one at work does nothing."""
    done = Ticked()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_NUMBER])
        if not cursor.fetchone()[0]:
            done.was_first = False
            return done
    try:
        Session.objects.filter(expire_date__lt=at).delete()
        AxesProxyHandler.reset_logs(age_days=LOGIN_TRACES_DAYS)
        for clinic in Clinic.objects.order_by("pk"):
            for name, job in jobs():
                _run(name, job, clinic, at, done)
        why = clock.distrust(settings.DATA_FOLDER, at)
        for clinic in Clinic.objects.order_by("pk"):
            _carry(clinic, at, why, done)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_NUMBER])
    return done


def _run(
    name: str, job: Callable[..., None], clinic: Clinic, at: datetime, done: Ticked
) -> None:
    done.jobs += 1
    try:
        with acting_in(clinic_id=clinic.pk):
            job(clinic=clinic, at=at)
    except Exception:  # one stage's fault must not silence another's reminders
        logger.exception("The job of %s failed in clinic %s.", name, clinic.pk)
        done.failed.append(name)


def _carry(clinic: Clinic, at: datetime, why: str, done: Ticked) -> None:
    """Carry one clinic's post, outside of any transaction: its steps are their own."""
    try:
        if why:
            logger.warning("Nothing is sent now. %s", why)
            with acting_in(clinic_id=clinic.pk):
                tell(clinic, at, CLOCK_MOVED)
        deliver(clinic=clinic, at=at, carrier=carrier_for(settings.MAIL), held=bool(why))
    except Exception:  # one clinic's fault must not keep another's post
        logger.exception("The post of clinic %s failed.", clinic.pk)
        done.failed.append("post")


def tick_every(seconds: float, stop: threading.Event) -> None:
    """Tick again and again until told to stop, as the demo does by itself."""
    while not stop.wait(seconds):
        tick(at=timezone.now())
    connection.close()
