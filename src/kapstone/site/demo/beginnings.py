"""From the request to the first dose: what each character went through before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from kapstone.clinic.course.actions import open_course
from kapstone.clinic.course.models import Course
from kapstone.clinic.measures.actions import answer_measure
from kapstone.clinic.measures.safety import keep_safety_plan
from kapstone.clinic.preparation.actions import name_fork, set_intention
from kapstone.clinic.preparation.models import Fork as ForkRow
from kapstone.clinic.scheduling.actions import (
    Stranger,
    answer_request,
    request_appointment,
)
from kapstone.clinic.scheduling.rules import Newcomer, Wish
from kapstone.clinic.screening.actions import (
    answer_data,
    lift_rule,
    sign_eligibility,
    take_up_screening,
)
from kapstone.clinic.screening.answers import Answer
from kapstone.clinic.screening.models import Screening
from kapstone.clinic.screening.queries import screening_facts
from kapstone.clinic.screening.rules import screening_rows
from kapstone.core.access.cards import keep_contact, keep_emergency_card
from kapstone.core.people.models import Patient, Role, User
from kapstone.site.demo.character import Character
from kapstone.site.demo.history import LEAD_DAYS, History
from kapstone.site.demo.stagehands import Scene

LETTER = (
    "Thank you for writing. We would like to meet you, to find out together whether this "
    "way of working could suit you. We will call within three days to find a time. Nothing "
    "is decided yet."
)
NOT_NOW = (
    "Thank you for telling us so much. On what we know today ketamine is not a good way for "
    "you, and we would rather say so plainly. Your own doctor has our letter. If things get "
    "worse, the crisis line answers day and night: {number}."
)
_NO = (
    "C01.allergy", "C02.aneurysm", "C02.avm", "C03.bleed", "C04.event", "C05.heart", "C06.told",
    "C07.history", "C07.now", "C08.now", "C09.bipolar", "C10.could-be", "C11.feeding",
    "C12.pressure", "C13.problem", "C15.today", "C16.liver", "C17.thyroid", "C18.lung",
    "C19.untreated", "C21.ketamine-cystitis", "C21.active", "C22.seizures", "C23.dissociation",
    "C24.disorder", "C25.capacity", "C30.eye",
)  # fmt: skip
_YES = ("C31.escort", "C31.evening", "C32.willing", "C32.therapist")
BASELINE = ("B01", "B02", "B03", "B04", "B05", "B06", "B07")


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Someone whose care has begun."""

    patient: Patient
    user: User
    therapist: User
    character: Character
    history: History
    first_dose_at: datetime


def begin(
    scene: Scene, character: Character, history: History, first_dose_at: datetime
) -> tuple[Begun, Screening]:
    """Ask for an appointment, be registered, and have screening taken up."""
    desk, prescriber = scene.users["front-desk"], scene.users["prescriber"]
    start = first_dose_at - timedelta(days=26)
    request = request_appointment(
        by=Stranger(),
        at=start,
        clinic=scene.clinic,
        wish=Wish(
            name=character.name,
            contact="555 0142",
            safe_times="after 17:00",
            brings=character.brings,
            for_whom="couple" if character.partner else "alone",
        ),
    )
    number = len(scene.patients) + 131
    answer_request(
        by=desk,
        at=start + timedelta(days=1, hours=3),
        request=request,
        answer="screening",
        letter=LETTER,
        newcomer=Newcomer(
            number=f"K-{number:04}",
            screen_name=character.name,
            legal_name=f"{character.name} Example",
            born_on=date(*character.born),
        ),
    )
    request.refresh_from_db()
    patient = request.patient
    if patient is None:
        raise LookupError(f"{character.name} was not registered.")
    therapist = scene.therapists[len(scene.patients) % 2]
    if character.name in {
        "Linden",
        "Birch",
        "Spruce",
        "Maple",
        "Hazel",
        "Alder",
        "Holly",
        "Larch",
        "Sycamore",
    }:
        therapist = scene.users["therapist"]
    user = _account(scene, character, patient)
    screening = take_up_screening(
        by=prescriber,
        at=start + timedelta(days=2),
        request=request,
        indication=character.indication,
        others=[therapist],
    )
    scene.patients[character.name] = patient
    _cards(scene, character, patient, start + timedelta(days=2))
    begun = Begun(
        patient=patient,
        user=user,
        therapist=therapist,
        character=character,
        history=history,
        first_dose_at=first_dose_at,
    )
    return begun, screening


def _account(scene: Scene, character: Character, patient: Patient) -> User:
    """Give the patient an account: consent is signed with it, by all of them."""
    user = User(
        username=f"{character.name.lower()}",
        role=Role.PATIENT,
        clinic=scene.clinic,
        display_name=character.name,
    )
    if character.signs_in:
        user.password = scene.users[
            "front-desk"
        ].password  # the demo's one password, hashed once
    else:
        user.set_unusable_password()
    user.save()
    patient.user = user
    patient.save(update_fields=["user"])
    return user


