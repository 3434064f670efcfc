"""A calendar feed tells when, never what for, to whoever has its address and nobody else."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from icalendar import Calendar
from tests.clinic.walk import DAY, HOUR, join_walk, make_walk

from kapstone.clinic.reminders.actions import make_feed, withdraw_feed
from kapstone.clinic.reminders.models import CalendarFeed
from kapstone.clinic.scheduling.models import Room
from kapstone.core.audit.models import AuditEntry

BACKEND = "kapstone.core.people.signed_in.SignedIn"


@pytest.fixture
def walk(db):
    walk = make_walk()
    room = Room.objects.create(clinic=walk.clinic, name="Room 2")
    now = timezone.now()
    walk.book(now + DAY, room=room, modality="emdr")
    gone = walk.book(now + 2 * DAY)
    gone.cancelled_at, gone.cancel_reason = now, "asked to"
    gone.save(update_fields=["cancelled_at", "cancel_reason"])
    other = join_walk(walk.clinic, screen_name="Rowan")
    walk.book(now + DAY + HOUR, patient=other.patient)
    other.book(now + 3 * DAY)
    return walk


def made(walk, user):
    walk.stand()
    return make_feed(by=user, at=timezone.now()).words


def read(words):
    return Client().get(f"/calendar/{words}/")


def entries(words):
    answer = read(words)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_a_patient_sees_their_own_visits_that_stand_and_no_word_of_what_for(walk):
    words = made(walk, walk.patient.user)
    (entry,) = entries(words)
    assert str(entry["SUMMARY"]) == "Appointment"
    assert "LOCATION" not in entry
    assert entry.end - entry.start == timedelta(minutes=50)
    whole = read(words).content.decode().lower()
    for told in ("emdr", "integration", "oak", "alder", "dose", "therap"):
        assert told not in whole


def test_a_therapist_sees_when_and_where_and_no_name(walk):
    words = made(walk, walk.therapist)
    found = entries(words)
    assert [str(one["SUMMARY"]) for one in found] == ["Appointment"] * 2
    assert [str(one.get("LOCATION", "")) for one in found] == ["Room 2", ""]
    assert "Alder" not in read(words).content.decode()


@pytest.mark.parametrize(
    "change", [lambda one: one[:-1], lambda one: f"{one[:-1]}!", str.swapcase]
)
def test_another_address_opens_nothing(walk, change):
    assert read(change(made(walk, walk.therapist))).status_code == 404


def test_an_address_taken_back_replaced_or_of_somebody_gone_opens_nothing(walk):
    first = made(walk, walk.therapist)
    second = made(walk, walk.therapist)
    assert (read(first).status_code, read(second).status_code) == (404, 200)
    walk.stand()
    assert withdraw_feed(by=walk.therapist, at=timezone.now()) is not None
    assert withdraw_feed(by=walk.therapist, at=timezone.now()) is None
    assert read(second).status_code == 404
    third = made(walk, walk.prescriber)
    walk.prescriber.is_active = False
    walk.prescriber.save(update_fields=["is_active"])
    assert read(third).status_code == 404


def test_the_address_is_shown_once_and_kept_nowhere(walk):
    client = Client()
    client.force_login(walk.patient.user, BACKEND)
    assert "There is no address yet" in client.get("/account/calendar/").content.decode()
    page = client.post("/account/calendar/", {"do": "make"}).content.decode()
    words = page.split("/calendar/")[1].split("/")[0]
    assert len(entries(words)) == 1
    assert words not in client.get("/account/calendar/").content.decode()
    walk.stand()
    kept = str(list(CalendarFeed.objects.values())) + str(list(AuditEntry.objects.values()))
    assert words not in kept
    assert client.post("/account/calendar/", {"do": "dance"}).status_code == 422
    assert client.post("/account/calendar/", {"do": "withdraw"}).status_code == 303
    assert read(words).status_code == 404


def test_somebody_has_one_address_and_it_ends_once(walk):
    made(walk, walk.therapist)
    walk.stand()
    feed = CalendarFeed.objects.get()
    with pytest.raises(IntegrityError, match="one_calendar_feed"), transaction.atomic():
        CalendarFeed.objects.create(
            clinic=walk.clinic, user=walk.therapist, feed_hash="x", made_at=timezone.now()
        )
    feed.feed_hash = "y"
    with pytest.raises(DatabaseError), transaction.atomic():
        feed.save(update_fields=["feed_hash"])
