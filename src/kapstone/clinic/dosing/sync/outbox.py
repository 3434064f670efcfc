"""
The tablet's queue: write, tick 1, send, tick 2, purge.

An event is shown as kept ("on this tablet") only after the disk has said so, and as saved only
after the server has said so in words of this protocol. It is removed only when it is both named
in an answer and below the mark to which the server holds everything without a gap.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from kapstone.clinic.dosing.sync.envelope import (
    GENESIS,
    PROTOCOL,
    Event,
    as_wire,
    fingerprint,
)
from kapstone.errors import InvalidInput

MOST_IN_BATCH = 200


class Standing(StrEnum):
    """How far one event has come."""

    WRITING = "writing"  # not on the disk yet: no tick
    KEPT = "kept"  # tick 1: on this tablet
    SAVED = "saved"  # tick 2: in the record
    HELD = "held"  # at the server, whole, but not in the record until a person has looked
    REFUSED = "refused"  # not taken: stays on this tablet until a person has looked

    @property
    def is_at_the_server(self) -> bool:
        """Whether the server holds the event, in the record or beside it."""
        return self in {Standing.SAVED, Standing.HELD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One event of the queue, and what became of it."""

    event: Event
    fingerprint: str
    standing: Standing = Standing.WRITING
    commit_no: int | None = None
    code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the disk keeps beside the events, written together with each of them."""

    seq: int = 0
    fingerprint: str = GENESIS
    mark: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """
    The queue of one device in one session.

    ``mark`` is the device sequence up to which the server holds every event; ``last_seq`` and
    ``last_hash`` stand for the newest event ever written, purged or not.
    """

    session: UUID
    device_id: UUID
    items: tuple[Item, ...] = ()
    last_seq: int = 0
    last_hash: str = GENESIS
    mark: int = 0
    failures: int = 0  # tries in a row that brought no answer

    @property
    def head(self) -> Head:
        """Give what the disk keeps beside the events."""
        return Head(seq=self.last_seq, fingerprint=self.last_hash, mark=self.mark)

    @property
    def waiting(self) -> tuple[Item, ...]:
        """List what is on this tablet only: kept, and not yet at the server."""
        return tuple(one for one in self.items if one.standing is Standing.KEPT)

    @property
    def to_look_at(self) -> tuple[Item, ...]:
        """List what a person must look at."""
        return tuple(
            one for one in self.items if one.standing in {Standing.HELD, Standing.REFUSED}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server said to a batch, read and believed."""

    mark: int
    results: tuple["Result", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one event of a batch."""

    event_id: UUID
    standing: Standing
    commit_no: int | None = None
    code: str = ""
    words: str = ""


def append(outbox: Outbox, draft: Event) -> tuple[Outbox, Event]:
    """
    Add an event: it gets the next number and names the one before it.

    The caller writes it to the disk and then calls ``kept``; until then it has no tick and is
    not sent.

    Raises
    ------
    InvalidInput
        If it is of another session or another device.
    """
    if (draft.session, draft.device_id) != (outbox.session, outbox.device_id):
        raise InvalidInput({"": "An event goes into the queue of its own session and device."})
    event = replace(draft, device_seq=outbox.last_seq + 1, prev_hash=outbox.last_hash)
    item = Item(event=event, fingerprint=fingerprint(event))
    grown = replace(
        outbox,
        items=(*outbox.items, item),
        last_seq=event.device_seq,
        last_hash=item.fingerprint,
    )
    return grown, event


def kept(outbox: Outbox, event_id: UUID) -> Outbox:
    """Show tick 1: the disk has said that the event is on it."""
    return replace(
        outbox,
        items=tuple(
            replace(one, standing=Standing.KEPT)
            if one.event.event_id == event_id and one.standing is Standing.WRITING
            else one
            for one in outbox.items
        ),
    )


def reopen(session: UUID, device_id: UUID, head: Head, stored: Iterable[Item]) -> Outbox:
    """
    Open the queue again from what the disk holds, after a crash or on another tab.

    What the server had answered may be forgotten: it is asked again, and answers the same.
    """
    items = sorted(stored, key=lambda one: one.event.device_seq)
    return Outbox(
        session=session,
        device_id=device_id,
        items=tuple(
            replace(one, standing=Standing.KEPT) if one.standing is Standing.WRITING else one
            for one in items
        ),
        last_seq=head.seq,
        last_hash=head.fingerprint,
        mark=head.mark,
    )


def batch(outbox: Outbox, most: int = MOST_IN_BATCH) -> tuple[Event, ...]:
    """Give the next events to send, in the order they were made."""
    return tuple(one.event for one in outbox.waiting[:most])


def batch_as_wire(outbox: Outbox, events: Iterable[Event]) -> dict[str, Any]:
    """Write a batch as it is posted."""
    return {
        "protocol": PROTOCOL,
        "session": str(outbox.session),
        "device_id": str(outbox.device_id),
        "waiting": len(outbox.waiting),
        "events": [as_wire(event) for event in events],
    }


def failed(outbox: Outbox) -> Outbox:
    """Note that a try brought nothing that can be believed; ``pace`` says when to try again."""
    return replace(outbox, failures=outbox.failures + 1)


# --- The answer


def read_answer(outbox: Outbox, sent: Iterable[Event], body: object) -> Answer:
    """
    Read an answer, and believe it only if it can be one.

    A status of 200 proves nothing: the page of a hotel's network has one too. The body must
    name the protocol and this device, and give one result for each event that was sent.

    Raises
    ------
    InvalidInput
        If it is not an answer to this batch. Nothing is ticked; the batch is sent again.
    """
    if not isinstance(body, Mapping) or body.get("protocol") != PROTOCOL:
        raise InvalidInput({"": "That was not an answer of Kapstone."})
    if (body.get("device_id"), body.get("session")) != (
        str(outbox.device_id),
        str(outbox.session),
    ):
        raise InvalidInput({"": "That was the answer to another device."})
    mark, rows = body.get("mark"), body.get("results")
    if not _is_whole(mark) or not isinstance(rows, list):
        raise InvalidInput({"": "The answer has no mark or no results."})
    results = tuple(_read_result(row) for row in rows)
    if {one.event_id for one in results} != {event.event_id for event in sent}:
        raise InvalidInput({"": "The answer is about other events than were sent."})
    return Answer(mark=int(str(mark)), results=results)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _read_result(row: object) -> Result:
    told = {Standing.SAVED, Standing.HELD, Standing.REFUSED}
    try:
        if not isinstance(row, Mapping) or row["status"] not in told:
            raise ValueError
        number = row["commit_no"]
        if number is not None and not _is_whole(number):
            raise ValueError
        return Result(
            event_id=UUID(row["id"]),
            standing=Standing(row["status"]),
            commit_no=number,
            code=str(row["code"]),
            words=str(row["words"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError):
        raise InvalidInput({"": "A result of the answer cannot be read."}) from None


def take_answer(outbox: Outbox, answer: Answer) -> Outbox:
    """
    Take an answer that was read: tick 2, and the mark, which never goes back.

    What is at the server stays so, whatever a late or repeated answer says.
    """
    told = {one.event_id: one for one in answer.results}
    return replace(
        outbox,
        items=tuple(_told(one, told.get(one.event.event_id)) for one in outbox.items),
        mark=max(outbox.mark, answer.mark),
        failures=0,
    )


def _told(item: Item, result: Result | None) -> Item:
    if result is None or item.standing.is_at_the_server:
        return item
    return replace(
        item,
        standing=result.standing,
        commit_no=result.commit_no,
        code=result.code,
        words=result.words,
    )


def purge(outbox: Outbox) -> Outbox:
    """Remove what the server holds and the mark covers; all else stays, however old."""
    return replace(outbox, items=tuple(one for one in outbox.items if not _may_go(outbox, one)))


def _may_go(outbox: Outbox, item: Item) -> bool:
    return item.standing.is_at_the_server and item.event.device_seq <= outbox.mark


def look_again(outbox: Outbox, event_id: UUID) -> Outbox:
    """Send a refused event once more, because a person has removed what stood against it."""
    return replace(
        outbox,
        items=tuple(
            replace(one, standing=Standing.KEPT, code="", words="")
            if one.event.event_id == event_id and one.standing is Standing.REFUSED
            else one
            for one in outbox.items
        ),
    )
