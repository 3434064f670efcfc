"""A synthetic clinic in which twenty rooms are open at once, and a cookie for each nurse."""

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from tests.builders import make_clinic

from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.actions import plan_session
from kapstone.clinic.dosing.models import DoseOrder
from kapstone.core.access.actions import assign_to_room, join_care_team, register_patient
from kapstone.core.people.models import Clinic, Role, User

DAY = timedelta(days=1)
CSRF = "d" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One open room: its session, its nurse, and what a browser of hers would send."""

    clinic: int
    session: UUID
    actor: UUID
    cookies: str


def open_ward(rooms: int) -> tuple[Room, ...]:
    """Make a clinic with as many open rooms; committed, as the app's role."""
    with transaction.atomic():
        clinic = make_clinic(f"drill-{secrets.token_hex(4)}")
        made = tuple(_room(clinic) for _ in range(rooms))
    connection.close()  # the drill will kill whatever is connected
    return made


def _user(clinic: Clinic, role: Role) -> User:
    name = f"{role}-{secrets.token_hex(6)}"
    return User.objects.create(username=name, display_name=name, role=role, clinic=clinic)


def _room(clinic: Clinic) -> Room:
    now = timezone.now()
    desk, nurse = _user(clinic, Role.FRONT_DESK), _user(clinic, Role.NURSE)
    therapist, prescriber = _user(clinic, Role.THERAPIST), _user(clinic, Role.PRESCRIBER)
    name = secrets.token_hex(4)
    patient = register_patient(
        by=desk,
        at=now - DAY,
        number=f"K-{name}",
        screen_name="Alder",
        legal_name=f"Test Patient {name}",
        born_on=date(1985, 4, 12),
    )
    for member in (therapist, prescriber):
        join_care_team(by=therapist, at=now - DAY, patient=patient, member=member)
    row = {"clinic": clinic, "subjects": patient.alone, "recorded_by": prescriber}
    course = Course.objects.create(
        **row,
        recorded_at=now - DAY,
        indication="depression",
        programme="kap-im-weekly",
        planned_sessions=6,
        started_at=now - DAY,
    )
    DoseOrder.objects.create(
        **row,
        recorded_at=now - DAY,
        course=course,
        number=1,
        product="racemic",
        route="IM",
        amount_mg=Decimal(53),
        max_session_mg=Decimal(80),
        weight_kg=Decimal(81),
        weighed_at=now - DAY,
        rationale="start-low",
        signed_at=now - DAY,
    )
    session = plan_session(by=prescriber, at=now - DAY, course=course, number=1, planned_at=now)
    assign_to_room(
        by=therapist,
        at=now,
        patient=patient,
        member=nurse,
        session_key=session.key,
        session_at=now,
    )
    return Room(clinic=clinic.pk, session=session.key, actor=nurse.key, cookies=_cookies(nurse))


def _cookies(user: User) -> str:
    browser = Client()
    browser.force_login(user, backend="kapstone.core.people.signed_in.SignedIn")
    signed_in = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return f"{settings.SESSION_COOKIE_NAME}={signed_in}; {settings.CSRF_COOKIE_NAME}={CSRF}"
