"""
The drill of power pulls (F21): a short form, where a disk of one's own can be mounted.

Elsewhere the drill must say in a sentence why it cannot be done, and the run says at its end
what was not checked.
"""

import pytest
from tests.drills.disk import why_not
from tests.drills.running import run_drill

pytestmark = pytest.mark.drill
NOT_HERE = 2


def short_form(tmp_path, record_property, **words):
    """Run it; None where it cannot be done, once it has said so properly."""
    ran = run_drill("power", tmp_path, **words)
    if ran.status != NOT_HERE:
        return ran
    assert "The power drill cannot be done here" in ran.said
    assert not ran.figures
    record_property("unchecked", ran.said.strip().splitlines()[-1])
    return None


def test_whatever_was_acknowledged_outlives_every_pull(tmp_path, record_property):
    ran = short_form(tmp_path, record_property, pulls=2)
    if ran is not None:
        assert ran.status == 0, ran.said
        assert ran.figures["starts"] == ran.figures["pulls"] == 2
        assert ran.figures["entries acknowledged"] > 0


def test_a_database_that_does_not_flush_is_found_out(tmp_path, record_property):
    ran = short_form(tmp_path, record_property, pulls=1, fault="fsync=off")
    if ran is not None:
        assert ran.status == 0, ran.said
        assert ran.figures["lost"] > 0 or ran.figures["starts"] < ran.figures["pulls"]


def test_a_machine_that_lacks_something_is_told_what(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert why_not() == "it needs root, to mount a file system of its own"
