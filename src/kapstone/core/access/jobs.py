"""What the access layer does by the clock: tell, the same evening, who broke a glass."""

from datetime import datetime

from kapstone.core.access.glass import BY_THE_CLOCK, tell_same_evening
from kapstone.core.people.models import Clinic


def tick(*, clinic: Clinic, at: datetime) -> None:
    """Tell whoever broke a glass today, and the auditors; telling twice tells once."""
    tell_same_evening(by=BY_THE_CLOCK, at=at, clinic=clinic)
