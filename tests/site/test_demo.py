"""``kapstone demo``, as a newcomer runs it."""

import os
import re
import resource
import signal
import subprocess
import sys
import urllib.request

import pytest
from tests import databases
from tests.serving import free_port, seed

from kapstone.core.people.models import Clinic


def start(database: str, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "kapstone", "demo", "--port", str(port)],
        env=os.environ | {"KAPSTONE_DATABASE_NAME": database},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def processor_seconds() -> float:
    """Give what ended children have used; a clock would tell of the machine's other work."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture
def seeded_database(django_test_environment, django_db_blocker):
    """A copy of the seeded clinic."""
    with django_db_blocker.unblock():
        name = databases.copy(databases.seeded(seed))
        yield name
        databases.drop(name)


def test_a_second_start_tells_how_to_sign_in_and_takes_seconds(seeded_database):
    before = processor_seconds()
    process = start(seeded_database, free_port())
    said = ""
    while "Ctrl+C" not in said and process.poll() is None:
        said += process.stdout.readline()
    address = re.search(r"Open (http://localhost:\d+)", said)[1]
    page = urllib.request.urlopen(f"{address}/sign-in/", timeout=20).read().decode()  # noqa: S310
    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()  # not communicate(): a part is already in the buffer
    process.stdout.close()
    process.wait(timeout=30)
    assert process.returncode == 0, said + rest
    assert "as you left it" in said
    assert "Each signs in with the password" in rest
    for role in ("Patient", "Therapist", "Prescriber", "Nurse", "Front desk"):
        assert re.search(rf"^  {role} +\S+$", rest, flags=re.M), role
    assert "synthetic" in page
    assert processor_seconds() - before < 10


def test_a_real_clinic_is_not_passed_off_as_the_demo(own_database):
    Clinic.objects.create(slug="real", name="Real", phone="1")
    process = start(own_database, free_port())
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "holds a real clinic" in said
    assert "Traceback" not in said
