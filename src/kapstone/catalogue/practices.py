"""Daily practices, each with a target that has a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from kapstone.catalogue.basis import Basis, deciding
from kapstone.catalogue.reader import OptionalPatientText, PatientText
from kapstone.catalogue.shelf import Sheet, latest, take


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice(Sheet):
    """One daily practice. Adherence is shown as days of seven, and never as failure."""

    KIND: ClassVar[str] = "practices"

    name: PatientText
    icon: str
    how: PatientText
    timer_minutes: int  # 0: nothing to time
    breathes: bool  # show the breathing circle
    target_words: PatientText
    target: float
    target_unit: str
    target_per: str
    not_before_hours: float  # after a dose
    note: OptionalPatientText
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)


def load_practice(code: str, version: int | None = None) -> Practice:
    """Read one practice; without a version, the newest."""
    return take(Practice, code, version)


def practices() -> Mapping[str, Practice]:
    """Give the newest version of every practice, keyed by code."""
    return latest(Practice)
