"""
Which dose of the course a new booking is for: asked of the stage that knows.

Scheduling comes before courses, yet a dosing visit is booked by its number. A later stage says
once, when the app starts, how the next number is found; nothing here imports it.
"""

from collections.abc import Callable
from datetime import datetime

from kapstone.core.people.models import Patient

Teller = Callable[[Patient, datetime], int | None]
_tellers: list[Teller] = []


def tell_next_dose(teller: Teller) -> None:
    """Say how the next number is found; the last one said counts."""
    _tellers.append(teller)


def next_dose_of(patient: Patient, at: datetime) -> int | None:
    """Propose the dose that a new booking is for; None where no course says."""
    return _tellers[-1](patient, at) if _tellers else None
