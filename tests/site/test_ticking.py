"""The clock: every clinic's jobs, one tick at a time, one fault alone."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from kapstone.core.people.models import Clinic
from kapstone.site import postgres, ticking

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def clinics(own_database):
    return [
        Clinic.objects.create(slug=slug, name=slug, phone="1") for slug in ("first", "second")
    ]


def fence() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('kapstone.clinic', true)")
        return cursor.fetchone()[0]


def test_each_job_runs_once_in_each_clinics_fence(clinics, monkeypatch):
    seen = []

    def job(*, clinic, at):
        seen.append((clinic.slug, fence() == str(clinic.pk), at))

    monkeypatch.setattr(ticking, "jobs", lambda: [("measures", job)])
    done = ticking.tick(at=AT)
    assert seen == [("first", True, AT), ("second", True, AT)]
    assert (done.jobs, done.failed) == (2, [])


def test_a_job_that_fails_is_named_undone_and_does_not_silence_the_next(clinics, monkeypatch):
    ran = []

    def fails(*, clinic, at):
        Clinic.objects.create(slug=f"left-{clinic.pk}", name="left", phone="1")
        raise ValueError("broken")

    jobs = [("measures", fails), ("practice", lambda *, clinic, at: ran.append(clinic.slug))]
    monkeypatch.setattr(ticking, "jobs", lambda: jobs)
    done = ticking.tick(at=AT)
    assert ran == ["first", "second"]
    assert done.failed == ["measures", "measures"]
    assert not Clinic.objects.filter(name="left").exists()


def test_a_tick_that_finds_another_at_work_does_nothing(clinics, own_database, monkeypatch):
    monkeypatch.setattr(ticking, "jobs", lambda: [("x", lambda **_: pytest.fail("ran"))])
    address = postgres.ensure().conninfo(database=own_database)
    with psycopg.connect(address) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [ticking.LOCK_NUMBER])
        assert ticking.tick(at=AT).was_first is False


def test_expired_sessions_go(own_database):
    Session.objects.create(session_key="old", session_data="", expire_date=AT)
    Session.objects.create(
        session_key="new", session_data="", expire_date=AT + timedelta(hours=1)
    )
    ticking.tick(at=AT + timedelta(minutes=1))
    assert [session.session_key for session in Session.objects.all()] == ["new"]
