"""How a character reads the consent form, chooses page by page, and signs."""

from __future__ import annotations

from datetime import datetime, timedelta

from kapstone.catalogue.consent import Element
from kapstone.clinic.consent.actions import choose_in_consent, explain_consent, sign_consent
from kapstone.clinic.consent.handing import Place
from kapstone.clinic.consent.models import ConsentSignature
from kapstone.clinic.consent.rules import TOUCH, Choice
from kapstone.clinic.consent.texts import text_for
from kapstone.site.demo.beginnings import Begun


def _choice(element: Element) -> Choice:
    """Agree, with a hand on the shoulder at most, and no recording."""
    if element.code == TOUCH:
        return "hand-shoulder"
    if element.purposes:
        return []
    return {} if element.preferences else True


def consent(begun: Begun, at: datetime) -> ConsentSignature:
    """Have the form explained, choose on each page, answer the checks, and sign."""
    patient, user = begun.patient, begun.user
    explain_consent(
        by=begun.therapist,
        at=at - timedelta(hours=2),
        patient=patient,
        has_capacity=True,
        words="Read together; two questions about driving, answered.",
    )
    text = text_for(patient, at)
    for number, page in enumerate(text.pages):
        when = at + timedelta(minutes=number)
        choose_in_consent(
            by=user,
            at=when,
            patient=patient,
            question=page.element.code,
            value=_choice(page.element),
        )
        if page.element.check is not None:
            choose_in_consent(
                by=user,
                at=when,
                patient=patient,
                question=page.element.check.code,
                value=page.element.check.right,
            )
    return sign_consent(
        by=user,
        at=at + timedelta(minutes=30),
        patient=patient,
        signed_name=patient.legal_name,
        text_sha256=text.sha256,
        last_dose_at=None,
        place=Place(device="demo-tablet"),
    )
