"""What the tests of preparation share: a patient in an open course."""

from dataclasses import dataclass

from tests.builders import NINE, make_clinic, make_patient, make_user

from kapstone.clinic.course.actions import open_course
from kapstone.clinic.course.models import Course
from kapstone.clinic.preparation.actions import check_preparation, name_fork, set_intention
from kapstone.clinic.preparation.models import Fork, Intention, PreparationCheck
from kapstone.core.access.actions import join_care_team
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Clinic, Patient, Role, User


@dataclass(slots=True, kw_only=True)
class Scene:
    clinic: Clinic
    therapist: User
    prescriber: User
    patient: Patient
    course: Course

    @property
    def person(self) -> User:
        assert self.patient.user is not None
        return self.patient.user

    def stand(self, user: User) -> None:
        stand_in(clinic_id=self.clinic.pk, user_id=user.pk)

    def intend(self, text: str = "I want to rest.", **change) -> Intention:
        given = {"by": self.person, "at": NINE, "course": self.course, "category": "unsure"}
        return set_intention(text=text, **{**given, **change})

    def fork(self, cue: str = "the phone rings", **change) -> Fork:
        given = {
            "by": self.person,
            "at": NINE,
            "course": self.course,
            "cue": cue,
            "old_trail": "let it ring",
            "new_trail": "pick up",
        }
        return name_fork(**{**given, **change})

    def check(self, item: str = "light", value=True, **change) -> PreparationCheck:
        given = {"by": self.therapist, "at": NINE, "course": self.course, "number": 1}
        return check_preparation(item=item, value=value, **{**given, **change})


def make_scene() -> Scene:
    clinic = make_clinic()
    therapist = make_user(clinic, Role.THERAPIST)
    prescriber = make_user(clinic, Role.PRESCRIBER)
    patient = make_patient(clinic, team=(therapist,), signs_in=True)
    join_care_team(by=therapist, at=NINE, patient=patient, member=prescriber)
    course = open_course(
        by=therapist,
        at=NINE,
        patient=patient,
        indication="depression",
        programme="kap-im-weekly",
        planned_sessions=6,
    )
    return Scene(
        clinic=clinic,
        therapist=therapist,
        prescriber=prescriber,
        patient=patient,
        course=course,
    )
