"""Say how one wants to be written to; send again what did not arrive; settle a report."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction

from kapstone.catalogue.post import load_post
from kapstone.core.access.links import WINDOW_LINK
from kapstone.core.access.models import WindowLink
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Patient, User
from kapstone.core.people.repeats import first_written
from kapstone.core.post.models import ContactWish, Message
from kapstone.core.post.outbox import is_on_its_way, stands, tried_for, withdraw
from kapstone.core.post.queries import standing_of, waiting
from kapstone.core.post.rules import Standing
from kapstone.errors import Finding, InvalidInput, Refused, Weight

REPORTED = {Standing.GAVE_UP, Standing.UNSURE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """What a patient wishes about messages."""

    channel: str
    kinds: tuple[str, ...]
    time_zone: str
    quiet_from: time
    quiet_until: time
    names_clinic: bool


@transaction.atomic
def keep_wish(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    wished: Wished,
    entry_id: uuid.UUID | None = None,
) -> ContactWish:
    """
    Keep how a patient wants to be written to, and take back what waits and is not wanted.

    Raises
    ------
    NotAllowed
        If the policy does not let this user say so for the patient.
    InvalidInput
        If the quiet hours begin when they end.
    """
    require(
        by=by, at=at, record_class="contact_wish", action=Action.CREATE, subjects=[patient.pk]
    )
    hold("contact-wish", patient.pk)
    kept = first_written(ContactWish, entry_id, patient.alone) if entry_id else None
    if kept is not None:
        return kept
    if wished.quiet_from == wished.quiet_until:
        raise InvalidInput({"quiet_until": "Quiet hours end later than they begin."})
    wish = ContactWish.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        channel=wished.channel,
        kinds=list(wished.kinds),
        time_zone=wished.time_zone,
        quiet_from=wished.quiet_from,
        quiet_until=wished.quiet_until,
        names_clinic=wished.names_clinic,
    )
    chosen = {kind.code for kind in load_post().kinds if kind.choice}
    wants = wish.kinds if wish.channel == ContactWish.Channel.MAIL else ()
    for message in waiting(patient.clinic_id).filter(patient=patient):
        unwanted = message.kind in chosen and message.kind not in wants
        if unwanted and not is_on_its_way(message):
            withdraw(at=at, message=message)
    note(
        by=by,
        at=at,
        deed="contact-wish-kept",
        record=wish,
        clinic_id=patient.clinic_id,
        subjects=[patient.pk],
        channel=wish.channel,
    )
    return wish


@transaction.atomic
def send_again(*, by: User, at: datetime, message: Message) -> Message | None:
    """
    Send a message once more that did not arrive, or perhaps did not, and settle the report.

    It keeps its message id, so that a mailbox which has it already can tell. None where there
    is nothing to send again: it arrived, waits still, or was sent again before.

    Raises
    ------
    NotAllowed
        If the policy does not let this user look after the post.
    Refused
        If the link in it opens nothing any more.
    """
    _require(by, at, message)
    hold("post", message.pk)
    message.refresh_from_db()
    _refuse_a_dead_link(message, at)
    once = f"again/{message.key}"
    if standing_of(message) not in REPORTED or stands(message.patient, once):
        return None
    again = Message.objects.create(
        clinic_id=message.clinic_id,
        key=uuid.uuid4(),
        message_id=message.message_id,
        patient=message.patient,
        kind=message.kind,
        once=once,
        reminds=False,  # a person sends it, now
        address=message.address,
        subject=message.subject,
        text=message.text,
        opens=message.opens,
        opens_key=message.opens_key,
        opens_hash=message.opens_hash,
        queued_at=at,
        queued_by=by,
        due_at=at,
        useless_at=at + tried_for(),
    )
    _settle(by, at, message)
    _note(by, at, "message-sent-again", again)
    return again


@transaction.atomic
def settle(*, by: User, at: datetime, message: Message) -> Message:
    """
    Put a report away: somebody has seen to it. Doing it twice changes nothing.

    Raises
    ------
    NotAllowed
        If the policy does not let this user look after the post.
    """
    _require(by, at, message)
    hold("post", message.pk)
    message.refresh_from_db()
    if standing_of(message) in REPORTED and message.settled_at is None:
        _settle(by, at, message)
        _note(by, at, "message-settled", message)
    return message


def _refuse_a_dead_link(message: Message, at: datetime) -> None:
    if message.opens != WINDOW_LINK or message.opens_key is None:
        return
    link = WindowLink.objects.filter(key=message.opens_key).first()
    if link is None or link.used_at or link.withdrawn_at or link.expires_at <= at:
        words = "The link in it was used or has run out. Hand it over in another way."
        raise Refused([Finding("link-closed", Weight.BLOCK, words)])


def _require(by: User, at: datetime, message: Message) -> None:
    require(
        by=by,
        at=at,
        record_class="post",
        action=Action.AMEND,
        subjects=[message.patient_id],
    )


def _settle(by: User, at: datetime, message: Message) -> None:
    if message.settled_at is None:
        message.settled_at, message.settled_by = at, by
        message.save(update_fields=["settled_at", "settled_by"])


def _note(by: User, at: datetime, deed: str, message: Message) -> None:
    note(
        by=by,
        at=at,
        deed=deed,
        record=message,
        clinic_id=message.clinic_id,
        subjects=[message.patient_id],
        kind=message.kind,
    )
