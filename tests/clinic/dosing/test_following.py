"""A screen that follows: the same door, numbers in the order of commits, and no content."""

import json
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, transaction
from django.urls import reverse
from tests.builders import make_user
from tests.clinic.dosing.conftest import SCREENED, everyone_is_eligible
from tests.clinic.dosing.scene import MINUTE, PLANNED, make_scene
from tests.clinic.dosing.test_views import Screen

from kapstone.clinic.dosing.entries import Note, Speaker, as_json
from kapstone.clinic.dosing.following import follow_session, topics_of
from kapstone.clinic.dosing.models import SessionEntry
from kapstone.core.access.fences import fenced_models, stand_in
from kapstone.core.audit.models import AccessEntry
from kapstone.core.people.models import Role, RoomDuty
from kapstone.core.ui.following import IN_ENVIRON
from kapstone.site import postgres

STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
def screen(scene, client, monkeypatch):
    return Screen(scene, client, monkeypatch).at(0).as_(scene.nurse)


def said(words="calm"):
    return Note(speaker=Speaker.PATIENT, text=words)


def ask(screen, query="", **headers):
    answer = screen.client.get(screen.address("live") + query, headers=STREAM | headers)
    screen.scene.stand()
    return answer


def events(answer):
    blocks = answer.content.decode().split("\n\n")
    parsed = [dict(line.split(": ", 1) for line in one.split("\n") if line) for one in blocks]
    return [(one["event"], json.loads(one["data"])) for one in parsed if "event" in one]


class TestTheDoor:
    def test_it_begins_where_the_record_stands(self, screen):
        screen.scene.write(said(), minute=0)
        answer = ask(screen)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/event-stream"
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Accel-Buffering"] == "no"
        assert events(answer) == [("now", {"to": 1})]
        follow = answer.wsgi_request.META[IN_ENVIRON]
        assert follow == follow_session(screen.scene.session)

    def test_it_says_what_was_missed_and_nothing_of_what_was_written(self, screen):
        for minute in range(4):
            screen.scene.write(said("a secret of the heart"), minute=minute)
        screen.at(5)
        for answer in (ask(screen, **{"Last-Event-ID": "1"}), ask(screen, "?after=1")):
            assert events(answer) == [("entries", {"after": 1, "to": 4})]
            assert b"secret" not in answer.content

    @pytest.mark.parametrize("raw", ["-1", "x", "1e3", "٣", "9" * 400, "1.5", "0x1", " "])
    def test_what_cannot_be_read_is_no_number(self, screen, raw):
        screen.scene.write(said(), minute=0)
        assert events(ask(screen, **{"Last-Event-ID": raw.encode()})) == [("now", {"to": 1})]

    def test_strangers_sign_in_and_others_find_nothing(self, screen, client):
        outsider = make_user(screen.scene.clinic, Role.THERAPIST)
        assert ask(screen.as_(outsider)).status_code == 404
        client.logout()
        answer = ask(screen)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/")

    def test_who_may_read_but_not_work_in_the_room_does_not_follow_it(self, screen):
        auditor = make_user(screen.scene.clinic, Role.AUDITOR)
        assert ask(screen.as_(auditor)).status_code == 404

    def test_rights_that_end_are_gone_at_the_next_question(self, screen):
        assert ask(screen).status_code == 200
        RoomDuty.objects.filter(user=screen.scene.nurse).update(ended_at=PLANNED)
        assert ask(screen.at(1)).status_code == 404

    def test_only_reading(self, screen):
        answer = screen.client.post(screen.address("live"), headers=STREAM)
        assert answer.status_code == 405

    def test_a_screen_left_open_is_one_look_in_ten_minutes(self, screen):
        screen.scene.stand()
        for minute in (0, 1, 2, 9):
            assert ask(screen.at(minute)).status_code == 200
        looks = AccessEntry.objects.filter(address=screen.address("live"))
        assert looks.count() == 1


