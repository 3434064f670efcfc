"""Who waits at the beginning of care: for this user's signature, or to be taken up at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from kapstone.clinic.screening.models import EligibilitySignature, Screening
from kapstone.clinic.screening.queries import invited_not_taken_up, screenings_unsigned
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import Access
from kapstone.core.people.models import Role
from kapstone.core.ui.parts import Act, Need, Tone

SHOWN = 12
COUNTED = 50
QUEUE = "/screening/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing that waits, and since when."""

    since: datetime
    need: Need


def beginnings(access: Access) -> Iterator[Waiting]:
    """Gather what waits before the first dose, in two queries; for who may sign and take up."""
    if not access.may_anywhere("screening", Action.SIGN):
        return
    yield from _screenings(access)
    yield from _invited(access)


def _capacities(access: Access) -> list[str]:
    """Say in which capacities this user signs."""
    capacity, user = EligibilitySignature.Capacity, access.user
    held = {
        capacity.PRESCRIBER: user.role == Role.PRESCRIBER,
        capacity.MENTAL_HEALTH: user.is_mental_health_professional,
    }
    return [str(one) for one, holds in held.items() if holds]


def _screenings(access: Access) -> Iterator[Waiting]:
    capacities = _capacities(access)
    if not capacities:
        return
    found = list(screenings_unsigned(access.visible("screening"), capacities)[:COUNTED])
    signed = [one for one in found if one.signed]  # type: ignore[attr-defined]  # annotated
    for one in signed[:SHOWN]:
        yield Waiting(
            since=one.started_at,
            need=Need(
                who=one.subjects.only_patient.screen_name,
                what="Screening waits for your signature",
                why="The other signature is there.",
                icon="signature",
                tone=Tone.AMBER,
                act=Act(label="Read", href=f"/screening/{one.key}/"),
            ),
        )
    if begun := [one for one in found if one not in signed]:
        yield _begun(begun)


def _begun(begun: Sequence[Screening]) -> Waiting:
    """Say in one line which screenings nobody has signed: some still wait for answers."""
    names = ", ".join(one.subjects.only_patient.screen_name for one in begun[:3])
    more = f" and {len(begun) - 3} more" if len(begun) > 3 else ""
    href = f"/screening/{begun[0].key}/" if len(begun) == 1 else QUEUE
    return Waiting(
        since=begun[0].started_at,
        need=Need(
            who=f"{len(begun)} screening{'s' if len(begun) != 1 else ''} to decide",
            what=names + more,
            why="Nobody has signed yet.",
            icon="signature",
            act=Act(label="Read", href=href),
        ),
    )


def _invited(access: Access) -> Iterator[Waiting]:
    rows = invited_not_taken_up(access.user.clinic_id)
    answered = list(rows.values_list("answer__answered_at", flat=True)[:COUNTED])
    if not answered:
        return
    count = len(answered)
    days = (access.at - answered[0]).days
    yield Waiting(
        since=answered[0],
        need=Need(
            who=f"{count} invited",
            what="Nobody has taken them up",
            why=f"Longest {days} day{'s' if days != 1 else ''}." if days else "Since today.",
            icon="user-check",
            tone=Tone.AMBER,
            act=Act(label="Take up", href=QUEUE),
        ),
    )
