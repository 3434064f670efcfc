"""The days between doses: sessions, evenings, walks, practices, journal, questionnaires."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from kapstone.clinic.integration.actions import (
    CommitmentWords,
    NoteWords,
    write_progress_note,
)
from kapstone.clinic.measures.actions import answer_measure, ask_measure
from kapstone.clinic.practice.actions import (
    DayWords,
    JournalWords,
    agree_practice,
    check_in,
    log_practice,
    log_walk,
    write_journal,
)
from kapstone.clinic.preparation.models import Fork
from kapstone.clinic.scheduling.actions import mark_attended
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.access.fences import stand_in
from kapstone.site.demo.beginnings import Begun
from kapstone.site.demo.bookings import SESSION, book_somewhere, quarter
from kapstone.site.demo.history import LEAD_DAYS
from kapstone.site.demo.stagehands import ZONE, Scene

SUMMARY = (
    "Stayed with the part that goes quiet. It has done this work a long time; "
    "it agreed to let one sentence through."
)
PLAN = "One rep of the new trail a day while the window is open; look at it again next time."
JOURNAL = (
    "The wall was still there but I could see over it.",
    "I noticed it before it happened. That is new.",
    "Slept badly. Walked anyway.",
    "Said it out loud and nothing fell down.",
)
PRIVATE = "I do not want anyone to read this yet."
PRACTICES = (
    ("movement", "20 minutes, before lunch"),
    ("meditation", "5 minutes, any time"),
)


def integrate(scene: Scene, begun: Begun, fork: Fork, booked: Appointment, number: int) -> None:
    """Hold one integration session that lies behind us, and write its note."""
    mark_attended(
        by=scene.users["front-desk"],
        at=booked.starts_at + timedelta(minutes=5),
        appointment=booked,
    )
    promised = [CommitmentWords(text=f"{fork.new_trail}, once a day", fork=fork)]
    write_progress_note(
        by=begun.therapist,
        at=booked.ends_at + timedelta(minutes=20),
        patient=begun.patient,
        words=NoteWords(
            modality=booked.modality,
            summary=SUMMARY,
            plan=PLAN,
            started_at=booked.starts_at,
            ended_at=booked.ends_at,
            forks=[fork],
            commitments=promised if number == 1 else [],
            caution_reason="Talked through and agreed with the patient.",
        ),
        appointment=booked,
    )


def prepare_sessions(scene: Scene, begun: Begun) -> None:
    """Hold the two preparation sessions before the first dose."""
    for days in (8, 3):
        starts = quarter(begun.first_dose_at - timedelta(days=days))
        if starts + SESSION > scene.now:
            continue
        booked = book_somewhere(
            scene,
            by=begun.therapist,
            at=starts - timedelta(days=2),
            patients=[begun.patient],
            kind="preparation",
            starts_at=starts,
            ends_at=starts + SESSION,
            people=(begun.therapist,),
            rooms=("Studio", "Video"),
        )
        mark_attended(
            by=scene.users["front-desk"],
            at=booked.starts_at + timedelta(minutes=4),
            appointment=booked,
        )


def live_days(scene: Scene, begun: Begun, fork: Fork, *, every: int = 1) -> None:
    """Keep evenings, walks and practices from naming the fork until today."""
    zone = ZoneInfo(ZONE)
    first = begun.first_dose_at.astimezone(zone).date()
    day = first - timedelta(days=8)
    agreed_at = min(begun.first_dose_at - timedelta(days=2), scene.ago(4))
    for practice, target in PRACTICES:
        agree_practice(
            by=begun.therapist,
            at=agreed_at,
            patient=begun.patient,
            practice=practice,
            target=target,
        )
    while day <= scene.now.astimezone(zone).date():
        number = LEAD_DAYS + (day - first).days
        if number % every == 0:
            _evening(scene, begun, number, datetime.combine(day, time(20, 40), zone))
            _walks(scene, begun, fork, number, datetime.combine(day, time(12, 10), zone))
            _practise(scene, begun, number, datetime.combine(day, time(8, 30), zone))
        day += timedelta(days=1)


def _evening(scene: Scene, begun: Begun, number: int, at: datetime) -> None:
    kept = begun.history.evening(number)
    if kept is None or at > scene.now:
        return
    check_in(
        by=begun.user,
        at=at,
        patient=begun.patient,
        day=at.date(),
        words=DayWords(
            weather=kept.weather,
            stress=kept.stress,
            sleep_hours=Decimal(str(kept.sleep_hours)),
            moved_minutes=kept.moved_minutes,
        ),
    )


def _walks(scene: Scene, begun: Begun, fork: Fork, number: int, at: datetime) -> None:
    new, old = begun.history.walks(number)
    ways = ["new"] * new + ["old"] * old + (["noticed"] if number % 4 == 0 else [])
    for place, way in enumerate(ways):
        walked = at + timedelta(hours=2 * place, minutes=7 * place)
        if fork.named_at < walked < scene.now:
            log_walk(by=begun.user, at=walked, fork=fork, which=way)


def _practise(scene: Scene, begun: Begun, number: int, at: datetime) -> None:
    if number < LEAD_DAYS or at > scene.now or scene.rng.random() < 0.35:
        return
    practice, _ = PRACTICES[number % len(PRACTICES)]
    log_practice(
        by=begun.user, at=at, patient=begun.patient, practice=practice, minutes=20, done_at=at
    )


def keep_journal(scene: Scene, begun: Begun, dose_at: datetime, number: int) -> None:
    """Write two entries after a dose: one shared, one kept."""
    evening = dose_at + timedelta(hours=27)
    if evening + timedelta(hours=1) > scene.now:
        return
    shared = JournalWords(text=JOURNAL[number % len(JOURNAL)], prompt="What stayed with you?")
    # A sealed row may only be written by its author: the fence asks who stands here.
    stand_in(clinic_id=scene.clinic.pk, user_id=begun.user.pk)
    write_journal(by=begun.user, at=evening, patient=begun.patient, words=shared, share=True)
    write_journal(
        by=begun.user,
        at=evening + timedelta(hours=1),
        patient=begun.patient,
        words=JournalWords(text=PRIVATE),
    )
    stand_in(clinic_id=scene.clinic.pk, user_id=None)


def measure(
    scene: Scene, begun: Begun, at: datetime, point: str, *, item_nine: int = 0
) -> None:
    """Ask for and answer the PHQ-9 and GAD-7 of one point of the series."""
    history = begun.history
    day = LEAD_DAYS + (at - begun.first_dose_at) // timedelta(days=1)
    for instrument, items in (
        ("phq-9", history.items(history.phq9(day), item_nine=item_nine)),
        ("gad-7", history.gad_items(history.gad7(day))),
    ):
        asked = ask_measure(
            by=begun.therapist,
            at=at - timedelta(hours=30),
            patient=begun.patient,
            instrument=instrument,
            point=point,
            due_at=at,
        )
        answer_measure(
            by=begun.user,
            at=at,
            patient=begun.patient,
            instrument=instrument,
            items=items,
            request=asked,
        )


def ask_only(scene: Scene, begun: Begun, due_at: datetime, point: str) -> None:
    """Ask for a PHQ-9 that nobody has answered yet."""
    ask_measure(
        by=begun.therapist,
        at=min(due_at - timedelta(days=3), scene.now),
        patient=begun.patient,
        instrument="phq-9",
        point=point,
        due_at=due_at,
    )
