"""Take deliveries in, move containers, and take drug out of the book without a patient."""

import uuid
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from kapstone.catalogue.drug_book import load_drug_book
from kapstone.clinic.drugs.ledger import LOCK, Entry, post, same, written_before
from kapstone.clinic.drugs.models import (
    Container,
    Lot,
    Movement,
    Place,
    Placement,
    Receipt,
)
from kapstone.clinic.drugs.rules import Delivery, Kind, Waste, exact, posting
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require_here
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import User
from kapstone.errors import InvalidInput, NotFound

MOST_CONTAINERS = 200  # judgement: a slip of the keys, not a delivery


@transaction.atomic
def add_place(*, by: User, at: datetime, name: str, entry_id: UUID | None = None) -> Place:
    """
    Add a place where drug is kept.

    Raises
    ------
    NotAllowed
        If the role does not keep stock.
    InvalidInput
        If the place has no name, or there is one of that name.
    """
    require_here(by=by, record_class="drug_stock", action=Action.CREATE)
    if (before := written_before(Place, entry_id)) is not None:
        return before
    hold("drug-places", by.clinic_id)
    name = name.strip()
    if not name:
        raise InvalidInput({"name": "Give the place a name."})
    if Place.objects.filter(clinic_id=by.clinic_id, name=name).exists():
        raise InvalidInput({"name": f"There is a place called {name} already."})
    place = Place.objects.create(
        clinic_id=by.clinic_id,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        name=name,
    )
    note(by=by, at=at, deed="drug-place-added", record=place, clinic_id=by.clinic_id)
    return place


@transaction.atomic
def receive(
    *, by: User, at: datetime, delivery: Delivery, place: Place, entry_id: UUID | None = None
) -> Receipt:
    """
    Take a delivery in: each container gets a number, a place and a balance.

    Raises
    ------
    NotAllowed
        If the role does not keep stock.
    InvalidInput
        If the amounts or dates make no sense, or the lot is known with another expiry.
    """
    require_here(by=by, record_class="drug_stock", action=Action.CREATE)
    hold("drug-receiving", by.clinic_id)
    if (before := written_before(Receipt, entry_id)) is not None:
        return before
    contents = exact(delivery.contents_mg, "contents")
    if not 1 <= delivery.containers <= MOST_CONTAINERS:
        raise InvalidInput({"containers": f"Give 1 to {MOST_CONTAINERS} containers."})
    if delivery.received_at > at:
        raise InvalidInput({"received_at": "That time lies ahead."})
    receipt = Receipt.objects.create(
        clinic_id=by.clinic_id,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        lot=_lot(by, at, delivery),
        supplier=delivery.supplier.strip(),
        supplier_number=delivery.supplier_number.strip(),
        invoice=delivery.invoice.strip(),
        prescription=delivery.prescription.strip(),
        is_opening=delivery.is_opening,
        containers_count=delivery.containers,
        contents_mg=contents,
        received_at=delivery.received_at,
    )
    last = Container.objects.filter(clinic_id=by.clinic_id).aggregate(last=Max("number"))
    for number in range(1, delivery.containers + 1):
        _container(by, at, receipt, place, (last["last"] or 0) + number)
    note(
        by=by,
        at=at,
        deed="drug-received",
        record=receipt,
        clinic_id=by.clinic_id,
        product=receipt.lot.product,
        lot=receipt.lot.number,
        containers=delivery.containers,
        contents_mg=str(contents),
    )
    return receipt


def _lot(by: User, at: datetime, delivery: Delivery) -> Lot:
    """Give the lot of a delivery; one that is known must have the expiry that was known."""
    book = load_drug_book()
    if delivery.product not in {one.code for one in book.products}:
        raise InvalidInput({"product": "Choose a product of the drug log."})
    number = delivery.lot.strip()
    if not number:
        raise InvalidInput({"lot": "Give the lot that stands on the label."})
    known = Lot.objects.filter(
        clinic_id=by.clinic_id, product=delivery.product, number=number
    ).first()
    if known is None:
        return Lot.objects.create(
            clinic_id=by.clinic_id,
            recorded_at=at,
            recorded_by=by,
            product=delivery.product,
            book_version=book.version,
            number=number,
            expires_on=delivery.expires_on,
        )
    if known.expires_on != delivery.expires_on:
        words = f"Lot {number} is known to expire on {known.expires_on:%d %b %Y}."
        raise InvalidInput({"expires_on": words})
    return known


