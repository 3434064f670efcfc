"""Who a patient is: identity, contact, first-minute card and care team, as far as allowed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kapstone.clinic.overview.forms import ContactForm
from kapstone.clinic.overview.team import places_open
from kapstone.clinic.scheduling.models import AppointmentRequest
from kapstone.core.access.standing import Access
from kapstone.core.people.models import CareTeamMember, ContactDetails, EmergencyCard, Patient
from kapstone.core.people.queries import contact_of, emergency_card_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """What the record page shows; None where the policy keeps a part shut."""

    contact: ContactDetails | None
    card: EmergencyCard | None
    team: tuple[CareTeamMember, ...]
    reads_contact: bool
    amends_contact: bool
    reads_card: bool
    amends_card: bool
    reads_team: bool
    changes_team: bool
    asked: AppointmentRequest | None
    invites: bool

    @property
    def new_contact_form(self) -> ContactForm:
        """Start a new version from the last one, and the first from the request."""
        if kept := self.contact:
            names = ContactForm.base_fields
            return ContactForm(initial={name: getattr(kept, name) for name in names})
        if self.asked is None:
            return ContactForm()
        way = "email" if "@" in self.asked.contact else "phone"
        return ContactForm(
            initial={way: self.asked.contact, "safe_times": self.asked.safe_times[:120]}
        )

    @property
    def card_initial(self) -> dict[str, str | Decimal]:
        """
        Start a new version of the card from the last one, except the weight.

        A measured value is never carried forward.
        """
        if self.card is None:
            return {}
        return {
            "allergies": self.card.allergies,
            "medicines": self.card.medicines,
            "airway": self.card.airway,
        }


def record_page(access: Access, patient: Patient) -> RecordPage:
    """Read what this user may of who the patient is."""
    reads_contact = access.may("identity", "read", patient.pk)
    amends = access.may("identity", "amend", patient.pk)
    contact = contact_of(patient) if reads_contact else None
    reads_card = access.may("emergency_card", "read", patient.pk)
    reads_team = access.may("care_team", "read", patient.pk)
    return RecordPage(
        contact=contact,
        card=emergency_card_of(patient) if reads_card else None,
        team=tuple(places_open(patient, access.at)) if reads_team else (),
        reads_contact=reads_contact,
        amends_contact=amends,
        reads_card=reads_card,
        amends_card=access.may("emergency_card", "amend", patient.pk),
        reads_team=reads_team,
        changes_team=access.may("care_team", "create", patient.pk),
        asked=AppointmentRequest.objects.filter(patient=patient).first()
        if amends and contact is None and access.may("appointment_request", "read", patient.pk)
        else None,
        invites=access.may("invitation", "read", patient.pk),
    )
