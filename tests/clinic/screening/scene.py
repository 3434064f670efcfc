"""What the tests of screening share: a team, and someone with nothing to report."""

from dataclasses import dataclass
from datetime import date, timedelta

from tests.builders import NINE, make_clinic, make_patient, make_user

from kapstone.catalogue.contraindications import QuestionKind, load_rules
from kapstone.catalogue.instruments import load_instrument
from kapstone.clinic.measures.actions import answer_measure
from kapstone.clinic.screening.actions import (
    answer_data,
    answer_datum,
    sign_eligibility,
    start_screening,
)
from kapstone.clinic.screening.answers import Answer
from kapstone.clinic.screening.models import Screening
from kapstone.core.access.actions import join_care_team
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Clinic, Patient, Role, User

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LETTER = (
    "We have thought about this with care. Ketamine is not right for you now, and we will help "
    "you find what is. If it gets worse, call 988 at any hour."
)
CHOICES = {
    "C14.misuse": "never",
    "C28.screen": "negative",
    "C29.before": "never",
    "C32.willing": "yes",
    "C32.therapist": "yes",
}
COMPUTED = {"C06.systolic", "C06.diastolic", "C20.bmi", "C26.age", "C27.age"}


def nothing_to_report(at=NINE) -> list[Answer]:
    """Answer every question of every rule in the way that points to nothing."""
    answers = []
    for rule in load_rules().rules:
        for question in rule.questions:
            if question.asked_when or question.code in COMPUTED:
                continue
            value = CHOICES.get(question.code, "no")
            if question.kind is QuestionKind.NUMBER:
                value = 2
            answers.append(Answer(datum=question.code, value=value, source="patient"))
    done = [Answer(datum=f"B0{number}", value=at.date() - 3 * DAY) for number in range(1, 10)]
    return [
        *answers,
        *done,
        Answer(datum="C20.body", value={"height_cm": 172, "weight_kg": 70}),
        Answer(datum="medicines", value=["sertraline 50 mg"]),
    ]


@dataclass(slots=True, kw_only=True)
class Scene:
    clinic: Clinic
    therapist: User
    prescriber: User
    patient: Patient
    screening: Screening

    def stand(self, user: User | None = None) -> None:
        """Step back inside the fence after a request by the client."""
        stand_in(clinic_id=self.clinic.pk, user_id=user.pk if user else None)

    def measure(self, instrument: str, value: int = 0, at=NINE) -> None:
        sheet = load_instrument(instrument)
        answer_measure(
            by=self.therapist,
            at=at,
            patient=self.patient,
            instrument=instrument,
            items={item.code: value for item in sheet.items if item.is_required},
        )

    def answer(self, datum: str, value, at=NINE, **more):
        return answer_datum(
            by=self.therapist, at=at, screening=self.screening, datum=datum, value=value, **more
        )

    def pressure(self, systolic: float, diastolic: float, at=NINE):
        reading = {"systolic_mmhg": systolic, "diastolic_mmhg": diastolic}
        return self.answer("C06.reading", reading, at=at)

    def fill(self, at=NINE) -> None:
        """Put everything on file that eligibility waits for."""
        answer_data(
            by=self.therapist, at=at, screening=self.screening, answers=nothing_to_report(at)
        )
        self.pressure(124, 78, at=at)
        self.pressure(126, 80, at=at + 6 * MINUTE)
        self.measure("phq-9", at=at)
        self.measure("gad-7", at=at)

    def sign(self, by: User, capacity: str, at=NINE + 10 * MINUTE, **change):
        given = {"verdict": "eligible", **change}
        return sign_eligibility(
            by=by, at=at, screening=self.screening, capacity=capacity, **given
        )

    def sign_both(self, at=NINE + 10 * MINUTE) -> None:
        self.sign(self.prescriber, "prescriber", at=at)
        self.sign(self.therapist, "mental-health", at=at)


def make_scene(slug: str = "oak-house") -> Scene:
    clinic = make_clinic(slug)
    therapist = make_user(clinic, Role.THERAPIST, is_mental_health_professional=True)
    prescriber = make_user(clinic, Role.PRESCRIBER)
    enrolled = NINE - 30 * DAY
    patient = make_patient(clinic, team=(therapist,), at=enrolled, born_on=date(1985, 4, 12))
    join_care_team(by=therapist, at=enrolled, patient=patient, member=prescriber)
    screening = start_screening(
        by=prescriber, at=NINE - DAY, patient=patient, indication="depression"
    )
    return Scene(
        clinic=clinic,
        therapist=therapist,
        prescriber=prescriber,
        patient=patient,
        screening=screening,
    )
