"""The rail: every page of the clinic lies in a place, and the rail says which."""

import pytest
from tests.builders import make_clinic, make_user

from kapstone.core.access.navigation import rail_for
from kapstone.core.people.models import Role


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/today/", "Today"),
        ("/patients/4f/measures/", "Patients"),
        ("/sessions/4f/gate/", "Patients"),
        ("/courses/4f/review/", "Patients"),
        ("/requests/4f/", "Requests"),
        ("/screening/4f/rules/C06/", "Requests"),
        ("/appointments/4f/move/", "Schedule"),
        ("/account/", None),
    ],
)
def test_the_rail_names_the_place_of_a_page(db, path, place):
    prescriber = make_user(make_clinic(), Role.PRESCRIBER)
    current = [item.label for item in rail_for(prescriber, path) if item.current]
    assert current == ([place] if place else [])
