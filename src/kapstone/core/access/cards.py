"""Keep new versions of a patient's cards: how to reach them, and the first-minute card."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from kapstone.core.access.policy import Action
from kapstone.core.access.standing import partner_links, require
from kapstone.core.audit.actions import note
from kapstone.core.people.models import ContactDetails, EmergencyCard, Patient, User
from kapstone.core.people.queries import contact_of
from kapstone.errors import InvalidInput


@transaction.atomic
def keep_contact(
    *, by: User, at: datetime, patient: Patient, entry_id: uuid.UUID | None = None, **words: str
) -> ContactDetails:
    """
    Keep a new version of how to reach a patient; the old one stays.

    Parameters
    ----------
    words : any of phone, email, pronouns, safe_times, contact_name, contact_phone

    Raises
    ------
    NotAllowed
        If the policy does not let this user amend the identity.
    InvalidInput
        If the partner of a couple gave the same address or number: each has an own one, so
        that no letter reaches the wrong eyes.
    """
    require(by=by, at=at, record_class="identity", action=Action.AMEND, subjects=[patient.pk])
    kept = ContactDetails.objects.filter(entry_id=entry_id).first() if entry_id else None
    if kept is not None:
        return kept
    _refuse_a_shared_address(patient, at, words)
    row = ContactDetails.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        **words,
    )
    note(
        by=by,
        at=at,
        deed="contact-kept",
        record=row,
        clinic_id=patient.clinic_id,
        subjects=[patient.pk],
    )
    return row


def _refuse_a_shared_address(patient: Patient, at: datetime, words: Mapping[str, str]) -> None:
    partners = [
        link.other if link.one_id == patient.pk else link.one
        for link in partner_links(patient, at).select_related("one", "other")
    ]
    for partner in partners:
        theirs = contact_of(partner)
        for field in ("email", "phone"):
            given = words.get(field, "").strip().lower()
            if theirs is not None and given and given == getattr(theirs, field).lower():
                raise InvalidInput({field: "Each of a couple needs an own one."})


@transaction.atomic
def keep_emergency_card(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    allergies: str,
    medicines: str,
    airway: str,
    weight_kg: Decimal | None,
    weighed_at: datetime | None,
) -> EmergencyCard:
    """
    Keep a new version of what must be known in the first minute; the old one stays.

    Raises
    ------
    NotAllowed
        If the policy does not let this user amend the card.
    InvalidInput
        If there is a weight without a time, or weighed ahead of now.
    """
    require(
        by=by, at=at, record_class="emergency_card", action=Action.AMEND, subjects=[patient.pk]
    )
    if weight_kg is not None and weighed_at is None:
        raise InvalidInput({"weighed_at": "Say when the weight was taken."})
    if weighed_at is not None and weighed_at > at:
        raise InvalidInput({"weighed_at": "The weight cannot have been taken ahead of now."})
    row = EmergencyCard.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        recorded_at=at,
        recorded_by=by,
        allergies=allergies,
        medicines=medicines,
        airway=airway,
        weight_kg=weight_kg,
        weighed_at=weighed_at,
    )
    note(
        by=by,
        at=at,
        deed="emergency-card-kept",
        record=row,
        clinic_id=patient.clinic_id,
        subjects=[patient.pk],
    )
    return row
