"""Each message is sent exactly once, or somebody is told (with a real mail server)."""

import email
import socket
import threading
from dataclasses import replace
from datetime import timedelta
from email.policy import default

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.core.post.conftest import ADDRESS, mail_to

from kapstone.catalogue.lint import forbidden_in, reading_grade
from kapstone.catalogue.post import load_post
from kapstone.core.access.links import WINDOW_LINK
from kapstone.core.access.models import WindowLink
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Notice, Role
from kapstone.core.post import worker
from kapstone.core.post.actions import send_again, settle
from kapstone.core.post.carriers import (
    Folder,
    MailServer,
    MailSettings,
    NotTaken,
    PerhapsTaken,
    Secrecy,
    carrier_for,
)
from kapstone.core.post.models import Attempt, Message
from kapstone.core.post.outbox import written
from kapstone.core.post.queries import standing_of
from kapstone.core.post.rules import Outcome, Standing
from kapstone.errors import NotAllowed, Refused


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs."""


class Carries:
    """A carrier that does what it is told."""

    taken = Outcome.SENT

    def __init__(self, *, before=None, after=None):
        self.before, self.after, self.carried = before, after, []

    def carry(self, letter, address, about_to_hand_over):
        if self.before:
            raise self.before
        about_to_hand_over()
        self.carried.append(letter["Message-ID"])
        if self.after:
            raise self.after


def standing(message):
    return standing_of(Message.objects.get(pk=message.pk))


def outcomes(message):
    rows = Attempt.objects.filter(message=message).order_by("number")
    return list(rows.values_list("outcome", flat=True))


# --- The wire


def test_a_real_server_takes_a_message_once_and_it_says_nothing(scene, mailbox, settings):
    settings.MAIL = mail_to(mailbox.port)
    message = scene.queue()
    carrier = carrier_for(settings.MAIL)
    assert scene.deliver(carrier).taken == 1
    assert scene.deliver(carrier, minutes=1).taken == 0
    (envelope,) = mailbox.taken
    assert envelope.rcpt_tos == [ADDRESS]
    letter = email.message_from_bytes(envelope.content, policy=default)
    assert letter["Message-ID"] == f"<{message.key}@clinic.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    text = letter.get_content()
    assert "https://clinic.example/w/" in text
    assert standing(message) is Standing.SENT
    whole = f"{letter['Subject']} {text}".lower()
    for told in ("ketamin", "dose", "clinic,", "psych", "therap", "alder", scene.clinic.name):
        assert told.lower() not in whole


def test_nothing_that_opens_it_is_kept(scene, mailbox, settings):
    settings.MAIL = mail_to(mailbox.port)
    scene.queue()
    scene.deliver(carrier_for(settings.MAIL))
    link = mailbox.taken[0].content.decode().split("/w/")[1].split("/")[0]
    kept = [str(list(model.objects.values())) for model in (Message, WindowLink, AuditEntry)]
    assert link not in "".join(kept)


def test_a_server_that_puts_off_is_asked_again_and_one_that_refuses_is_not(
    scene, mailbox, settings
):
    settings.MAIL = mail_to(mailbox.port)
    carrier = carrier_for(settings.MAIL)
    later, never = scene.queue(once="later"), scene.queue(once="never")
    mailbox.answers = ["451 come back", "554 no such person"]
    scene.deliver(carrier)
    assert (outcomes(later), outcomes(never)) == ([Outcome.PUT_OFF], [Outcome.REFUSED])
    assert standing(never) is Standing.GAVE_UP
    scene.deliver(carrier, minutes=1)
    assert standing(later) is Standing.SENT
    assert len(mailbox.taken) == 1
    assert set(Notice.objects.values_list("to__role", "text")) == {
        (Role.FRONT_DESK, worker.GAVE_UP)
    }


def test_a_dead_server_is_waited_for_then_given_up_and_told_once(scene):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = MailServer(mail_to(closed.getsockname()[1]), seconds=1)
        one, two = scene.queue(once="a"), scene.queue(once="b")
        for minutes in (0, 0.5, 1, 3, 7):
            scene.deliver(dead, minutes=minutes)
    tries = outcomes(one) + outcomes(two)
    assert tries == [Outcome.PUT_OFF] * 5  # one a round: the server is down for everyone
    hours = load_post().try_hours.value
    assert scene.deliver(dead, minutes=60 * hours).gave_up == 2
    assert {standing(one), standing(two)} == {Standing.GAVE_UP}
    desks = 2  # the scene's, and the one that registered the patient
    assert Notice.objects.filter(text=worker.GAVE_UP).count() == desks


def silent_server(script):
    """Speak SMTP by a script, then hang up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def speak():
        connection, _ = listener.accept()
        with connection, listener, connection.makefile("rb") as heard:
            connection.sendall(b"220 here\r\n")
            for line in script:
                heard.readline()
                connection.sendall(line)
            if b"354" in script[-1]:
                while heard.readline() != b".\r\n":
                    pass

    threading.Thread(target=speak, daemon=True).start()
    return listener.getsockname()[1]


