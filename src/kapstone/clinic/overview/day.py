"""The rooms of the day: what is booked where, and what does not take place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from kapstone.clinic.scheduling.models import Appointment, Room
from kapstone.clinic.scheduling.queries import appointments_shown, names_of, rooms_of
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import Access
from kapstone.core.ui.charts.axis import NowMark
from kapstone.core.ui.charts.drawing import Drawing
from kapstone.core.ui.charts.rooms_day import Booking, RoomRow, RoomsDay, draw_rooms_day

FIRST_HOUR, LAST_HOUR = 8.0, 18.5


def day_of_rooms(access: Access, zone: ZoneInfo) -> tuple[Drawing, tuple[str, ...]]:
    """Draw the rooms of today, and say what does not take place; no name that is not theirs."""
    since = _midnight(access, zone)
    shown = appointments_shown(access.user.clinic_id, since, since + timedelta(days=1))
    found = list(shown.select_related(None).select_related("room", "subjects"))
    members = {
        one.pk: [member.patient_id for member in one.subjects.members.all()] for one in found
    }
    access.learn({patient for patients in members.values() for patient in patients})
    may_name = {
        pk: bool(patients) and access.may("appointment", Action.READ, patients)
        for pk, patients in members.items()
    }
    booked = [one for one in found if one.cancelled_at is None]
    off = [one for one in found if one.cancelled_at is not None and may_name[one.pk]]
    return _drawn(access, zone, booked, may_name), tuple(_off_words(one, zone) for one in off)


def _midnight(access: Access, zone: ZoneInfo) -> datetime:
    return datetime.combine(access.at.astimezone(zone).date(), time(), zone)


def _off_words(one: Appointment, zone: ZoneInfo) -> str:
    number = f" {one.number}" if one.number else ""
    what = "dose" if one.kind == Appointment.Kind.DOSING else one.get_kind_display().lower()
    place = f", {one.room}" if one.room else ""
    starts = one.starts_at.astimezone(zone)
    return f"{names_of(one)}, {what}{number}, {starts:%H:%M}{place}. {one.cancel_reason}."


def _drawn(
    access: Access, zone: ZoneInfo, booked: Sequence[Appointment], may_name: Mapping[int, bool]
) -> Drawing:
    since = _midnight(access, zone)
    rooms = list(rooms_of(access.user.clinic_id))
    by_room: dict[int | None, list[Booking]] = defaultdict(list)
    for one in booked:
        who = names_of(one) if may_name[one.pk] else "Busy"
        by_room[one.room_id].append(_booking(one, who, access.at, zone, named=may_name[one.pk]))
    hour = access.at.astimezone(zone)
    now = hour.hour + hour.minute / 60
    every = [booking for bookings in by_room.values() for booking in bookings]
    return draw_rooms_day(
        RoomsDay(
            uid="rooms",
            title="Rooms today",
            rooms=tuple(_row(room, by_room[room.pk]) for room in rooms),
            first=min([FIRST_HOUR, now, *(int(one.start) for one in every)]),
            last=max([LAST_HOUR, now, *(one.end for one in every)]),
            now=NowMark(at=now, origin=since.isoformat(), zone=zone.key),
        )
    )


def _row(room: Room, bookings: Sequence[Booking]) -> RoomRow:
    return RoomRow(name=room.name, bookings=tuple(bookings))


def _booking(
    one: Appointment, who: str, at: datetime, zone: ZoneInfo, *, named: bool
) -> Booking:
    day = at.astimezone(zone).date()

    def hour(moment: datetime) -> float:
        local = moment.astimezone(zone)
        return (local.date() - day).days * 24 + local.hour + local.minute / 60

    label, kind = who, "session"
    if not named:
        kind = "closed"
    elif one.kind == Appointment.Kind.DOSING:
        label = f"{who}, dose {one.number}" if one.number else f"{who}, dose"
        kind = "live" if one.starts_at <= at < one.ends_at else "dose"
    elif one.kind in {Appointment.Kind.REQUEST, Appointment.Kind.SCREENING}:
        kind = "request"
    return Booking(
        start=max(0.0, hour(one.starts_at)),
        end=min(24.0, hour(one.ends_at)),
        label=label,
        kind=kind,
    )
