"""What stands around the timeline: the safety strip, intention, words since the dose, next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from kapstone.clinic.consent.queries import consent_in_force
from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.models import DosingSession
from kapstone.clinic.measures.queries import requests_open, safety_plan_of
from kapstone.clinic.overview.timeline import Lanes
from kapstone.clinic.overview.windows import hours_words, next_words, session_words
from kapstone.clinic.practice.models import JournalEntry
from kapstone.clinic.practice.queries import journal_visible
from kapstone.clinic.preparation.models import Intention
from kapstone.clinic.preparation.queries import intention_of
from kapstone.clinic.scheduling.queries import appointments_of
from kapstone.clinic.window.queries import PatientWindow
from kapstone.core.access.standing import Access
from kapstone.core.people.models import Patient
from kapstone.core.people.queries import emergency_card_of
from kapstone.core.ui.parts import Line, Tone

AHEAD = timedelta(days=28)
SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One thing that is next: when, what, and the page that moves it, if there is one."""

    when: str
    what: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientPage:
    """The parts around the chart, empty where the policy keeps them shut."""

    safety: tuple[Line, ...]
    window_tag: str
    doses_done: int
    intention: Intention | None
    words_since: JournalEntry | None
    coming: tuple[Coming, ...]
    sees_care: bool
    sees_bookings: bool
    may_book: bool
    may_note: bool


def patient_page(
    access: Access, patient: Patient, course: Course | None, lanes: Lanes
) -> PatientPage:
    """Read what this user may see around a patient's timeline."""
    may = access.may
    intention = (
        intention_of(course) if course and may("intention", "read", patient.pk) else None
    )
    return PatientPage(
        safety=tuple(_safety(access, patient)),
        window_tag=window_tag(lanes.window),
        doses_done=_doses_done(access, patient, course),
        intention=intention,
        words_since=_words_since(access, patient, lanes.window),
        coming=tuple(_coming(access, patient)),
        sees_care=_sees_care(access, patient),
        sees_bookings=may("appointment", "read", patient.pk),
        may_book=may("appointment", "create", patient.pk),
        may_note=may("progress_note", "create", patient.pk),
    )


def _sees_care(access: Access, patient: Patient) -> bool:
    return any(access.may(code, "read", patient.pk) for code in ("window", "measure"))


def window_tag(window: PatientWindow | None) -> str:
    """Say the window's phase in a word or two, with the hours left while it is open."""
    if window is None or window.phase.value in {"before", "between"}:
        return ""
    left = window.open_hours_left
    if left is not None:
        return f"Open, {hours_words(left)} left" if left < 10 else f"Open, {left:.0f} h left"
    return window.phase.value.capitalize()


def _doses_done(access: Access, patient: Patient, course: Course | None) -> int:
    if course is None or not access.may("dosing_session", "read", patient.pk):
        return 0
    sessions = DosingSession.objects.filter(course=course, doses__corrected_by__isnull=True)
    return sessions.filter(doses__amount_mg__gt=0).distinct().count()


def _safety(access: Access, patient: Patient) -> Iterator[Line]:
    root = f"/patients/{patient.key}"
    if access.may("emergency_card", "read", patient.pk):
        card = emergency_card_of(patient)
        if card is None:
            yield Line(
                text="No first-minute card yet",
                icon="shield-alert",
                tone=Tone.AMBER,
                href=f"{root}/record/",
            )
        else:
            if card.allergies:
                yield Line(text="", strong=card.allergies, icon="shield-alert", tone=Tone.RED)
            if card.medicines:
                yield Line(text=card.medicines, icon="pill")
    if access.may("suicidality", "read", patient.pk):
        plan = safety_plan_of(patient)
        written = f"Safety plan {plan.written_at:%-d %B}" if plan else "No safety plan yet"
        yield Line(text=written, icon="life-buoy", href=f"{root}/safety-plan/")
    if access.may("consent", "read", patient.pk):
        consent = consent_in_force(patient, access.at)
        text = (
            f"Consent v{consent.version} signed {consent.signed_at:%-d %B}"
            if consent
            else "No consent in force"
        )
        tone = Tone.PLAIN if consent else Tone.AMBER
        yield Line(text=text, icon="signature", tone=tone, href=f"{root}/consent/")


def _words_since(
    access: Access, patient: Patient, window: PatientWindow | None
) -> JournalEntry | None:
    shared = journal_visible(access.user, patient, access.at)
    last = window.last_dose if window else None
    for visible in shared:
        if last is None or visible.entry.written_at >= last.given_at:
            return visible.entry
    return None


def _coming(access: Access, patient: Patient) -> Iterator[Coming]:
    zone = patient.clinic.zone
    rows: list[tuple[object, Coming]] = []
    sees_care = _sees_care(access, patient)  # the desk books without what is worked on
    if access.may("appointment", "read", patient.pk):
        for one in appointments_of(patient, access.at, access.at + AHEAD):
            worked_on = session_words(one)
            when = next_words(one, access.at, zone).removesuffix(f" {worked_on}")
            what = worked_on if sees_care else one.get_kind_display().lower()
            where = f", {one.room}" if one.room else ""
            href = f"/appointments/{one.key}/"
            line = Coming(when=when, what=what + where, href=href)
            rows.append((one.starts_at, line))
    if access.may("measure", "read", patient.pk):
        for asked in requests_open(Patient.objects.filter(pk=patient.pk), access.at):
            due = asked.due_at.astimezone(zone)
            what = f"{asked.instrument.upper()} due"
            rows.append((asked.due_at, Coming(when=f"{due:%a %H:%M}", what=what)))
    rows.sort(key=lambda row: str(row[0]))
    for _, coming in rows[:SHOWN]:
        yield coming
