"""
Which tablet may give the drug: one at a time, by a lease that the server numbers.

The number is a fence. A takeover has a higher one, so a dose that an old holder sends late is
known for what it is; it is kept and flagged, never thrown away, because it was given.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kapstone.errors import Finding, Refused, Weight

LASTS_MS = 4 * 3_600_000  # judgement: longer than a session, shorter than a shift
REASON_LEAST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One lease: who holds it, what may be given under it, until when."""

    number: int
    device_id: UUID
    order: str
    most_mg: Decimal
    granted_ms: int
    expires_ms: int
    lot: str = ""

    def holds(self, now_ms: int) -> bool:
        """Whether it has not run out."""
        return now_ms < self.expires_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a tablet asks for."""

    device_id: UUID
    order: str
    most_mg: Decimal
    lot: str = ""
    takes_over: bool = False
    reason: str = ""


def newest(leases: Sequence[Lease]) -> Lease | None:
    """Give the lease with the highest number."""
    return max(leases, key=lambda one: one.number, default=None)


def take(leases: Sequence[Lease], asked: Asked, now_ms: int) -> Lease:
    """
    Give a tablet the lease, or say who has it.

    The holder renews freely, and anyone may take a lease that has run out. While it runs on
    another tablet it is taken over on purpose only, with a reason.

    Raises
    ------
    Refused
        If another tablet holds it, or a takeover says too little.
    """
    held = newest(leases)
    elsewhere = held is not None and held.holds(now_ms) and held.device_id != asked.device_id
    if elsewhere and not asked.takes_over:
        words = "Another tablet holds the dose lease. Give the drug there, or take it over."
        raise Refused([Finding("lease-elsewhere", Weight.BLOCK, words)])
    if elsewhere and len(asked.reason.strip()) < REASON_LEAST:
        words = f"Say in at least {REASON_LEAST} characters why this tablet takes over."
        raise Refused([Finding("takeover-without-reason", Weight.BLOCK, words)])
    return Lease(
        number=held.number + 1 if held else 1,
        device_id=asked.device_id,
        order=asked.order,
        most_mg=asked.most_mg,
        lot=asked.lot,
        granted_ms=now_ms,
        expires_ms=now_ms + LASTS_MS,
    )


def flags_of(
    leases: Sequence[Lease],
    *,
    device_id: UUID,
    number: int | None,
    at_ms: int,
) -> Iterator[str]:
    """
    Yield what is wrong with a dose that a tablet says it gave under a lease.

    Parameters
    ----------
    leases : every lease of the session
    device_id, number : the tablet, and the lease it names
    at_ms : when the dose was given
    """
    if number is None:
        yield "no-lease"
        return
    named = next((one for one in leases if one.number == number), None)
    if named is None or named.device_id != device_id:
        yield "lease-not-its-own"
        return
    if any(one.number > number and one.device_id != device_id for one in leases):
        yield "lease-fenced"
    if at_ms >= named.expires_ms:
        yield "lease-ran-out"


QUESTIONED = frozenset({"no-lease", "lease-not-its-own", "lease-fenced", "lease-ran-out"})
