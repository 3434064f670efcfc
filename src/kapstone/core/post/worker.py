"""
The one who carries the post: claims a message, hands it over, and closes the try.

Each step is a transaction of its own, so a worker that dies leaves behind how far it came:

1. a try is claimed (a row, committed) before the mail server is spoken to;
2. that the message is about to be handed over is committed before its first byte leaves;
3. what the server answered is committed.

A try that died before 2 is tried again. One that died between 2 and 3 may have been taken: the
message is reported as perhaps sent, and only a person sends it again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings

from kapstone.core.access.fences import acting_in
from kapstone.core.access.glass import BY_THE_CLOCK
from kapstone.core.access.seals import seal_behind
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Clinic, Notice, Role, User
from kapstone.core.post.carriers import WORDS, Carrier, MailSettings, NotTaken, PerhapsTaken
from kapstone.core.post.models import Attempt, Message
from kapstone.core.post.outbox import JOIN
from kapstone.core.post.queries import (
    not_ended,
    standing_of,
    waiting,
    waiting_facts,
    waits,
)
from kapstone.core.post.rules import Next, Outcome, Standing, next_step

KIND = "post"
GAVE_UP = "A message to a patient could not be sent. See Post, under Clinic."
UNSURE = "A message to a patient was perhaps sent. See Post, under Clinic."
CLOCK_MOVED = "The server's clock was moved or is wrong. Nothing is sent until it stands still."
NO_SEAL = "Its link cannot be made again: the installation's secret was changed."
_KEYS = uuid.UUID("6b61705f-706f-4374-8f74-656c6c5f6f6e")
_ENDS = {
    Outcome.SENT: "sent_at",
    Outcome.KEPT: "kept_at",
    Outcome.UNSURE: "unsure_at",
    Outcome.REFUSED: "gave_up_at",
}
MOST = 500  # in one round: the next one comes within a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one round did."""

    taken: int = 0
    put_off: int = 0
    gave_up: int = 0
    unsure: int = 0


def deliver(
    *, clinic: Clinic, at: datetime, carrier: Carrier | None, held: bool = False
) -> Delivered:
    """
    Send what is due in one clinic. Called outside of any transaction, by one worker at a time.

    Parameters
    ----------
    carrier : who takes the messages; None where this installation sends nothing
    held : the clock is not to be trusted now: look after tries that died, and send nothing
    """
    done = Delivered(unsure=_look_after_the_dead(clinic, at))
    if held:
        return done
    done = replace(done, gave_up=_give_up(clinic, at))
    with acting_in(clinic_id=clinic.pk):
        due = [one.pk for one in waiting(clinic.pk)[:MOST] if _is_due(one, at)]
    if carrier is None:
        return done
    for pk in due:
        outcome, reached = _send(clinic, at, pk, carrier)
        done = _count(done, outcome)
        if not reached:
            break  # the server is down for everyone: the next round comes in a minute
    return done


def _count(done: Delivered, outcome: Outcome | None) -> Delivered:
    match outcome:
        case Outcome.SENT | Outcome.KEPT:
            return replace(done, taken=done.taken + 1)
        case Outcome.PUT_OFF:
            return replace(done, put_off=done.put_off + 1)
        case Outcome.REFUSED:
            return replace(done, gave_up=done.gave_up + 1)
        case Outcome.UNSURE:
            return replace(done, unsure=done.unsure + 1)
        case _:
            return done


def _is_due(message: Message, at: datetime) -> bool:
    return next_step(waiting_facts(message), at, waits()) is Next.TRY


def _look_after_the_dead(clinic: Clinic, at: datetime) -> int:
    """Close the tries that never ended; no other worker is at work, so theirs has died."""
    unsure = 0
    with acting_in(clinic_id=clinic.pk):
        for attempt in not_ended(clinic.pk):
            handed = attempt.handed_at is not None
            outcome = Outcome.UNSURE if handed else Outcome.BROKEN_OFF
            _close(attempt, at, outcome, "The worker stopped in the middle.")
            unsure += handed
    return unsure


def _give_up(clinic: Clinic, at: datetime) -> int:
    with acting_in(clinic_id=clinic.pk):
        over = [
            one
            for one in waiting(clinic.pk)
            if next_step(waiting_facts(one), at, waits()) is Next.GIVE_UP
        ]
        for message in over:
            _end(message, at, Outcome.REFUSED)
    return len(over)


