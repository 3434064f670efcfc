"""Count blind, freeze what differs, and resolve it by two who did not count it alone."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from kapstone.clinic.drugs.ledger import (
    LOCK,
    Entry,
    hands_of,
    post,
    same,
    written_before,
)
from kapstone.clinic.drugs.models import Container, Count, CountLine, Place, Resolution
from kapstone.clinic.drugs.queries import (
    counted_again,
    day_of,
    standing_of,
    to_count,
    who_resolves,
)
from kapstone.clinic.drugs.rules import (
    HUNDREDTH,
    MOST_MG,
    Difference,
    Kind,
    Outcome,
    Posting,
    Resolved,
    check_hands,
    check_reason,
    check_resolution,
)
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require_here
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Notice, User
from kapstone.errors import InvalidInput, NotAllowed, Refused, Stale

_MOVES = {Outcome.ADJUSTED: Kind.ADJUSTED, Outcome.LOST: Kind.LOST}


@transaction.atomic
def open_count(
    *,
    by: User,
    at: datetime,
    place: Place | None = None,
    container: Container | None = None,
    entry_id: UUID | None = None,
) -> Count:
    """
    Begin a count of a place or of one container; from now its balances are hidden from you.

    Raises
    ------
    NotAllowed
        If the role does not keep stock.
    InvalidInput
        If it is not one place or one container, or there is nothing to count.
    """
    require_here(by=by, record_class="drug_stock", action=Action.CREATE)
    if (before := written_before(Count, entry_id)) is not None:
        return before
    if (place is None) == (container is None):
        raise InvalidInput({"place": "Choose a place to count."})
    begun = Count.objects.filter(
        recorded_by=by, place=place, container=container, closed_at__isnull=True
    ).first()
    if begun is not None:
        return begun
    count = Count(
        clinic_id=by.clinic_id,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        place=place,
        container=container,
    )
    if not to_count(count, at):
        raise InvalidInput({"place": "There is nothing to count in this place."})
    count.save(force_insert=True)
    note(by=by, at=at, deed="drug-count-begun", record=count, clinic_id=by.clinic_id)
    return count


@transaction.atomic
def submit_count(
    *, by: User, at: datetime, count: Count, counted_mg: Mapping[int, Decimal]
) -> tuple[CountLine, ...]:
    """
    Write what was found, all at once; only then is it compared. A difference freezes.

    Sending it again changes nothing and gives the lines that were written.

    Raises
    ------
    NotAllowed
        If somebody else began the count, or the role does not keep stock.
    InvalidInput
        If a container is left out, or a number is none.
    """
    require_here(by=by, record_class="drug_stock", action=Action.CREATE)
    if count.recorded_by_id != by.pk:
        raise NotAllowed("Whoever began a count ends it.")
    hold("drug-count", count.pk)
    if Count.objects.filter(pk=count.pk, closed_at__isnull=False).exists():
        return tuple(count.lines.order_by("container__number"))
    wanted = [state.container for state in to_count(count, at)]
    lines = tuple(
        CountLine.objects.create(
            clinic_id=count.clinic_id,
            recorded_at=at,
            recorded_by=by,
            count=count,
            container=container,
            counted_mg=_found(container, counted_mg),
        )
        for container in sorted(wanted, key=lambda one: one.pk)  # locks in one order
    )
    count.closed_at = at
    count.save(update_fields=["closed_at"])
    for line in lines:
        line.refresh_from_db(fields=["expected_mg"])
    wrong = [line for line in lines if line.counted_mg != line.expected_mg]
    note(
        by=by,
        at=at,
        deed="drug-counted",
        record=count,
        clinic_id=count.clinic_id,
        containers=len(lines),
        differences=len(wrong),
    )
    _tell(wrong, by, at)
    return lines


def _found(container: Container, counted_mg: Mapping[int, Decimal]) -> Decimal:
    found = counted_mg.get(container.pk)
    if found is None or not found.is_finite() or not 0 <= found <= MOST_MG:
        raise InvalidInput({"": f"Say what is in {container}, or 0."})
    if found != found.quantize(HUNDREDTH):
        raise InvalidInput({"": f"{container}: the book holds hundredths of a milligram."})
    return found


def _tell(wrong: Iterable[CountLine], by: User, at: datetime) -> None:
    """Tell those who resolve differences that there is one."""
    for line in wrong:
        for user in who_resolves(by.clinic_id).exclude(pk=by.pk):
            Notice.objects.create(
                clinic_id=by.clinic_id,
                to=user,
                about=None,
                kind="drug-difference",
                text=f"Drug log: the count of {line.container} does not agree. It is frozen.",
                at=at,
            )


@transaction.atomic
def resolve_difference(
    *,
    by: User,
    at: datetime,
    line: CountLine,
    resolved: Resolved,
    witness: User | None,
    entry_id: UUID | None = None,
) -> Resolution:
    """
    Close a difference, and with it every earlier one of the container: it may be used again.

    An adjustment or a loss is written to the book, so that the balance is what was counted.

    Raises
    ------
    NotAllowed
        If the role does not resolve differences.
    Refused
        If there is no second person, no explanation, or it does not fit what is known.
    Stale
        If it was resolved already, or counted again since.
    """
    require_here(by=by, record_class="drug_stock", action=Action.AMEND)
    container = line.container
    hold(LOCK, container.pk)
    if (before := written_before(Resolution, entry_id)) is not None:
        same(before.line_id, line.pk)
        return before
    if Resolution.objects.filter(container=container, line_id__gte=line.pk).exists():
        raise Stale("This difference has already been resolved.")
    found = Difference(
        counted_mg=line.counted_mg,
        balance_mg=standing_of(container).balance_mg,
        counted_by=line.recorded_by_id,
        counted_again_mg=counted_again(line),
        reported_on=resolved.reported_on,
    )
    hands, today = hands_of(by, witness), day_of(container.clinic, at)
    findings = [
        *check_reason(resolved.explanation),
        *check_hands(Kind.ADJUSTED, hands),
        *check_resolution(found, resolved.outcome, hands, on=today),
    ]
    if findings or witness is None:
        raise Refused(findings)
    written = Resolution.objects.create(
        clinic_id=line.clinic_id,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        line=line,
        container=container,
        outcome=resolved.outcome.value,
        explanation=resolved.explanation.strip(),
        reported_on=resolved.reported_on,
        witness=witness,
    )
    if resolved.outcome in _MOVES:
        posting = Posting(
            kind=_MOVES[resolved.outcome], change_mg=found.counted_mg - found.balance_mg
        )
        entry = Entry(posting=posting, happened_at=at, witness=witness, resolution=written)
        post(by=by, at=at, container=container, entry=entry)
    note(
        by=by,
        at=at,
        deed="drug-difference-resolved",
        record=written,
        clinic_id=line.clinic_id,
        outcome=resolved.outcome.value,
        witness=witness.username,
    )
    return written
