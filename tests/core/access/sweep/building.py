"""
Build the world of the sweep inside the current transaction.

Records are written straight into the tables, not through actions, so that the sweep depends on
no stage's rules.
"""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from tests.core.access.sweep.canaries import canary
from tests.core.access.sweep.records import plant, plant_joint, plant_newcomer
from tests.core.access.sweep.world import DAY, HOUR, PATIENTS, SPECIAL, STAFF, Principal, World

from kapstone.clinic.scheduling.models import Room
from kapstone.core.access.fences import stand_in
from kapstone.core.access.models import BrokenGlass
from kapstone.core.people.models import (
    CareTeamMember,
    Clinic,
    Notice,
    PartnerLink,
    Patient,
    Role,
    RoomDuty,
    Subjects,
    SubjectsMember,
    User,
)
from kapstone.core.people.subjects import set_key


def build(at: datetime) -> World:
    """Build the world inside the current transaction."""
    world = World(at=at)
    for slug in ("oak", "elm"):
        clinic = Clinic.objects.create(slug=slug, name=slug.capitalize(), phone="555 0100")
        stand_in(clinic_id=clinic.pk, user_id=None)
        world.clinics[slug] = clinic
        world.rooms[slug] = Room.objects.create(clinic=clinic, name="Room 1")
    for code, role, _, slug in STAFF:
        _user(world, code, role, slug, **SPECIAL.get(code, {}))
    for code, slug in PATIENTS.items():
        _patient(world, code, slug)
    _relations(world)
    _glass(world)
    for code in world.patients:
        world.keys[code] = plant(world, code)
    world.keys["joint"] = plant_joint(world)
    for code, slug in (("new", "oak"), ("newfar", "elm")):
        world.keys[code] = plant_newcomer(world, code, slug)
    _notices(world)
    _principals(world)
    return world


def _user(world: World, code: str, role: str, slug: str, **rest: Any) -> None:
    world.users[code] = User.objects.create(
        username=code, display_name=code, role=role, clinic=world.clinics[slug], **rest
    )


def _patient(world: World, code: str, slug: str) -> None:
    clinic = world.clinics[slug]
    stand_in(clinic_id=clinic.pk, user_id=None)
    _user(world, f"patient-{code}", Role.PATIENT, slug)
    patient = Patient(
        clinic=clinic,
        number=f"N-{code}",
        screen_name=canary("screen_name", code),
        legal_name=canary("identity_limited", code),
        born_on=date(1985, 4, 12),
        user=world.users[f"patient-{code}"],
        registered_at=world.at,
    )
    patient.alone = Subjects.objects.create(clinic=clinic, key=set_key([patient]))
    patient.save(force_insert=True)
    SubjectsMember.objects.create(clinic=clinic, subjects=patient.alone, patient=patient)
    world.patients[code] = patient


def _relations(world: World) -> None:
    oak, at, month = world.clinics["oak"], world.at, 30 * DAY
    stand_in(clinic_id=oak.pk, user_id=None)
    for code, patient, starts, ends in (
        ("author", "own", at - month, None),
        ("team", "own", at - month, None),
        ("prescriber-team", "own", at - month, at + DAY),
        ("prescriber-team", "other", at - month, None),
        ("disabled", "own", at - month, None),
        ("ended", "own", at - month, at - timedelta(seconds=1)),
        ("future", "own", at + HOUR, None),
    ):
        CareTeamMember.objects.create(
            clinic=oak,
            patient=world.patients[patient],
            user=world.users[code],
            is_lead=code == "team",
            starts_at=starts,
            ends_at=ends,
        )
    for code, patient, shift in (
        ("nurse-room", "own", 0 * DAY),
        ("nurse-room", "other", 0 * DAY),
        ("nurse-ended", "own", 3 * DAY),
    ):
        RoomDuty.objects.create(
            clinic=oak,
            patient=world.patients[patient],
            user=world.users[code],
            session_key=uuid.uuid4(),
            starts_at=at - 2 * HOUR - shift,
            ends_at=at + 24 * HOUR - shift,
        )
    PartnerLink.objects.create(
        clinic=oak,
        one=world.patients["own"],
        other=world.patients["partner"],
        starts_at=at - month,
    )
    PartnerLink.objects.create(  # a couple once, and no longer
        clinic=oak,
        one=world.patients["own"],
        other=world.patients["other"],
        starts_at=at - month,
        ends_at=at - DAY,
    )


def _glass(world: World) -> None:
    oak, own = world.clinics["oak"], world.patients["own"]
    for code, opened in (
        ("glass", world.at - timedelta(minutes=5)),
        ("nurse-glass", world.at - timedelta(minutes=5)),
        ("glass-old", world.at - 2 * HOUR),
    ):
        BrokenGlass.objects.create(
            clinic=oak,
            user=world.users[code],
            patient=own,
            reason_code="cover",
            reason=canary("break_glass", "own"),
            opened_at=opened,
            expires_at=opened + HOUR,
            review_due_at=world.at + 3 * DAY,
        )


def _notices(world: World) -> None:
    for code, about in (("author", "own"), ("far-therapist", "far")):
        patient = world.patients[about]
        stand_in(clinic_id=patient.clinic_id, user_id=None)
        Notice.objects.create(
            clinic=patient.clinic,
            to=world.users[code],
            about=patient,
            kind="glass-broken",
            text=canary("notice", about),
            at=world.at,
        )


def _principals(world: World) -> None:
    patients = (
        ("patient-own", "patient.self"),
        ("patient-partner", "patient.partner"),
        ("patient-other", "patient.none"),
        ("patient-far", "patient.none"),
    )
    staff = tuple((code, column) for code, _, column, _ in STAFF)
    for code, column in (("stranger", ""), *patients, *staff):
        world.principals.append(
            Principal(
                code=code,
                user=world.users.get(code),
                column=column,
                glass=code in {"glass", "nurse-glass"},
            )
        )
