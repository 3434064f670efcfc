"""The request as Kapstone's views see it: signed in, and aware of htmx."""

from typing import Any

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from kapstone.core.people.models import User


class Request(HttpRequest):
    """A request whose sender is known; ``target`` is what the door let them reach."""

    user: User
    htmx: HtmxDetails
    target: Any
    decision: Any  # kapstone.core.access.policy.Decision
    access: Any  # kapstone.core.access.standing.Access; people may not import upwards
