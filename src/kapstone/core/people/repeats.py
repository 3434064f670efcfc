"""A double press or a retry carries the same entry id, and must write only once."""

from typing import TypeVar
from uuid import UUID

from kapstone.core.people.models import CareRecord, Subjects
from kapstone.errors import NotFound

Record = TypeVar("Record", bound=CareRecord)


def first_written(model: type[Record], entry_id: UUID, subjects: Subjects) -> Record | None:
    """
    Give the row that this entry id already wrote, if it wrote one.

    Raises
    ------
    NotFound
        If the id belongs to a record about someone else.
    """
    found = model._default_manager.filter(entry_id=entry_id).first()
    if found is not None and found.subjects_id != subjects.pk:
        raise NotFound("There is no such entry.")
    return found
