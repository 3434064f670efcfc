"""Take an entry back by its opposite, and stop or release a lot."""

import uuid
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kapstone.clinic.drugs.ledger import (
    LOCK,
    Entry,
    hands_of,
    post,
    refuse,
    same,
    written_before,
)
from kapstone.clinic.drugs.models import Lot, LotHold, LotRelease, Movement
from kapstone.clinic.drugs.rules import Kind, Posting, check_hands, check_reason
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require_here
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import User
from kapstone.core.people.subjects import patient_ids
from kapstone.errors import Finding, InvalidInput, Refused, Stale, Weight


@transaction.atomic
def reverse_entry(
    *,
    by: User,
    at: datetime,
    movement: Movement,
    reason: str,
    witness: User | None,
    entry_id: UUID | None = None,
) -> Movement:
    """
    Take an entry back by writing its opposite, before a witness. Nothing is ever changed.

    Raises
    ------
    NotAllowed
        If the role does not sign the book.
    Refused
        If there is no second person, no reason, or what it moved has been used since.
    Stale
        If it has been reversed already.
    """
    require_here(by=by, record_class="drug_stock", action=Action.SIGN)
    hold(LOCK, movement.container_id)
    if (before := written_before(Movement, entry_id)) is not None:
        same(before.reverses_id, movement.pk)
        return before
    if Movement.objects.filter(reverses=movement).exists():
        raise Stale("This entry has already been reversed.")
    findings = [*check_reason(reason)]
    if movement.kind == Kind.REVERSED or movement.resolution_id is not None:
        words = "A reversal and an adjustment stand. Count again, and resolve what differs."
        findings.append(Finding("stands", Weight.BLOCK, words))
    refuse(findings)
    was = Posting(
        kind=Kind(movement.kind),
        change_mg=movement.change_mg,
        draw_change_mg=movement.draw_change_mg,
    )
    entry = Entry(
        posting=was.reverse(),
        happened_at=at,
        draw=movement.draw,
        witness=witness,
        detail=reason.strip(),
        reverses=movement,
        entry_id=entry_id,
    )
    written = post(by=by, at=at, container=movement.container, entry=entry)
    note(
        by=by,
        at=at,
        deed="drug-entry-reversed",
        record=written,
        clinic_id=by.clinic_id,
        subjects=patient_ids(movement.draw.subjects) if movement.draw else (),
        reverses=movement.pk,
        witness=witness.username if witness else "",
    )
    return written


@transaction.atomic
def hold_lot(
    *,
    by: User,
    at: datetime,
    lot: Lot,
    why: str,
    reason: str,
    reference: str = "",
    entry_id: UUID | None = None,
) -> LotHold:
    """
    Stop a lot at once: nothing more is drawn from it. One person is enough to stop.

    Raises
    ------
    NotAllowed
        If the role does not keep stock.
    InvalidInput
        If it is neither a quarantine nor a recall.
    Refused
        If no reason is given.
    """
    require_here(by=by, record_class="drug_stock", action=Action.CREATE)
    if (before := written_before(LotHold, entry_id)) is not None:
        same(before.lot_id, lot.pk)
        return before
    if why not in LotHold.Why.values:
        raise InvalidInput({"why": "Choose quarantine or recall."})
    refuse([*check_reason(reason)])
    stopped = LotHold.objects.create(
        clinic_id=lot.clinic_id,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        lot=lot,
        why=why,
        reason=reason.strip(),
        reference=reference.strip(),
    )
    note(
        by=by,
        at=at,
        deed="drug-lot-held",
        record=stopped,
        clinic_id=lot.clinic_id,
        lot=lot.number,
        why=why,
    )
    return stopped


@transaction.atomic
def release_lot(
    *,
    by: User,
    at: datetime,
    stopped: LotHold,
    reason: str,
    witness: User | None,
    entry_id: UUID | None = None,
) -> LotRelease:
    """
    Release a lot from quarantine, by a prescriber and a witness. A recall is not released.

    Raises
    ------
    NotAllowed
        If the role does not release lots.
    Refused
        If it was recalled, no reason is given, or there is no second person.
    Stale
        If it was released already.
    """
    require_here(by=by, record_class="drug_stock", action=Action.AMEND)
    hold("drug-lot", stopped.lot_id)
    if (before := written_before(LotRelease, entry_id)) is not None:
        same(before.hold_id, stopped.pk)
        return before
    if LotRelease.objects.filter(hold=stopped).exists():
        raise Stale("It has already been released.")
    findings = [*check_reason(reason), *check_hands(Kind.REVERSED, hands_of(by, witness))]
    if stopped.why == LotHold.Why.RECALL:
        words = "A recalled lot stays shut. Send it away or waste it."
        findings.append(Finding("recalled", Weight.BLOCK, words))
    if findings or witness is None:
        raise Refused(findings)
    released = LotRelease.objects.create(
        clinic_id=stopped.clinic_id,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        hold=stopped,
        reason=reason.strip(),
        witness=witness,
    )
    note(
        by=by,
        at=at,
        deed="drug-lot-released",
        record=released,
        clinic_id=stopped.clinic_id,
        lot=stopped.lot.number,
        witness=witness.username,
    )
    return released
