"""The rows under the hill: the next planned thing first, and never more than three."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from kapstone.catalogue.modalities import WindowPhase
from kapstone.clinic.consent.queries import consent_in_force
from kapstone.clinic.course.models import Course
from kapstone.clinic.course.queries import course_open
from kapstone.clinic.dosing.letters import newest_letter
from kapstone.clinic.measures.queries import requests_open
from kapstone.clinic.practice.cards import PracticeCard, card_of
from kapstone.clinic.practice.queries import (
    PracticeDays,
    check_ins_of,
    plans_standing,
    practice_days,
    practice_logs_of,
)
from kapstone.clinic.preparation.pages import checklist_of, next_dose_number
from kapstone.clinic.preparation.queries import intention_of
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.scheduling.queries import appointments_of
from kapstone.clinic.screening.decision import Standing
from kapstone.clinic.screening.queries import eligibility
from kapstone.clinic.window.queries import PatientWindow
from kapstone.core.access.standing import Access
from kapstone.core.people.models import Patient, Role

MOST_ROWS = 3
SOON = timedelta(hours=36)
ON_THE_DAY = timedelta(hours=12)
AHEAD = timedelta(days=60)
EVENING_HOUR = 18
_KINDS = {
    Appointment.Kind.DOSING: "Your dose",
    Appointment.Kind.CALL: "A call from us",
    Appointment.Kind.PREPARATION: "Getting ready",
    Appointment.Kind.REVIEW: "Looking back together",
    Appointment.Kind.SCREENING: "Your screening",
    Appointment.Kind.REQUEST: "Your first call",
}
_WITH = {Role.THERAPIST: "with your therapist", Role.PRESCRIBER: "with your prescriber"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing to do next: its words, a second line, and where it leads."""

    title: str
    note: str
    icon: str
    href: str
    primary: bool = False


def rows_of(access: Access, patient: Patient, window: PatientWindow) -> tuple[Row, ...]:
    """Give the rows of a patient's home, the most timely first."""
    return tuple(islice(_every_row(access, patient, window), MOST_ROWS))


def _every_row(access: Access, patient: Patient, window: PatientWindow) -> Iterator[Row]:
    zone, at = window.zone, window.at
    yield from _next_appointment(patient, at, zone)
    yield from _letter_home(access, patient, window)
    yield from _getting_ready(access, patient, at)
    yield from _to_agree(access, patient, window)
    yield from _questions(access, patient, at)
    yield from _weather(patient, at, zone)
    yield from _practices(patient, at, zone)
    yield from _by_phase(window.phase)


def _next_appointment(patient: Patient, at: datetime, zone: ZoneInfo) -> Iterator[Row]:
    coming = appointments_of(patient, at - timedelta(minutes=30), at + SOON)
    for one in coming.filter(attended_at__isnull=True, missed_at__isnull=True)[:1]:
        yield Row(
            title=f"{time_words(one.starts_at, at, zone)} {who_words(one)}",
            note=place_words(one),
            icon="video" if one.room and one.room.is_video else "calendar-days",
            href="/me/plan/",
            primary=True,
        )


def time_words(moment: datetime, at: datetime, zone: ZoneInfo) -> str:
    """Say when: the hour today, and the day before it otherwise."""
    local, today = moment.astimezone(zone), at.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    if local.date() == today + timedelta(days=1):
        return f"Tomorrow {local:%H:%M}"
    return f"{local:%A} {local.day} {local:%B}, {local:%H:%M}"


def who_words(appointment: Appointment) -> str:
    """Say with whom, or what for."""
    if appointment.kind == Appointment.Kind.INTEGRATION:
        role = appointment.with_user.role if appointment.with_user else ""
        return _WITH.get(Role(role), "with the clinic") if role else "with the clinic"
    return _KINDS.get(Appointment.Kind(appointment.kind), "at the clinic").lower()


def place_words(appointment: Appointment) -> str:
    """Say where."""
    if appointment.room is None:
        return "We will tell you where."
    return "By video." if appointment.room.is_video else f"{appointment.room.name}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One appointment ahead, in a patient's words."""

    when: str
    what: str
    where: str
    minutes: int


def _day_words(moment: datetime, at: datetime, zone: ZoneInfo) -> str:
    words = time_words(moment, at, zone)
    return words if " " in words else f"Today {words}"


