"""How long an invitation to sign in holds, and how many wrong tries it bears."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from kapstone.catalogue.basis import Figure
from kapstone.catalogue.shelf import Sheet, take
from kapstone.errors import CatalogueError


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitations(Sheet):
    """The limits of an invitation."""

    KIND: ClassVar[str] = "invitations"

    hours: Figure
    tries: Figure
    again_minutes: Figure

    def __post_init__(self) -> None:
        if self.hours.value <= 0 or self.tries.value < 1 or self.again_minutes.value < 0:
            raise CatalogueError(f"{self.code}: an invitation holds a while and bears a try")

    @property
    def holds(self) -> timedelta:
        """Give how long an invitation holds."""
        return timedelta(hours=self.hours.value)

    @property
    def again(self) -> timedelta:
        """Give how long the same answer, sent again, is the same act."""
        return timedelta(minutes=self.again_minutes.value)


def load_invitations(version: int | None = None) -> Invitations:
    """Read the limits; without a version, the newest."""
    return take(Invitations, "standard", version)
