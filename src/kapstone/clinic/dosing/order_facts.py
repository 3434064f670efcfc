"""What must be known of a patient before a dose is ordered, gathered in a few queries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from kapstone.catalogue.interactions import interactions_with, load_interactions
from kapstone.catalogue.room import load_room
from kapstone.clinic.dosing.models import AdverseEvent, DoseGiven, DoseOrder
from kapstone.clinic.dosing.queries import doses_standing, emergency_card_of
from kapstone.clinic.dosing.rules import OrderFacts, check_order
from kapstone.clinic.screening.queries import answers_and_readings, newest_screening
from kapstone.clinic.screening.rules import BODY, MEDICINES, age_on, body_mass_index
from kapstone.core.people.models import Patient
from kapstone.errors import Finding
from kapstone.science.events import Product, Route

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWanted:
    """What the prescriber writes. ``reason`` answers the cautions, all of them at once."""

    number: int
    product: Product
    route: Route
    amount_mg: Decimal
    max_session_mg: Decimal
    weight_kg: Decimal
    weighed_at: datetime
    rationale: str
    may_give: str = "nurse-or-prescriber"
    duration_min: Decimal | None = None
    reason: str = ""
    mg_per_ml: Decimal | None = None
    volume_ml: Decimal | None = None


def last_tolerated(patient: Patient, doses: Sequence[DoseGiven]) -> tuple[DoseGiven, ...]:
    """Give the doses of the last session without a grave adverse event; empty: none."""
    least = load_room().review_grade_from.value
    grave = set(
        AdverseEvent.objects.filter(
            subjects_id=patient.alone_id, session__isnull=False, grade__gte=least
        ).values_list("session_id", flat=True)
    )
    fine = [dose for dose in doses if dose.session_id not in grave]
    return tuple(dose for dose in fine if dose.session_id == fine[-1].session_id)


def weight_on_record(patient: Patient) -> Decimal | None:
    """Give the newest weight: from the emergency card, or from an order."""
    card = emergency_card_of(patient)
    order = (
        DoseOrder.objects.filter(subjects_id=patient.alone_id)
        .order_by("-weighed_at", "-pk")
        .first()
    )
    known = [
        (one.weighed_at, one.weight_kg)
        for one in (card, order)
        if one is not None and one.weight_kg is not None and one.weighed_at is not None
    ]
    return max(known)[1] if known else None


def facts_of(patient: Patient, *, weight_kg: Decimal, at: datetime) -> dict[str, Any]:
    """
    Gather the facts that an order is held against.

    Returns
    -------
    the fields of ``OrderFacts`` that come from the record and not from the order
    """
    doses = list(doses_standing([patient]))
    last = last_tolerated(patient, doses)
    screened = _screened(patient)
    height = screened.get(BODY, {}).get("height_cm")
    card = emergency_card_of(patient)
    medicines = [*screened.get(MEDICINES, ()), card.medicines if card else ""]
    slow = [
        row.name
        for row in interactions_with(load_interactions(), medicines)
        if row.code == "cyp-inhibitors"
    ]
    return {
        "age_years": age_on(patient.born_on, at.date()),
        "last_mg": sum((dose.amount_mg for dose in last), Decimal(0)) if last else None,
        "last_route": last[-1].route if last else "",
        "last_product": last[-1].product if last else "",
        "last_weight_kg": weight_on_record(patient),
        "body_mass_index": body_mass_index(height, float(weight_kg)) if height else None,
        "child_pugh": str(screened.get("C16.child-pugh", "")),
        "slowed_by": tuple(slow),
        "sessions_in_7_days": len(
            {dose.session_id for dose in doses if dose.given_at > at - WEEK}
        ),
    }


def _screened(patient: Patient) -> dict[str, Any]:
    screening = newest_screening(patient)
    if screening is None:
        return {}
    standing, _ = answers_and_readings(screening)
    return {code: row.value for code, row in standing.items()}


def judge_order(patient: Patient, wanted: OrderWanted, at: datetime) -> Iterator[Finding]:
    """Yield what an order would pass; nothing is written."""
    facts = OrderFacts(
        at=at,
        product=wanted.product,
        route=wanted.route,
        amount_mg=wanted.amount_mg,
        max_session_mg=wanted.max_session_mg,
        duration_min=wanted.duration_min,
        weight_kg=wanted.weight_kg,
        weighed_at=wanted.weighed_at,
        mg_per_ml=wanted.mg_per_ml,
        volume_ml=wanted.volume_ml,
        **facts_of(patient, weight_kg=wanted.weight_kg, at=at),
    )
    return check_order(facts)
