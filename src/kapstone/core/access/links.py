"""
Links in messages: each opens one page of one patient, once, and nothing else.

Pressing a link starts a session that holds the link's key and no user. A door that does not
name the link's purpose treats whoever comes with it as a stranger; a door that does lets the
patient's own user through for this one request, and asks the policy as always.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from kapstone.catalogue.post import Opens, load_post
from kapstone.core.access.fences import acting_in
from kapstone.core.access.models import WindowLink
from kapstone.core.access.seals import clinic_in, hash_of, hashes_of, seal
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Patient, User

WINDOW_LINK = "window-link"
HELD = "kapstone_link"


class LinkState(StrEnum):
    """Whether a link opens, and if not, why."""

    OPEN = "open"
    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFacts:
    """What decides whether a link opens."""

    expires_at: datetime
    used_at: datetime | None
    withdrawn_at: datetime | None


def link_state(facts: LinkFacts, at: datetime) -> LinkState:
    """Say whether a link opens at this moment."""
    if facts.withdrawn_at is not None:
        return LinkState.WITHDRAWN
    if facts.used_at is not None:
        return LinkState.USED
    return LinkState.EXPIRED if at >= facts.expires_at else LinkState.OPEN


def _facts(link: WindowLink) -> LinkFacts:
    return LinkFacts(
        expires_at=link.expires_at, used_at=link.used_at, withdrawn_at=link.withdrawn_at
    )


def make_link(
    *, at: datetime, patient: Patient, purpose: Opens, open_for: timedelta
) -> WindowLink:
    """Make a link, in the transaction of whatever sends it."""
    key = uuid4()
    return WindowLink.objects.create(
        clinic_id=patient.clinic_id,
        key=key,
        patient=patient,
        purpose=purpose,
        link_hash=hash_of(seal(patient.clinic_id, WINDOW_LINK, key)),
        made_at=at,
        expires_at=at + open_for,
    )


def _behind(words: str) -> WindowLink | None:
    rows = WindowLink.objects.select_related("patient__user__clinic")
    return rows.filter(link_hash__in=hashes_of(words)).first()


def _holder(link: WindowLink) -> User | None:
    user = link.patient.user
    return user if user is not None and user.is_active else None


@transaction.atomic
def use_link(*, at: datetime, words: str, signed_in: User | None) -> WindowLink | None:
    """
    Use a link up, and give it; None for every case in which it opens nothing.

    Somebody else who is signed in uses nothing up.
    """
    clinic_id = clinic_in(words)
    if clinic_id is None:
        return None
    with acting_in(clinic_id=clinic_id):
        found = _behind(words)
        if found is None or (holder := _holder(found)) is None:
            return None
        if signed_in is not None and signed_in.pk != holder.pk:
            return None
        hold("window-link", found.pk)
        found.refresh_from_db(fields=["used_at", "withdrawn_at"])
        if link_state(_facts(found), at) is not LinkState.OPEN:
            return None
        found.used_at = at
        found.save(update_fields=["used_at"])
        note(
            by=holder,
            at=at,
            deed="link-used",
            record=found,
            clinic_id=clinic_id,
            subjects=[found.patient_id],
            purpose=found.purpose,
        )
        return found


def withdraw_link(*, at: datetime, link: WindowLink) -> None:
    """Take back a link that nobody has used."""
    if link.used_at is None and link.withdrawn_at is None:
        link.withdrawn_at = at
        link.save(update_fields=["withdrawn_at"])


def carry(session: SessionBase, link: WindowLink) -> None:
    """Let a session without a user hold a link that was just used."""
    session.cycle_key()
    session[HELD] = [link.clinic_id, str(link.key)]
    session.set_expiry(load_post().link_stays)


def holder_of(session: SessionBase, purposes: frozenset[Opens], at: datetime) -> User | None:
    """
    Give the user for whom a session's link opens a door with these purposes.

    The table is asked each time: what was withdrawn, or is open too long, opens nothing.
    """
    held = session.get(HELD)
    if not held or not purposes:
        return None
    clinic_id, key = held
    with acting_in(clinic_id=int(clinic_id)):
        link = (
            WindowLink.objects.select_related("patient__user__clinic")
            .filter(key=UUID(key), purpose__in=purposes, withdrawn_at__isnull=True)
            .first()
        )
        if link is None or link.used_at is None:
            return None
        still = link.used_at <= at < link.used_at + load_post().link_stays
        return _holder(link) if still else None
