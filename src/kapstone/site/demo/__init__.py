"""The synthetic clinic: alive from the first page, made from the science core."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from kapstone.core.people.models import User


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to sign in as one of the synthetic clinic's people."""

    role: str
    username: str
    password: str


def sign_ins() -> Iterator[SignIn]:
    """Give one account a role, and the patients that sign in."""
    people = User.objects.filter(clinic__is_synthetic=True, is_active=True).order_by("pk")
    seen: set[str] = set()
    for user in people:
        if user.role in seen or not user.has_usable_password():
            continue
        seen.add(user.role)
        yield SignIn(str(user.get_role_display()), user.username, settings.DEMO_PASSWORD)