HELLO, FINE, GO_ON = b"250 hello\r\n", b"250 ok\r\n", b"354 go on\r\n"


def test_a_server_that_hangs_up_before_the_message_is_tried_again(scene):
    message = scene.queue()
    scene.deliver(MailServer(mail_to(silent_server([HELLO, FINE])), seconds=2))
    assert outcomes(message) == [Outcome.PUT_OFF]
    assert Attempt.objects.get().handed_at is None


def test_a_server_that_hangs_up_after_the_message_is_never_tried_again(scene):
    message = scene.queue()
    script = [HELLO, FINE, FINE, GO_ON]
    scene.deliver(MailServer(mail_to(silent_server(script)), seconds=2))
    assert standing(message) is Standing.UNSURE
    carrier = Carries()
    scene.deliver(carrier, minutes=600)
    assert carrier.carried == []
    assert Notice.objects.filter(text=worker.UNSURE).exists()


def test_a_server_without_starttls_is_not_spoken_to(scene, mailbox):
    careful = replace(mail_to(mailbox.port), secrecy=Secrecy.STARTTLS)
    message = scene.queue()
    scene.deliver(MailServer(careful))
    assert outcomes(message) == [Outcome.PUT_OFF]
    assert mailbox.taken == []


def test_the_demo_writes_a_file_and_does_not_say_that_it_sent(scene, tmp_path):
    message = scene.queue()
    scene.deliver(Folder(tmp_path / "outbox"))
    scene.deliver(Folder(tmp_path / "outbox"), minutes=1)
    (file,) = (tmp_path / "outbox").iterdir()
    assert file.name == f"{message.key}.eml"
    assert standing(message) is Standing.KEPT


# --- Exactly once, or reported


@pytest.mark.parametrize(
    ("fault", "carried", "ends"),
    [
        pytest.param({"before": Killed()}, 1, Standing.SENT, id="killed before the message"),
        pytest.param({"after": Killed()}, 1, Standing.UNSURE, id="killed before the answer"),
        pytest.param({"after": PerhapsTaken("")}, 1, Standing.UNSURE, id="no answer"),
        pytest.param({"before": NotTaken("")}, 1, Standing.SENT, id="put off"),
    ],
)
def test_a_message_leaves_once_or_is_reported(scene, fault, carried, ends):
    message, faulty, sound = scene.queue(), Carries(**fault), Carries()
    try:
        scene.deliver(faulty)
    except Killed:
        scene.stand()
    for minutes in (5, 10, 600):
        scene.deliver(sound, minutes=minutes)
    assert standing(message) is ends
    assert len(faulty.carried) + len(sound.carried) == carried
    assert Notice.objects.exists() == (ends is Standing.UNSURE)


def test_the_drill_turns_red_if_nobody_writes_down_that_it_is_handed_over(scene, monkeypatch):
    """Without step 2 a worker that died after the server took it sends a second time."""
    monkeypatch.setattr(worker, "_hand_over", lambda *given: None)
    message, faulty, sound = scene.queue(), Carries(after=Killed()), Carries()
    with pytest.raises(Killed):
        scene.deliver(faulty)
    scene.stand()
    scene.deliver(sound, minutes=5)
    scene.deliver(sound, minutes=7)
    assert standing(message) is Standing.SENT
    assert faulty.carried == sound.carried


def test_two_workers_claim_a_try_once(scene):
    message = scene.queue()
    first = worker._claim(scene.clinic, scene.at, message.pk)
    scene.stand()
    assert first is not None
    assert worker._claim(scene.clinic, scene.at, message.pk) is None
    scene.stand()
    with pytest.raises(IntegrityError, match="a_try_is_claimed"), transaction.atomic():
        Attempt.objects.create(
            clinic=scene.clinic, message=message, number=first.number, began_at=scene.at
        )


def test_a_clock_that_is_not_trusted_sends_nothing_and_gives_nothing_up(scene):
    message, carrier = scene.queue(), Carries()
    scene.deliver(carrier, minutes=60 * 24 * 9, held=True)
    assert (standing(message), carrier.carried) == (Standing.WAITING, [])
    scene.deliver(carrier)
    assert standing(message) is Standing.SENT


