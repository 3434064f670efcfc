import pytest


@pytest.fixture
def at_clock(monkeypatch):
    """Set the clock that requests read; the database and the browser know no other."""

    def set_to(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    return set_to
