"""The synthetic patients who sign in want to be written to, so that Post has what to show."""

from datetime import time, timedelta

from kapstone.catalogue.post import load_post
from kapstone.clinic.dosing.letters import newest_letter
from kapstone.core.people.models import Patient
from kapstone.core.post.actions import Wished, keep_wish
from kapstone.core.post.outbox import queue_for
from kapstone.site.demo.stagehands import Scene

LETTERS_OF = timedelta(hours=48)


def choose_messages(scene: Scene, patient: Patient) -> None:
    """Keep a patient's wish as of now, and send the letter home of a dose of these days."""
    said, user = load_post(), patient.user
    if user is None:
        return
    keep_wish(
        by=user,
        at=scene.now,
        patient=patient,
        wished=Wished(
            channel="mail",
            kinds=tuple(kind.code for kind in said.kinds if kind.choice),
            time_zone=scene.clinic.time_zone,
            quiet_from=time(int(said.quiet_from_hour.value)),
            quiet_until=time(int(said.quiet_until_hour.value)),
            names_clinic=False,
        ),
    )
    letter = newest_letter(patient)
    if letter is not None and letter.given_at > scene.now - LETTERS_OF:
        queue_for(
            at=scene.now,
            by=letter.recorded_by,
            patient=patient,
            kind="letter-home",
            once=f"letter/{letter.entry_id}",
        )
