"""
What the day of the dose tells the drug log: which doses no draw accounts for.

The book comes before the day of the dose, yet must show what was given without a draw, and
a recall must reach the sessions. A later stage says once, when the app starts, where the doses
are found; nothing here imports it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from kapstone.clinic.drugs.draws import patients_known
from kapstone.core.people.models import Clinic, Patient, User


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseSaid:
    """One dose that stands, as the drug log needs it."""

    session_key: UUID
    number: int  # which dose of the course
    subjects_id: int
    amount_mg: Decimal
    given_at: datetime
    patient: Patient | None = None  # only for who may know


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbooked:
    """One session whose doses and whose entries of the book do not agree."""

    session_key: UUID
    number: int
    subjects_id: int
    given_at: datetime  # the last dose
    without_draw: int  # doses that no draw is named for
    given_mg: Decimal  # by the record of the session
    booked_mg: Decimal  # by the drug log
    patient: Patient | None = None  # only for who may know

    @property
    def differs_mg(self) -> Decimal:
        """Give what the book misses; below zero what it has too much."""
        return self.given_mg - self.booked_mg


class DoseSource(Protocol):
    """Where the doses are found."""

    def unbooked(self, clinic: Clinic, most: int) -> Sequence[Unbooked]:
        """List the newest sessions that the book does not account for."""
        ...

    def count_unbooked(self, clinic: Clinic) -> int:
        """Count them all."""
        ...

    def out_of(self, draws: Collection[int]) -> Mapping[int, Sequence[DoseSaid]]:
        """Give the doses that came out of each draw, by its id."""
        ...

    def naming_lot(self, clinic: Clinic, lot: str) -> Sequence[DoseSaid]:
        """List doses without a draw for which this lot was written down."""
        ...

    def session_of_day(self, patient: Patient, at: datetime) -> UUID | None:
        """Give the dosing session that a patient has on this day."""
        ...


class _Nothing:
    """No stage has said where doses are found: there are none."""

    def unbooked(self, clinic: Clinic, most: int) -> Sequence[Unbooked]:
        return ()

    def count_unbooked(self, clinic: Clinic) -> int:
        return 0

    def out_of(self, draws: Collection[int]) -> Mapping[int, Sequence[DoseSaid]]:
        return {}

    def naming_lot(self, clinic: Clinic, lot: str) -> Sequence[DoseSaid]:
        return ()

    def session_of_day(self, patient: Patient, at: datetime) -> UUID | None:
        return None


_told: list[DoseSource] = [_Nothing()]


def tell_doses(source: DoseSource) -> None:
    """Say where the doses are found; the last one said counts."""
    _told.append(source)


def unbooked_doses(
    clinic: Clinic, user: User, at: datetime, most: int = 20
) -> tuple[Unbooked, ...]:
    """List the newest sessions that the book does not account for, named where one may know."""
    rows = _told[-1].unbooked(clinic, most)
    known = patients_known(user, at, {row.subjects_id for row in rows})
    return tuple(replace(row, patient=known.get(row.subjects_id)) for row in rows)


def count_unbooked(clinic: Clinic) -> int:
    """Count the sessions that the book does not account for."""
    return _told[-1].count_unbooked(clinic)


def doses_out_of(draws: Collection[int]) -> Mapping[int, Sequence[DoseSaid]]:
    """Give the doses that came out of each of these draws, by the draw's id."""
    return _told[-1].out_of(draws)


def doses_naming_lot(
    clinic: Clinic, lot: str, user: User, at: datetime
) -> tuple[DoseSaid, ...]:
    """List doses without a draw for which somebody wrote this lot down."""
    rows = _told[-1].naming_lot(clinic, lot)
    known = patients_known(user, at, {row.subjects_id for row in rows})
    return tuple(replace(row, patient=known.get(row.subjects_id)) for row in rows)


def session_of_day(patient: Patient, at: datetime) -> UUID | None:
    """Give the dosing session that this patient has today, if there is one."""
    return _told[-1].session_of_day(patient, at)
