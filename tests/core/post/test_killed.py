"""A worker that is really killed, in a process of its own, and the one that comes after it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from django.db import transaction
from tests.builders import NINE
from tests.core.post.conftest import Scene
from tests.core.post.test_worker import Carries, standing

from kapstone.core.post.rules import Standing

ROOT = Path(__file__).parents[3]
DIES = """
    import os, signal, sys
    import django
    django.setup()
    from datetime import datetime
    from django.conf import settings
    from django.db import connections
    connections["default"].settings_dict["NAME"] = sys.argv[1]
    from kapstone.core.people.models import Clinic
    from kapstone.core.post import worker
    from kapstone.core.post.carriers import carrier_for
    from kapstone.core.post.rules import Outcome

    class Dies:
        taken = Outcome.SENT

        def carry(self, letter, address, about_to_hand_over):
            if sys.argv[3] == "after":
                about_to_hand_over()
            os.kill(os.getpid(), signal.SIGKILL)

    clinic = Clinic.objects.get(pk=int(sys.argv[2]))
    at = datetime.fromisoformat(sys.argv[4])
    worker.deliver(clinic=clinic, at=at, carrier=Dies())
"""


@pytest.mark.parametrize(
    ("when", "carried", "ends"),
    [("before", 1, Standing.SENT), ("after", 0, Standing.UNSURE)],
)
def test_kill_nine_in_the_middle(own_database, mail, when, carried, ends):

    with transaction.atomic():
        scene = Scene(NINE)
        message = scene.queue()
    died = subprocess.run(
        [
            sys.executable,
            *("-c", textwrap.dedent(DIES)),
            *(own_database, str(scene.clinic.pk), when, scene.at.isoformat()),
        ],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert died.returncode == -9, died.stderr
    carrier = Carries()
    with transaction.atomic():
        for minutes in (5, 10, 600):
            scene.deliver(carrier, minutes=minutes)
        assert standing(message) is ends
    assert len(carrier.carried) == carried
