"""
Fill an empty database with the synthetic clinic: the same clinic for the same seed and moment.

Everything is written by the product's own actions, as the people who would do it, at the times
they would: so the demo can hold nothing that the product would refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from kapstone.clinic.consent.actions import withdraw_consent
from kapstone.clinic.course.actions import end_course
from kapstone.clinic.course.models import Course
from kapstone.clinic.outcomes.actions import decide_review
from kapstone.clinic.outcomes.rules import Decided
from kapstone.clinic.preparation.models import Fork
from kapstone.clinic.scheduling.actions import (
    Stranger,
    cancel_appointment,
    request_appointment,
)
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.scheduling.rules import Wish
from kapstone.clinic.screening.actions import ask_for_more, sign_eligibility
from kapstone.clinic.screening.models import Screening
from kapstone.core.access.actions import join_care_team, link_partners
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import CareTeamMember
from kapstone.site.demo.beginnings import NOT_NOW, Begun, begin, decide, prepare, screen
from kapstone.site.demo.bookings import book_dose, book_session
from kapstone.site.demo.cabinet import fill_cabinet
from kapstone.site.demo.cast import CAST, REQUESTS
from kapstone.site.demo.character import Character, Stage
from kapstone.site.demo.consenting import consent
from kapstone.site.demo.days import (
    ask_only,
    integrate,
    keep_journal,
    live_days,
    measure,
    prepare_sessions,
)
from kapstone.site.demo.doses import Day, dose, gate, go_home, order, plan, watch
from kapstone.site.demo.history import History
from kapstone.site.demo.messages import choose_messages
from kapstone.site.demo.stagehands import Scene, set_rooms, set_scene

SEED = 20
LIVE_MINUTE = 32.0  # how long ago the living session's dose was given
SECOND_WEEK = timedelta(days=7)


def seed(now: datetime, *, tell: Callable[[str], None] = lambda words: None) -> Scene:
    """
    Write the synthetic clinic as of ``now``.

    Parameters
    ----------
    now : the moment from which every time is counted
    tell : is told each patient's name as it is written, to show progress
    """
    with transaction.atomic():
        scene = set_scene(now, SEED, settings.DEMO_PASSWORD)
        stand_in(clinic_id=scene.clinic.pk, user_id=None)
        set_rooms(scene)
    started: list[tuple[Begun, Screening]] = []
    for place, character in enumerate(CAST):
        with transaction.atomic():
            stand_in(clinic_id=scene.clinic.pk, user_id=None)
            history = History(character, SEED * 1000 + place)
            first = _first_dose_at(scene, character)
            started.append(begin(scene, character, history, first))
    with transaction.atomic():
        stand_in(clinic_id=scene.clinic.pk, user_id=None)
        _couple(scene)
        _requests(scene)
    for place, (begun, screening) in enumerate(started):
        tell(f"{begun.character.name}, {place + 1} of {len(CAST)}")
        with transaction.atomic():
            stand_in(clinic_id=scene.clinic.pk, user_id=None)
            _live(scene, begun, screening)
    with transaction.atomic():
        stand_in(clinic_id=scene.clinic.pk, user_id=None)
        fill_cabinet(scene)
        for begun, _ in started:
            if begun.character.signs_in:
                choose_messages(scene, begun.patient)
    return scene


def _first_dose_at(scene: Scene, character: Character) -> datetime:
    if character.doses_h:
        return scene.ago(character.doses_h[0])
    if character.dose_in_h is not None:
        return scene.ago(-character.dose_in_h)
    return scene.ago(-12 * 24)


def _live(scene: Scene, begun: Begun, screening: Screening) -> None:
    """Let one character go as far as the cast says."""
    character = begun.character
    screen(scene, begun, screening)
    if character.stage is Stage.SCREENING:
        _undecided(scene, begun, screening)
        return
    decide(scene, begun, screening)
    if character.stage is Stage.CONSENT:
        _book_ahead(scene, begun)
        return
    course, fork = prepare(scene, begun)
    consent(begun, begun.first_dose_at - timedelta(days=10))
    prepare_sessions(scene, begun)
    days = _doses(scene, begun, course, fork)
    live_days(scene, begun, fork, every=4 if character.stage is Stage.FINISHED else 1)
    _ahead(scene, begun, course, days)
    if character.stage is Stage.WITHDRAWN:
        at = scene.ago(character.doses_h[-1] - 72)
        withdraw_consent(
            by=begun.user,
            at=at,
            patient=begun.patient,
            reason="I would like to stop here.",
        )
        end_course(
            by=scene.users["prescriber"],
            at=at + timedelta(hours=20),
            course=course,
            reason="The patient withdrew consent and wishes no more doses.",
        )
    if character.stage is Stage.FINISHED:
        _finish(scene, begun, course)


def _undecided(scene: Scene, begun: Begun, screening: Screening) -> None:
    """Leave a screening where it stands: half signed, held, or stopped."""
    notes = begun.character.notes
    at = begun.first_dose_at - timedelta(days=13)
    if "half-signed" in notes:
        decide(scene, begun, screening, both=False)
    elif "hold" in notes:
        ask_for_more(
            by=scene.users["prescriber"],
            at=at,
            screening=screening,
            words="Two more pressures on another day, and a word with the family doctor.",
        )
    elif "exclude" in notes:
        letter = NOT_NOW.format(number=scene.clinic.crisis_line_number)
        sign_eligibility(
            by=scene.users["prescriber"],
            at=at,
            screening=screening,
            capacity="prescriber",
            verdict="not-now",
            reason="An aortic aneurysm stops this, whatever else is true.",
            letter=letter,
        )


def _book_ahead(scene: Scene, begun: Begun) -> None:
    """Book a first dose that is not yet consented to."""
    if begun.character.dose_in_h is not None:
        book_dose(scene, begun, 1, begun.first_dose_at)


def _doses(scene: Scene, begun: Begun, course: Course, fork: Fork) -> list[Day]:
    """Give every dose of the past, with what followed each."""
    character, days = begun.character, []
    last_measured = begun.first_dose_at - timedelta(days=14)
    for number, hours in enumerate(character.doses_h, start=1):
        day = Day(scene, begun, course, number, scene.ago(hours))
        if day.dose_at - last_measured >= SECOND_WEEK - timedelta(hours=6):
            last_measured = day.dose_at - timedelta(hours=18)
            measure(scene, begun, last_measured, f"before-session-{number}")
        appointment = book_dose(scene, begun, number, day.dose_at)
        order(day)
        plan(day, appointment)
        gate(day)
        dose(day)
        minutes = (scene.now - day.dose_at) / timedelta(minutes=1)
        past = minutes > 150
        watch(
            day,
            until_minute=120 if past else minutes - 1,
            thinned=character.stage is Stage.FINISHED,
        )
        if past:
            visit = go_home(day, appointment)
            _next_day(scene, begun, fork, day, visit)
        days.append(day)
    return days


def _next_day(scene: Scene, begun: Begun, fork: Fork, day: Day, visit: Appointment) -> None:
    """Hold the session of the next day, if it is past; one that was skipped fell through."""
    if day.number in begun.character.skips:
        cancel_appointment(
            by=begun.therapist,
            at=visit.starts_at - timedelta(hours=4),
            appointment=visit,
            reason="The therapist is ill.",
        )
    elif visit.ends_at + timedelta(minutes=30) < scene.now:
        integrate(scene, begun, fork, visit, day.number)
        keep_journal(scene, begun, day.dose_at, day.number)


def _ahead(scene: Scene, begun: Begun, course: Course, days: list[Day]) -> None:
    """Book what is still to come, and set today's gates."""
    character = begun.character
    for hours, modality in character.booked_in_h:
        book_session(
            scene, begun, scene.ago(-hours), modality, at=scene.now - timedelta(hours=20)
        )
    if character.dose_in_h is not None:
        day = Day(scene, begun, course, len(days) + 1, scene.ago(-character.dose_in_h))
        appointment = book_dose(scene, begun, day.number, day.dose_at)
        order(day)
        plan(day, appointment)
        if "gate-pressure" in character.notes:
            gate(day, leave=("G13", "G15"), sign=False)
    if "item-9" in character.notes:
        measure(scene, begun, scene.ago(3.0), "after-session-1", item_nine=1)
    if "overdue" in character.notes:
        ask_only(scene, begun, scene.ago(50.0), "before-session")
    if "rich" in character.notes:
        ask_only(scene, begun, scene.ago(-28.0), "before-session-5")


