"""The last dose of a patient, told to the earlier stages that wait for it."""

from datetime import datetime

from kapstone.clinic.dosing.models import DoseGiven
from kapstone.clinic.measures.rest import LastDose
from kapstone.clinic.window.rules import rest_until
from kapstone.core.people.models import Patient
from kapstone.core.people.subjects import sets_with


def last_dose(patient: Patient, at: datetime) -> LastDose | None:
    """Find the last dose that stands and was given before a moment."""
    given_at = (
        DoseGiven.objects.filter(
            subjects_id__in=sets_with(patient),
            given_at__lte=at,
            amount_mg__gt=0,
            corrected_by__isnull=True,
        )
        .order_by("-given_at")
        .values_list("given_at", flat=True)
        .first()
    )
    if given_at is None:
        return None
    zone = patient.clinic.zone
    return LastDose(given_at=given_at, rest_until=rest_until(given_at, zone))
