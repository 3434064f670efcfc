"""
When the last dose was given: asked of the stage that knows.

Measures and consent come before dosing, yet neither asks anything of a patient at rest. A later
stage says once, when the app starts, how the last dose is found; nothing here imports it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ImproperlyConfigured

from kapstone.core.people.models import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDose:
    """When a patient was last given a dose, and until when the app leaves them in peace."""

    given_at: datetime
    rest_until: datetime


Teller = Callable[[Patient, datetime], LastDose | None]
_tellers: list[Teller] = []


def tell_last_dose(teller: Teller) -> None:
    """Say how the last dose is found; the last one said counts."""
    _tellers.append(teller)


def last_dose_of(patient: Patient, at: datetime) -> LastDose | None:
    """
    Find a patient's last dose before a moment.

    Raises
    ------
    ImproperlyConfigured
        If no stage has said how: forgetting must not read as "no dose was given".
    """
    if not _tellers:
        raise ImproperlyConfigured("No stage of care says when the last dose was given.")
    return _tellers[-1](patient, at)


def is_resting(patient: Patient, at: datetime) -> bool:
    """Say whether a patient is at rest: from the dose until the next morning."""
    last = last_dose_of(patient, at)
    return last is not None and last.given_at <= at < last.rest_until
