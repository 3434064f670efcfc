"""The care team: who may change it, and what a change gives and takes."""

import pytest
from django.utils import timezone
from tests.builders import make_clinic, make_patient, make_user

from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import CareTeamMember, Role


@pytest.fixture
def clinic(db):
    return make_clinic()


@pytest.fixture
def therapist(clinic):
    return make_user(clinic, Role.THERAPIST)


@pytest.fixture
def patient(clinic, therapist):
    return make_patient(clinic, team=[therapist])


def address(patient):
    return f"/patients/{patient.key}/record/care-team/"


def test_a_prescriber_who_is_added_reads_the_record_from_then_on(
    client, clinic, therapist, patient
):
    prescriber = make_user(clinic, Role.PRESCRIBER)
    client.force_login(prescriber)
    assert client.get(address(patient)).status_code == 404
    client.force_login(therapist)
    assert str(prescriber) in client.get(address(patient)).content.decode()
    sent = client.post(address(patient), {"member": prescriber.pk}, follow=True)
    assert "is in the care team." in sent.content.decode()
    client.force_login(prescriber)
    assert client.get(f"/patients/{patient.key}/record/").status_code == 200


def test_a_place_that_ends_takes_the_record_away(client, clinic, therapist, patient):
    other = make_user(clinic, Role.THERAPIST)
    client.force_login(therapist)
    client.post(address(patient), {"member": other.pk})
    stand_in(clinic_id=clinic.pk, user_id=None)
    place = CareTeamMember.objects.get(user=other)
    client.post(address(patient), {"place": place.pk})
    stand_in(clinic_id=clinic.pk, user_id=None)
    place.refresh_from_db()
    assert place.ends_at <= timezone.now()
    client.force_login(other)
    assert client.get(f"/patients/{patient.key}/record/").status_code == 404


def test_the_last_one_stays(client, clinic, therapist, patient):
    client.force_login(therapist)
    place = CareTeamMember.objects.get(user=therapist)
    refused = client.post(address(patient), {"place": place.pk})
    assert refused.status_code == 422
    assert "The last one stays" in refused.content.decode()


@pytest.mark.parametrize("who", ["nurse", "elsewhere", "already in"])
def test_only_clinicians_of_the_clinic_who_are_not_in_yet_join(
    client, clinic, therapist, patient, who
):
    member = {
        "nurse": lambda: make_user(clinic, Role.NURSE),
        "elsewhere": lambda: make_user(make_clinic("elm-house"), Role.PRESCRIBER),
        "already in": lambda: therapist,
    }[who]()
    client.force_login(therapist)
    refused = client.post(address(patient), {"member": member.pk})
    assert refused.status_code == 422
    assert "Choose a prescriber or a therapist" in refused.content.decode()


@pytest.mark.parametrize("role", [Role.NURSE, Role.FRONT_DESK, Role.RESEARCHER, Role.AUDITOR])
def test_others_do_not_change_a_care_team(client, clinic, patient, role):
    client.force_login(make_user(clinic, role))
    assert client.get(address(patient)).status_code in {403, 404}
