"""Find a free room and person for every visit of the synthetic clinic."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kapstone.clinic.scheduling.actions import book_appointment, mark_attended
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.people.models import User
from kapstone.errors import Refused, Stale
from kapstone.site.demo.beginnings import Begun
from kapstone.site.demo.stagehands import ZONE, Scene

DOSE_LENGTH = timedelta(minutes=150)
SESSION = timedelta(minutes=60)
CALL = timedelta(minutes=15)
SOON = timedelta(hours=8)  # today keeps its place beside now
FIRST_HOUR, LAST_HOUR = 9, 14


def book_somewhere(
    scene: Scene,
    *,
    people: tuple[User, ...],
    rooms: tuple[str, ...],
    starts_at: datetime,
    ends_at: datetime,
    **wanted: Any,
) -> Appointment:
    """Book with the first person and room that are free, moved a little if none is."""
    refusal: Exception | None = None
    for shift in range(40):
        moved = shift * timedelta(minutes=15)
        for room in rooms:
            for person in people:
                try:
                    return book_appointment(
                        starts_at=starts_at + moved,
                        ends_at=ends_at + moved,
                        with_user=person,
                        room=scene.rooms[room],
                        **wanted,
                    )
                except (Refused, Stale) as taken:
                    refusal = taken
    raise LookupError(f"No slot: {refusal}") from refusal


def book_dose(scene: Scene, begun: Begun, number: int, dose_at: datetime) -> Appointment:
    """Book a dose in the first room that is free, a few days ahead."""
    starts = quarter(dose_at - timedelta(minutes=30))
    return book_somewhere(
        scene,
        by=scene.users["front-desk"],
        at=min(dose_at - timedelta(days=6), scene.now - timedelta(minutes=20)),
        patients=[begun.patient],
        kind="dosing",
        starts_at=starts,
        ends_at=starts + DOSE_LENGTH,
        people=(begun.therapist,),
        rooms=("Room 1", "Room 2", "Room 3"),
        number=number,
    )


def book_session(
    scene: Scene, begun: Begun, starts_at: datetime, modality: str, *, at: datetime
) -> Appointment:
    """Book an integration session with the patient's own therapist."""
    starts = quarter(in_hours(starts_at, scene.now))
    return book_somewhere(
        scene,
        by=begun.therapist,
        at=min(at, scene.now),
        patients=[begun.patient],
        kind="integration",
        starts_at=starts,
        ends_at=starts + SESSION,
        people=(begun.therapist,),
        rooms=("Studio", "Video"),
        modality=modality,
    )


def book_call(scene: Scene, begun: Begun, starts_at: datetime, *, at: datetime) -> None:
    """Book the call on the day after a dose, and make it if that day is past."""
    call = book_somewhere(
        scene,
        by=scene.users["front-desk"],
        at=at,
        patients=[begun.patient],
        kind="call",
        starts_at=quarter(starts_at),
        ends_at=quarter(starts_at) + CALL,
        people=(begun.therapist, *scene.therapists),
        rooms=("Video",),
    )
    if call.ends_at < scene.now:
        mark_attended(by=scene.users["front-desk"], at=call.ends_at, appointment=call)


def in_hours(moment: datetime, now: datetime) -> datetime:
    """Move a session that is some hours off into the clinic's day, by its own clock."""
    if moment - now < SOON:
        return moment
    local = moment.astimezone(ZoneInfo(ZONE))
    hour = min(max(local.hour, FIRST_HOUR), LAST_HOUR)
    return local.replace(hour=hour) if hour != local.hour else local


def quarter(moment: datetime) -> datetime:
    """Round a moment down to the quarter of an hour."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