class TestTheBoard:
    def ask(self, screen):
        answer = screen.client.get(reverse("overview:live"), headers=STREAM)
        screen.scene.stand()
        return answer

    def test_it_follows_the_sessions_that_the_board_shows(self, screen):
        answer = self.ask(screen)
        follow = answer.wsgi_request.META[IN_ENVIRON]
        assert dict(follow.topics) == topics_of([screen.scene.session])
        assert events(answer) == [("now", {"to": 0})]

    def test_whose_board_shows_no_rooms_follows_none(self, screen):
        desk = make_user(screen.scene.clinic, Role.FRONT_DESK)
        answer = self.ask(screen.as_(desk))
        assert answer.status_code == 200
        assert not answer.wsgi_request.META[IN_ENVIRON].topics

    def test_asked_for_as_a_page_it_leads_to_the_board(self, screen):
        answer = screen.client.get(reverse("overview:live"))
        assert (answer.status_code, answer["Location"]) == (302, reverse("overview:today"))

    def test_patients_and_strangers_do_not_follow(self, screen, client):
        patient = make_user(screen.scene.clinic, Role.PATIENT)
        assert self.ask(screen.as_(patient)).status_code == 403
        client.logout()
        assert self.ask(screen).status_code == 302


def heard(link):
    return [one.payload for one in link.notifies(timeout=0.5)]


class TestTheAnnouncement:
    """By another connection, as a worker hears it."""

    @pytest.fixture
    def link(self, own_database):
        address = postgres.ensure().conninfo(database=own_database)
        with psycopg.connect(address, autocommit=True) as link:
            link.execute("LISTEN kapstone_rows")
            yield link

    @pytest.fixture
    def scene(self, link, monkeypatch):
        monkeypatch.setattr(SCREENED, everyone_is_eligible)
        with transaction.atomic():
            scene = make_scene()
        heard(link)
        return scene

    def row(self, scene, number):
        at = PLANNED + number * MINUTE
        return SessionEntry(
            clinic=scene.clinic,
            subjects=scene.patient.alone,
            recorded_at=at,
            recorded_by=scene.nurse,
            session=scene.session,
            kind="note",
            payload=as_json(said("a secret of the heart")),
            observed_at=at,
            device_at=at,
            entry_id=uuid4(),
            commit_no=number,
        )

    def test_it_is_a_topic_and_a_number_after_the_commit(self, scene, link):
        with transaction.atomic():
            scene.stand()
            scene.write(said("a secret of the heart"), minute=0)
            assert heard(link) == []
        assert heard(link) == [f"entry:{scene.session.pk}:1"]

    def test_a_batch_is_announced_once(self, scene, link):
        with transaction.atomic():
            scene.stand()
            SessionEntry.objects.bulk_create([self.row(scene, n) for n in range(1, 201)])
        assert heard(link) == [f"entry:{scene.session.pk}:200"]

    def test_what_is_rolled_back_is_never_announced(self, scene, link):
        with transaction.atomic():
            scene.stand()
            SessionEntry.objects.create(session_id=scene.session.pk, **self.columns(scene))
            transaction.set_rollback(True)
        assert heard(link) == []

    def columns(self, scene):
        row = self.row(scene, 1)
        names = [field.attname for field in SessionEntry._meta.concrete_fields]
        return {n: getattr(row, n) for n in names if n not in {"id", "session_id"}}

    def test_checks_and_signatures_are_announced_too(self, scene, link):
        with transaction.atomic():
            scene.stand()
            scene.answer("G3", {"still_wants": True})
        assert [words.split(":")[:2] for words in heard(link)] == [
            ["check", str(scene.session.pk)]
        ]

    def test_another_clinics_fence_is_no_hindrance(self, scene, link):
        """A worker serves every clinic; what it hears names no person and no content."""
        with transaction.atomic():
            scene.stand()
            scene.write(said(), minute=0)
        stranger = f"entry:{scene.session.pk}:1"
        assert heard(link) == [stranger]
        with transaction.atomic():
            stand_in(clinic_id=scene.clinic.pk + 1, user_id=None)
            assert not SessionEntry.objects.exists()


@pytest.mark.django_db
def test_every_model_that_announces_has_its_trigger():
    announcing = {m._meta.db_table for m in fenced_models() if getattr(m, "announces", ())}
    assert {
        "dosing_sessionentry",
        "dosing_checkanswer",
        "dosing_sessionsignature",
    } <= announcing
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'kapstone_announce'"
        )
        assert {name for (name,) in cursor.fetchall()} == announcing
