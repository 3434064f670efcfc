"""What a screen follows of a session: entries, checks and signatures, each by its numbers."""

from collections.abc import Iterable

from django.db.models import Max

from kapstone.clinic.dosing.models import (
    CheckAnswer,
    DosingSession,
    SessionEntry,
    SessionSignature,
)
from kapstone.core.ui.following import Follow

FOLLOWED = (SessionEntry, CheckAnswer, SessionSignature)


def follow_session(session: DosingSession) -> Follow:
    """Follow one session; the events count its entries in the order they were committed."""
    return Follow(topics=topics_of([session]), main=f"{SessionEntry.announces[2]}:{session.pk}")


def topics_of(sessions: Iterable[DosingSession]) -> dict[str, int]:
    """Name what is announced of these sessions, with the numbers so far; one query a table."""
    keys = [session.pk for session in sessions]
    topics: dict[str, int] = {}
    for model in FOLLOWED:
        hangs_on, number, word = model.announces
        rows = model._default_manager.filter(session__in=keys).order_by().values_list(hangs_on)
        found = dict(rows.annotate(latest=Max(number)))
        topics |= {f"{word}:{key}": found.get(key) or 0 for key in keys}
    return topics
