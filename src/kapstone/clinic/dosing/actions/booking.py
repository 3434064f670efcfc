"""Take a dose out of the drug log: as it is given, or afterwards where no draw was named."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from kapstone.clinic.dosing.booked import dosed_as, unbooked_mg
from kapstone.clinic.dosing.models import DoseGiven
from kapstone.clinic.dosing.queries import patient_of
from kapstone.clinic.dosing.rules import BookingFacts, check_booking
from kapstone.clinic.dosing.writes import take_from
from kapstone.clinic.drugs.actions import draw_up
from kapstone.clinic.drugs.models import Container, Draw
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import User
from kapstone.errors import Refused


@transaction.atomic
def book_dose(*, by: User, at: datetime, dose: DoseGiven, draw: Draw) -> DoseGiven:
    """
    Say afterwards out of which draw a dose came; the book takes from it what it misses.

    Again with the same draw it changes nothing. What the nurse had booked as given by hand is
    counted, and not taken twice.

    Raises
    ------
    NotAllowed
        If the user may not draw up for this patient.
    Refused
        If the draw is not of this patient, session and product, the dose was corrected, or
        all of it is accounted for.
    """
    session = dose.session
    patient = patient_of(session)
    require(by=by, at=at, record_class="drug_draw", action=Action.CREATE, subjects=[patient.pk])
    hold("session", session.pk)
    fresh = DoseGiven.objects.select_related("session", "entry").get(pk=dose.pk)
    missing = unbooked_mg(session)
    if fresh.draw_id == draw.pk and missing <= 0:
        return fresh
    facts = BookingFacts(
        is_theirs=draw.subjects_id == fresh.subjects_id,
        is_for_session=draw.session_key in {None, session.key},
        is_of_product=dosed_as(draw) == fresh.product,
        is_standing=not DoseGiven.objects.filter(corrects=fresh).exists(),
        names_another=fresh.draw_id not in {None, draw.pk},
        missing_mg=missing,
    )
    if findings := list(check_booking(facts)):
        raise Refused(findings)
    if fresh.draw_id is None:
        fresh.draw = draw
        fresh.save(update_fields=["draw"])
    missing = min(unbooked_mg(session), fresh.amount_mg)
    taken = take_from(draw, by=by, at=at, entry=fresh.entry, amount_mg=missing)
    note(
        by=by,
        at=at,
        deed="dose-booked",
        record=fresh,
        clinic_id=session.clinic_id,
        subjects=[patient.pk],
        container=str(draw.container),
        taken_mg=str(taken),
    )
    return fresh


@transaction.atomic
def draw_for_dose(
    *,
    by: User,
    at: datetime,
    dose: DoseGiven,
    container: Container,
    amount_mg: Decimal,
    entry_id: UUID | None = None,
) -> DoseGiven:
    """
    Write what was drawn up for a dose that was given already, as of then, and book the dose.

    Raises
    ------
    NotAllowed
        If the user may not draw up for this patient.
    InvalidInput
        If the amount is none, or finer than the book.
    Refused
        If the container may not be used, or the dose is accounted for.
    """
    draw = draw_up(
        by=by,
        at=at,
        patient=patient_of(dose.session),
        container=container,
        amount_mg=amount_mg,
        session_key=dose.session.key,
        drawn_at=dose.given_at,
        entry_id=entry_id,
    )
    return book_dose(by=by, at=at, dose=dose, draw=draw)