def _finish(scene: Scene, begun: Begun, course: Course) -> None:
    """Measure at the end, review together, and end the course."""
    last = scene.ago(begun.character.doses_h[-1])
    measured_at = last + timedelta(days=18)
    measure(scene, begun, measured_at, "end")
    decision = "refer" if begun.character.turn in {"worsens", "unchanged"} else "stop"
    decide_review(
        by=scene.users["prescriber"],
        at=measured_at + timedelta(days=2),
        course=course,
        point="end",
        decided=Decided(
            decision=decision,
            reason="Talked through together with the scores on the table.",
            patient_agrees=True,
        ),
    )
    end_course(
        by=scene.users["prescriber"],
        at=measured_at + timedelta(days=2, minutes=10),
        course=course,
        reason="The series is over; review held.",
    )


def _couple(scene: Scene) -> None:
    """Link the couple before they sign, with both therapists in both teams."""
    one, other = scene.patients["Yew"], scene.patients["Rowan"]
    at = scene.ago(24 * 28)
    for patient in (one, other):
        members = set(
            CareTeamMember.objects.filter(patient=patient).values_list("user_id", flat=True)
        )
        for user in scene.therapists:
            if user.pk not in members:
                join_care_team(
                    by=scene.users["prescriber"], at=at, patient=patient, member=user
                )
    link_partners(by=scene.users["prescriber"], at=at, one=one, other=other)


def _requests(scene: Scene) -> None:
    """Leave a few requests unanswered, one of them too long."""
    for name, hours, for_whom, brings in REQUESTS:
        request_appointment(
            by=Stranger(),
            at=scene.ago(hours),
            clinic=scene.clinic,
            wish=Wish(name=name, contact="555 0177", brings=brings, for_whom=for_whom),
        )
