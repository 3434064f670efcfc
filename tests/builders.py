"""Builders shared by the tests: each makes one valid thing, and takes what matters."""

import itertools
from datetime import UTC, date, datetime

from kapstone.core.access.actions import join_care_team, register_patient
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Clinic, Patient, Role, User

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
_numbers = itertools.count(1001)  # beyond the numbers of the demo


def make_clinic(slug: str = "oak-house") -> Clinic:
    """Make a clinic and step inside its fence."""
    clinic = Clinic.objects.create(
        slug=slug, name=slug.replace("-", " ").capitalize(), phone="555 0100"
    )
    stand_in(clinic_id=clinic.pk, user_id=None)
    return clinic


def make_user(clinic: Clinic, role: str, **fields: object) -> User:
    """Make someone who signs in, with a password of no use (``force_login`` is quicker)."""
    number = next(_numbers)
    return User.objects.create(
        username=f"{role}-{number}",
        display_name=f"{Role(role).label} {number}",
        role=role,
        clinic=clinic,
        **fields,
    )


def make_patient(
    clinic: Clinic,
    *,
    team: tuple[User, ...] = (),
    signs_in: bool = False,
    at: datetime = NINE,
    screen_name: str = "Alder",
    born_on: date = date(1985, 4, 12),
) -> Patient:
    """Register a patient, with a care team; the first member is its lead."""
    desk = make_user(clinic, Role.FRONT_DESK)
    number = next(_numbers)
    patient = register_patient(
        by=desk,
        at=at,
        number=f"K-{number:04}",
        screen_name=screen_name,
        legal_name=f"Test Patient {number}",
        born_on=born_on,
    )
    for member in team:
        join_care_team(by=member, at=at, patient=patient, member=member)
    if signs_in:
        patient.user = make_user(clinic, Role.PATIENT)
        patient.save(update_fields=["user"])
    return patient
