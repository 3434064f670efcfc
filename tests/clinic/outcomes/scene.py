"""What the tests of outcomes share: courses with doses and scores on chosen days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from tests.builders import NINE, make_clinic, make_patient, make_user

from kapstone.catalogue.instruments import load_instrument
from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.models import DoseGiven, DosingSession, SessionEntry
from kapstone.clinic.measures.models import Answers, MeasureRequest
from kapstone.core.access.actions import join_care_team
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Clinic, Patient, Role, User

DAY = timedelta(days=1)
PHQ = load_instrument("phq-9")


@dataclass(slots=True, kw_only=True)
class Scene:
    """``NINE`` is the moment of the first dose in every course made here."""

    clinic: Clinic
    therapist: User
    prescriber: User

    def stand(self, user: User) -> None:
        stand_in(clinic_id=self.clinic.pk, user_id=user.pk)

    def patient(self, name: str = "Alder") -> Patient:
        patient = make_patient(self.clinic, team=(self.therapist,), screen_name=name)
        join_care_team(by=self.therapist, at=NINE, patient=patient, member=self.prescriber)
        return patient

    def course(
        self,
        scores: Mapping[float, int | None],
        doses: Sequence[float] = (0, 7),
        *,
        planned: int = 2,
        suicide: Mapping[float, int] | None = None,
        patient: Patient | None = None,
        start: datetime = NINE,
        name: str = "Alder",
    ) -> Course:
        """Make a course with doses and PHQ-9 totals on days counted from ``start``."""
        patient = patient or self.patient(name)
        course = Course.objects.create(
            clinic=self.clinic,
            subjects=patient.alone,
            recorded_at=start,
            recorded_by=self.prescriber,
            indication="depression",
            programme="kap-im-weekly",
            planned_sessions=planned,
            started_at=start - 20 * DAY,
        )
        for number, day in enumerate(doses, 1):
            self.dose(course, start + day * DAY, number=number)
        for day, total in scores.items():
            self.score(course, start + day * DAY, total, (suicide or {}).get(day, 0))
        return course

    def dose(
        self,
        course: Course,
        given_at: datetime,
        *,
        number: int = 1,
        session: DosingSession | None = None,
        corrects: DoseGiven | None = None,
    ) -> DoseGiven:
        """Give a dose; one that ``corrects`` another says that nothing was given."""
        common = {
            "clinic": self.clinic,
            "subjects": course.subjects,
            "recorded_at": given_at,
            "recorded_by": self.prescriber,
        }
        session = session or DosingSession.objects.create(
            **common, course=course, number=number, planned_at=given_at
        )
        entry = SessionEntry.objects.create(
            **common,
            session=session,
            kind="dose",
            payload={},
            observed_at=given_at,
            device_at=given_at,
        )
        return DoseGiven.objects.create(
            **common,
            session=session,
            entry=entry,
            product="racemic",
            route="IM",
            amount_mg=Decimal(0 if corrects else 60),
            weight_kg=Decimal(70),
            given_at=given_at,
            corrects=corrects,
        )

    def score(
        self,
        course: Course,
        answered_at: datetime,
        total: int | None,
        suicide: int | None = 0,
        request: MeasureRequest | None = None,
        replaces: Answers | None = None,
    ) -> Answers:
        return Answers.objects.create(
            clinic=self.clinic,
            subjects=course.subjects,
            recorded_at=answered_at,
            recorded_by=self.therapist,
            request=request,
            instrument="phq-9",
            instrument_version="1",
            items={"phq-9.9": suicide},
            answered_at=answered_at,
            total=total,
            band="",
            scoring_rule="phq-9.sum.1",
            replaces=replaces,
        )

    def ask(self, course: Course, due_at: datetime) -> MeasureRequest:
        return MeasureRequest.objects.create(
            clinic=self.clinic,
            subjects=course.subjects,
            entry_id=uuid4(),
            recorded_at=due_at - DAY,
            recorded_by=self.therapist,
            instrument="phq-9",
            point="series",
            due_at=due_at,
        )


def make_scene() -> Scene:
    clinic = make_clinic()
    return Scene(
        clinic=clinic,
        therapist=make_user(clinic, Role.THERAPIST, is_mental_health_professional=True),
        prescriber=make_user(clinic, Role.PRESCRIBER),
    )
