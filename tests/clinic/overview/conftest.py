import pytest
from tests.clinic.walk import Walk, make_walk


@pytest.fixture
def walk(db) -> Walk:
    return make_walk()
