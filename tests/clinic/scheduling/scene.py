"""What the tests of scheduling share: a clinic with rooms, a team, a desk and a patient."""

from dataclasses import dataclass
from datetime import timedelta

from tests.builders import NINE, make_clinic, make_patient, make_user

from kapstone.clinic.scheduling.actions import STRANGER, book_appointment, request_appointment
from kapstone.clinic.scheduling.models import Appointment, AppointmentRequest, Room
from kapstone.clinic.scheduling.rules import Wish
from kapstone.core.access.actions import join_care_team
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Clinic, Patient, Role, User

HOUR = timedelta(hours=1)
TEN = NINE + HOUR
LETTER = (
    "Thank you for writing to us. We would like to meet you and find out together whether this "
    "is right for you. If it gets worse before then, call 988 at any hour."
)


@dataclass(slots=True, kw_only=True)
class Scene:
    clinic: Clinic
    desk: User
    therapist: User
    prescriber: User
    river: Room
    meadow: Room
    video: Room
    patient: Patient

    def book(self, **change) -> Appointment:
        given = {
            "by": self.desk,
            "at": NINE,
            "patients": [self.patient],
            "kind": Appointment.Kind.INTEGRATION,
            "starts_at": TEN,
            "ends_at": TEN + HOUR,
            "with_user": self.therapist,
            "room": self.river,
        }
        return book_appointment(**{**given, **change})

    def ask(self, **change) -> AppointmentRequest:
        wish = {"name": "Juniper", "contact": "juniper@example.org", "brings": "Every trail."}
        entry_id = change.pop("entry_id", None)
        at = change.pop("at", NINE)
        return request_appointment(
            by=STRANGER,
            at=at,
            clinic=self.clinic,
            wish=Wish(**{**wish, **change}),
            entry_id=entry_id,
        )

    def stand(self, user: User | None = None) -> None:
        """Step back inside the fence after a request by the client."""
        stand_in(clinic_id=self.clinic.pk, user_id=user.pk if user else None)


def make_scene(slug: str = "oak-house") -> Scene:
    clinic = make_clinic(slug)
    therapist = make_user(clinic, Role.THERAPIST, is_mental_health_professional=True)
    prescriber = make_user(clinic, Role.PRESCRIBER)
    enrolled = NINE - 30 * 24 * HOUR
    patient = make_patient(clinic, team=(therapist,), at=enrolled)
    join_care_team(by=therapist, at=enrolled, patient=patient, member=prescriber)
    return Scene(
        clinic=clinic,
        desk=make_user(clinic, Role.FRONT_DESK),
        therapist=therapist,
        prescriber=prescriber,
        river=Room.objects.create(clinic=clinic, name="River room"),
        meadow=Room.objects.create(clinic=clinic, name="Meadow room"),
        video=Room.objects.create(clinic=clinic, name="Video line", is_video=True),
        patient=patient,
    )
