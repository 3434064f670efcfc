"""What the tests of the day of the dose share: a patient ready to be dosed, and the room."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from tests.builders import NINE, make_clinic, make_patient, make_user
from tests.clinic.screening.scene import make_scene as make_screening

from kapstone.clinic.consent.models import ConsentSignature
from kapstone.clinic.consent.queries import needed_elements
from kapstone.clinic.consent.texts import current_template
from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.actions import (
    OrderWanted,
    Stamp,
    answer_check,
    give_dose,
    give_letter,
    order_dose,
    plan_session,
    record_entry,
    sign_session,
)
from kapstone.clinic.dosing.check_lists import gate_checks
from kapstone.clinic.dosing.entries import Dose, Payload, Vitals, as_json
from kapstone.clinic.dosing.models import (
    CheckAnswer,
    DoseGiven,
    DosingSession,
    SessionEntry,
    SessionSignature,
)
from kapstone.clinic.dosing.queries import order_in_force
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.access.actions import assign_to_room, join_care_team
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Clinic, Patient, Role, User
from kapstone.science.events import Product, Route

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PLANNED = NINE + 7 * DAY
SIGNS = {
    "heart_rate_per_min": 72,
    "spo2_percent": 98,
    "breaths_per_min": 14,
    "temperature_c": 36.6,
}
BASELINE = Vitals(
    systolic_mmhg=128, diastolic_mmhg=78, heart_rate_per_min=72, spo2_percent=98, alertness=5
)


@dataclass(slots=True, kw_only=True)
class Scene:
    clinic: Clinic
    therapist: User
    prescriber: User
    nurse: User
    patient: Patient
    course: Course
    session: DosingSession
    doses: list[DoseGiven] = field(default_factory=list)

    def stand(self) -> None:
        stand_in(clinic_id=self.clinic.pk, user_id=None)

    def wanted(self, **change: object) -> OrderWanted:
        given = {
            "number": 1,
            "product": Product.RACEMIC,
            "route": Route.INTRAMUSCULAR,
            "amount_mg": Decimal(53),
            "max_session_mg": Decimal(80),
            "weight_kg": Decimal("81.0"),
            "weighed_at": PLANNED - DAY,
            "rationale": "start-low",
            "reason": "Discussed in the team; slow steps, prescriber in the room.",
        }
        return OrderWanted(**(given | change))

    def order(self, at: datetime = PLANNED - HOUR, **change: object):
        return order_dose(
            by=self.prescriber, at=at, course=self.course, wanted=self.wanted(**change)
        )

    def answer(
        self, code: str, value: dict, *, by: User | None = None, minute: float = 0, **more
    ):
        return answer_check(
            by=by or self.nurse,
            at=PLANNED + minute * MINUTE,
            session=self.session,
            phase=more.pop("phase", "gate"),
            check_code=code,
            value=value,
            **more,
        )

    def pressure(self, systolic: int, diastolic: int, *, minute: float):
        value = {"systolic_mmhg": systolic, "diastolic_mmhg": diastolic, **SIGNS}
        return self.answer("G8", value, minute=minute)

    def answers(self) -> dict[str, dict]:
        """Give the answers of everyone well, to all but vital signs and the second person."""
        return {
            "G1": {"says_name": True, "says_born_on": True},
            "G3": {"still_wants": True},
            "G4": dict.fromkeys(
                ["illness", "new_medicine", "new_diagnosis", "hospital", "fall"], False
            ),
            "G5": {"result": "negative"},
            "G6": {"intoxicated": False, "other_drug": False, "sedative": False},
            "G7": {
                "last_solid_at": (self.session.planned_at - 8 * HOUR).isoformat(),
                "last_clear_at": (self.session.planned_at - 3 * HOUR).isoformat(),
            },
            "G9": dict.fromkeys(("asq_1", "asq_2", "asq_3", "asq_4"), False),
            "G10": {"oriented": True, "mania_or_psychosis": False},
            "G11": {"urinary": False, "misuse": False},
            "G13": {
                "name": "Sam",
                "phone": "555 0101",
                "comes_at": (self.session.planned_at + 4 * HOUR).isoformat(),
                "confirmed": True,
            },
            "G14": {question.name: True for question in gate_checks()["G14"].questions},
        }

    def fill_gate(self) -> None:
        """Write the answers straight into the record, so that all are go ten minutes on."""
        seen = {"patient": True, "drug": True, "dose": True, "route": True}
        drug = seen | {"order": str(order_in_force(self.course, self.session.number).key)}
        rows = [(code, value, self.nurse, 0) for code, value in self.answers().items()]
        rows += [
            ("G8", {"systolic_mmhg": 128, "diastolic_mmhg": 78, **SIGNS}, self.nurse, 0),
            ("G8", {"systolic_mmhg": 126, "diastolic_mmhg": 76, **SIGNS}, self.nurse, 6),
            ("G15", drug, self.nurse, 7),
            ("G15", drug, self.prescriber, 8),
        ]
        self._answered("gate", rows)

    def _answered(self, phase: str, rows: list[tuple[str, dict, User, float]]) -> None:
        CheckAnswer.objects.bulk_create(
            CheckAnswer(
                clinic=self.clinic,
                subjects=self.patient.alone,
                recorded_at=self.session.planned_at + minute * MINUTE,
                recorded_by=by,
                session=self.session,
                phase=phase,
                check_code=code,
                value=value,
                answered_at=self.session.planned_at + minute * MINUTE,
            )
            for code, value, by, minute in rows
        )

    def sign_gate(self, *, minute: float = 10) -> None:
        for by in (self.nurse, self.prescriber):
            sign_session(
                by=by, at=PLANNED + minute * MINUTE, session=self.session, meaning="gate"
            )

    def write(
        self,
        payload: Payload,
        *,
        minute: float,
        by: User | None = None,
        entry_id: UUID | None = None,
        **stamp: object,
    ) -> SessionEntry:
        at = PLANNED + minute * MINUTE
        return record_entry(
            by=by or self.nurse,
            at=at,
            session=self.session,
            payload=payload,
            stamp=Stamp(entry_id=entry_id or uuid4(), observed_at=at, **stamp),
        )

    def dose(self, **change: object) -> Dose:
        given = {
            "product": Product.RACEMIC,
            "route": Route.INTRAMUSCULAR,
            "amount_mg": Decimal("53.00"),
            "lot": "A12",
            "mg_per_ml": Decimal("50.00"),
            "volume_ml": Decimal("1.060"),
            "is_identity_checked": True,
        }
        return Dose(**(given | change))

    def give(
        self,
        *,
        minute: float = 20,
        by: User | None = None,
        witness: User | None = None,
        entry_id: UUID | None = None,
        **change: object,
    ) -> DoseGiven:
        at = PLANNED + minute * MINUTE
        return give_dose(
            by=by or self.nurse,
            at=at,
            session=self.session,
            dose=self.dose(**change),
            stamp=Stamp(entry_id=entry_id or uuid4(), observed_at=at),
            witness=witness,
        )

    def dosed(self, *, minute: float = 20) -> DoseGiven:
        """Write order, gate, signatures, baseline and dose straight into the record."""
        self.order()
        self.fill_gate()
        at = PLANNED + 10 * MINUTE
        row = {
            "clinic": self.clinic,
            "subjects": self.patient.alone,
            "session": self.session,
            "recorded_by": self.nurse,
        }
        SessionSignature.objects.bulk_create(
            SessionSignature(
                **(row | {"recorded_by": by}),
                recorded_at=at,
                meaning="gate",
                printed_name=str(by),
                role=by.role,
                signed_at=at,
            )
            for by in (self.nurse, self.prescriber)
        )
        entries = [
            SessionEntry.objects.create(
                **row,
                recorded_at=PLANNED + after * MINUTE,
                kind=payload.kind,
                payload=as_json(payload),
                observed_at=PLANNED + after * MINUTE,
                device_at=PLANNED + after * MINUTE,
            )
            for after, payload in ((15, BASELINE), (minute, self.dose()))
        ]
        return DoseGiven.objects.create(
            **row,
            recorded_at=entries[1].observed_at,
            entry=entries[1],
            product="racemic",
            route="IM",
            amount_mg=Decimal("53.00"),
            weight_kg=Decimal("81.0"),
            given_at=entries[1].observed_at,
        )

    def to_the_dose(self) -> None:
        """Bring the session to the moment of the dose."""
        self.order()
        self.fill_gate()
        self.sign_gate()
        self.write(BASELINE, minute=15)

    def book(self, kind: str, starts_at: datetime) -> Appointment:
        return Appointment.objects.create(
            clinic=self.clinic,
            subjects=self.patient.alone,
            recorded_at=NINE,
            recorded_by=self.therapist,
            kind=kind,
            with_user=self.therapist,
            starts_at=starts_at,
            ends_at=starts_at + 50 * MINUTE,
        )

    def to_going_home(self) -> datetime:
        """Bring a dosed session to where everything but the signatures is met."""
        self.dosed()
        for minute in (50, 125, 142):
            self.write(BASELINE, minute=minute)
        seen = {
            "D2": {"oriented": True, "rass": 0},
            "D4": {"walks": True},
            "D5": {"sips": True},
            "D6": {"perception": 1},
            "D7": {"thoughts": "none", "therapist_agrees": True},
            "D8": {"name": "Sam", "here": True},
            "D9": {"given": True},
        }
        rows = [(code, value, self.nurse, 143) for code, value in seen.items()]
        self._answered("discharge", rows)
        give_letter(by=self.nurse, at=PLANNED + 143 * MINUTE, session=self.session)
        self.book("call", PLANNED + 23 * HOUR)
        self.book("integration", PLANNED + 48 * HOUR)
        return PLANNED + 145 * MINUTE


def sign_consent_for(patient: Patient, by: User, at: datetime) -> ConsentSignature:
    """Write a consent that agrees to every page needed, straight into the record."""
    template = current_template()
    return ConsentSignature.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        recorded_at=at,
        recorded_by=by,
        template=template.code,
        template_version=str(template.version),
        text_sha256="0" * 64,
        elements={one.code: True for one in needed_elements(patient, template, at)},
        signed_name=patient.legal_name,
        method="typed",
        explained_by=by,
        has_capacity=True,
        signed_at=at,
    )


def make_scene(slug: str = "oak-house", *, screened: bool = False) -> Scene:
    """
    Make a consented patient in a course, with dose 1 planned.

    Only ``screened`` goes through a whole screening; without it a test grants eligibility.
    """
    if screened:
        screening = make_screening(slug)
        screening.fill()
        screening.sign_both()
        clinic, patient = screening.clinic, screening.patient
        team = screening.therapist, screening.prescriber
    else:
        clinic = make_clinic(slug)
        team = (
            make_user(clinic, Role.THERAPIST, is_mental_health_professional=True),
            make_user(clinic, Role.PRESCRIBER),
        )
        patient = make_patient(clinic, team=team[:1], at=NINE - 30 * DAY)
        join_care_team(by=team[0], at=NINE - 30 * DAY, patient=patient, member=team[1])
    sign_consent_for(patient, team[0], NINE + DAY)
    course = Course.objects.create(
        clinic=clinic,
        subjects=patient.alone,
        recorded_at=NINE + DAY,
        recorded_by=team[1],
        indication="depression",
        programme="kap-im-weekly",
        planned_sessions=6,
        started_at=NINE + DAY,
    )
    session = plan_session(
        by=team[1], at=NINE + 2 * DAY, course=course, number=1, planned_at=PLANNED
    )
    nurse = make_user(clinic, Role.NURSE)
    assign_to_room(
        by=team[0],
        at=NINE + 2 * DAY,
        patient=patient,
        member=nurse,
        session_key=session.key,
        session_at=PLANNED,
    )
    return Scene(
        clinic=clinic,
        therapist=team[0],
        prescriber=team[1],
        nurse=nurse,
        patient=patient,
        course=course,
        session=session,
    )
