"""
A right taken away is gone for every read that begins after it (F05).

Readers knock without pause, each on a connection of its own, while the right is taken away by
another. A read that begins after the commit and still succeeds fails the test. The long form:
``KAPSTONE_TRIALS=200 KAPSTONE_READERS=50 pytest tests/security/test_revocation.py``.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.builders import make_clinic, make_patient, make_user

from kapstone.clinic.practice.models import JournalEntry
from kapstone.core.access import standing
from kapstone.core.access.actions import (
    join_care_team,
    leave_care_team,
    share_item,
    withdraw_grant,
)
from kapstone.core.access.fences import stand_in
from kapstone.core.access.models import SharingGrant
from kapstone.core.people.models import CareTeamMember, Patient, Role, User

TRIALS = int(os.environ.get("KAPSTONE_TRIALS", "2"))
READERS = int(os.environ.get("KAPSTONE_READERS", "6"))
PATIENCE_S = 60
BACKEND = "kapstone.core.people.signed_in.SignedIn"
SHARED = "a page of the journal that was shared"


@dataclass(slots=True)
class Scene:
    """One patient in the care of two, a reader who knocks, and what they read."""

    patient: Patient
    reader: User
    lead: User
    session: str


@dataclass(slots=True)
class Reads:
    """When each read began, and whether it showed what it should not after the end."""

    begun: list[tuple[float, bool]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def after(self, moment: float) -> list[bool]:
        return [shown for begun, shown in self.begun if begun > moment]

    def before(self, moment: float) -> list[bool]:
        return [shown for begun, shown in self.begun if begun < moment]


def make_scene() -> Scene:
    with transaction.atomic():
        clinic = make_clinic(f"oak-{time.monotonic_ns()}")
        at = timezone.now()
        lead, reader = (make_user(clinic, Role.THERAPIST) for _ in range(2))
        patient = make_patient(clinic, team=(lead,), signs_in=True, at=at)
        join_care_team(by=lead, at=at, patient=patient, member=reader)
        stand_in(clinic_id=clinic.pk, user_id=patient.user.pk)
        entry = JournalEntry.objects.create(
            clinic=clinic,
            subjects=patient.alone,
            recorded_at=at,
            recorded_by=patient.user,
            text=SHARED,
            written_at=at,
            device_at=at,
        )
        share_item(
            by=patient.user, at=at, record=entry, item_class="journal_shared", audience="team"
        )
    client = Client()
    client.force_login(reader, BACKEND)
    return Scene(patient, reader, lead, client.cookies["kapstone-session"].value)


def end_of_team(scene: Scene) -> None:
    place = CareTeamMember.objects.get(user=scene.reader, patient=scene.patient)
    leave_care_team(by=scene.lead, at=timezone.now(), place=place)


def end_of_grant(scene: Scene) -> None:
    withdraw_grant(by=scene.patient.user, at=timezone.now(), grant=SharingGrant.objects.get())


def account_disabled(scene: Scene) -> None:
    User.objects.filter(pk=scene.reader.pk).update(is_active=False)


def password_changed(scene: Scene) -> None:
    scene.reader.set_password("another long enough one")
    scene.reader.save(update_fields=["password"])


def role_changed(scene: Scene) -> None:
    User.objects.filter(pk=scene.reader.pk).update(role=Role.FRONT_DESK)


def knock(scene: Scene, reads: Reads) -> None:
    """Read again and again until told to stop, on a connection of this thread's own."""
    client = Client()
    client.cookies["kapstone-session"] = scene.session
    address = reverse("practice:team_practices", args=[scene.patient.key])
    try:
        while not reads.stop.is_set():
            begun = time.monotonic()
            answer = client.get(address)
            shown = answer.status_code == 200 and SHARED in answer.content.decode()
            reads.begun.append((begun, shown))
    finally:
        connection.close()


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for so many reads, however slow the machine is."""
    until = time.monotonic() + PATIENCE_S
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)


def trial(take_away: Callable[[Scene], None]) -> tuple[Reads, float]:
    scene, reads = make_scene(), Reads()
    threads = [threading.Thread(target=knock, args=(scene, reads)) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(reads.begun) >= READERS)
    with transaction.atomic():
        stand_in(clinic_id=scene.patient.clinic_id, user_id=scene.patient.user_id)
        take_away(scene)
    committed = time.monotonic()
    wait_until(lambda: len(reads.after(committed)) >= READERS)
    reads.stop.set()
    for thread in threads:
        thread.join()
    return reads, committed


@pytest.mark.parametrize(
    "take_away", [end_of_team, end_of_grant, account_disabled, password_changed, role_changed]
)
def test_no_read_begun_after_the_end_succeeds(own_database, take_away):
    seen_before = 0
    for _ in range(TRIALS):
        reads, committed = trial(take_away)
        assert not any(reads.after(committed)), "a read begun after the commit succeeded"
        seen_before += sum(reads.before(committed))
        assert len(reads.after(committed)) >= READERS, "nobody knocked after the end"
    assert seen_before, "nobody could read while the right held"


def test_a_decision_kept_for_ten_seconds_is_found_out(own_database, monkeypatch):
    kept: dict[object, object] = {}
    true_relations = standing.relations_to

    def remembered(user, patients, at):
        key = (user.pk, tuple(patients))
        return kept.setdefault(key, true_relations(user, patients, at))

    monkeypatch.setattr(standing, "relations_to", remembered)
    monkeypatch.setattr("kapstone.clinic.practice.queries.relations_to", remembered)
    reads, committed = trial(end_of_team)
    assert any(reads.after(committed))
