"""What the tests of measures share: a patient who signs in, a team, and full replies."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.builders import NINE, make_clinic, make_patient, make_user

from kapstone.catalogue.instruments import load_instrument
from kapstone.clinic.measures.actions import answer_measure, ask_measure
from kapstone.clinic.measures.models import Answers, MeasureRequest
from kapstone.core.access.actions import join_care_team
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Clinic, Patient, Role, User

DAY = timedelta(days=1)


def reply(instrument: str, value: int = 0, **change: int | None) -> dict[str, int | None]:
    """Answer every scored item with one value; change single items by their last part."""
    items = {item.code: value for item in load_instrument(instrument).items if item.is_scored}
    return items | {f"{instrument}.{name.strip('_')}": given for name, given in change.items()}


@dataclass(slots=True, kw_only=True)
class Scene:
    clinic: Clinic
    therapist: User
    prescriber: User
    patient: Patient
    stranger: User  # a therapist of the clinic who is on no team

    @property
    def person(self) -> User:
        assert self.patient.user is not None
        return self.patient.user

    def stand(self, user: User) -> None:
        stand_in(clinic_id=self.clinic.pk, user_id=user.pk)

    def ask(self, instrument: str = "phq-9", *, at: datetime = NINE) -> MeasureRequest:
        return ask_measure(
            by=self.therapist,
            at=at,
            patient=self.patient,
            instrument=instrument,
            point="baseline",
            due_at=at + DAY,
        )

    def answer(self, items: dict[str, int | None], **change) -> Answers:
        given = {
            "by": self.person,
            "at": NINE,
            "patient": self.patient,
            "instrument": "phq-9",
            "items": items,
        }
        return answer_measure(**{**given, **change})


def make_scene() -> Scene:
    clinic = make_clinic()
    therapist = make_user(clinic, Role.THERAPIST, is_mental_health_professional=True)
    prescriber = make_user(clinic, Role.PRESCRIBER)
    patient = make_patient(clinic, team=(therapist,), signs_in=True)
    join_care_team(by=therapist, at=NINE, patient=patient, member=prescriber)
    stranger = make_user(clinic, Role.THERAPIST)
    return Scene(
        clinic=clinic,
        therapist=therapist,
        prescriber=prescriber,
        patient=patient,
        stranger=stranger,
    )
