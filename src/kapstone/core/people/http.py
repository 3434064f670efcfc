"""The request as Kapstone's views see it: signed in, and aware of htmx."""

from typing import Any

from django.http import HttpRequest, QueryDict
from django_htmx.middleware import HtmxDetails

from kapstone.core.people.models import User


class Request(HttpRequest):
    """A request whose sender is known; ``target`` is what the door let them reach."""

    user: User
    htmx: HtmxDetails
    target: Any
    decision: Any  # kapstone.core.access.policy.Decision
    access: Any  # kapstone.core.access.standing.Access; people may not import upwards


def posted(request: HttpRequest) -> QueryDict | None:
    """Give what was posted, for a form: an empty post is bound too, and comes back refused."""
    return request.POST if request.method == "POST" else None
