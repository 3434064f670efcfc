"""The auditor finds deeds by the name somebody signs in with, and by the one they show."""

import pytest
from tests.builders import make_clinic, make_patient, make_user

from kapstone.core.people.models import Role

pytestmark = pytest.mark.django_db


def test_deeds_are_found_by_either_name(client):
    clinic = make_clinic()
    auditor, member = make_user(clinic, Role.AUDITOR), make_user(clinic, Role.THERAPIST)
    patient = make_patient(clinic, team=(member,))
    client.force_login(auditor)
    for words in (member.username, member.display_name, member.display_name.upper()):
        page = client.get("/audit/", {"user": words}).content.decode()
        assert "Care team joined" in page
        assert patient.number in page
    assert "Care team joined" not in client.get("/audit/", {"user": "nobody"}).content.decode()
