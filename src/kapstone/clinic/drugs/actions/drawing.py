"""Draw up for a patient, and account for every hundredth of it: given, wasted, put back."""

import uuid
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from kapstone.clinic.drugs.ledger import LOCK, Entry, post, refuse, same, written_before
from kapstone.clinic.drugs.models import Container, Draw, Movement
from kapstone.clinic.drugs.queries import product_of
from kapstone.clinic.drugs.rules import Kind, Waste, exact, posting
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Patient, User
from kapstone.core.people.repeats import first_written
from kapstone.core.people.subjects import patient_ids
from kapstone.errors import Finding, NotFound, Weight


@transaction.atomic
def draw_up(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    container: Container,
    amount_mg: Decimal,
    session_key: UUID | None = None,
    drawn_at: datetime | None = None,
    entry_id: UUID | None = None,
) -> Draw:
    """
    Take drug out of a container for one patient. The same entry sent twice draws once.

    Raises
    ------
    NotAllowed
        If the user may not draw up for this patient.
    InvalidInput
        If the amount is none, or finer than the book.
    Refused
        If less is left, the lot is expired or on hold, or a count is unresolved.
    """
    require(by=by, at=at, record_class="drug_draw", action=Action.CREATE, subjects=[patient.pk])
    if container.clinic_id != patient.clinic_id:
        raise NotFound("There is no such container.")
    amount, drawn_at = exact(amount_mg), drawn_at or at
    hold(LOCK, container.pk)
    if entry_id is not None:
        before = first_written(Draw, entry_id, patient.alone)
        if before is not None:
            same((before.container_id, before.amount_mg), (container.pk, amount))
            return before
    draw = Draw(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        container=container,
        amount_mg=amount,
        session_key=session_key,
        drawn_at=drawn_at,
    )
    draw.save(force_insert=True)
    entry = Entry(posting=posting(Kind.DRAWN, amount), happened_at=drawn_at, draw=draw)
    post(by=by, at=at, container=container, entry=entry)
    note(
        by=by,
        at=at,
        deed="drug-drawn",
        record=draw,
        clinic_id=draw.clinic_id,
        subjects=[patient.pk],
        container=str(container),
        amount_mg=str(amount),
    )
    return draw


@transaction.atomic
def give_from_draw(
    *,
    by: User,
    at: datetime,
    draw: Draw,
    amount_mg: Decimal,
    given_at: datetime | None = None,
    entry_id: UUID | None = None,
) -> Movement:
    """
    Say that drug which was drawn up reached the patient.

    Raises
    ------
    NotAllowed
        If the user may not draw up for this patient.
    Refused
        If less of the draw is left.
    """
    _require(by, at, draw, Action.CREATE)
    entry = Entry(
        posting=posting(Kind.GIVEN, exact(amount_mg), from_draw=True),
        happened_at=given_at or at,
        draw=draw,
        entry_id=entry_id,
    )
    return _account(by=by, at=at, entry=entry, deed="drug-given")


@transaction.atomic
def waste_from_draw(
    *,
    by: User,
    at: datetime,
    draw: Draw,
    amount_mg: Decimal,
    waste: Waste,
    witness: User | None,
    entry_id: UUID | None = None,
) -> Movement:
    """
    Waste what is left of a draw, before a witness.

    Raises
    ------
    NotAllowed
        If the user does not sign for this patient's draws.
    Refused
        If there is no second person, or less is left.
    """
    _require(by, at, draw, Action.SIGN)
    entry = Entry(
        posting=posting(Kind.WASTED, exact(amount_mg), from_draw=True),
        happened_at=at,
        draw=draw,
        witness=witness,
        reason=waste.reason,
        method=waste.method,
        detail=waste.detail.strip(),
        entry_id=entry_id,
    )
    return _account(by=by, at=at, entry=entry, deed="drug-wasted")


@transaction.atomic
def return_to_container(
    *, by: User, at: datetime, draw: Draw, amount_mg: Decimal, entry_id: UUID | None = None
) -> Movement:
    """
    Put unopened pieces back, such as a lozenge or a device. What was in a syringe never is.

    Raises
    ------
    NotAllowed
        If the user may not draw up for this patient.
    Refused
        If the product is a liquid, a piece would be put back in part, or less is left.
    """
    _require(by, at, draw, Action.CREATE)
    if not product_of(draw.container).whole_only:
        words = "What was drawn up is not put back. Waste it before a witness."
        refuse([Finding("not-put-back", Weight.BLOCK, words)])
    entry = Entry(
        posting=posting(Kind.RETURNED, exact(amount_mg), from_draw=True),
        happened_at=at,
        draw=draw,
        entry_id=entry_id,
    )
    return _account(by=by, at=at, entry=entry, deed="drug-put-back")


def _require(by: User, at: datetime, draw: Draw, action: Action) -> None:
    require(
        by=by,
        at=at,
        record_class="drug_draw",
        action=action,
        subjects=patient_ids(draw.subjects),
        author_id=draw.recorded_by_id,
    )


def _account(*, by: User, at: datetime, entry: Entry, deed: str) -> Movement:
    draw = entry.draw
    assert draw is not None  # noqa: S101  every entry here is about one
    hold(LOCK, draw.container_id)
    if (before := written_before(Movement, entry.entry_id)) is not None:
        same((before.draw_id, before.kind), (draw.pk, entry.posting.kind.value))
        return before
    written = post(by=by, at=at, container=draw.container, entry=entry)
    note(
        by=by,
        at=at,
        deed=deed,
        record=written,
        clinic_id=draw.clinic_id,
        subjects=patient_ids(draw.subjects),
        amount_mg=str(-written.draw_change_mg),
        witness=entry.witness.username if entry.witness else "",
    )
    return written
