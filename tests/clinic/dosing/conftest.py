import pytest
from tests.clinic.dosing.scene import Scene, make_scene

from kapstone.clinic.screening.queries import Eligibility, Standing

ELIGIBLE = Eligibility(standing=Standing.ELIGIBLE, sentence="Eligible.")
SCREENED = "kapstone.clinic.dosing.shelf.eligibility_of_each"


def everyone_is_eligible(patients, at):
    """Stand in for screening, where a test is not about it."""
    return {patient.pk: ELIGIBLE for patient in patients}


@pytest.fixture
def scene(db, monkeypatch) -> Scene:
    """Give a scene in which screening has said yes; screening has tests of its own."""
    monkeypatch.setattr(SCREENED, everyone_is_eligible)
    return make_scene()


@pytest.fixture
def screened_scene(db) -> Scene:
    """Give a scene with a whole screening, answered and signed."""
    return make_scene(screened=True)


@pytest.fixture
def unscreened_scene(db) -> Scene:
    """Give a scene in which nobody was screened."""
    return make_scene()
