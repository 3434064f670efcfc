"""
The reckoning: everything that tablets were told is saved, against what the database holds.

Read as the superuser, behind every fence, in one snapshot.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from tests.drills.tablet import Acknowledged, Tablet

from kapstone.clinic.dosing.entries import as_json
from kapstone.clinic.dosing.reading import read_payload
from kapstone.clinic.dosing.sync.envelope import GENESIS

Row = Mapping[str, Any]
Finding = tuple[str, str]  # what is wrong, and where

ENTRIES = """
    SELECT e.entry_id, e.kind, e.payload, e.commit_no, e.session_id, s.key AS session,
           e.device_id, e.device_seq, e.id, d.id AS dose, d.amount_mg
    FROM dosing_sessionentry e
    JOIN dosing_dosingsession s ON s.id = e.session_id
    LEFT JOIN dosing_dosegiven d ON d.entry_id = e.id
    WHERE e.clinic_id = %s
"""
RECEIPTS = """
    SELECT r.id, r.event_id, r.device_id, r.device_seq, r.mark, r.fingerprint, r.prev_hash,
           r.status, r.flags, r.entry_id
    FROM dosing_eventreceipt r WHERE r.clinic_id = %s ORDER BY r.id
"""
STRAY_DOSES = """
    SELECT d.id FROM dosing_dosegiven d LEFT JOIN dosing_sessionentry e ON e.id = d.entry_id
    WHERE d.clinic_id = %s AND e.id IS NULL
"""
DEEDS = """
    SELECT deed, record, count(*) AS times FROM audit_auditentry
    WHERE clinic_id = %s GROUP BY 1, 2
"""
BROKEN_CHAIN = {"chain-broken", "sequence-reused"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the database holds of one clinic."""

    entries: Sequence[Row]
    receipts: Sequence[Row]
    stray_doses: Sequence[Row]
    deeds: Mapping[tuple[str, str], int]

    @property
    def by_id(self) -> Mapping[UUID, Row]:
        """The entries by the id that was made on the device."""
        return {row["entry_id"]: row for row in self.entries}


def read_books(connection: psycopg.Connection, clinic: int) -> Books:
    """Read what the database holds, in one snapshot."""
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

        def ask(statement: str) -> list[Row]:
            return cursor.execute(statement, [clinic]).fetchall()

        return Books(
            entries=ask(ENTRIES),
            receipts=ask(RECEIPTS),
            stray_doses=ask(STRAY_DOSES),
            deeds={(row["deed"], row["record"]): row["times"] for row in ask(DEEDS)},
        )


def reckon(books: Books, tablets: Sequence[Tablet]) -> list[Finding]:
    """List everything that does not agree; nothing, when all is well."""
    checks: Sequence[Callable[[], Iterator[Finding]]] = (
        lambda: _lost(books, tablets),
        lambda: _doubled(books, tablets),
        lambda: _half_doses(books),
        lambda: _without_receipt_or_audit(books),
        lambda: _chains(books, tablets),
        lambda: _commit_numbers(books),
        lambda: _tablets(tablets),
    )
    return [found for check in checks for found in check()]


def lost(books: Books, acknowledged: Mapping[UUID, Acknowledged]) -> list[UUID]:
    """List what was acknowledged and is not there."""
    there = books.by_id
    return [one for one in acknowledged if one not in there]


def counted(findings: Sequence[Finding]) -> dict[str, int]:
    """Count the findings by what is wrong; what a drill must always say is always there."""
    found = Counter(what for what, _ in findings)
    always = dict.fromkeys(("lost", "doubled", "half doses"), 0)
    return always | dict(sorted(found.items()))


# --- What can be wrong


def _lost(books: Books, tablets: Sequence[Tablet]) -> Iterator[Finding]:
    there = books.by_id
    for tablet in tablets:
        for key, told in tablet.acknowledged.items():
            row = there.get(key)
            if row is None:
                yield "lost", f"{told.event.kind} {key}"
                continue
            event = told.event
            says = as_json(read_payload(event.kind, event.payload))
            if (row["kind"], row["payload"]) != (event.kind, says):
                yield "written otherwise", f"{event.kind} {key}"
            if row["session"] != event.session:
                yield "in another session", f"{event.kind} {key}"
            if row["commit_no"] != told.commit_no:
                yield "told another number", f"{key}: {told.commit_no}, {row['commit_no']}"


