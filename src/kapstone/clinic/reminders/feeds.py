"""
A calendar feed: when somebody is booked, and nothing of what for.

Whoever asks brings the secret address and no user. The policy is asked as for the feed's owner.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from icalendar import Calendar, Event

from kapstone.clinic.reminders.models import CalendarFeed
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.scheduling.queries import appointments_of
from kapstone.core.access.fences import acting_in
from kapstone.core.access.policy import Action
from kapstone.core.access.seals import clinic_in, hashes_of
from kapstone.core.access.standing import Access, own_patient
from kapstone.core.people.models import Role, User

TITLE = "Appointment"
PAST, AHEAD = timedelta(days=30), timedelta(days=180)


def feed_of(user: User) -> CalendarFeed | None:
    """Give the feed of a user that was not withdrawn."""
    return CalendarFeed.objects.filter(user=user, withdrawn_at__isnull=True).first()


def calendar_behind(words: str, at: datetime) -> bytes | None:
    """Write the calendar whose secret address somebody brought; None where it opens nothing."""
    clinic_id = clinic_in(words)
    if clinic_id is None:
        return None
    with acting_in(clinic_id=clinic_id):
        rows = CalendarFeed.objects.select_related("user__clinic")
        feed = rows.filter(feed_hash__in=hashes_of(words), withdrawn_at__isnull=True).first()
        if feed is None or not feed.user.is_active:
            return None
        with acting_in(clinic_id=clinic_id, user_id=feed.user_id):
            is_patient = feed.user.role == Role.PATIENT
            return written(booked_for(feed.user, at), with_rooms=not is_patient)


def booked_for(user: User, at: datetime) -> QuerySet[Appointment]:
    """List what a user is booked for: their own visits, or those they hold."""
    since, until, access = at - PAST, at + AHEAD, Access(user, at)
    patient = own_patient(user)
    if patient is not None:
        rows = appointments_of(patient, since, until)
        return rows if access.may("appointment", Action.READ, patient.pk) else rows.none()
    held = Appointment.objects.filter(
        clinic_id=user.clinic_id,
        with_user=user,
        starts_at__gte=since,
        starts_at__lt=until,
        cancelled_at__isnull=True,
    ).select_related("room")
    held = held.order_by("starts_at", "pk")
    return held if access.may_anywhere("appointment", Action.READ) else held.none()


def written(booked: Iterable[Appointment], *, with_rooms: bool) -> bytes:
    """Write a calendar (RFC 5545) in which every entry has the same title."""
    calendar = Calendar()
    calendar.add("prodid", "-//Kapstone//Calendar feed//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for slot in booked:
        event = Event()
        event.add("uid", f"{slot.key}@{settings.MAIL.domain}")
        event.add("dtstamp", slot.recorded_at)
        event.add("dtstart", slot.starts_at)
        event.add("dtend", slot.ends_at)
        event.add("summary", TITLE)
        event.add("class", "PRIVATE")
        if with_rooms and slot.room is not None:
            event.add("location", slot.room.name)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
