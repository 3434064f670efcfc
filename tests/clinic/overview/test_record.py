"""The record: who a patient is, and how they are reached."""

import re

import pytest
from tests.builders import NINE, make_clinic, make_patient, make_user

from kapstone.clinic.scheduling.models import AppointmentRequest
from kapstone.core.people.models import Role


@pytest.mark.parametrize(
    ("contact", "name"), [("sam@example.org", "email"), ("555 0142", "phone")]
)
def test_the_first_contact_details_start_from_what_the_patient_wrote(db, client, contact, name):
    clinic = make_clinic()
    patient = make_patient(clinic, team=[make_user(clinic, Role.THERAPIST)])
    AppointmentRequest.objects.create(
        clinic=clinic,
        reference="QWERTY",
        name="Sam",
        contact=contact,
        safe_times="After six",
        for_whom="alone",
        received_at=NINE,
        patient=patient,
    )
    client.force_login(make_user(clinic, Role.FRONT_DESK))
    page = client.get(f"/patients/{patient.key}/record/").content.decode()
    started = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    assert started[name] == contact
    assert started["safe_times"] == "After six"
