"""Gather the facts that the rules of integration ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Protocol

from kapstone.catalogue.contraindications import State
from kapstone.catalogue.modalities import Modality, load_menu, load_modality, modalities
from kapstone.clinic.consent.queries import consent_in_force
from kapstone.clinic.integration.models import ProgressNote
from kapstone.clinic.integration.rules import GENTLE, SessionFacts
from kapstone.clinic.screening.queries import newest_screening, screening_facts
from kapstone.clinic.screening.rules import screening_rows
from kapstone.clinic.window.queries import PatientWindow, window_of
from kapstone.core.people.models import Patient
from kapstone.core.people.subjects import sets_with

HOUR = timedelta(hours=1)
NO_TOUCH = "none"


class SessionWords(Protocol):
    """What the facts read of a session: its modality, time and structured fields."""

    @property
    def modality(self) -> str:
        """Code of the modality."""
        ...

    @property
    def started_at(self) -> datetime:
        """When the session begins."""
        ...

    @property
    def fields(self) -> Mapping[str, object] | None:
        """The modality's own record."""
        ...


def session_facts(
    patient: Patient, words: SessionWords, at: datetime, *, replaces: ProgressNote | None = None
) -> SessionFacts:
    """Gather what the cautions of a session ask for, as it stood when the session began."""
    modality = load_modality(words.modality)
    window = window_of(patient, words.started_at, points=1)
    ahead, against = window.next_dose, _against(patient, modality, at)
    consent = consent_in_force(patient, words.started_at)
    return SessionFacts(
        modality=modality,
        menu=load_menu(),
        phase=window.phase,
        on_dosing_day=_on_dosing_day(window),
        hours_since_dose=window.hours_since_dose,
        hours_to_next_dose=(ahead.given_at - words.started_at) / HOUR if ahead else None,
        demanding_before=_demanding_before(patient, window, replaces),
        touch_agreed=consent is not None and consent.touch != NO_TOUCH,
        screened=against is not None,
        against=against or {},
        answers=dict(words.fields or {}),
    )


def _on_dosing_day(window: PatientWindow) -> bool:
    if window.last_dose is None:
        return False
    day = window.at.astimezone(window.zone).date()
    return window.last_dose.given_at.astimezone(window.zone).date() == day


def _demanding_before(
    patient: Patient, window: PatientWindow, replaces: ProgressNote | None
) -> int:
    """Count the demanding sessions since the dose, before this one; gentle breath is none."""
    if window.last_dose is None:
        return 0
    demanding = [code for code, sheet in modalities().items() if sheet.demanding]
    notes = ProgressNote.objects.filter(
        subjects_id__in=sets_with(patient),
        replaced_by__isnull=True,
        modality__in=demanding,
        started_at__gte=window.last_dose.given_at,
        started_at__lt=window.at,
    ).exclude(pk=replaces.pk if replaces else 0)
    return sum(
        fields.get("type") != GENTLE for fields in notes.values_list("fields", flat=True)
    )


def _against(patient: Patient, modality: Modality, at: datetime) -> dict[str, str] | None:
    """Name the screening rules that are not clear, of those the modality asks about."""
    wanted = {code for caution in modality.cautions for code in caution.rules}
    if not wanted:
        return {}
    screening = newest_screening(patient)
    if screening is None:
        return None
    rows = screening_rows(screening_facts(screening, at, ages_count=False))
    return {
        row.code: row.name.lower()
        for row in rows
        if row.code in wanted and row.state is not State.CLEAR
    }


def chart_of_day(patient: Patient, at: datetime) -> str:
    """Join what the progress notes of the day say: there others find what they need."""
    zone = patient.clinic.zone
    day = datetime.combine(at.astimezone(zone).date(), time(), zone)
    notes = ProgressNote.objects.filter(
        subjects_id__in=sets_with(patient),
        replaced_by__isnull=True,
        started_at__gte=day,
        started_at__lt=day + timedelta(days=1),
    )
    parts = notes.values_list("summary", "plan", "risk_flags")
    return "\n".join(part for row in parts for part in row)
