"""The drill of kills (F20): its short form in each run, and a planted fault that it finds."""

import tempfile
from pathlib import Path

import pytest
from tests.drills.running import run_drill

pytestmark = pytest.mark.drill


@pytest.fixture(scope="module")
def data():
    """One data folder for all, so that the tables are made once; pytest's own are private."""
    with tempfile.TemporaryDirectory(prefix="kapstone-drill-") as folder:
        yield Path(folder)


def test_whatever_was_acknowledged_outlives_every_kill(data, tmp_path, record_property):
    ran = run_drill("kill", tmp_path, kills=25, entries=125, data=data)
    record_property("kill", ran.figures)
    assert ran.status == 0, ran.said
    assert ran.figures["kills"] == 25
    assert ran.figures["entries acknowledged"] >= 125
    # A drill in which nothing was in doubt would prove nothing.
    assert ran.figures["ambiguous commits"] > 0
    assert ran.figures["doses acknowledged"] > 0


def test_an_answer_before_the_commit_is_found_out(data, tmp_path):
    fault = "answer before commit"
    ran = run_drill("kill", tmp_path, kills=4, entries=40, data=data, fault=fault)
    assert ran.status == 0, ran.said
    assert ran.figures["lost"] > 0
