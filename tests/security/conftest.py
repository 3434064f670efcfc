"""What the drills share: the world of the sweep, and every form that its pages show."""

import pytest
from tests.core.access.sweep.fixture import world
from tests.core.access.sweep.sweep import clients_of
from tests.security.pages import forms_of

__all__ = ["world"]


@pytest.fixture(scope="module")
def clients(world):
    """Sign everyone in."""
    return clients_of(world)


@pytest.fixture(scope="module")
def forms(world, clients):
    """Find every form that somebody is shown."""
    return forms_of(world, clients)
