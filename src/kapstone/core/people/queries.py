"""Read what is known of a person: the newest version of each card."""

from kapstone.core.people.models import ContactDetails, EmergencyCard, Patient


def contact_of(patient: Patient) -> ContactDetails | None:
    """Give the standing contact details, or None where none were kept."""
    rows = ContactDetails.objects.filter(subjects=patient.alone_id)
    return rows.order_by("-recorded_at", "-pk").first()


def emergency_card_of(patient: Patient) -> EmergencyCard | None:
    """Give the standing emergency card, or None where none was kept."""
    rows = EmergencyCard.objects.filter(subjects=patient.alone_id)
    return rows.order_by("-recorded_at", "-pk").first()
