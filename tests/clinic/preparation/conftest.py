import pytest
from tests.clinic.preparation.scene import Scene, make_scene


@pytest.fixture
def scene(db) -> Scene:
    return make_scene()