def _container(by: User, at: datetime, receipt: Receipt, place: Place, number: int) -> None:
    container = Container.objects.create(
        clinic_id=by.clinic_id,
        recorded_at=at,
        recorded_by=by,
        receipt=receipt,
        number=number,
        contents_mg=receipt.contents_mg,
    )
    _place(by, at, container, place, None)
    received = posting(Kind.RECEIVED, receipt.contents_mg)
    entry = Entry(posting=received, happened_at=receipt.received_at)
    post(by=by, at=at, container=container, entry=entry)


def _place(
    by: User, at: datetime, container: Container, place: Place, entry_id: UUID | None
) -> Placement:
    if place.clinic_id != by.clinic_id:
        raise NotFound("There is no such place.")
    return Placement.objects.create(
        clinic_id=by.clinic_id,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        container=container,
        place=place,
    )


@transaction.atomic
def move_container(
    *,
    by: User,
    at: datetime,
    container: Container,
    place: Place,
    entry_id: UUID | None = None,
) -> Placement:
    """
    Put a container into another place.

    Raises
    ------
    NotAllowed
        If the role does not keep stock.
    """
    require_here(by=by, record_class="drug_stock", action=Action.CREATE)
    hold(LOCK, container.pk)
    if (before := written_before(Placement, entry_id)) is not None:
        same(before.container_id, container.pk)
        return before
    moved = _place(by, at, container, place, entry_id)
    note(
        by=by,
        at=at,
        deed="drug-moved",
        record=moved,
        clinic_id=by.clinic_id,
        container=str(container),
    )
    return moved


@transaction.atomic
def waste_container(
    *,
    by: User,
    at: datetime,
    container: Container,
    amount_mg: Decimal,
    waste: Waste,
    witness: User | None,
    entry_id: UUID | None = None,
) -> Movement:
    """
    Waste what is in a container, before a witness: expired, broken, a rest.

    Raises
    ------
    NotAllowed
        If the role does not sign the book.
    Refused
        If there is no second person, less is left, or a count is unresolved.
    """
    require_here(by=by, record_class="drug_stock", action=Action.SIGN)
    entry = Entry(
        posting=posting(Kind.WASTED, exact(amount_mg)),
        happened_at=at,
        witness=witness,
        reason=waste.reason,
        method=waste.method,
        detail=waste.detail.strip(),
        entry_id=entry_id,
    )
    return _take_out(by=by, at=at, container=container, entry=entry, deed="drug-wasted")


@transaction.atomic
def send_away(
    *,
    by: User,
    at: datetime,
    container: Container,
    amount_mg: Decimal,
    to: str,
    witness: User | None,
    entry_id: UUID | None = None,
) -> Movement:
    """
    Send drug out of the clinic, before a witness: to the reverse distributor or the supplier.

    Raises
    ------
    NotAllowed
        If the role does not sign the book.
    InvalidInput
        If nobody is named to whom it goes.
    Refused
        If there is no second person, less is left, or a count is unresolved.
    """
    require_here(by=by, record_class="drug_stock", action=Action.SIGN)
    if not to.strip():
        raise InvalidInput({"to": "Say to whom it goes."})
    entry = Entry(
        posting=posting(Kind.SENT, exact(amount_mg)),
        happened_at=at,
        witness=witness,
        detail=to.strip(),
        entry_id=entry_id,
    )
    return _take_out(by=by, at=at, container=container, entry=entry, deed="drug-sent-away")


def _take_out(
    *, by: User, at: datetime, container: Container, entry: Entry, deed: str
) -> Movement:
    hold(LOCK, container.pk)
    if (before := written_before(Movement, entry.entry_id)) is not None:
        same((before.container_id, before.kind), (container.pk, entry.posting.kind.value))
        return before
    written = post(by=by, at=at, container=container, entry=entry)
    note(
        by=by,
        at=at,
        deed=deed,
        record=written,
        clinic_id=by.clinic_id,
        container=str(container),
        amount_mg=str(-written.change_mg),
        witness=entry.witness.username if entry.witness else "",
    )
    return written
