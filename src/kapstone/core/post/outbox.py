"""
Write a message in the transaction of what causes it, and take back one that waits.

These are steps of actions, not actions: whoever calls them has asked the policy and notes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.conf import settings

from kapstone.catalogue.post import MessageKind, Opens, load_post
from kapstone.core.access.links import WINDOW_LINK, make_link, withdraw_link
from kapstone.core.access.models import WindowLink
from kapstone.core.people.models import Patient, User
from kapstone.core.people.queries import contact_of
from kapstone.core.post.models import ContactWish, Message
from kapstone.core.post.queries import waiting, wish_of

JOIN = "join"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """The link that goes with a message: which seal, of which key, kept as which hash."""

    opens: str
    key: UUID
    kept: str
    until: datetime


def written(kind: MessageKind, *, until: datetime, zone: ZoneInfo, signed: str = "") -> str:
    """Write the text of a message; nothing in it says what it is about."""
    said = load_post()
    local = until.astimezone(zone)
    parts = [
        said.greeting,
        kind.words,
        said.opens,
        said.once.format(until=f"{local:%A} {local.day} {local:%B}, {local:%H:%M}"),
        said.closing,
        signed,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def signature_of(patient: Patient, wish: ContactWish | None) -> str:
    """Name the clinic, if the patient said that it may name itself."""
    if wish is None or not wish.names_clinic:
        return ""
    clinic = patient.clinic
    return load_post().from_clinic.format(clinic=clinic.name, phone=clinic.phone)


def queue(
    *,
    at: datetime,
    by: User | None,
    patient: Patient,
    kind: MessageKind,
    once: str,
    address: str,
    enclosed: Enclosed,
    useless_at: datetime,
) -> Message:
    """Write one message that waits to be sent."""
    wish = wish_of(patient)
    zone = ZoneInfo(wish.time_zone) if wish else patient.clinic.zone
    key = uuid4()
    return Message.objects.create(
        clinic_id=patient.clinic_id,
        key=key,
        message_id=key,
        patient=patient,
        kind=kind.code,
        once=once,
        reminds=kind.reminds,
        address=address,
        subject=kind.subject,
        text=written(kind, until=enclosed.until, zone=zone, signed=signature_of(patient, wish)),
        opens=enclosed.opens,
        opens_key=enclosed.key,
        opens_hash=enclosed.kept,
        queued_at=at,
        queued_by=by,
        due_at=at,
        useless_at=useless_at,
    )


def address_for(patient: Patient, kind: MessageKind) -> str:
    """
    Give the address that a patient wants this kind of message at; nothing where there is none.

    Nothing is written to somebody who cannot sign in: the link would open nothing.
    """
    wish, contact = wish_of(patient), contact_of(patient)
    agreed = wish is not None and wish.channel == "mail" and kind.code in wish.kinds
    if not agreed or contact is None or patient.user_id is None or not settings.MAIL.is_on:
        return ""
    return contact.email


def queue_for(
    *,
    at: datetime,
    by: User | None,
    patient: Patient,
    kind: str,
    once: str,
    useless_at: datetime | None = None,
) -> Message | None:
    """
    Write a message with a link to its page, if the patient wants it and has an address.

    A second message about one cause is not written.
    """
    about = load_post().kind(kind)
    address = address_for(patient, about)
    if not address or stands(patient, once):
        return None
    link = make_link(
        at=at, patient=patient, purpose=Opens(about.opens), open_for=about.open_for
    )
    return queue(
        at=at,
        by=by,
        patient=patient,
        kind=about,
        once=once,
        address=address,
        enclosed=Enclosed(
            opens=WINDOW_LINK, key=link.key, kept=link.link_hash, until=link.expires_at
        ),
        useless_at=useless_at or at + tried_for(),
    )


def tried_for() -> timedelta:
    """Give how long a message is tried that a person of the clinic sends."""
    return timedelta(hours=load_post().try_hours.value)


def stands(patient: Patient, once: str) -> bool:
    """Say whether there is a message about this cause that was not taken back."""
    rows = Message.objects.filter(clinic_id=patient.clinic_id, once=once)
    return rows.filter(withdrawn_at__isnull=True).exists()


def withdraw_about(*, at: datetime, clinic_id: int, once: str) -> None:
    """Take back the message about one cause, if it waits and is not on its way."""
    message = waiting(clinic_id).filter(once=once).first()
    if message is not None and not is_on_its_way(message):
        withdraw(at=at, message=message)


def is_on_its_way(message: Message) -> bool:
    """Say whether a worker has claimed a message and not come back."""
    return any(attempt.ended_at is None for attempt in message.attempts.all())


def withdraw(*, at: datetime, message: Message) -> None:
    """Take back a message that waits, and the link in it."""
    message.withdrawn_at = at
    message.save(update_fields=["withdrawn_at"])
    if message.opens == WINDOW_LINK and message.opens_key is not None:
        link = WindowLink.objects.filter(key=message.opens_key).first()
        if link is not None:
            withdraw_link(at=at, link=link)
