import pytest
from tests.clinic.dosing.scene import Scene, make_scene

from kapstone.clinic.screening.queries import Eligibility, Standing

ELIGIBLE = Eligibility(standing=Standing.ELIGIBLE, sentence="Eligible.")


@pytest.fixture
def scene(db, monkeypatch) -> Scene:
    """Give a scene in which screening has said yes; screening has tests of its own."""
    monkeypatch.setattr(
        "kapstone.clinic.dosing.facts.eligibility", lambda patient, at: ELIGIBLE
    )
    return make_scene()


@pytest.fixture
def screened_scene(db) -> Scene:
    """Give a scene with a whole screening, answered and signed."""
    return make_scene(screened=True)


@pytest.fixture
def unscreened_scene(db) -> Scene:
    """Give a scene in which nobody was screened."""
    return make_scene()
