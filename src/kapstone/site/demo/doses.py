"""One dosing session from order to going home, with vital signs from the science core."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.actions import (
    OrderWanted,
    Stamp,
    answer_check,
    discharge,
    give_dose,
    give_letter,
    order_dose,
    plan_session,
    record_entry,
    sign_session,
)
from kapstone.clinic.dosing.check_lists import gate_checks, going_home_checks
from kapstone.clinic.dosing.entries import (
    Change,
    Dose,
    Event,
    Happening,
    Note,
    Payload,
    Speaker,
    State,
    Vitals,
)
from kapstone.clinic.dosing.models import DosingSession
from kapstone.clinic.scheduling.actions import mark_attended
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.access.actions import assign_to_room
from kapstone.core.people.models import User
from kapstone.science.effects import drawn_temper, effects
from kapstone.science.events import DoseEvent, Product, Route
from kapstone.site.demo.beginnings import Begun
from kapstone.site.demo.bookings import book_call, book_session
from kapstone.site.demo.stagehands import Scene, plain

MINUTE = timedelta(minutes=1)
VITALS_IM = (5, 15, 30, 45, 60, 90, 120)
VITALS_IV = (10, 20, 30, 40, 55, 70, 85, 100, 120)
BASE_PULSE, BASE_OXYGEN, BASE_BREATHS = 72, 97, 15
PULSE_NOISE, PRESSURE_NOISE = 2.5, 3.0
WORDS = (
    "I can see the house from above. It is small.",
    "It is warm, and there is more room than I thought.",
    "I do not have to hold the door shut.",
    "The noise went into the water.",
)


@dataclass(slots=True)
class Day:
    """One dosing day in the making."""

    scene: Scene
    begun: Begun
    course: Course
    number: int
    dose_at: datetime
    session: DosingSession | None = None
    nurse: User | None = None

    @property
    def amount_mg(self) -> Decimal:
        """Give the amount ordered: by weight, rounded to a whole milligram."""
        character = self.begun.character
        return Decimal(round(character.mg_per_kg * character.weight_kg))

    @property
    def open_session(self) -> DosingSession:
        """Give the session, once it is planned."""
        if self.session is None:
            raise LookupError("The session is not planned yet.")
        return self.session


def order(day: Day) -> None:
    """Sign the order on the day before, by weight taken within the fortnight."""
    character, at = day.begun.character, day.dose_at - timedelta(hours=20)
    order_dose(
        by=day.scene.users["prescriber"],
        at=min(at, day.scene.now),
        course=day.course,
        wanted=OrderWanted(
            number=day.number,
            product=Product.RACEMIC,
            route=Route(character.route),
            amount_mg=day.amount_mg,
            max_session_mg=day.amount_mg,
            weight_kg=Decimal(str(character.weight_kg)),
            weighed_at=min(at, day.scene.now) - timedelta(hours=2),
            rationale="start-low" if day.number == 1 else "hold-constant",
            duration_min=Decimal(40) if character.route == "IV" else None,
        ),
    )


def plan(day: Day, appointment: Appointment) -> DosingSession:
    """Plan the session, and put a nurse on it."""
    at = min(day.dose_at - timedelta(days=2), day.scene.now - 15 * MINUTE)
    day.session = plan_session(
        by=day.scene.users["prescriber"],
        at=at,
        course=day.course,
        number=day.number,
        planned_at=day.dose_at,
        appointment=appointment,
    )
    day.nurse = day.scene.users["nurse" if day.number % 2 else "nurse-two"]
    for nurse in {day.nurse, day.scene.users["nurse"]}:
        assign_to_room(
            by=day.scene.users["front-desk"],
            at=at,
            patient=day.begun.patient,
            member=nurse,
            session_key=day.session.key,
            session_at=day.dose_at,
        )
    return day.session


def _answers(day: Day, pressure: tuple[int, int], at: datetime) -> dict[str, dict[str, Any]]:
    """Give a true answer to every check of the gate that is asked."""
    route = day.begun.character.route
    checks = gate_checks(parenteral=route in {"IV", "IM", "SC"})
    given: dict[str, dict[str, Any]] = {
        "G1": {"says_name": True, "says_born_on": True},
        "G3": {"still_wants": True},
        "G4": dict.fromkeys(
            ("illness", "new_medicine", "new_diagnosis", "hospital", "fall"), False
        ),
        "G5": {"result": "not-applicable"},
        "G6": {"intoxicated": False, "other_drug": False, "sedative": False},
        "G7": {
            "last_solid_at": plain(at - timedelta(hours=9)),
            "last_clear_at": plain(at - timedelta(hours=3)),
        },
        "G8": {
            "systolic_mmhg": pressure[0],
            "diastolic_mmhg": pressure[1],
            "heart_rate_per_min": BASE_PULSE,
            "spo2_percent": BASE_OXYGEN,
            "breaths_per_min": BASE_BREATHS,
            "temperature_c": 36.6,
        },
        "G9": dict.fromkeys(("asq_1", "asq_2", "asq_3", "asq_4"), False),
        "G10": {"oriented": True, "mania_or_psychosis": False},
        "G11": {"urinary": False, "misuse": False},
        "G13": {
            "name": "A sister",
            "phone": "555 0198",
            "comes_at": plain(at + timedelta(hours=4)),
            "confirmed": True,
        },
        "G14": {question.name: True for question in checks["G14"].questions},
        "G15": dict.fromkeys(("patient", "drug", "dose", "route"), True),
    }
    return {code: given[code] for code in checks if code in given}


def gate(day: Day, *, leave: tuple[str, ...] = (), sign: bool = True) -> None:
    """Go through the gate; ``leave`` names checks that stay open."""
    session, nurse = day.open_session, day.nurse or day.scene.users["nurse"]
    start = day.dose_at - 40 * MINUTE
    systolic = day.begun.character.systolic
    # Only the gate that is held today meets the high pressure; earlier days were calmer.
    pressure = (systolic, 96) if leave else (min(systolic, 134), 78)
    for step, (code, value) in enumerate(_answers(day, pressure, day.dose_at).items()):
        if code in leave:
            continue
        at = start + step * MINUTE
        answer_check(
            by=nurse, at=at, session=session, phase="gate", check_code=code, value=value
        )
        if code == "G8":
            again = {**value, "systolic_mmhg": pressure[0] - 2}
            answer_check(
                by=nurse,
                at=at + 6 * MINUTE,
                session=session,
                phase="gate",
                check_code=code,
                value=again,
            )
        if code == "G15":
            answer_check(
                by=day.begun.therapist,
                at=at + 2 * MINUTE,
                session=session,
                phase="gate",
                check_code=code,
                value=value,
            )
    if sign:
        for person, minutes in ((nurse, 18), (day.begun.therapist, 19)):
            sign_session(
                by=person, at=start + minutes * MINUTE, session=session, meaning="gate"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the model needs of a person in one session."""

    name: str
    systolic: int
    amount_mg: float
    route: str
    number: int


