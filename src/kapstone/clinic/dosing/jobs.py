"""What the day of the dose does by the clock: tell prescribers what nobody has answered."""

from datetime import datetime

from kapstone.clinic.dosing.escalation import escalate_crossings
from kapstone.core.access.glass import BY_THE_CLOCK
from kapstone.core.people.models import Clinic


def tick(*, clinic: Clinic, at: datetime) -> None:
    """Escalate each crossing left unanswered; telling twice tells once."""
    escalate_crossings(by=BY_THE_CLOCK, at=at, clinic=clinic)