def _send(
    clinic: Clinic, at: datetime, pk: int, carrier: Carrier
) -> tuple[Outcome | None, bool]:
    """Try one message; give the outcome, and whether a server was reached at all."""
    attempt = _claim(clinic, at, pk)
    if attempt is None:
        return None, True
    letter = letter_of(attempt.message, settings.MAIL)
    if letter is None:
        return _closed(clinic, attempt, at, Outcome.REFUSED, NO_SEAL), True
    address = attempt.message.address
    try:
        carrier.carry(letter, address, lambda: _hand_over(clinic, attempt, at))
    except NotTaken as answer:
        outcome = Outcome.REFUSED if answer.forever else Outcome.PUT_OFF
        return _closed(clinic, attempt, at, outcome, str(answer)), answer.reached
    except PerhapsTaken as answer:
        words = f"The mail server did not say whether it took it ({answer})."
        return _closed(clinic, attempt, at, Outcome.UNSURE, words), True
    return _closed(clinic, attempt, at, carrier.taken, ""), True


def _claim(clinic: Clinic, at: datetime, pk: int) -> Attempt | None:
    with acting_in(clinic_id=clinic.pk):
        hold("post", pk)
        message = waiting(clinic.pk).filter(pk=pk).first()
        if message is None or not _is_due(message, at):
            return None
        tries = message.attempts.all()
        if any(one.ended_at is None for one in tries):
            return None
        return Attempt.objects.create(
            clinic=clinic, message=message, number=len(tries) + 1, began_at=at
        )


def _hand_over(clinic: Clinic, attempt: Attempt, at: datetime) -> None:
    with acting_in(clinic_id=clinic.pk):
        attempt.handed_at = at
        attempt.save(update_fields=["handed_at"])


def _closed(
    clinic: Clinic, attempt: Attempt, at: datetime, outcome: Outcome, words: str
) -> Outcome:
    with acting_in(clinic_id=clinic.pk):
        _close(attempt, at, outcome, words)
    return outcome


def _close(attempt: Attempt, at: datetime, outcome: Outcome, words: str) -> None:
    attempt.ended_at, attempt.outcome, attempt.words = at, outcome, words[:WORDS]
    attempt.save(update_fields=["ended_at", "outcome", "words"])
    if outcome in _ENDS and standing_of(attempt.message) is Standing.WAITING:
        _end(attempt.message, at, outcome)


def _end(message: Message, at: datetime, outcome: Outcome) -> None:
    """End a message, note it, and tell somebody where it did not simply arrive."""
    name = _ENDS[outcome]
    setattr(message, name, at)
    message.save(update_fields=[name])
    note(
        by=BY_THE_CLOCK,
        at=at,
        deed=f"message-{standing_of(message)}",
        record=message,
        clinic_id=message.clinic_id,
        subjects=[message.patient_id],
        kind=message.kind,
    )
    if outcome in {Outcome.REFUSED, Outcome.UNSURE}:
        words = GAVE_UP if outcome is Outcome.REFUSED else UNSURE
        tell(message.patient.clinic, at, words)


def tell(clinic: Clinic, at: datetime, words: str) -> None:
    """Tell the desk and the administrators, once a day: a dead server is one piece of news."""
    day = at.astimezone(clinic.zone).date()
    users = User.objects.filter(
        clinic=clinic, is_active=True, role__in=[Role.FRONT_DESK, Role.ADMINISTRATOR]
    )
    keys = {uuid.uuid5(_KEYS, f"{user.key}/{day}/{words}"): user for user in users}
    known = _known(keys)
    Notice.objects.bulk_create(
        Notice(clinic=clinic, key=key, to=user, about=None, kind=KIND, text=words, at=at)
        for key, user in keys.items()
        if key not in known
    )


def _known(keys: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    return set(Notice.objects.filter(key__in=list(keys)).values_list("key", flat=True))


def letter_of(message: Message, mail: MailSettings) -> EmailMessage | None:
    """Make a message as it goes over the wire; None where its link cannot be made again."""
    link = link_in(message, mail)
    if link is None:
        return None
    letter = EmailMessage()
    letter["From"] = mail.sender
    letter["To"] = message.address
    letter["Subject"] = message.subject
    letter["Date"] = format_datetime(message.queued_at)
    letter["Message-ID"] = f"<{message.message_id}@{mail.domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter.set_content(message.text.replace("{link}", link))
    return letter


def link_in(message: Message, mail: MailSettings) -> str | None:
    """Make the address that a message's link leads to."""
    if not message.opens or message.opens_key is None:
        return ""
    words = seal_behind(message.clinic_id, message.opens, message.opens_key, message.opens_hash)
    if words is None:
        return None
    place = "join" if message.opens == JOIN else "w"
    return f"{mail.address.rstrip('/')}/{place}/{words}/"
