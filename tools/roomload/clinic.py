"""A clinic with many rooms open at once, and the cookies of those who work in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.utils import timezone
from tests.builders import make_patient, make_user

from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.models import DosingSession
from kapstone.core.access.actions import assign_to_room, join_care_team
from kapstone.core.access.fences import acting_in
from kapstone.core.people.models import Clinic, Patient, Role, User

CSRF = "k" * 32  # the same in cookie and header: what is measured is the room, not the token


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    key: str
    cookie: str


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """One room: who writes, and who looks."""

    session: str
    session_id: int
    writer: Person
    watchers: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Rooms:
    """All rooms, and the pages that people browse."""

    open: tuple[OpenRoom, ...]
    browser: Person
    pages: tuple[str, ...]


def make_rooms(rooms: int, watchers: int) -> Rooms:
    """Open the rooms in the demo's clinic; each has a nurse, a therapist and a prescriber."""
    clinic = Clinic.objects.get(is_synthetic=True)
    at = timezone.now()
    with acting_in(clinic_id=clinic.pk):
        team = (make_user(clinic, Role.THERAPIST), make_user(clinic, Role.PRESCRIBER))
        seen = [sign_in(member) for member in team]
        opened = tuple(
            _open(clinic, team, at, [seen[n % 2] for n in range(watchers - 1)])
            for _ in range(rooms)
        )
        reader = User.objects.get(username="therapist")
        return Rooms(opened, sign_in(reader), tuple(_pages(reader)))


def _open(
    clinic: Clinic, team: tuple[User, User], at: datetime, watchers: list[Person]
) -> OpenRoom:
    planned_at = at - timedelta(minutes=40)
    begun = at - timedelta(days=30)
    patient = make_patient(clinic, team=team[:1], at=begun)
    join_care_team(by=team[0], at=begun, patient=patient, member=team[1])
    row = {
        "clinic": clinic,
        "subjects": patient.alone,
        "recorded_at": at - timedelta(days=20),
        "recorded_by": team[1],
    }
    course = Course.objects.create(
        **row,
        indication="depression",
        programme="kap-im-weekly",
        planned_sessions=6,
        started_at=at - timedelta(days=20),
    )
    session = DosingSession.objects.create(
        **row, course=course, number=1, planned_at=planned_at
    )
    nurse = make_user(clinic, Role.NURSE)
    assign_to_room(
        by=team[0],
        at=at - timedelta(days=1),
        patient=patient,
        member=nurse,
        session_key=session.key,
        session_at=planned_at,
    )
    writer = sign_in(nurse)
    return OpenRoom(str(session.key), session.pk, writer, (writer, *watchers))


def _pages(reader: User) -> Iterator[str]:
    yield from ("/today/", "/patients/", "/schedule/")
    for patient in Patient.objects.filter(care_team__user=reader).order_by("pk")[:6]:
        yield f"/patients/{patient.key}/"


def sign_in(user: User) -> Person:
    """Sign somebody in, without the work of a password."""
    request = HttpRequest()
    request.session = SessionStore()
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    request.session.save()
    cookie = (
        f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}; "
        f"{settings.CSRF_COOKIE_NAME}={CSRF}"
    )
    return Person(str(user.key), cookie)
