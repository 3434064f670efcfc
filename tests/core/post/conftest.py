"""A clinic with a patient who wants mail, and a real mail server on this machine."""

import uuid
from datetime import time, timedelta

import pytest
from aiosmtpd.controller import Controller
from tests.builders import NINE, make_clinic, make_patient, make_user
from tests.serving import free_port

from kapstone.catalogue.post import load_post
from kapstone.core.access.cards import keep_contact
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Role
from kapstone.core.post.actions import Wished, keep_wish
from kapstone.core.post.carriers import MailSettings, Secrecy
from kapstone.core.post.outbox import queue_for
from kapstone.core.post.worker import deliver

ADDRESS = "larch@example.org"
CHOSEN = tuple(kind.code for kind in load_post().kinds if kind.choice)


class Mailbox:
    """What the server took, and what it answers: a scripted answer, or taken."""

    def __init__(self):
        self.taken = []
        self.answers = []

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            self.taken.append(envelope)
        return answer


@pytest.fixture
def mailbox():
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()


def mail_to(port):
    return MailSettings(
        host="127.0.0.1",
        port=port,
        secrecy=Secrecy.NONE,
        sender="Reminders <no-reply@clinic.example>",
        address="https://clinic.example",
    )


class Scene:
    """A clinic, its desk, and a patient who agreed to everything by mail."""

    def __init__(self, at):
        self.at = at
        self.clinic = make_clinic(f"oak-{uuid.uuid4().hex[:8]}")
        self.desk = make_user(self.clinic, Role.FRONT_DESK)
        self.therapist = make_user(self.clinic, Role.THERAPIST)
        self.patient = make_patient(self.clinic, team=(self.therapist,), signs_in=True)
        self.stand()
        keep_contact(by=self.desk, at=at, patient=self.patient, email=ADDRESS)
        self.wish()

    def stand(self):
        stand_in(clinic_id=self.clinic.pk, user_id=None)

    def wish(self, **given):
        self.stand()
        wished = {
            "channel": "mail",
            "kinds": CHOSEN,
            "time_zone": "UTC",
            "quiet_from": time(21),
            "quiet_until": time(8),
            "names_clinic": False,
        }
        return keep_wish(
            by=self.patient.user,
            at=self.at,
            patient=self.patient,
            wished=Wished(**wished | given),
        )

    def queue(self, kind="letter-home", once="one", **given):
        self.stand()
        return queue_for(
            at=self.at, by=self.desk, patient=self.patient, kind=kind, once=once, **given
        )

    def deliver(self, carrier, *, minutes=0, **given):
        at = self.at + timedelta(minutes=minutes)
        done = deliver(clinic=self.clinic, at=at, carrier=carrier, **given)
        self.stand()
        return done


@pytest.fixture
def mail(settings):
    settings.MAIL = mail_to(1)
    return settings.MAIL


@pytest.fixture
def scene(db, mail):
    return Scene(NINE)
