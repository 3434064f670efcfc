"""What the site does each minute: in the demo, the vital signs of the living session."""

from datetime import datetime

from django.conf import settings

from kapstone.core.people.models import Clinic
from kapstone.site.demo.living import take_vitals


def tick(*, clinic: Clinic, at: datetime) -> None:
    """Let a nurse of the synthetic clinic read the monitor; a real clinic is left alone."""
    if settings.MODE == "demo" and clinic.is_synthetic:
        take_vitals(clinic=clinic, at=at)
