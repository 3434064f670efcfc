import pytest
from tests.clinic.measures.scene import Scene, make_scene


@pytest.fixture
def scene(db) -> Scene:
    return make_scene()
