"""
What the server holds already of a batch: asked each second by each tablet of each open room.

The questions are written as PostgreSQL has them, since setting them together anew takes Django
longer than answering them. The fence of the clinic is in the tables, and holds here too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from kapstone.clinic.dosing.models import DosingSession, SessionEntry
from kapstone.clinic.dosing.sync.batches import Batch
from kapstone.clinic.dosing.sync.judging import Verdict
from kapstone.clinic.dosing.sync.outbox import Standing

# The device's highest number may be older than its mark; any mark is one to count on from.
_RECEIVED = """
WITH top AS (
    SELECT device_seq, mark FROM dosing_eventreceipt
    WHERE session_id = %(session)s AND device_id = %(device)s
    ORDER BY device_seq DESC LIMIT 1
)
SELECT one.device_id, one.device_seq, one.mark, one.event_id, one.fingerprint,
    one.status, one.code, one.words, one.flags::text, entry.commit_no
FROM dosing_eventreceipt one LEFT JOIN dosing_sessionentry entry ON entry.id = one.entry_id
WHERE one.session_id = %(session)s AND (
    one.event_id = ANY(%(ids)s::uuid[])
    OR one.device_id = %(device)s AND one.device_seq BETWEEN %(first)s AND %(last)s
    OR one.device_id = %(device)s
        AND one.device_seq >= (SELECT least(device_seq, mark + 1) FROM top)
)
ORDER BY one.id
"""
_WRITTEN = """
SELECT coalesce((
    SELECT max(commit_no) FROM dosing_sessionentry WHERE session_id = %(session)s
), 0), ARRAY(SELECT entry_id FROM dosing_sessionentry WHERE entry_id = ANY(%(ids)s::uuid[]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """
    What was received before, as far as a batch needs to know.

    ``hashes`` are the fingerprints of the device's events near this batch and beyond its mark;
    ``before`` is what came under the batch's ids, with the result it had then.
    """

    mark: int
    hashes: dict[int, str]
    before: dict[UUID, tuple[Verdict, ...]]


def received_of(session: DosingSession, batch: Batch) -> Received:
    """Look up what was received of a batch, of its device and near it."""
    asked = {event.event_id: event for event in batch.events}
    numbers = [event.device_seq for event in batch.events] or [0]
    mark, hashes = 0, dict[int, str]()
    before: dict[UUID, tuple[Verdict, ...]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            _RECEIVED,
            {
                "session": session.pk,
                "device": batch.device_id,
                "ids": list(asked),
                "first": min(numbers) - 1,
                "last": max(numbers),
            },
        )
        rows = cursor.fetchall()
    for device, number, its_mark, key, print_, status, code, words, flags, commit_no in rows:
        if device == batch.device_id:
            mark = max(mark, its_mark)
            hashes.setdefault(number, print_)  # the first event under a number counts
        if event := asked.get(key):
            verdict = Verdict(
                event=event,
                fingerprint=print_,
                standing=Standing(status),
                code=code,
                words=words,
                flags=tuple(json.loads(flags)),
                commit_no=commit_no,
            )
            before[key] = (*before.get(key, ()), verdict)
    return Received(mark=mark, hashes=hashes, before=before)


def entries_with(
    session: DosingSession, batch: Batch, received: Received
) -> tuple[int, Mapping[UUID, SessionEntry]]:
    """
    Give the session's newest commit number, and entries with these ids that came another way.

    That is by a form of the page, or into another session.
    """
    unknown = {event.event_id for event in batch.events} - received.before.keys()
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN, {"session": session.pk, "ids": list(unknown)})
        last, keys = cursor.fetchone()
    rows = SessionEntry.objects.filter(entry_id__in=keys) if keys else ()
    return last, {row.entry_id: row for row in rows}
