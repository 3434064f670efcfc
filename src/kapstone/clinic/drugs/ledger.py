"""Write one entry of the book: the rules speak first, then the database judges for itself."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from kapstone.clinic.drugs.models import (
    Container,
    Draw,
    Movement,
    Resolution,
    StockRecord,
)
from kapstone.clinic.drugs.queries import day_of, may_witness, product_of, standing_of
from kapstone.clinic.drugs.rules import (
    Hands,
    Kind,
    Posting,
    check_hands,
    check_posting,
    check_time,
    check_whole,
)
from kapstone.core.people.models import User
from kapstone.errors import Finding, Refused, Stale

Row = TypeVar("Row", bound=StockRecord)
LOCK = "drug-container"  # the same name as in migration 0002


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is written beside the two changes."""

    posting: Posting
    happened_at: datetime
    draw: Draw | None = None
    witness: User | None = None
    reason: str = ""
    method: str = ""
    detail: str = ""
    reverses: Movement | None = None
    resolution: Resolution | None = None
    entry_id: UUID | None = None


def hands_of(by: User, witness: User | None) -> Hands:
    """Give the rules the two people."""
    return Hands(
        by=by.pk,
        witness=witness.pk if witness is not None else None,
        witness_may=witness is None or may_witness(witness, by.clinic_id),
    )


def refuse(findings: Sequence[Finding]) -> None:
    """
    Stop where there is a reason to.

    Raises
    ------
    Refused
        If there is any finding.
    """
    if findings:
        raise Refused(findings)


def written_before(model: type[Row], entry_id: UUID | None) -> Row | None:
    """Give the row that this entry id already wrote, if it wrote one."""
    if entry_id is None:
        return None
    return model._default_manager.filter(entry_id=entry_id).first()


def same(found: object, wanted: object) -> None:
    """
    Stop if an entry id that was used is sent again for something else.

    Raises
    ------
    Stale
        If the two differ.
    """
    if found != wanted:
        raise Stale("This form was already sent for something else. Open it again.")


def post(*, by: User, at: datetime, container: Container, entry: Entry) -> Movement:
    """
    Write one entry; the caller holds the container.

    Raises
    ------
    Refused
        With every reason against it, in words.
    """
    posting, amount = entry.posting, abs(entry.posting.change_mg)
    findings = [
        *check_time(entry.happened_at, at),
        *check_hands(posting.kind, hands_of(by, entry.witness)),
        *check_posting(
            posting,
            standing_of(container, None if posting.kind == Kind.DRAWN else entry.draw),
            on=day_of(container.clinic, entry.happened_at),
        ),
    ]
    product = product_of(container)
    if product.whole_only and posting.kind in {Kind.DRAWN, Kind.RETURNED}:
        findings += check_whole(amount, product.strength, product.measure)
    refuse(findings)
    written = Movement.objects.create(
        clinic_id=container.clinic_id,
        entry_id=entry.entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        container=container,
        kind=posting.kind,
        change_mg=posting.change_mg,
        draw=entry.draw,
        draw_change_mg=posting.draw_change_mg,
        reason=entry.reason,
        method=entry.method,
        detail=entry.detail,
        witness=entry.witness,
        reverses=entry.reverses,
        resolution=entry.resolution,
        happened_at=entry.happened_at,
    )
    written.refresh_from_db(fields=["seq", "balance_mg", "draw_balance_mg"])
    return written