def visits_of(patient: Patient, at: datetime, zone: ZoneInfo) -> tuple[Visit, ...]:
    """List a patient's visits ahead, the next first."""
    coming = appointments_of(patient, at - timedelta(hours=1), at + AHEAD)
    return tuple(
        Visit(
            when=_day_words(one.starts_at, at, zone),
            what=who_words(one).capitalize(),
            where=place_words(one),
            minutes=round((one.ends_at - one.starts_at) / timedelta(minutes=1)),
        )
        for one in coming.filter(attended_at__isnull=True, missed_at__isnull=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One practice with the days of the last week on which it was done."""

    card: PracticeCard
    days: PracticeDays


def week_of(patient: Patient, at: datetime) -> tuple[Week, ...]:
    """Give the last week of each practice agreed on or done."""
    return tuple(
        Week(card=card_of(one.practice), days=one) for one in practice_days(patient, at)
    )


def _letter_home(access: Access, patient: Patient, window: PatientWindow) -> Iterator[Row]:
    """Lead to what was said at the door, for the day and a half after it."""
    if window.phase is WindowPhase.BEFORE:
        return
    if not access.may("dosing_session", "read", patient.pk):
        return
    letter = newest_letter(patient)
    if letter is not None and window.at - letter.given_at < SOON:
        yield Row(
            title="What to do at home",
            note="As we went through it together.",
            icon="file-text",
            href="/me/going-home/",
        )


def _to_agree(access: Access, patient: Patient, window: PatientWindow) -> Iterator[Row]:
    """Lead to the consent form and the intention while no dose was given yet."""
    if window.phase is not WindowPhase.BEFORE:
        return
    course = course_open(patient)
    if access.may("consent", "read", patient.pk) and _may_be_asked(patient, course, window.at):
        yield Row(
            title="Your consent form",
            note="Page by page. You can stop and come back.",
            icon="file-text",
            href="/me/consent/",
        )
    if course is None or not access.may("intention", "read", patient.pk):
        return
    if intention_of(course) is None:
        yield Row(
            title="Your intention",
            note="One line is enough. None is fine too.",
            icon="flag",
            href="/me/intention/",
        )


def _may_be_asked(patient: Patient, course: Course | None, at: datetime) -> bool:
    if consent_in_force(patient, at) is not None:
        return False
    return course is not None or eligibility(patient, at).standing is Standing.ELIGIBLE


def _getting_ready(access: Access, patient: Patient, at: datetime) -> Iterator[Row]:
    """Lead to what a patient alone can say: last sleep, last meal. Asked on the day alone."""
    coming = appointments_of(patient, at, at + ON_THE_DAY).filter(kind=Appointment.Kind.DOSING)
    if not access.may("preparation", "read", patient.pk) or not coming.exists():
        return
    course = course_open(patient)
    if course is None:
        return
    shown = checklist_of(course, next_dose_number(course, at))
    if any(one.of_patient and one.is_open for one in shown.items):
        yield Row(
            title="Before your session",
            note="What only you can tell us. One thing at a time.",
            icon="list-checks",
            href="/me/day/",
        )


def _questions(access: Access, patient: Patient, at: datetime) -> Iterator[Row]:
    if not access.may("measure", "read", patient.pk):
        return
    mine = Patient.objects.filter(pk=patient.pk)
    for one in requests_open(mine, at).filter(due_at__lte=at + timedelta(days=1))[:1]:
        yield Row(
            title="A few questions",
            note="A few minutes. You can stop and come back.",
            icon="clipboard-list",
            href=f"/me/measures/{one.key}/",
        )


def _weather(patient: Patient, at: datetime, zone: ZoneInfo) -> Iterator[Row]:
    local = at.astimezone(zone)
    if local.hour >= EVENING_HOUR and not check_ins_of(patient, since=local.date()):
        yield Row(
            title="The weather inside",
            note="One tap is enough.",
            icon="cloud",
            href="/me/check-in/",
        )


def _practices(patient: Patient, at: datetime, zone: ZoneInfo) -> Iterator[Row]:
    today = datetime.combine(at.astimezone(zone).date(), time(), zone)
    done = set(practice_logs_of(patient, today, at).values_list("practice", flat=True))
    for plan in plans_standing(patient):
        if plan.practice not in done:
            card = card_of(plan.practice)
            yield Row(
                title=card.name,
                note=plan.target,
                icon=card.icon,
                href=f"/me/practices/{plan.practice}/",
            )


_LOG = Row(
    title="I am at a fork",
    note="One tap. Noticing counts.",
    icon="footprints",
    href="/me/log/",
)
_LINE = Row(
    title="Write one line", note="Only you see it.", icon="pen-line", href="/me/journal/"
)
_BREATHE = Row(
    title="Breathe",
    note="5 minutes, any time",
    icon="wind",
    href="/me/practices/breathe/",
)
_BY_PHASE = {
    WindowPhase.BEFORE: (_LINE, _BREATHE),
    WindowPhase.RESTING: (),
    WindowPhase.OPENING: (_LINE, _BREATHE),
    WindowPhase.OPEN: (_LOG, _BREATHE),
    WindowPhase.CLOSING: (_LOG, _LINE),
    WindowPhase.BETWEEN: (_LOG, _LINE),
}


def _by_phase(phase: WindowPhase) -> Iterator[Row]:
    yield from _BY_PHASE[phase]
