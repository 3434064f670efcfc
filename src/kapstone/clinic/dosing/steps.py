"""
Steps that the acts of the day of the dose share: open, refuse, write once, sign.

Each is called inside an act's transaction, after the act has asked the policy; the act audits.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max

from kapstone.catalogue.plausibility import load_plausibility
from kapstone.clinic.dosing.entries import Payload, as_json
from kapstone.clinic.dosing.models import DosingSession, SessionEntry, SessionSignature
from kapstone.clinic.dosing.queries import Chart, chart_of
from kapstone.core.people.locks import hold
from kapstone.core.people.models import User
from kapstone.errors import Finding, InvalidInput, Refused, Weight

_TIMES = load_plausibility().time
AHEAD = timedelta(minutes=_TIMES.ahead_minutes.value)  # how far a device's clock may run ahead
BACK = timedelta(hours=_TIMES.back_hours.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """
    When and where an entry was made.

    ``entry_id`` is made on the device, so that a retry writes once; ``observed_at`` is the time
    the entry is about; ``device_at`` the device's own clock. What is left out is now.
    """

    entry_id: UUID | None = None
    observed_at: datetime | None = None
    device_at: datetime | None = None
    device_id: str = ""
    device_seq: int | None = None


NOW = Stamp()


def open_chart(session: DosingSession, at: datetime) -> Chart:
    """Hold the session for this transaction, and open its chart."""
    hold("session", session.pk)
    return chart_of(session, at)


def refuse_if_closed(chart: Chart) -> None:
    """Refuse when the session is over."""
    if chart.stage.is_closed:
        raise Refused(
            [Finding("session-closed", Weight.BLOCK, "This session is closed; it only reads.")]
        )


def row_of(
    session: DosingSession, by: User, at: datetime, entry_id: UUID | None
) -> dict[str, Any]:
    """Give the columns that every row of a session has."""
    return {
        "clinic_id": session.clinic_id,
        "subjects_id": session.subjects_id,
        "entry_id": entry_id or uuid.uuid4(),
        "recorded_at": at,
        "recorded_by": by,
        "session": session,
    }


def already(
    *, session: DosingSession, payload: Payload, stamp: Stamp, supersedes: UUID | None = None
) -> SessionEntry | None:
    """
    Give the entry written before under this id; None if there is none.

    Raises
    ------
    Refused
        If the id was used for other content: a retry never changes what was written.
    """
    if stamp.entry_id is None:
        return None
    row = (
        SessionEntry.objects.filter(entry_id=stamp.entry_id)
        .select_related("recorded_by", "supersedes")
        .first()
    )
    if row is None:
        return None
    same_time = stamp.observed_at is None or stamp.observed_at == row.observed_at
    corrects = row.supersedes.entry_id if row.supersedes else None
    same = row.payload == as_json(payload) and row.kind == payload.kind
    if row.session_id == session.pk and same and same_time and corrects == supersedes:
        return row
    words = "This entry's id was used before for something else. Nothing was written."
    raise Refused([Finding("entry-id-reused", Weight.BLOCK, words)])


def write(
    *,
    by: User,
    at: datetime,
    chart: Chart,
    payload: Payload,
    stamp: Stamp,
    supersedes: SessionEntry | None = None,
) -> SessionEntry:
    """Write the row of an entry; the caller has asked the policy and the rules."""
    row = entry_row(by=by, at=at, session=chart.session, payload=payload, stamp=stamp)
    row.supersedes = supersedes
    row.observed_at = observed(stamp, at)
    row.commit_no = last_commit(chart.session) + 1
    row.save(force_insert=True)
    return row


def last_commit(session: DosingSession) -> int:
    """Give the newest commit number of a session that the caller holds; 0 for none."""
    found = SessionEntry.objects.filter(session=session).aggregate(last=Max("commit_no"))
    return found["last"] or 0


def entry_row(
    *, by: User, at: datetime, session: DosingSession, payload: Payload, stamp: Stamp
) -> SessionEntry:
    """Make the row of an entry, not written yet and without its commit number."""
    return SessionEntry(
        clinic_id=session.clinic_id,
        subjects_id=session.subjects_id,
        entry_id=stamp.entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        session=session,
        kind=payload.kind,
        payload=as_json(payload),
        observed_at=stamp.observed_at or at,
        device_at=stamp.device_at or at,
        device_id=stamp.device_id[:64],
        device_seq=stamp.device_seq,
    )


def observed(stamp: Stamp, at: datetime) -> datetime:
    """
    Give the time an entry is about.

    Raises
    ------
    InvalidInput
        If it lies ahead of the server's clock, or more than a day back.
    """
    observed = stamp.observed_at or at
    if observed > at + AHEAD:
        raise InvalidInput({"observed_at": "That time lies ahead. Check the clock."})
    if observed < at - BACK:
        raise InvalidInput({"observed_at": "That is more than a day ago. Check the date."})
    return observed


def write_signature(
    *,
    by: User,
    at: datetime,
    chart: Chart,
    meaning: str,
    reason: str,
    entry_id: UUID | None,
) -> SessionSignature:
    """Write a signature with the signer's printed name."""
    return SessionSignature.objects.create(
        **row_of(chart.session, by, at, entry_id),
        meaning=meaning,
        printed_name=str(by),
        role=by.role,
        reason=reason.strip(),
        signed_at=at,
    )
