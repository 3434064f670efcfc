"""What the addresses of the day of the dose point to, and what their pages share."""

from typing import Any
from uuid import UUID

from django.http import Http404

from kapstone.clinic.dosing.models import DosingSession, SessionEntry
from kapstone.clinic.dosing.queries import Chart, bare_session_with, chart_of, session_with
from kapstone.core.access.doors import Target
from kapstone.core.people.http import Request
from kapstone.errors import InvalidInput, Refused


def of_session(request: Request, **kwargs: Any) -> Target:
    """Find the session that the address names."""
    return _target(session_with(kwargs["session_key"]))


def of_bare_session(request: Request, **kwargs: Any) -> Target:
    """Find the session without what only pages name: course, clinic and appointment."""
    return _target(bare_session_with(kwargs["session_key"]))


def _target(session: DosingSession | None) -> Target:
    if session is None:
        raise Http404
    return Target(
        record=session,
        subjects=(session.subjects.only_patient.pk,),
        author_id=session.recorded_by_id,
    )


def chart_at(request: Request) -> Chart:
    """Open the chart of the session that the door found, as it stands now."""
    session: DosingSession = request.target.record
    return chart_of(session, request.access.at)


def entry_in(session: DosingSession, entry_id: UUID) -> SessionEntry:
    """Find one entry of this session, not of another."""
    entry = (
        SessionEntry.objects.filter(session=session, entry_id=entry_id)
        .select_related("recorded_by", "supersedes", "session__subjects__only_patient")
        .first()
    )
    if entry is None:
        raise Http404
    return entry


def has_entry(session: DosingSession, entry_id: UUID) -> bool:
    """Whether this session has an entry of that id: the press before was kept."""
    return SessionEntry.objects.filter(session=session, entry_id=entry_id).exists()


def read_uuid(raw: str) -> UUID | None:
    """Read the id that a form sent; None for one that cannot be read."""
    try:
        return UUID(raw)
    except ValueError:
        return None


def reasons(fault: Refused | InvalidInput) -> tuple[str, ...]:
    """Give what was wrong as sentences."""
    if isinstance(fault, Refused):
        return tuple(finding.message for finding in fault.findings)
    return tuple(fault.fields.values())