class Body:
    """
    How one person's vital signs run through one session: the model's rise, and a cuff's noise.

    ``turn`` starts another run of noise for the same person, for readings taken one by one.
    """

    def __init__(self, person: Person, *, turn: int = 0) -> None:
        who = sum(map(ord, person.name))
        temper_rng = np.random.default_rng(np.random.SeedSequence((who, person.number)))
        self.rng = np.random.default_rng(np.random.SeedSequence((who, person.number, turn)))
        self.base = (min(person.systolic, 138), 78)
        event = DoseEvent(
            time_h=0.0,
            amount_mg=person.amount_mg,
            route=Route(person.route),
            duration_h=2 / 3 if person.route == "IV" else 0.0,
        )
        told = effects(
            [event],
            np.arange(0.0, 181.0) / 60.0,
            temper=drawn_temper(1, temper_rng),
            sessions_before=person.number - 1,
        )
        self._rise = (
            np.ravel(told.systolic),
            np.ravel(told.diastolic),
            np.ravel(told.heart_rate),
        )
        self._sedation = np.ravel(told.sedation)

    def vitals(self, minute: float, *, full: bool = True) -> Vitals:
        """Give what a nurse would read at a minute after the dose (before it: the baseline)."""
        at = int(np.clip(minute, 0, 180))
        rise = [float(part[at]) if minute > 0 else 0.0 for part in self._rise]
        noise = self.rng.normal(0.0, 1.0, size=5)
        pulse = round(BASE_PULSE + rise[2] + PULSE_NOISE * noise[2])
        oxygen = int(np.clip(round(BASE_OXYGEN - 0.8 * (minute > 0) + 0.7 * noise[3]), 94, 100))
        if not full:
            return Vitals(heart_rate_per_min=pulse, spo2_percent=oxygen)
        sedated = minute > 0 and self._sedation[at] > 0.45
        return Vitals(
            systolic_mmhg=round(self.base[0] + rise[0] + PRESSURE_NOISE * noise[0]),
            diastolic_mmhg=round(self.base[1] + rise[1] + 2.0 * noise[1]),
            heart_rate_per_min=pulse,
            spo2_percent=oxygen,
            breaths_per_min=BASE_BREATHS + int(noise[4] > 1),
            alertness=4 if sedated else 5,
            rass=-1 if sedated else 0,
        )


