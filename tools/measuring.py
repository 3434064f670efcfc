"""Ask for the main pages of a small clinic and of a large one, and judge what they take."""

import argparse
import os
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
from kapstone.site.asgi import settle

MOST_MS = 60.0
MOST_RATIO = 1.5
# The driver prepares a question at its sixth asking, the database keeps a plan five later; a
# worker keeps its connection, and asks from there on.
WARM_UP = 12
TURN = 10
OK = 200
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
        yield Page("Room", f"/sessions/{session.key}/room/", staff[Role.NURSE])
    if at_home:
        yield Page("Your window", "/me/", at_home.user)


def main() -> int:
    """Measure both clinics in turns, print them beside each other, and judge."""
    parser = argparse.ArgumentParser(description="Server time of the main pages.")
    parser.add_argument("--patients", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    steps.static_files()
    seeded = databases.seeded(seed)
    small, large = databases.copy(seeded), databases.copy(seeded)
    try:
        with databases.connected_to(small):
            asked = list(pages())
        grow(large, options.patients)
        settle()  # as the server before its first page: what seeding left burdens no page
        found = [measure(page, (small, large), options.rounds) for page in asked]
        return judge(asked, found, options.patients, options.rounds)
    finally:
        databases.drop(small)
        databases.drop(large)


def seed(database: str) -> None:
    """Fill a database with the demo."""
    with databases.connected_to(database):
        call_command("seed", verbosity=0)


def grow(database: str, patients: int) -> None:
    """Make the large clinic."""
    began = time.perf_counter()
    with databases.connected_to(database), transaction.atomic():
        stand_in(clinic_id=Clinic.objects.get(is_synthetic=True).pk, user_id=None)
        present = Patient.objects.count()
    address = postgres.ensure().conninfo(user=postgres.SUPERUSER, database=database)
    rows = multiply(address, copies=max(patients // present, 1))
    print(f"The large clinic: {rows:,} rows in {time.perf_counter() - began:.0f} s.")


def measure(page: Page, places: tuple[str, str], rounds: int) -> tuple[Measured, Measured]:
    """Ask both clinics for a page, in turns, so that a busy machine is unfair to neither."""
    times: dict[str, list[float]] = {place: [] for place in places}
    queries, size = dict.fromkeys(places, 0), dict.fromkeys(places, 0)
    for _ in range(max(rounds // TURN, 1)):
        for place in places:
            with databases.connected_to(place):
                client = _signed_in(page)
                with CaptureQueriesContext(connection) as counted:
                    answer = client.get(page.address)
                queries[place], size[place] = len(counted), len(answer.content)
                times[place] += [_timed(client, page) for _ in range(TURN)]
    small, large = (
        Measured(*_middle_and_tail(times[place]), queries[place], size[place] / 1024)
        for place in places
    )
    return small, large


def _signed_in(page: Page) -> Client:
    """Sign in, and ask a few times before anything is counted."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(page.user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    for _ in range(WARM_UP):
        answer = client.get(page.address)
        if answer.status_code != OK:
            raise SystemExit(f"{page.name} ({page.address}) answered {answer.status_code}.")
    return client


def _timed(client: Client, page: Page) -> float:
    began = time.perf_counter()
    client.get(page.address)
    return (time.perf_counter() - began) * 1000


def _middle_and_tail(times: list[float]) -> tuple[float, float]:
    cuts = quantiles(times, n=20, method="inclusive")
    return cuts[9], cuts[18]


def judge(
    asked: list[Page], found: list[tuple[Measured, Measured]], patients: int, rounds: int
) -> int:
    """Print every page, and say which miss their target."""
    load = os.getloadavg()[0]
    print(f"\nOne process, {rounds} rounds each, in ms; load of the machine {load:.1f}.\n")
    print(f"{'':<13}{'demo':^30}{f'{patients:,} patients':^30}")
    print(f"{'page':<13}" + 2 * f"{'p50':>7}{'p95':>7}{'queries':>9}{'KiB':>7}" + "  ratio")
    failed = []
    for page, (demo, many) in zip(asked, found, strict=True):
        ratio = many.p95_ms / demo.p95_ms
        print(f"{page.name:<13}{_row(demo)}{_row(many)}{ratio:7.2f}")
        if demo.p95_ms > MOST_MS:
            failed.append(f"{page.name}: p95 {demo.p95_ms:.0f} ms, target {MOST_MS:.0f}")
        if ratio > MOST_RATIO:
            failed.append(f"{page.name}: {ratio:.2f} times as long in the large clinic")
        if many.queries > demo.queries:
            failed.append(f"{page.name}: queries grew from {demo.queries} to {many.queries}")
    print("\n" + ("\n".join(failed) if failed else "Every page meets its target."))
    return 1 if failed else 0


def _row(found: Measured) -> str:
    """Set one clinic's figures side by side."""
    times = f"{found.p50_ms:7.1f}{found.p95_ms:7.1f}"
    return f"{times}{found.queries:9}{found.kilobytes:7.0f}"
