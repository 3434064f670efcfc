"""What the tests of the days after a dose share: patient, course, doses, forks, bookings."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

from tests.builders import NINE, make_clinic, make_patient, make_user

from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.models import DoseGiven, DosingSession, SessionEntry
from kapstone.clinic.preparation.models import Fork
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.access.actions import join_care_team
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Clinic, Patient, Role, User

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class Walk:
    """One patient on the way: everything a test of these stages starts from."""

    clinic: Clinic
    therapist: User
    prescriber: User
    patient: Patient
    course: Course
    first_fork: Fork | None = None
    numbers: count = field(default_factory=lambda: count(1))

    def stand(self, user: User | None = None) -> None:
        """Step back inside the fence, as a user where sealed rows are written or read."""
        stand_in(clinic_id=self.clinic.pk, user_id=user.pk if user else None)

    def give(
        self,
        at: datetime = NINE,
        *,
        amount_mg: str = "40",
        route: str = "IM",
        corrects: DoseGiven | None = None,
        recorded_at: datetime | None = None,
        **fields: object,
    ) -> DoseGiven:
        """Write a dose straight into the record, as the room does."""
        session = corrects.session if corrects else self._session(at)
        written = recorded_at or at
        common = {
            "clinic": self.clinic,
            "subjects": self.patient.alone,
            "recorded_at": written,
            "recorded_by": self.prescriber,
        }
        entry = SessionEntry.objects.create(
            session=session,
            kind=SessionEntry.Kind.DOSE,
            payload={},
            observed_at=at,
            device_at=written,
            **common,
        )
        return DoseGiven.objects.create(
            session=session,
            entry=entry,
            product=fields.pop("product", "racemic"),
            route=route,
            amount_mg=Decimal(amount_mg),
            weight_kg=fields.pop("weight_kg", Decimal(80)),
            given_at=at,
            corrects=corrects,
            **fields,
            **common,
        )

    def _session(self, at: datetime) -> DosingSession:
        return DosingSession.objects.create(
            clinic=self.clinic,
            subjects=self.patient.alone,
            recorded_at=at,
            recorded_by=self.prescriber,
            course=self.course,
            number=next(self.numbers),
            planned_at=at,
        )

    def book(
        self,
        starts_at: datetime,
        *,
        kind: str = Appointment.Kind.INTEGRATION,
        minutes: int = 50,
        patient: Patient | None = None,
        **fields: object,
    ) -> Appointment:
        """Book a slot straight into the record."""
        return Appointment.objects.create(
            clinic=self.clinic,
            subjects=(patient or self.patient).alone,
            recorded_at=NINE,
            recorded_by=self.therapist,
            kind=kind,
            with_user=self.therapist,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            **fields,
        )

    def fork(self, named_at: datetime = NINE, **words: object) -> Fork:
        """Name a fork straight into the record."""
        given = {
            "cue": "Voices get raised",
            "old_trail": "Shut down",
            "new_trail": "Say one true thing",
            **words,
        }
        return Fork.objects.create(
            clinic=self.clinic,
            subjects=self.patient.alone,
            recorded_at=named_at,
            recorded_by=self.therapist,
            course=self.course,
            named_at=named_at,
            **given,
        )


def make_walk(slug: str = "oak-house", *, screen_name: str = "Alder") -> Walk:
    """Make a clinic with a patient who signs in, a team and an open course."""
    clinic = make_clinic(slug)
    return join_walk(clinic, screen_name=screen_name)


def join_walk(
    clinic: Clinic, *, screen_name: str = "Alder", team: tuple[User, User] | None = None
) -> Walk:
    """Add one more patient with a course to a clinic, with a new team or a given one."""
    enrolled = NINE - 30 * DAY
    therapist, prescriber = team or (
        make_user(clinic, Role.THERAPIST, is_mental_health_professional=True),
        make_user(clinic, Role.PRESCRIBER),
    )
    patient = make_patient(
        clinic, team=(therapist,), signs_in=True, at=enrolled, screen_name=screen_name
    )
    join_care_team(by=therapist, at=enrolled, patient=patient, member=prescriber)
    course = Course.objects.create(
        clinic=clinic,
        subjects=patient.alone,
        recorded_at=enrolled,
        recorded_by=prescriber,
        indication="depression",
        programme="standard",
        planned_sessions=6,
        started_at=enrolled,
    )
    return Walk(
        clinic=clinic,
        therapist=therapist,
        prescriber=prescriber,
        patient=patient,
        course=course,
    )
