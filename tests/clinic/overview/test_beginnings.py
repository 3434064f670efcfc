"""Today says what waits for this user's signature, and whom nobody has taken up."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import make_clinic, make_patient, make_user

from kapstone.clinic.overview.waiting import beginnings
from kapstone.clinic.scheduling.models import AppointmentRequest, RequestAnswer
from kapstone.clinic.screening.models import EligibilitySignature, Screening
from kapstone.core.access.actions import join_care_team
from kapstone.core.access.standing import Access
from kapstone.core.people.models import Role

DAY = timedelta(days=1)


class Scene:
    def __init__(self):
        self.at = timezone.now()
        self.clinic = make_clinic()
        self.prescriber = make_user(self.clinic, Role.PRESCRIBER)
        self.therapist = make_user(
            self.clinic, Role.THERAPIST, is_mental_health_professional=True
        )

    def screening(self, name, *, signed=(), verdict="eligible"):
        patient = make_patient(self.clinic, team=(self.therapist,), screen_name=name)
        join_care_team(by=self.therapist, at=self.at, patient=patient, member=self.prescriber)
        care = {"clinic": self.clinic, "subjects": patient.alone, "recorded_at": self.at}
        made = Screening.objects.create(
            **care,
            recorded_by=self.therapist,
            indication="trd",
            rules_version="core.v1",
            started_at=self.at - 2 * DAY,
        )
        for capacity in signed:
            EligibilitySignature.objects.create(
                **care,
                recorded_by=self.therapist,
                screening=made,
                capacity=capacity,
                verdict=verdict,
                findings=[],
                rules_version="core.v1",
                signed_at=self.at,
            )
        return made

    def invited(self, days=3):
        patient = make_patient(self.clinic)
        request = AppointmentRequest.objects.create(
            clinic=self.clinic,
            reference=f"R-{patient.pk}",
            for_whom="alone",
            name="Nobody in particular",
            contact="555 0100",
            received_at=self.at - 5 * DAY,
            patient=patient,
        )
        RequestAnswer.objects.create(
            clinic=self.clinic,
            request=request,
            answer="screening",
            letter="Come and see us.",
            answered_by=self.therapist,
            answered_at=self.at - days * DAY,
        )

    def needs(self, user):
        return [one.need for one in beginnings(Access(user, self.at))]


@pytest.fixture
def scene(db):
    return Scene()


def told(needs):
    return [(one.who, one.what) for one in needs]


def test_whoever_signed_is_not_asked_again_and_the_other_one_is(scene):
    made = scene.screening("Rowan", signed=["mental-health"])
    (need,) = scene.needs(scene.prescriber)
    assert (need.who, need.what) == ("Rowan", "Screening waits for your signature")
    assert need.act.href == f"/screening/{made.key}/"
    assert scene.needs(scene.therapist) == []


def test_what_nobody_has_signed_stands_in_one_line(scene):
    for name in ("Rowan", "Hazel", "Linden", "Cedar"):
        scene.screening(name)
    (need,) = scene.needs(scene.therapist)
    assert need.who == "4 screenings to decide"
    assert need.what.endswith("and 1 more")


@pytest.mark.parametrize(
    ("signed", "verdict"),
    [(["prescriber", "mental-health"], "eligible"), (["mental-health"], "not-now")],
)
def test_what_is_decided_asks_nobody(scene, signed, verdict):
    scene.screening("Rowan", signed=signed, verdict=verdict)
    assert scene.needs(scene.prescriber) == []


def test_a_therapist_who_signs_in_no_capacity_is_not_asked_to(scene):
    scene.screening("Rowan")
    scene.therapist.is_mental_health_professional = False
    assert scene.needs(scene.therapist) == []


def test_an_invited_person_whom_nobody_took_up_is_counted_and_not_named(scene):
    scene.invited(days=3)
    scene.invited(days=1)
    (need,) = scene.needs(make_user(scene.clinic, Role.PRESCRIBER))
    assert told([need]) == [("2 invited", "Nobody has taken them up")]
    assert (need.why, need.act.href) == ("Longest 3 days.", "/screening/")
    assert "Nobody in particular" not in str(need)


@pytest.mark.parametrize(
    "role", [Role.NURSE, Role.FRONT_DESK, Role.ADMINISTRATOR, Role.AUDITOR]
)
def test_nobody_else_is_told(scene, role):
    scene.invited()
    scene.screening("Rowan")
    with CaptureQueriesContext(connection) as asked:
        assert scene.needs(make_user(scene.clinic, role)) == []
    assert not any("screening_" in one["sql"] for one in asked)


def test_it_asks_two_questions_however_many_wait(scene):
    for _ in range(6):
        scene.invited()
        scene.screening("Rowan", signed=["mental-health"])
    with CaptureQueriesContext(connection) as asked:
        assert len(scene.needs(scene.prescriber)) == 7
    assert len(asked) == 2


def test_today_shows_them(scene, client):
    scene.screening("Rowan", signed=["mental-health"])
    scene.invited()
    client.force_login(scene.prescriber, "kapstone.core.people.signed_in.SignedIn")
    shown = re.sub(r"\s+", " ", client.get("/today/").content.decode())
    assert "Screening waits for your signature" in shown
    assert "Nobody has taken them up" in shown
