"""What the pages of screening share."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.http import Http404

from kapstone.clinic.screening.models import Screening
from kapstone.core.access.doors import Target, target_of
from kapstone.core.people.http import Request
from kapstone.errors import InvalidInput, Refused

Done = TypeVar("Done")


def screening_of(request: Request, screening_key: UUID, **kwargs: Any) -> Target:
    """Find the screening that the address names."""
    found = (
        Screening.objects.filter(key=screening_key)
        .select_related("clinic", "request", "subjects__only_patient")
        .first()
    )
    if found is None:
        raise Http404
    return target_of(found)


def attempt(
    form: forms.Form,
    deed: Callable[[], Done],
    name_of: Callable[[str], str | None] | None = None,
) -> Done | None:
    """Do what a sound form asks, or put the reasons against it beside the form."""
    if not form.is_valid():
        return None
    try:
        return deed()
    except Refused as refusal:
        for finding in refusal.findings:
            form.add_error(None, finding.message)
    except InvalidInput as wrong:
        for field, words in wrong.fields.items():
            name = name_of(field) if name_of else field
            form.add_error(name if name in form.fields else None, words)
    return None


def status_of(request: Request) -> int:
    """Give the status of a page that shows a form: what was sent and not done is refused."""
    return 422 if request.method == "POST" else 200
