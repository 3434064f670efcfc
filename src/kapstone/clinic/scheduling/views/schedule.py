"""The clinic's schedule: rooms by time, for a day or a week."""

from collections.abc import Iterable, Set
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kapstone.clinic.scheduling.forms import DayForm
from kapstone.clinic.scheduling.grid import Slot, lay_out_day, lay_out_week
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.scheduling.queries import (
    appointments_shown,
    names_of,
    rooms_of,
)
from kapstone.clinic.scheduling.rules import week_of
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Relation, record_class
from kapstone.core.people.http import Request
from kapstone.core.people.models import User
from kapstone.core.ui.parts import NavItem

NO_ROOM = "No room"
ICONS = {
    Appointment.Kind.REQUEST: "phone",
    Appointment.Kind.SCREENING: "clipboard-check",
    Appointment.Kind.PREPARATION: "list-checks",
    Appointment.Kind.DOSING: "diamond",
    Appointment.Kind.INTEGRATION: "circle",
    Appointment.Kind.CALL: "phone-call",
    Appointment.Kind.REVIEW: "history",
}


def _slot(appointment: Appointment, visible: Set[int]) -> Slot:
    """Show an appointment whole where the reader may, and no more than busy elsewhere."""
    room = appointment.room.name if appointment.room else NO_ROOM
    busy = Slot(
        starts_at=appointment.starts_at, ends_at=appointment.ends_at, room=room, title="Busy"
    )
    if not _may_name(appointment, visible):
        return busy
    kind = appointment.get_kind_display()
    number = f" {appointment.number}" if appointment.number else ""
    state = " · came" if appointment.attended_at else ""
    state = " · did not come" if appointment.missed_at else state
    return replace(
        busy,
        title=names_of(appointment),
        detail=f"{kind}{number}, {appointment.with_user or 'nobody yet'}{state}",
        href=reverse("scheduling:appointment", args=[appointment.key]),
        kind=appointment.kind,
        icon=ICONS[Appointment.Kind(appointment.kind)],
    )


def _members(appointment: Appointment) -> set[int]:
    return {member.patient_id for member in appointment.subjects.members.all()}


def _may_name(appointment: Appointment, visible: Set[int]) -> bool:
    """Say whether everyone whose appointment it is may be named to the reader."""
    members = _members(appointment)
    return bool(members) and members <= visible


def _visible(request: Request, appointments: Iterable[Appointment]) -> set[int]:
    """Give those of the patients of these appointments whom the reader may name."""
    asked = {patient for one in appointments for patient in _members(one)}
    patients = request.access.visible("appointment")
    return set(patients.filter(pk__in=asked).values_list("pk", flat=True))


def _slots(user: User, booked: Iterable[Appointment], visible: Set[int]) -> list[Slot]:
    here = record_class("appointment").letters(user.role, Relation.CLINIC)
    slots = [_slot(appointment, visible) for appointment in booked]
    busy_is_shown = bool(set(here) & set("RL"))
    return [slot for slot in slots if busy_is_shown or slot.href]


@door("appointment", limited=True)
def schedule(request: Request, **kwargs: Any) -> HttpResponse:
    """Show who is where, for a day or a week, as far as the reader may know."""
    zone = request.user.clinic.zone
    today = request.access.at.astimezone(zone).date()
    day = DayForm(request.GET).chosen(today)
    by_week = request.GET.get("view") == "week"
    days = week_of(day) if by_week else (day,)
    since = datetime.combine(days[0], time(0), zone)
    until = datetime.combine(days[-1] + timedelta(days=1), time(0), zone)
    found = appointments_shown(request.user.clinic_id, since, until)
    booked = [one for one in found if one.cancelled_at is None]
    off = [one for one in found if one.cancelled_at is not None]
    visible = _visible(request, found)
    slots = _slots(request.user, booked, visible)
    rooms = [room.name for room in rooms_of(request.user.clinic_id)]
    retired = sorted({slot.room for slot in slots} - {*rooms, NO_ROOM})
    rooms += retired  # a room in use no more still stands on the days it was used
    if any(slot.room == NO_ROOM for slot in slots):
        rooms.append(NO_ROOM)
    step = timedelta(days=7 if by_week else 1)
    context = {
        "day": day,
        "days": days,
        "today": today,
        "by_week": by_week,
        "views": _views(day, by_week=by_week),
        "before": _address(day - step, by_week=by_week),
        "after": _address(day + step, by_week=by_week),
        "now": _address(today, by_week=by_week),
        "slots": slots,
        "off": [(one, names_of(one)) for one in off if _may_name(one, visible)],
        "rooms": rooms,
        "grid": None if by_week else lay_out_day(day, rooms, slots, zone),
        "week": lay_out_week(days, rooms, slots, zone) if by_week else (),
    }
    return render(request, "scheduling/schedule.html", context)


def _address(day: date, *, by_week: bool) -> str:
    view = "&view=week" if by_week else ""
    return f"{reverse('scheduling:schedule')}?day={day.isoformat()}{view}"


def _views(day: date, *, by_week: bool) -> tuple[NavItem, ...]:
    return (
        NavItem(label="Day", href=_address(day, by_week=False), current=not by_week),
        NavItem(label="Week", href=_address(day, by_week=True), current=by_week),
    )