@pytest.mark.parametrize("days", [-1, 1])
def test_a_clock_a_day_off_and_back_sends_once(scene, days):
    message, carrier = scene.queue(once="x"), Carries()
    scene.deliver(carrier, minutes=60 * 24 * days + 1)
    scene.deliver(carrier, minutes=1)
    scene.deliver(carrier, minutes=2)
    sent = len(carrier.carried)
    assert (sent, standing(message)) in [(1, Standing.SENT), (0, Standing.GAVE_UP)]


# --- The outbox


def test_a_message_falls_with_the_transaction_of_its_cause(scene):
    with transaction.atomic():
        scene.queue()
        transaction.set_rollback(True)
    assert not Message.objects.exists()
    assert not WindowLink.objects.exists()


def test_one_cause_has_one_message(scene):
    assert scene.queue() is not None
    assert scene.queue() is None
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    "wish", [{"channel": "none"}, {"kinds": ("weather",)}], ids=["nothing", "not this"]
)
def test_nobody_is_written_to_who_does_not_want_it(scene, wish):
    waits = scene.queue(once="before")
    scene.wish(**wish)
    assert scene.queue(once="after") is None
    assert standing(waits) is Standing.WITHDRAWN
    assert WindowLink.objects.get(key=waits.opens_key).withdrawn_at is not None
    carrier = Carries()
    scene.deliver(carrier)
    assert carrier.carried == []


def test_an_installation_without_mail_writes_none(scene, settings):
    settings.MAIL = MailSettings()
    assert scene.queue() is None
    assert carrier_for(settings.MAIL) is None


@pytest.mark.parametrize("field", ["sent_at", "gave_up_at"])
def test_an_ended_message_stays_as_it_ended(scene, field):
    message = scene.queue()
    scene.deliver(Carries())
    message.refresh_from_db()
    setattr(message, field, scene.at + timedelta(days=1))
    with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
        message.save(update_fields=[field])


def test_the_text_of_a_message_is_written_once(scene):
    message = scene.queue()
    message.text = "Something else"
    with pytest.raises(DatabaseError, match="permission"), transaction.atomic():
        message.save(update_fields=["text"])


def test_a_secret_changed_meanwhile_still_makes_the_link_and_a_lost_one_is_reported(
    scene, settings
):
    kept, lost = scene.queue(once="kept"), scene.queue(once="lost")
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [old]
    assert worker.link_in(kept, settings.MAIL)
    settings.SECRET_KEY_FALLBACKS = []
    scene.deliver(Carries())
    assert standing(lost) is Standing.GAVE_UP
    assert Attempt.objects.filter(words=worker.NO_SEAL).count() == 2


@pytest.mark.parametrize("kind", load_post().kinds, ids=lambda kind: kind.code)
def test_every_message_reads_easily_and_promises_nothing(scene, kind):
    text = written(kind, until=scene.at, zone=scene.clinic.zone)
    assert reading_grade(text) <= 8
    assert not list(forbidden_in(text))
    for told in ("ketamin", "dose", "session", "therap", "clinic", "letter home"):
        assert told not in f"{kind.subject} {text}".lower()


# --- What a person does


def unsure(scene):
    message = scene.queue()
    scene.deliver(Carries(after=PerhapsTaken("")))
    return Message.objects.get(pk=message.pk)


def test_only_a_person_sends_again_and_the_message_id_stays(scene):
    message = unsure(scene)
    again = send_again(by=scene.desk, at=scene.at, message=message)
    assert send_again(by=scene.desk, at=scene.at, message=message) is None
    carrier = Carries()
    scene.deliver(carrier, minutes=1)
    assert carrier.carried == [f"<{message.key}@clinic.example>"]
    assert (again.message_id, again.opens) == (message.key, WINDOW_LINK)
    assert Message.objects.get(pk=message.pk).settled_by == scene.desk


def test_a_link_that_was_used_is_not_sent_again(scene):
    message = unsure(scene)
    WindowLink.objects.filter(key=message.opens_key).update(used_at=scene.at)
    with pytest.raises(Refused):
        send_again(by=scene.desk, at=scene.at, message=message)


def test_who_looks_after_the_post_and_who_does_not(scene):
    message = unsure(scene)
    with pytest.raises(NotAllowed):
        settle(by=scene.therapist, at=scene.at, message=message)
    settle(by=scene.desk, at=scene.at, message=message)
    settle(by=scene.desk, at=scene.at + timedelta(days=1), message=message)
    assert Message.objects.get(pk=message.pk).settled_at == scene.at
