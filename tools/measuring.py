"""Ask for the main pages of a small clinic and of a large one, and judge what they take."""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from statistics import quantiles

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from multiply import multiply
from tests import databases

from kapstone.clinic.dosing.models import DosingSession
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Clinic, Patient, Role, User
from kapstone.site import postgres, steps

MOST_MS = 60.0
MOST_RATIO = 1.5
WARM_UP = 5
IN_THE_ROOM = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Page:
    """A page, its address, and who asks for it."""

    name: str
    address: str
    user: User


@dataclass(frozen=True, slots=True)
class Measured:
    """What a page took."""

    p50_ms: float
    p95_ms: float
    queries: int
    kilobytes: float


def pages() -> Iterator[Page]:
    """Give the pages to measure, as the demo clinic has them."""
    clinic = Clinic.objects.get(is_synthetic=True)
    with transaction.atomic():
        stand_in(clinic_id=clinic.pk, user_id=None)
        staff = {user.role: user for user in User.objects.order_by("-pk")}
        session = (
            DosingSession.objects.filter(doses__given_at__gte=timezone.now() - IN_THE_ROOM)
            .order_by("-doses__given_at")
            .first()
        )
        at_home = Patient.objects.filter(user__isnull=False).order_by("pk").first()
        in_care = (
            Patient.objects.filter(care_team__user=staff[Role.THERAPIST]).order_by("pk").first()
        )
    therapist = staff[Role.THERAPIST]
    yield Page("Today", "/today/", therapist)
    yield Page("Patients", "/patients/", therapist)
    yield Page("Timeline", f"/patients/{in_care.key}/", therapist)
    if session:
        yield Page("Room", f"/room/{session.key}/", staff[Role.NURSE])
    if at_home:
        yield Page("Your window", "/me/", at_home.user)


def measure(page: Page, rounds: int) -> Measured:
    """Ask for a page many times."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(page.user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    for _ in range(WARM_UP):
        answer = client.get(page.address)
        if answer.status_code != 200:
            raise SystemExit(f"{page.name} ({page.address}) answered {answer.status_code}.")
    with CaptureQueriesContext(connection) as asked:
        client.get(page.address)
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        answer = client.get(page.address)
        times.append((time.perf_counter() - began) * 1000)
    cuts = quantiles(times, n=20, method="inclusive")
    return Measured(cuts[9], cuts[18], len(asked), len(answer.content) / 1024)


def main() -> int:
    """Measure, print both clinics beside each other, and judge."""
    parser = argparse.ArgumentParser(description="Server time of the main pages.")
    parser.add_argument("--patients", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    steps.static_files()
    name = databases.copy(databases.seeded(seed))
    try:
        with databases.connected_to(name):
            return compare(name, options.patients, options.rounds)
    finally:
        databases.drop(name)


def seed(database: str) -> None:
    """Fill a database with the demo."""
    with databases.connected_to(database):
        call_command("seed", verbosity=0)


def compare(database: str, patients: int, rounds: int) -> int:
    """Measure the demo clinic, make it large, and measure again."""
    asked = list(pages())
    small = [measure(page, rounds) for page in asked]

    began = time.perf_counter()
    clinic = Clinic.objects.get(is_synthetic=True)
    with transaction.atomic():
        stand_in(clinic_id=clinic.pk, user_id=None)
        present = Patient.objects.count()
    address = postgres.ensure().conninfo(user=postgres.SUPERUSER, database=database)
    rows = multiply(address, copies=max(patients // present, 1))
    print(f"Large clinic: {rows:,} rows added in {time.perf_counter() - began:.0f} s.")
    large = [measure(page, rounds) for page in asked]

    print(
        f"\nOn {timezone.now():%Y-%m-%d %H:%M} UTC, one process, {rounds} rounds each, in ms:\n"
    )
    print(f"{'page':<14}{'demo':^28}{f'{patients:,} patients':^28}{'ratio':>6}")
    print(f"{'':<14}{'p50':>8}{'p95':>8}{'queries':>9}   {'p50':>8}{'p95':>8}{'queries':>9}")
    failed = []
    for page, demo, many in zip(asked, small, large, strict=True):
        ratio = many.p95_ms / demo.p95_ms
        print(
            f"{page.name:<14}{demo.p50_ms:8.1f}{demo.p95_ms:8.1f}{demo.queries:9}   "
            f"{many.p50_ms:8.1f}{many.p95_ms:8.1f}{many.queries:9}{ratio:9.2f}"
        )
        if demo.p95_ms > MOST_MS:
            failed.append(f"{page.name}: p95 {demo.p95_ms:.0f} ms, target {MOST_MS:.0f}")
        if ratio > MOST_RATIO:
            failed.append(f"{page.name}: {ratio:.2f} times as long in the large clinic")
        if many.queries > demo.queries:
            failed.append(f"{page.name}: queries grew from {demo.queries} to {many.queries}")
    print("\n" + ("\n".join(failed) if failed else "Every page meets its target."))
    return 1 if failed else 0
