"""What every page of the patient app shares: the hour, the light, and whether one rests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kapstone.clinic.measures.rest import is_resting
from kapstone.core.people.http import Request
from kapstone.core.people.models import Patient
from kapstone.core.ui.context import chosen_theme

EVENING_HOUR, MORNING_HOUR = 18, 6  # dark from 18:00 (ux.md part 6, judgement)


def light_of(request: Request, local: datetime, *, resting: bool) -> str:
    """Name the theme: the person's own choice, or dark in the evening and while at rest."""
    chosen = chosen_theme(request)
    evening = local.hour >= EVENING_HOUR or local.hour < MORNING_HOUR
    return chosen or ("dark" if evening or resting else "")


def own_frame(request: Request, patient: Patient, **more: Any) -> dict[str, Any]:
    """
    Give a page of the patient app its context.

    ``rest`` takes the tabs away from the dose until the next morning.
    """
    at = request.access.at
    local = at.astimezone(patient.clinic.zone)
    resting = is_resting(patient, at)
    return {
        "patient": patient,
        "clinic": patient.clinic,
        "when": f"{local:%A %H:%M}",
        "theme": light_of(request, local, resting=resting),
        "rest": resting,
        **more,
    }