def _cards(scene: Scene, character: Character, patient: Patient, at: datetime) -> None:
    keep_contact(
        by=scene.users["front-desk"],
        at=at,
        patient=patient,
        phone=f"555 01{60 + len(scene.patients)}",
        email=f"{character.name.lower()}@patient.example" if character.signs_in else "",
        safe_times="after 17:00",
        contact_name="A sister",
        contact_phone="555 0198",
    )
    keep_emergency_card(
        by=scene.users["prescriber"],
        at=at,
        patient=patient,
        allergies=character.allergies,
        medicines=character.medicines,
        airway="",
        weight_kg=Decimal(str(character.weight_kg)),
        weighed_at=at,
    )


def screen(scene: Scene, begun: Begun, screening: Screening) -> None:
    """Answer every question of screening, take pressure twice, and have both people sign."""
    character = begun.character
    at = begun.first_dose_at - timedelta(days=14)
    prescriber = scene.users["prescriber"]
    answers = [Answer(datum=code, value="no", source="patient") for code in _NO]
    answers += [Answer(datum=code, value="yes", source="clinician") for code in _YES]
    answers += [
        Answer(datum="C14.misuse", value="never", source="patient"),
        Answer(datum="C28.screen", value="negative", source="clinician"),
        Answer(datum="C29.before", value="never", source="patient"),
        Answer(datum="C19.stop-bang", value=2, source="clinician"),
        Answer(datum="C20.body", value={"height_cm": 172, "weight_kg": character.weight_kg}),
        Answer(
            datum="medicines",
            value=[one.strip() for one in character.medicines.split(",")],
            source="patient",
        ),
    ]
    if "exclude" in character.notes:
        answers[1] = Answer(
            datum="C02.aneurysm",
            value="yes",
            source="patient",
            detail="An aneurysm of the aorta, found by chance two years ago.",
        )
    day = at.date()
    answers += [Answer(datum=code, value=day) for code in BASELINE]
    answers += _pressures(character, at)
    answer_data(by=prescriber, at=at, screening=screening, answers=answers)
    _first_measures(begun, at + timedelta(minutes=20))


def _pressures(character: Character, at: datetime) -> list[Answer]:
    # At the gate a pressure may be high that was fine at screening; a hold shows at screening.
    systolic = character.systolic if "hold" in character.notes else min(character.systolic, 134)
    return [
        Answer(
            datum="C06.reading",
            value={"systolic_mmhg": systolic + shift, "diastolic_mmhg": 78 + shift},
            answered_at=at - timedelta(minutes=12 - minutes),
        )
        for minutes, shift in ((0, 2), (8, 0))
    ]


def _first_measures(begun: Begun, at: datetime) -> None:
    history, day = begun.history, LEAD_DAYS - 14
    for instrument, items in (
        ("phq-9", history.items(history.phq9(day))),
        ("gad-7", history.gad_items(history.gad7(day))),
    ):
        answer_measure(
            by=begun.user, at=at, patient=begun.patient, instrument=instrument, items=items
        )


def decide(scene: Scene, begun: Begun, screening: Screening, *, both: bool = True) -> None:
    """Lift what must be weighed, and sign: the prescriber, then the therapist."""
    at = begun.first_dose_at - timedelta(days=13, hours=20)
    prescriber = scene.users["prescriber"]
    for rule in rules_to_weigh(screening, at):
        lift_rule(
            by=prescriber,
            at=at,
            screening=screening,
            rule=rule,
            reason="Weighed with the patient; benefit outweighs risk, watched in session.",
        )
    sign_eligibility(
        by=prescriber,
        at=at + timedelta(minutes=5),
        screening=screening,
        capacity="prescriber",
        verdict="eligible",
    )
    if both:
        sign_eligibility(
            by=begun.therapist,
            at=at + timedelta(hours=2),
            screening=screening,
            capacity="mental-health",
            verdict="eligible",
        )


def rules_to_weigh(screening: Screening, at: datetime) -> list[str]:
    """List the rules that need a prescriber's reason before anyone may sign."""
    facts = screening_facts(screening, at, ages_count=True)
    return [
        row.code for row in screening_rows(facts) if row.state.needs_a_call and not row.lifted
    ]


def prepare(scene: Scene, begun: Begun) -> tuple[Course, ForkRow]:
    """Open the course, keep intention and fork, and a safety plan."""
    character = begun.character
    at = begun.first_dose_at - timedelta(days=11)
    course = open_course(
        by=scene.users["prescriber"],
        at=at,
        patient=begun.patient,
        indication=character.indication,
        programme="iv-acute" if character.route == "IV" else "kap-im-weekly",
        planned_sessions=character.planned,
    )
    set_intention(
        by=begun.user,
        at=at + timedelta(days=2),
        course=course,
        text=character.intention,
        category="habit",
        confidence=6,
    )
    fork = name_fork(
        by=begun.user,
        at=at + timedelta(days=2, minutes=6),
        course=course,
        cue=character.fork.cue,
        old_trail=character.fork.old,
        new_trail=character.fork.new,
    )
    keep_safety_plan(
        by=begun.user,
        at=at + timedelta(days=3),
        patient=begun.patient,
        sections={
            "signs": "I stop answering messages.",
            "alone": "Walk round the block, cold water on my hands.",
            "people": "My sister.",
        },
    )
    return course, fork
