"""
The world of the sweep: who knocks, and how they stand to the patients.

Two clinics, a couple, four patients with a record of every class, one record about two people,
and somebody who is no patient yet.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kapstone.clinic.scheduling.models import Room
from kapstone.core.people.models import Clinic, Patient, Role, User

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATIENTS = {"own": "oak", "partner": "oak", "other": "oak", "far": "elm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Someone who knocks on doors, and how they stand to the main patient."""

    code: str
    user: User | None
    column: str  # the column of the expectation that answers for them; "" for a stranger
    glass: bool = False


@dataclass(slots=True)
class World:
    """Everything the sweep needs: who knocks, and what stands behind each address."""

    at: datetime
    clinics: dict[str, Clinic] = field(default_factory=dict)
    patients: dict[str, Patient] = field(default_factory=dict)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)  # about whom -> argument
    principals: list[Principal] = field(default_factory=list)
    users: dict[str, User] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    planted: list[Any] = field(default_factory=list)

    def who(self, code: str) -> Principal:
        """Give one of the principals."""
        return next(one for one in self.principals if one.code == code)


# code, role, column, clinic: typed from security.md 3.1, every relation and each way it ends.
STAFF = (
    ("author", Role.THERAPIST, "therapist.author", "oak"),
    ("team", Role.THERAPIST, "therapist.team", "oak"),
    ("clinic", Role.THERAPIST, "therapist.clinic", "oak"),
    ("ended", Role.THERAPIST, "therapist.clinic", "oak"),
    ("future", Role.THERAPIST, "therapist.clinic", "oak"),
    ("glass", Role.THERAPIST, "therapist.clinic", "oak"),
    ("glass-old", Role.THERAPIST, "therapist.clinic", "oak"),
    ("prescriber-team", Role.PRESCRIBER, "prescriber.team", "oak"),
    ("prescriber-clinic", Role.PRESCRIBER, "prescriber.clinic", "oak"),
    ("nurse-room", Role.NURSE, "nurse.room", "oak"),
    ("nurse-clinic", Role.NURSE, "nurse.clinic", "oak"),
    ("nurse-ended", Role.NURSE, "nurse.clinic", "oak"),
    ("nurse-glass", Role.NURSE, "nurse.clinic", "oak"),
    ("desk", Role.FRONT_DESK, "front-desk.clinic", "oak"),
    ("administrator", Role.ADMINISTRATOR, "administrator.clinic", "oak"),
    ("superuser", Role.ADMINISTRATOR, "administrator.clinic", "oak"),
    ("researcher", Role.RESEARCHER, "researcher.clinic", "oak"),
    ("auditor", Role.AUDITOR, "auditor.clinic", "oak"),
    ("far-therapist", Role.THERAPIST, "therapist.none", "elm"),
    ("far-administrator", Role.ADMINISTRATOR, "administrator.none", "elm"),
    ("far-auditor", Role.AUDITOR, "auditor.none", "elm"),
    ("disabled", Role.THERAPIST, "", "oak"),
)
SPECIAL = {
    "superuser": {"is_superuser": True, "is_staff": True},
    "disabled": {"is_active": False},
    "author": {"is_mental_health_professional": True},
}
