"""Why a record may be opened outside the care team, for how long, and what never opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kapstone.catalogue.basis import Figure
from kapstone.catalogue.rows import find, refuse_repeats
from kapstone.catalogue.shelf import Sheet, take


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessReason:
    """One reason code. Free text is asked for beside it."""

    code: str
    name: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessReasons(Sheet):
    """Reasons of break-glass, and of a custodian release of psychotherapy notes."""

    KIND: ClassVar[str] = "access-reasons"

    minutes: Figure
    review_working_days: Figure
    never_words: str
    break_glass: tuple[AccessReason, ...]
    custodian: tuple[AccessReason, ...]

    def __post_init__(self) -> None:
        refuse_repeats((reason.code for reason in self.break_glass), "break_glass")
        refuse_repeats((reason.code for reason in self.custodian), "custodian")

    def reason(self, code: str) -> AccessReason:
        """Find a break-glass reason; CatalogueError where there is none."""
        return find(self.break_glass, code, "break-glass reason")


def load_access_reasons(version: int | None = None) -> AccessReasons:
    """Read the reasons; without a version, the newest."""
    return take(AccessReasons, "standard", version)