def person_of(day: Day) -> Person:
    """Say who is dosed, as the model needs it."""
    character = day.begun.character
    return Person(
        name=character.name,
        systolic=character.systolic,
        amount_mg=float(day.amount_mg),
        route=character.route,
        number=day.number,
    )


def write(day: Day, minute: float, payload: Payload, *, by: User | None = None) -> None:
    """Write one entry at a minute after the dose."""
    at = day.dose_at + timedelta(minutes=minute)
    record_entry(
        by=by or day.nurse or day.scene.users["nurse"],
        at=at,
        session=day.open_session,
        payload=payload,
        stamp=Stamp(observed_at=at, device_at=at, device_id="demo-tablet"),
    )


def dose(day: Day) -> None:
    """Take the baseline, set the container, and give the dose with a witness."""
    body = Body(person_of(day))
    write(day, -12, body.vitals(-12))
    for minute, item, value in (
        (-8, "music", "Still water, part 2"),
        (-7, "lights", "10 %"),
        (-6, "eyeshade", "on"),
        (-5, "blanket", "on"),
        (-4, "people", "Nurse, therapist"),
    ):
        write(day, minute, State(change=Change.CONTAINER, item=item, value=value))
    character = day.begun.character
    give_dose(
        by=day.nurse or day.scene.users["nurse"],
        at=day.dose_at,
        session=day.open_session,
        dose=Dose(
            product=Product.RACEMIC,
            route=Route(character.route),
            amount_mg=day.amount_mg,
            duration_min=Decimal(40) if character.route == "IV" else None,
            is_identity_checked=True,
            witness_id=day.begun.therapist.pk,
        ),
        stamp=Stamp(observed_at=day.dose_at, device_at=day.dose_at, device_id="demo-tablet"),
        witness=day.begun.therapist,
    )


def watch(day: Day, *, until_minute: float, thinned: bool = False) -> None:
    """Take vital signs as they fall due, and write what was said, until a minute."""
    body = Body(person_of(day))
    times = VITALS_IV if day.begun.character.route == "IV" else VITALS_IM
    for minute in times:
        if minute > until_minute:
            break
        if thinned and minute in {5, 45}:
            continue
        write(day, minute, body.vitals(minute))
    if until_minute >= 13 and day.number % 2:
        write(day, 13, Happening(event=Event.NAUSEA, degree=1))
    if until_minute >= 21:
        told = Note(speaker=Speaker.OBSERVER, text="Tearful, then settled.")
        write(day, 21, told, by=day.begun.therapist)
    if until_minute >= 26:
        said = WORDS[(day.number + len(day.begun.character.name)) % len(WORDS)]
        write(day, 26, Note(speaker=Speaker.PATIENT, text=said), by=day.begun.therapist)


def go_home(day: Day, appointment: Appointment) -> Appointment:
    """
    Answer each criterion at the end of the observation, book what comes next, and go.

    Returns
    -------
    the integration session booked inside the window
    """
    nurse, session = day.nurse or day.scene.users["nurse"], day.open_session
    body = Body(person_of(day))
    for minute in (122, 138):
        write(day, minute, body.vitals(minute + 30))
    scene, desk = day.scene, day.scene.users["front-desk"]
    booked_at = day.dose_at + 100 * MINUTE
    book_call(scene, day.begun, day.dose_at + timedelta(hours=23), at=booked_at)
    visit = book_session(
        scene,
        day.begun,
        day.dose_at + timedelta(hours=25),
        day.begun.character.modality,
        at=booked_at,
    )
    given: dict[str, dict[str, Any]] = {
        "D2": {"oriented": True, "rass": 0},
        "D4": {"walks": True},
        "D5": {"sips": True},
        "D6": {"perception": 1},
        "D7": {"thoughts": "none", "therapist_agrees": True},
        "D8": {"name": "A sister", "here": True},
        "D9": {"given": True},
    }
    for step, code in enumerate(code for code in going_home_checks() if code in given):
        answer_check(
            by=nurse,
            at=day.dose_at + (139 + step) * MINUTE,
            session=session,
            phase="discharge",
            check_code=code,
            value=given[code],
        )
    give_letter(by=nurse, at=day.dose_at + 146 * MINUTE, session=session)
    for person, minute in ((nurse, 147), (day.begun.therapist, 148)):
        discharge(by=person, at=day.dose_at + minute * MINUTE, session=session)
    mark_attended(by=desk, at=day.dose_at + 149 * MINUTE, appointment=appointment)
    return visit
