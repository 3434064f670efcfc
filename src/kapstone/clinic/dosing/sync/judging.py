"""
What the server does with each event of a batch, decided before anything is written.

Nothing that a known device sends is thrown away. An event goes into the record (``saved``),
with flags where a person should know more; or it is kept whole beside the record until a person
has looked (``held``); or it stays on the tablet (``refused``), when it is not for this address.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from kapstone.clinic.dosing.sync.clocks import UNSURE_MS
from kapstone.clinic.dosing.sync.envelope import GENESIS, Event, fingerprint
from kapstone.clinic.dosing.sync.lease import Lease, flags_of
from kapstone.clinic.dosing.sync.outbox import Standing

AHEAD_MS = 120_000  # an observed time may lie ahead of the server's clock by this much
BACK_MS = 24 * 3_600_000  # and before the event was made by this much
LATE_MS = 24 * 3_600_000  # received this long after it was made, it is flagged

WORDS: Mapping[str, str] = {
    "wrong-device": "This entry was made on another device. Send it from there.",
    "other-session": "This entry belongs to another session. Send it to that session.",
    "not-enrolled": "This tablet is not enrolled in this session. Open the room on it again.",
    "id-reused": "This id came before with other content. Both are kept; compare them.",
    "unknown-actor": "Whoever made this entry never opened the room on this tablet.",
    "unknown-kind": "There is no such kind of entry. The tablet may need an update.",
    "future-time": "That time lies ahead of the server's clock. Check the tablet's clock.",
    "too-old": "That time is more than a day before the entry was made. Check the date.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of one event, before it is written."""

    event: Event
    fingerprint: str
    standing: Standing
    code: str = ""
    words: str = ""
    flags: tuple[str, ...] = ()
    commit_no: int | None = None
    is_again: bool = False  # received before: nothing is written, the first result is repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """
    What the server knows before a batch.

    ``actors`` are those who opened the room on this device, each with whether they still may
    write; empty where the device is not enrolled. ``before`` holds what was received, by id.
    ``hashes`` are the fingerprints of this device's events, by their number.
    """

    session: UUID
    device_id: UUID
    now_ms: int
    actors: Mapping[UUID, bool]
    before: MutableMapping[UUID, tuple[Verdict, ...]] = field(default_factory=dict)
    hashes: MutableMapping[int, str] = field(default_factory=dict)
    leases: Sequence[Lease] = ()


Check = Callable[[Event], tuple[str, str] | None]


def judge(facts: Facts, events: Iterable[Event], check: Check) -> tuple[Verdict, ...]:
    """
    Judge the events of one batch in their order, each knowing those before it.

    Parameters
    ----------
    facts : what the server holds
    events : what was sent
    check : says what is wrong with an event's kind or payload, as a code and a sentence; asked
        once for each event that nothing else speaks against, in their order
    """
    facts = replace(facts, before=dict(facts.before), hashes=dict(facts.hashes))
    verdicts: list[Verdict] = []
    for event in events:
        verdict = judge_one(facts, event, check)
        verdicts.append(verdict)
        if verdict.standing.is_at_the_server and not verdict.is_again:
            before = facts.before.get(event.event_id, ())
            facts.before[event.event_id] = (*before, verdict)
            facts.hashes.setdefault(event.device_seq, verdict.fingerprint)
    return tuple(verdicts)


def amount_of(event: Event) -> Decimal:
    """Give the milligrams of a dose."""
    return Decimal(str(event.payload["amount_mg"]))


def judge_one(facts: Facts, event: Event, check: Check) -> Verdict:
    """Judge one event against what the server holds."""
    mark = fingerprint(event)
    refused = _refused(facts, event)
    if refused:
        return _verdict(event, mark, Standing.REFUSED, refused)
    before = facts.before.get(event.event_id, ())
    same = next((one for one in before if one.fingerprint == mark), None)
    if same is not None:
        return replace(same, event=event, is_again=True)
    if before:
        return _verdict(event, mark, Standing.HELD, "id-reused")
    wrong = _wrong(facts, event)
    if wrong:
        return _verdict(event, mark, Standing.HELD, wrong)
    fault = check(event)
    if fault is not None:
        return _verdict(event, mark, Standing.HELD, *fault)
    return Verdict(
        event=event,
        fingerprint=mark,
        standing=Standing.SAVED,
        flags=tuple(_flags(facts, event, mark)),
    )


def _verdict(
    event: Event, mark: str, standing: Standing, code: str, words: str = ""
) -> Verdict:
    return Verdict(
        event=event,
        fingerprint=mark,
        standing=standing,
        code=code,
        words=words or WORDS[code],
    )


def _refused(facts: Facts, event: Event) -> str:
    if event.device_id != facts.device_id:
        return "wrong-device"
    if event.session != facts.session:
        return "other-session"
    return "" if facts.actors else "not-enrolled"


def _wrong(facts: Facts, event: Event) -> str:
    if event.actor not in facts.actors:
        return "unknown-actor"
    if event.observed_ms > facts.now_ms + AHEAD_MS:
        return "future-time"
    made = event.reckoned_ms if event.reckoned_ms is not None else event.wall_ms
    if event.observed_ms < min(made, facts.now_ms) - BACK_MS:
        return "too-old"
    return ""


def _flags(facts: Facts, event: Event, mark: str) -> Iterable[str]:
    if not facts.actors[event.actor]:
        yield "rights-ended"
    yield from _chain_flags(facts, event, mark)
    if event.unc_ms is None:
        yield "clock-unknown"
    elif event.unc_ms > UNSURE_MS:
        yield "clock-unsure"
    if event.source == "paper":
        yield "from-paper"
    elif event.observed_ms < facts.now_ms - LATE_MS:
        yield "late"
    if event.kind == "dose":
        yield from flags_of(
            facts.leases,
            device_id=event.device_id,
            number=event.lease,
            at_ms=event.observed_ms,
        )


def _chain_flags(facts: Facts, event: Event, mark: str) -> Iterable[str]:
    if facts.hashes.get(event.device_seq, mark) != mark:
        yield "sequence-reused"
    before = GENESIS if event.device_seq == 1 else facts.hashes.get(event.device_seq - 1)
    if before is not None and before != event.prev_hash:
        yield "chain-broken"


def mark_of(received: Iterable[int], since: int = 0) -> int:
    """Give the number up to which every event of a device has been received."""
    numbers = set(received)
    mark = since
    while mark + 1 in numbers:
        mark += 1
    return mark
