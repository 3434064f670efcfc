"""What the tests of consent share: a patient who has read, been told, and agreed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.builders import NINE, make_clinic, make_patient, make_user

from kapstone.clinic.consent.actions import (
    choose_in_consent,
    explain_consent,
    sign_consent,
    withdraw_consent,
)
from kapstone.clinic.consent.models import ConsentSignature, ConsentTalk, ConsentWithdrawal
from kapstone.clinic.consent.queries import ConsentInForce, consent_in_force, consent_state
from kapstone.clinic.consent.texts import everything_agreed, text_for
from kapstone.core.access.actions import join_care_team
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Clinic, Patient, Role, User

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class Scene:
    clinic: Clinic
    therapist: User
    prescriber: User
    patient: Patient

    @property
    def person(self) -> User:
        assert self.patient.user is not None
        return self.patient.user

    def stand(self, user: User) -> None:
        stand_in(clinic_id=self.clinic.pk, user_id=user.pk)

    def explain(self, *, at: datetime = NINE, has_capacity: bool = True) -> ConsentTalk:
        return explain_consent(
            by=self.prescriber, at=at, patient=self.patient, has_capacity=has_capacity
        )

    def choose(self, *, at: datetime = NINE, **change) -> None:
        """Choose everything page by page, as the form asks, with single pages changed."""
        chosen = everything_agreed(text_for(self.patient, at)) | change
        for question, value in chosen.items():
            if value != "never":
                choose_in_consent(
                    by=self.person,
                    at=at,
                    patient=self.patient,
                    question=question.replace("_", "."),
                    value=value,
                )

    def sign(self, *, at: datetime = NINE + HOUR, **change) -> ConsentSignature:
        given = {
            "by": self.person,
            "at": at,
            "patient": self.patient,
            "signed_name": "Test Patient",
            "text_sha256": text_for(self.patient, at).sha256,
            "last_dose_at": None,
        }
        return sign_consent(**{**given, **change})

    def consent(self, *, at: datetime = NINE, **change) -> ConsentSignature:
        """Explain, choose everything, and sign an hour later."""
        self.explain(at=at)
        self.choose(at=at, **change)
        return self.sign(at=at + HOUR)

    def withdraw(self, element: str = "", *, at: datetime = NINE + DAY) -> ConsentWithdrawal:
        return withdraw_consent(by=self.person, at=at, patient=self.patient, element=element)

    def in_force(self, at: datetime) -> ConsentInForce | None:
        return consent_in_force(self.patient, at)

    def reasons(self, at: datetime) -> list[str]:
        return [finding.code for finding in consent_state(self.patient, at).findings]


def make_scene() -> Scene:
    clinic = make_clinic()
    therapist = make_user(clinic, Role.THERAPIST, is_mental_health_professional=True)
    prescriber = make_user(clinic, Role.PRESCRIBER)
    patient = make_patient(clinic, team=(therapist,), signs_in=True)
    join_care_team(by=therapist, at=NINE, patient=patient, member=prescriber)
    return Scene(clinic=clinic, therapist=therapist, prescriber=prescriber, patient=patient)
