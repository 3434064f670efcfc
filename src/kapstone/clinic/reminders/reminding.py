"""
Write the reminders that are due, and take back those that wait and are due no more.

Nothing is stored ahead: what waits here was due a moment ago, and waits for the mail server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kapstone.catalogue.post import Post, load_post
from kapstone.clinic.reminders.queries import Reminded, reminded
from kapstone.clinic.reminders.rules import due, holds_now, planned
from kapstone.core.audit.actions import Actor, note
from kapstone.core.people.models import Clinic
from kapstone.core.post.models import Message
from kapstone.core.post.outbox import is_on_its_way, queue_for, withdraw
from kapstone.core.post.queries import waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """What one round wrote and took back."""

    written: int
    withdrawn: int


@transaction.atomic
def remind(*, by: Actor, at: datetime, clinic: Clinic) -> Reckoned:
    """Bring a clinic's reminders up to the record; twice, or late, reminds once."""
    said, everyone = load_post(), reminded(clinic, at)
    stale = _stale(clinic, everyone, at, said)
    for message in stale:
        withdraw(at=at, message=message)
        _note(by, at, "reminder-withdrawn", message)
    written = 0
    for one in everyone:
        for reminder in due(one.facts, said):
            queued = queue_for(
                at=at,
                by=None,
                patient=one.patient,
                kind=reminder.kind,
                once=reminder.once,
                useless_at=reminder.useless_at,
            )
            if queued is not None:
                _note(by, at, "reminder-written", queued)
                written += 1
    return Reckoned(written=written, withdrawn=len(stale))


def _stale(
    clinic: Clinic, everyone: Sequence[Reminded], at: datetime, said: Post
) -> list[Message]:
    """List what waits although the record does not ask for it now; a dose was corrected."""
    asked = {
        reminder.once
        for one in everyone
        for reminder in planned(one.facts, said)
        if holds_now(reminder, at)
    }
    return [
        message
        for message in waiting(clinic.pk).filter(reminds=True, useless_at__gt=at)
        if message.once not in asked and not is_on_its_way(message)
    ]


def _note(by: Actor, at: datetime, deed: str, message: Message) -> None:
    note(
        by=by,
        at=at,
        deed=deed,
        record=message,
        clinic_id=message.clinic_id,
        subjects=[message.patient_id],
        kind=message.kind,
    )
