"""What waits, what was sent, what somebody must know of, and what a patient wished."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet

from kapstone.catalogue.post import load_post
from kapstone.core.people.models import Patient
from kapstone.core.post.models import ENDS, Attempt, ContactWish, Message
from kapstone.core.post.rules import Outcome, Quiet, Standing, Tried, WaitingFacts, Waits

_ENDED = {
    "sent_at": Standing.SENT,
    "kept_at": Standing.KEPT,
    "unsure_at": Standing.UNSURE,
    "gave_up_at": Standing.GAVE_UP,
    "withdrawn_at": Standing.WITHDRAWN,
}


def wish_of(patient: Patient) -> ContactWish | None:
    """Give what a patient wished last about messages, or None where they never said."""
    rows = ContactWish.objects.filter(subjects_id=patient.alone_id)
    return rows.order_by("-recorded_at", "-pk").first()


def wishes_by_patient(patients: Iterable[Patient]) -> dict[int, ContactWish]:
    """Give the standing wish of each of these patients who made one; one query."""
    owner = {patient.alone_id: patient.pk for patient in patients}
    rows = ContactWish.objects.filter(subjects_id__in=owner).order_by("recorded_at", "pk")
    return {owner[row.subjects_id]: row for row in rows}


def quiet_of(wish: ContactWish) -> Quiet:
    """Give the quiet hours of a wish."""
    return Quiet(zone=ZoneInfo(wish.time_zone), begins=wish.quiet_from, ends=wish.quiet_until)


def waits() -> Waits:
    """Give how long to wait between tries, from the catalogue."""
    said = load_post()
    return Waits(
        first=timedelta(minutes=said.first_wait_minutes.value),
        longest=timedelta(minutes=said.longest_wait_minutes.value),
    )


def standing_of(message: Message) -> Standing:
    """Say how a message stands."""
    ended = (_ENDED[name] for name in ENDS if getattr(message, name) is not None)
    return next(ended, Standing.WAITING)


def _whole() -> QuerySet[Message]:
    tries = Attempt.objects.order_by("number")
    return Message.objects.select_related("patient__clinic", "queued_by").prefetch_related(
        Prefetch("attempts", queryset=tries)
    )


def waiting(clinic_id: int) -> QuerySet[Message]:
    """List the messages of a clinic that have not ended, the first due first."""
    still = {f"{name}__isnull": True for name in ENDS}
    return _whole().filter(clinic_id=clinic_id, **still).order_by("due_at", "pk")


def unsettled(clinic_id: int) -> QuerySet[Message]:
    """List the messages that somebody must know of: given up, or perhaps sent."""
    reported = Q(gave_up_at__isnull=False) | Q(unsure_at__isnull=False)
    rows = _whole().filter(reported, clinic_id=clinic_id, settled_at__isnull=True)
    return rows.order_by("-queued_at", "-pk")


def newest(clinic_id: int) -> QuerySet[Message]:
    """List the messages of a clinic, the newest first."""
    return _whole().filter(clinic_id=clinic_id).order_by("-queued_at", "-pk")


def not_ended(clinic_id: int) -> QuerySet[Attempt]:
    """List the tries that began and never ended: their worker died."""
    return Attempt.objects.filter(clinic_id=clinic_id, ended_at__isnull=True).select_related(
        "message"
    )


def waiting_facts(message: Message) -> WaitingFacts:
    """Give what decides whether a waiting message is tried now."""
    wish = wish_of(message.patient) if message.reminds else None
    return WaitingFacts(
        due_at=message.due_at,
        useless_at=message.useless_at,
        tries=[
            Tried(ended_at=one.ended_at, outcome=Outcome(one.outcome or ""))
            for one in message.attempts.all()
            if one.ended_at is not None
        ],
        quiet=quiet_of(wish) if wish else None,
    )
