"""What reminders do by the clock: write what is due now."""

from datetime import datetime

from kapstone.clinic.reminders.reminding import remind
from kapstone.core.access.glass import BY_THE_CLOCK
from kapstone.core.people.models import Clinic


def tick(*, clinic: Clinic, at: datetime) -> None:
    """Remind each patient of what is due, as they wished; twice reminds once."""
    remind(by=BY_THE_CLOCK, at=at, clinic=clinic)
