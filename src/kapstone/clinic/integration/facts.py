"""Gather the facts that the rules of integration ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from kapstone.clinic.integration.models import ProgressNote
from kapstone.clinic.integration.rules import SessionFacts
from kapstone.clinic.screening.models import ScreeningAnswer
from kapstone.clinic.window.queries import PatientWindow, window_of
from kapstone.core.people.models import Patient
from kapstone.core.people.subjects import sets_with

HOUR = timedelta(hours=1)
# The rules of screening that rule out intense breathwork (clinical.md 6.2, common practice).
BREATHWORK_EXCLUSIONS: Mapping[str, str] = {
    "C02": "aneurysm",
    "C04": "a recent heart attack",
    "C05": "heart disease",
    "C06": "high blood pressure",
    "C07": "psychosis",
    "C08": "mania",
    "C10": "pregnancy",
    "C22": "seizures",
    "C30": "glaucoma",
}
DEMANDING = frozenset({"emdr", "breathwork", "ifs", "reconsolidation"})


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
    answers = dict(words.fields or {})
    window = window_of(patient, words.started_at, points=1)
    since, ahead = window.hours_since_dose, window.next_dose
    excluded, screened = _exclusions(patient) if words.modality == "breathwork" else ((), True)
    return SessionFacts(
        modality=words.modality,
        on_dosing_day=_on_dosing_day(window),
        hours_since_dose=since,
        hours_to_next_dose=(ahead.given_at - words.started_at) / HOUR if ahead else None,
        demanding=words.modality in DEMANDING,
        demanding_before=_demanding_before(patient, window, replaces),
        touch=bool(answers.get("touch")),
        touch_agreed=False,
        excluded_by=excluded,
        screened=screened,
        answers=answers,
    )


def _on_dosing_day(window: PatientWindow) -> bool:
    if window.last_dose is None:
        return False
    day = window.at.astimezone(window.zone).date()
    return window.last_dose.given_at.astimezone(window.zone).date() == day


def _demanding_before(
    patient: Patient, window: PatientWindow, replaces: ProgressNote | None
) -> int:
    if window.last_dose is None:
        return 0
    notes = ProgressNote.objects.filter(
        subjects_id__in=sets_with(patient),
        replaced_by__isnull=True,
        modality__in=DEMANDING,
        started_at__gte=window.last_dose.given_at,
        started_at__lt=window.at,
    )
    return notes.exclude(pk=replaces.pk if replaces else 0).count()


def _exclusions(patient: Patient) -> tuple[tuple[str, ...], bool]:
    """Name what the newest screening answers hold against intense breathwork."""
    rows = (
        ScreeningAnswer.objects.filter(
            subjects_id__in=sets_with(patient), rule__in=BREATHWORK_EXCLUSIONS
        )
        .order_by("rule", "datum", "-answered_at", "-pk")
        .distinct("rule", "datum")
    )
    newest = list(rows)
    against = {row.rule for row in newest if row.value in (True, "yes", "unsure")}
    named = tuple(name for code, name in BREATHWORK_EXCLUSIONS.items() if code in against)
    return named, bool(newest)


def chart_of_day(patient: Patient, at: datetime) -> str:
    """Join what the progress notes of the day say: there others find what they need."""
    zone = ZoneInfo(patient.clinic.time_zone)
    day = datetime.combine(at.astimezone(zone).date(), time(), zone)
    notes = ProgressNote.objects.filter(
        subjects_id__in=sets_with(patient),
        replaced_by__isnull=True,
        started_at__gte=day,
        started_at__lt=day + timedelta(days=1),
    )
    parts = notes.values_list("summary", "plan", "risk_flags")
    return "\n".join(part for row in parts for part in row)
