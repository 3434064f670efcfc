"""The clinic's people and rooms, and the moment from which every time is counted."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kapstone.clinic.scheduling.models import Room
from kapstone.core.people.models import Clinic, Patient, Role, User

ZONE = "Europe/London"
ACCOUNTS = (
    ("prescriber", Role.PRESCRIBER, "Prescriber", True),
    ("nurse", Role.NURSE, "Nurse on shift", False),
    ("nurse-two", Role.NURSE, "Nurse, second", False),
    ("therapist", Role.THERAPIST, "Therapist", True),
    ("therapist-two", Role.THERAPIST, "Therapist, second", True),
    ("therapist-three", Role.THERAPIST, "Therapist, covering", True),
    ("front-desk", Role.FRONT_DESK, "Front desk", False),
    ("administrator", Role.ADMINISTRATOR, "Administrator", False),
    ("researcher", Role.RESEARCHER, "Researcher", False),
    ("auditor", Role.AUDITOR, "Auditor", False),
)
ROOMS = (
    ("Room 1", False),
    ("Room 2", False),
    ("Room 3", False),
    ("Studio", False),
    ("Video", True),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """The stage as it is set: the clinic, who works in it, and the moment that is now."""

    now: datetime
    clinic: Clinic
    users: dict[str, User]
    rooms: dict[str, Room]
    rng: random.Random
    patients: dict[str, Patient] = field(default_factory=dict)

    def ago(self, hours: float) -> datetime:
        """Give a moment some hours before now, to the minute."""
        return (self.now - timedelta(hours=hours)).replace(second=0, microsecond=0)

    @property
    def therapists(self) -> tuple[User, User]:
        """The two therapists who carry a caseload; the third only covers."""
        return self.users["therapist"], self.users["therapist-two"]


def set_scene(now: datetime, seed: int, password: str) -> Scene:
    """Make the synthetic clinic with its people and rooms."""
    clinic = Clinic.objects.create(
        slug="cairn",
        name="Cairn House",
        time_zone=ZONE,
        phone="555 0100",
        answers_within_days=3,
        watched_hours="weekdays, 08:00 to 18:00",
        is_synthetic=True,
    )
    users = {}
    for username, role, name, mental_health in ACCOUNTS:
        users[username] = User.objects.create_user(
            username,
            password=password,
            role=role,
            clinic=clinic,
            display_name=name,
            is_mental_health_professional=mental_health,
        )
    return Scene(now=now, clinic=clinic, users=users, rooms={}, rng=random.Random(seed))  # noqa: S311


def set_rooms(scene: Scene) -> None:
    """Make the rooms, inside the clinic's fence."""
    for name, is_video in ROOMS:
        scene.rooms[name] = Room.objects.create(
            clinic=scene.clinic, name=name, is_video=is_video
        )


def plain(value: Any) -> Any:
    """Write a moment as the checks read it: ISO text with its offset."""
    return value.isoformat() if isinstance(value, datetime) else value
