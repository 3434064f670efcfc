import pytest
from tests.clinic.outcomes.scene import Scene, make_scene


@pytest.fixture
def scene(db) -> Scene:
    return make_scene()
