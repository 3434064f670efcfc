"""Make the secret address of one's calendar, and take it back."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kapstone.clinic.reminders.feeds import feed_of
from kapstone.clinic.reminders.models import CalendarFeed
from kapstone.core.access.policy import Action
from kapstone.core.access.seals import hash_of
from kapstone.core.access.standing import own_patient, require, require_here
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import User

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFeed:
    """A feed, and the words that open it: shown once."""

    feed: CalendarFeed
    words: str


@transaction.atomic
def make_feed(*, by: User, at: datetime) -> MadeFeed:
    """
    Make a new secret address; the one before opens nothing from now on.

    Raises
    ------
    NotAllowed
        If the user has no settings of their own.
    """
    _require(by, at)
    hold("calendar-feed", by.pk)
    _take_back(by, at)
    words = f"{by.clinic_id}-{secrets.token_urlsafe(SECRET_BYTES)}"
    feed = CalendarFeed.objects.create(
        clinic_id=by.clinic_id, user=by, feed_hash=hash_of(words), made_at=at
    )
    _note(by, at, "calendar-feed-made", feed)
    return MadeFeed(feed=feed, words=words)


@transaction.atomic
def withdraw_feed(*, by: User, at: datetime) -> CalendarFeed | None:
    """
    Take the secret address back; None where there is none.

    Raises
    ------
    NotAllowed
        If the user has no settings of their own.
    """
    _require(by, at)
    hold("calendar-feed", by.pk)
    return _take_back(by, at)


def _take_back(by: User, at: datetime) -> CalendarFeed | None:
    feed = feed_of(by)
    if feed is not None:
        feed.withdrawn_at = at
        feed.save(update_fields=["withdrawn_at"])
        _note(by, at, "calendar-feed-withdrawn", feed)
    return feed


def _require(by: User, at: datetime) -> None:
    patient = own_patient(by)
    if patient is None:
        require_here(by=by, record_class="own_settings", action=Action.CREATE)
        return
    require(
        by=by, at=at, record_class="own_settings", action=Action.CREATE, subjects=[patient.pk]
    )


def _note(by: User, at: datetime, deed: str, feed: CalendarFeed) -> None:
    note(by=by, at=at, deed=deed, record=feed, clinic_id=feed.clinic_id)
