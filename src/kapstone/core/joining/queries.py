"""Find an invitation by what was handed over, and say how a patient's invitations stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.crypto import salted_hmac

from kapstone.catalogue.invitations import load_invitations
from kapstone.core.joining.models import Invitation
from kapstone.core.joining.rules import Facts, Given, State, state_of
from kapstone.core.people.models import Patient

_SALT = "kapstone.joining"
_WORDS = {
    State.OPEN: "Waits to be taken up",
    State.USED: "Taken up",
    State.WITHDRAWN: "Withdrawn",
    State.EXPIRED: "Ran out",
    State.SHUT: "Shut: too many wrong birth dates",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One invitation, and whether it opens."""

    invitation: Invitation
    state: State
    wrong_tries: int

    @property
    def words(self) -> str:
        """Say how it stands."""
        return _WORDS[self.state]


def hash_of(words: str) -> str:
    """Hash what opens an invitation, under the clinic's key: the table alone betrays none."""
    return salted_hmac(_SALT, words, algorithm="sha256").hexdigest()


def _hashes_of(words: str) -> list[str]:
    """Hash under today's key and those before it, so that a new key shuts nobody out."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [
        salted_hmac(_SALT, words, secret=key, algorithm="sha256").hexdigest() for key in keys
    ]


def _counted() -> QuerySet[Invitation]:
    rows = Invitation.objects.select_related("patient", "recorded_by")
    return rows.annotate(tries_wrong=Count("wrong_tries"))


def _standing(row: Invitation, at: datetime) -> Standing:
    wrong: int = row.tries_wrong  # type: ignore[attr-defined]  # annotated by _counted
    facts = Facts(
        expires_at=row.expires_at,
        used_at=row.used_at,
        withdrawn_at=row.withdrawn_at,
        wrong_tries=wrong,
    )
    state = state_of(facts, at, load_invitations().tries.value)
    return Standing(invitation=row, state=state, wrong_tries=wrong)


def invitation_behind(given: Given, at: datetime) -> Standing | None:
    """Find the invitation that a link or a code opens; the caller stands in its clinic."""
    hashes = _hashes_of(given.words)
    found = _counted().filter(
        Q(link_hash__in=hashes) | Q(code_hash__in=hashes), clinic_id=given.clinic_id
    )
    row = found.first()
    return None if row is None else _standing(row, at)


def invitations_of(patient: Patient, at: datetime) -> Sequence[Standing]:
    """List a patient's invitations, the newest first."""
    rows = _counted().filter(patient=patient).order_by("-recorded_at", "-pk")
    return [_standing(row, at) for row in rows[:20]]


def invitations_waiting(patients: QuerySet[Patient], at: datetime) -> Sequence[Standing]:
    """List the invitations of these patients that nobody took up, the oldest first."""
    rows = _counted().filter(
        patient__in=patients,
        patient__user__isnull=True,
        used_at__isnull=True,
        withdrawn_at__isnull=True,
    )
    return [_standing(row, at) for row in rows.order_by("recorded_at", "pk")]
