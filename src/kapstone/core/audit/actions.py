"""Write the audit trail. Every other action calls ``note``; this is the one that needs none."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from django.db import models

from kapstone.core.audit.models import AuditEntry
from kapstone.core.audit.together import insert_all


class Actor(Protocol):
    """Whoever does a deed: a user, or the clinic itself for a public form."""

    @property
    def pk(self) -> Any:
        """Give the user's id; None for the clinic itself."""
        ...

    @property
    def username(self) -> str:
        """Give the name that the trail keeps."""
        ...


def note(
    *,
    by: Actor,
    at: datetime,
    deed: str,
    record: models.Model,
    clinic_id: int,
    subjects: Iterable[int] = (),
    **detail: Any,
) -> None:
    """
    Add one entry about a record.

    Parameters
    ----------
    by : who did it
    at : when
    deed : noun-past with a hyphen, such as ``dose-given``
    record : the row written
    clinic_id : the clinic whose trail this is
    subjects : ids of the patients the record is about
    detail : plain values that JSON can hold; never the text of a note
    """
    noted(
        by=by,
        at=at,
        deed=deed,
        record=record,
        clinic_id=clinic_id,
        subjects=subjects,
        **detail,
    ).save(force_insert=True)


def noted(
    *,
    by: Actor,
    at: datetime,
    deed: str,
    record: models.Model,
    clinic_id: int,
    subjects: Iterable[int] = (),
    **detail: Any,
) -> AuditEntry:
    """Make an entry as ``note`` does, for ``note_all`` to write together with others."""
    return AuditEntry(
        clinic_id=clinic_id,
        by=by.username,
        by_id=by.pk,
        at=at,
        deed=deed,
        record=f"{record._meta.label}:{record.pk}",
        subjects=sorted(subjects),
        detail=detail,
    )


def note_all(entries: Iterable[AuditEntry]) -> None:
    """Add many entries in one statement, where an act writes many rows."""
    insert_all(list(entries))
