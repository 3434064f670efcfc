import pytest
from tests.clinic.drugs.scene import Scene, make_scene


@pytest.fixture
def scene(db) -> Scene:
    return make_scene()