def _doubled(books: Books, tablets: Sequence[Tablet]) -> Iterator[Finding]:
    made = {key for tablet in tablets for key in tablet.made}
    for row in books.entries:
        if row["entry_id"] not in made:
            yield "of no tablet", f"{row['kind']} {row['entry_id']}"
    for rows in (books.entries, books.receipts):
        times = Counter((str(row["device_id"]), row["device_seq"]) for row in rows)
        for (device, number), count in times.items():
            if count > 1:
                yield "doubled", f"event {number} of {device}: {count} times"


def _half_doses(books: Books) -> Iterator[Finding]:
    for row in books.entries:
        payload = row["payload"]
        of_dose = row["kind"] == "dose" or payload.get("of") == "dose"
        if of_dose != (row["dose"] is not None):
            yield "half doses", f"{row['kind']} {row['entry_id']}"
        elif of_dose:
            dose = payload if row["kind"] == "dose" else payload["instead"]
            if Decimal(dose["amount_mg"]) != row["amount_mg"]:
                yield "half doses", f"{row['entry_id']}: {row['amount_mg']} mg"
    for row in books.stray_doses:
        yield "half doses", f"dose {row['id']} without an entry"


def _without_receipt_or_audit(books: Books) -> Iterator[Finding]:
    receipts = Counter(row["entry_id"] for row in books.receipts)
    for row in books.entries:
        if receipts[row["id"]] != 1:
            yield "without one receipt", f"{row['entry_id']}: {receipts[row['id']]}"
        deed = "entry-corrected" if row["kind"] == "correction" else "entry-written"
        times = books.deeds.get((deed, f"dosing.SessionEntry:{row['id']}"), 0)
        if times != 1:
            yield "without one audit row", f"{deed} {row['entry_id']}: {times}"
        if row["kind"] == "dose" and row["dose"] is not None:
            times = books.deeds.get(("dose-given", f"dosing.DoseGiven:{row['dose']}"), 0)
            if times != 1:
                yield "without one audit row", f"dose-given {row['entry_id']}: {times}"


def _chains(books: Books, tablets: Sequence[Tablet]) -> Iterator[Finding]:
    by_device: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in books.receipts:
        by_device[row["device_id"]].append(row)
        if row["status"] != "saved":
            yield "held", str(row["event_id"])
        if BROKEN_CHAIN & set(row["flags"]):
            yield "chains broken", f"{row['event_id']}: {row['flags']}"
    for tablet in tablets:
        yield from _chain(tablet, by_device[tablet.outbox.device_id])


def _chain(tablet: Tablet, rows: Sequence[Row]) -> Iterator[Finding]:
    marks = [row["mark"] for row in rows]
    if marks != sorted(marks) or (marks or [0])[-1] != tablet.outbox.last_seq:
        yield "marks wrong", f"{tablet.name}: {marks[-1:]}, {tablet.outbox.last_seq}"
    before = GENESIS
    for number, row in enumerate(sorted(rows, key=lambda row: row["device_seq"]), 1):
        if (row["device_seq"], row["prev_hash"]) != (number, before):
            yield "chains broken", f"{tablet.name} at {number}"
            return
        before = row["fingerprint"]
    if before != tablet.outbox.last_hash:
        yield "chains broken", f"{tablet.name} at its end"


def _commit_numbers(books: Books) -> Iterator[Finding]:
    numbers: defaultdict[int, list[int]] = defaultdict(list)
    for row in books.entries:
        numbers[row["session_id"]].append(row["commit_no"])
    for session, found in numbers.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield "commit numbers with a gap", f"session {session}"


def _tablets(tablets: Sequence[Tablet]) -> Iterator[Finding]:
    for tablet in tablets:
        unsent = len(tablet.made) - len(tablet.acknowledged)
        if unsent:
            yield "never acknowledged", f"{tablet.name}: {unsent}"
        for words in tablet.surprises:
            yield "answers nobody should get", f"{tablet.name}: {words}"
