"""
May this be ordered, and may this dose be recorded?

Kapstone never suggests a dose. It compares what a prescriber writes with published limits, asks
for a reason above the soft ones and stops at the hard ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from kapstone.catalogue.orders import OrderChecks, load_order_checks
from kapstone.catalogue.routes import Quantity, guards_crossed, route_for
from kapstone.catalogue.routes import Route as Sheet
from kapstone.catalogue.thresholds import PARAMETERS, VitalsReading, doubts
from kapstone.clinic.dosing.entries import Vitals
from kapstone.clinic.dosing.plausible import (
    caution,
    doubt_amount,
    doubt_given,
    doubt_strength,
    doubt_weight,
    plain,
)
from kapstone.errors import Finding, Weight
from kapstone.science.events import Product, Route

REASON_LEAST = 20  # characters; clinical.md 1.1: a signed reason says something
OVERRIDABLE = frozenset({"gate-not-complete", "gate-not-signed", "no-baseline-vitals"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What must be known about an order before it is signed."""

    at: datetime
    product: str
    route: str
    amount_mg: Decimal
    max_session_mg: Decimal
    duration_min: Decimal | None
    weight_kg: Decimal
    weighed_at: datetime
    age_years: int
    last_mg: Decimal | None  # the sum of the last session that was tolerated
    last_route: str = ""  # empty: the route of this order
    last_product: str = ""
    last_weight_kg: Decimal | None = None  # the newest weight on record
    body_mass_index: float | None = None
    child_pugh: str = ""
    slowed_by: tuple[str, ...] = ()  # medicines that slow the breakdown of ketamine
    sessions_in_7_days: int = 0
    mg_per_ml: Decimal | None = None
    volume_ml: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseFacts:
    """What must be known before a dose is recorded."""

    at: datetime
    given_at: datetime
    product: str
    route: str
    amount_mg: Decimal
    is_ordered: bool
    ordered_product: str = ""
    ordered_route: str = ""
    ordered_mg: Decimal | None = None
    ordered_min: Decimal | None = None
    may_give: str = ""  # code of who may give it; empty: an order from before it was asked
    giver_role: str = ""
    max_session_mg: Decimal = Decimal(0)
    given_mg: Decimal = Decimal(0)
    first_given_at: datetime | None = None
    gate_is_complete: bool = False
    consent_in_force: bool = False
    signatures: int = 0
    has_baseline: bool = False
    is_closed: bool = False
    is_in_conflict: bool = False  # doses in question that no prescriber has reconciled
    is_leased_elsewhere: bool = False  # another tablet may give it, and this one may not
    is_identity_checked: bool = False
    is_witnessed: bool = False  # a second person, other than who records it
    vitals_since_last: Vitals | None = None
    duration_min: Decimal | None = None
    hold_min: Decimal | None = None
    is_confirmed: bool = False  # looked at again, and true
    mg_per_ml: Decimal | None = None
    volume_ml: Decimal | None = None
    is_in_cabinet: bool = False  # something of this product may be drawn from, or is drawn up
    drawn_as: str = ""  # the product of the draw that the dose names
    drawn_left_mg: Decimal | None = None  # what is left of it; None: it names none


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFacts:
    """What must be known before a dose is said to have come out of a draw."""

    is_theirs: bool
    is_for_session: bool
    is_of_product: bool
    is_standing: bool  # nobody has corrected the dose
    names_another: bool
    missing_mg: Decimal  # what the session gave and the book does not say


def check_order(facts: OrderFacts) -> Iterator[Finding]:
    """Yield every reason against an order: blocks, and cautions that a reason answers."""
    if facts.product == Product.ESKETAMINE_DEVICE and facts.route != Route.INTRANASAL:
        yield _block("product-and-route", f"The esketamine device is not given {facts.route}.")
        return
    if facts.amount_mg > facts.max_session_mg:
        words = f"{plain(facts.amount_mg)} mg is above the most you allow for the session."
        yield _block("above-own-maximum", words)
    yield from _duration(facts)
    sheet = route_for(facts.route, facts.product)
    yield from _guards(sheet, facts)
    yield from _weight(sheet, facts)
    checks = load_order_checks()
    yield from _jump_and_doubts(facts, checks)
    yield from _cautions(facts, checks)
    yield from doubt_strength(facts.mg_per_ml, checks)
    yield from check_units(facts.amount_mg, facts.mg_per_ml, facts.volume_ml)


def check_dose(facts: DoseFacts) -> Iterator[Finding]:
    """Yield every reason against this dose, the gravest first."""
    if facts.is_closed:
        yield _block("session-closed", "This session is closed. No dose can be recorded in it.")
    yield from _doubled(facts)
    if not facts.consent_in_force:
        yield _block("no-consent", "No consent is in force. Stop, and talk with the patient.")
    if not facts.is_ordered:
        yield _block("no-order", "No order is signed for this dose.")
    else:
        yield from _as_ordered(facts)
    if not facts.gate_is_complete:
        yield _block("gate-not-complete", "The gate is not complete. Open it, and see why.")
    elif facts.signatures < 2:
        yield _block("gate-not-signed", "Two people sign the gate before a dose.")
    if not facts.has_baseline:
        yield _block("no-baseline-vitals", "Take a set of vital signs before the dose.")
    if not facts.is_identity_checked:
        yield _block("identity", "Ask for the full name and date of birth, and confirm both.")
    yield from _again(facts)
    yield from check_units(facts.amount_mg, facts.mg_per_ml, facts.volume_ml)
    yield from _drawn(facts)
    yield from _doubts(facts)


def _drawn(facts: DoseFacts) -> Iterator[Finding]:
    """Yield what does not fit the drug log; a dose that was given is recorded all the same."""
    if facts.drawn_as and facts.drawn_as != facts.product:
        yield _block("drawn-as-another", "What is drawn up is another product than this dose.")
    if facts.is_confirmed:
        return
    if facts.drawn_left_mg is None:
        if facts.is_in_cabinet:
            words = (
                "No draw is named for this dose. Draw it up first, or record it as it is: the "
                "drug log then shows it as given without a draw."
            )
            yield caution("not-drawn", words)
    elif facts.amount_mg > facts.drawn_left_mg:
        words = (
            f"{plain(facts.amount_mg)} mg, and {plain(facts.drawn_left_mg)} mg of it is drawn "
            "up. The drug log will not agree until the rest is booked too."
        )
        yield caution("more-than-drawn", words)


def check_booking(facts: BookingFacts) -> Iterator[Finding]:
    """Yield every reason why a dose cannot be said to have come out of this draw."""
    if not facts.is_theirs:
        yield _block("drawn-for-another", "That was drawn up for somebody else.")
    if not facts.is_for_session:
        yield _block("drawn-for-another-session", "That was drawn up for another session.")
    if not facts.is_of_product:
        yield _block("drawn-as-another", "That is another product than the dose.")
    if not facts.is_standing:
        yield _block("dose-corrected", "That dose was corrected. Book the newest one.")
    if facts.names_another and facts.missing_mg <= 0:
        yield _block("dose-booked", "All of this dose is accounted for already.")


def _doubled(facts: DoseFacts) -> Iterator[Finding]:
    if facts.is_in_conflict:
        words = "Doses are in question. A prescriber reconciles them before any other."
        yield _block("dose-conflict", words)
    if facts.is_leased_elsewhere:
        words = "Another tablet holds the dose lease. Give the drug there, or take it over."
        yield _block("leased-elsewhere", words)


def check_vitals(vitals: Vitals) -> Iterator[Finding]:
    """Yield a caution for each value to look at again; a confirmed set needs no second look."""
    if vitals.is_confirmed:
        return
    known = {name: getattr(vitals, name) for name in PARAMETERS if hasattr(vitals, name)}
    for doubt in doubts(VitalsReading(**known)):
        yield caution(f"check-{doubt.parameter.replace('_', '-')}", doubt.sentence)


def check_units(
    amount_mg: Decimal, mg_per_ml: Decimal | None, volume_ml: Decimal | None
) -> Iterator[Finding]:
    """Yield a block when the volume and the strength do not make the amount."""
    if mg_per_ml is None and volume_ml is None:
        return
    if mg_per_ml is None or volume_ml is None:
        yield _block(
            "units-incomplete", "Give both the strength in mg/mL and the volume in mL."
        )
        return
    agree = load_order_checks().units_agree(
        amount_mg=float(amount_mg), volume_ml=float(volume_ml), mg_per_ml=float(mg_per_ml)
    )
    if not agree:
        made = f"{plain(volume_ml)} mL of {plain(mg_per_ml)} mg/mL"
        says = f"{made} is {plain(mg_per_ml * volume_ml)} mg, not {plain(amount_mg)} mg."
        yield _block("units-do-not-match", says)


def _block(code: str, message: str) -> Finding:
    return Finding(code, Weight.BLOCK, message)


def _duration(facts: OrderFacts) -> Iterator[Finding]:
    if facts.route == Route.INTRAVENOUS and not facts.duration_min:
        yield _block("no-duration", "Say how many minutes the infusion runs.")
    if facts.duration_min and facts.route != Route.INTRAVENOUS:
        yield _block("duration-and-route", f"{facts.route} has no duration; leave it empty.")


def _guards(sheet: Sheet, facts: OrderFacts) -> Iterator[Finding]:
    """Hold the most of the session, and the dose itself, against the route's guard rails."""
    most, one = float(facts.max_session_mg), float(facts.amount_mg)
    weight = float(facts.weight_kg)
    minutes = float(facts.duration_min) if facts.duration_min else None
    session = {
        Quantity.MG: most,
        Quantity.MG_PER_KG: most / weight,
        Quantity.MG_PER_KG_PER_MIN: most / weight / minutes if minutes else None,
        Quantity.DURATION_MIN: minutes,
        Quantity.FIRST_SESSION_MG: most if facts.last_mg is None else None,
        Quantity.SESSIONS_IN_7_DAYS: facts.sessions_in_7_days + 1,
    }
    dose = {Quantity.MG: one, Quantity.MG_PER_KG: one / weight}
    found = {
        (crossing.guard.code, crossing.weight): crossing
        for crossing in (*guards_crossed(sheet, dose), *guards_crossed(sheet, session))
    }
    for (code, weight_of), crossing in found.items():
        unit = crossing.guard.quantity.replace("_per_", "/").replace("_", " ")
        words = f"{crossing.value:.4g} {unit}: limit {crossing.limit}. {crossing.guard.words}"
        yield Finding(code, weight_of, words.strip())


def _weight(sheet: Sheet, facts: OrderFacts) -> Iterator[Finding]:
    if facts.weighed_at > facts.at:
        yield _block("weighed-ahead", "The weight was taken in the future. Check its date.")
        return
    days = (facts.at - facts.weighed_at) / timedelta(days=1)
    if sheet.weight is not None and days > sheet.weight.days.value:
        most = f"{sheet.weight.days.value:g}"
        words = f"The weight is {days:.0f} days old, at most {most}. Weigh again."
        yield _block("old-weight", words)


def _jump_and_doubts(facts: OrderFacts, checks: OrderChecks) -> Iterator[Finding]:
    """Hold the amount against the last session, both as if by the muscle."""
    now = checks.injected_mg(float(facts.amount_mg), facts.route, facts.product)
    last = None
    if facts.last_mg is not None:
        way = facts.last_route or facts.route, facts.last_product or facts.product
        last = checks.injected_mg(float(facts.last_mg), *way)
        rise, share = now - last, 100 * (now - last) / last
        if rise > checks.jump_mg.value or share > checks.jump_percent.value:
            as_if = "" if way == (facts.route, facts.product) else " as if by the muscle"
            words = (
                f"{rise:.3g} mg ({share:.0f} %) above the last session{as_if}, "
                f"{plain(facts.last_mg)} mg {way[0]}."
            )
            yield caution("dose-jump", words)
    yield from doubt_amount(
        amount_mg=facts.amount_mg, weight_kg=facts.weight_kg, last_mg=last, now_mg=now
    )
    yield from doubt_weight(
        weight_kg=facts.weight_kg,
        weighed_at=facts.weighed_at,
        last_kg=facts.last_weight_kg,
        at=facts.at,
    )


def _cautions(facts: OrderFacts, checks: OrderChecks) -> Iterator[Finding]:
    """Yield what is known of the person that asks for care with any dose."""
    if facts.age_years >= checks.age_years.value:
        yield caution("older", f"Age {facts.age_years}: {checks.age_years.value:g} or older.")
    if facts.child_pugh == "b":
        yield caution("child-pugh-b", checks.caution("child-pugh-b").words)
    heavy = checks.body_mass_index.value
    if facts.body_mass_index is not None and facts.body_mass_index >= heavy:
        words = f"Body mass index {facts.body_mass_index:.0f}, dosed on the weight as measured."
        yield caution("actual-weight", words)
    if facts.slowed_by and facts.route in {Route.SUBLINGUAL, Route.ORAL}:
        named = ", ".join(facts.slowed_by)
        words = f"{named}: may slow the breakdown of ketamine by mouth or under the tongue."
        yield caution("cyp-inhibitor", words)


def _as_ordered(facts: DoseFacts) -> Iterator[Finding]:
    if facts.may_give:
        giver = load_order_checks().giver(facts.may_give)
        if facts.giver_role not in giver.roles:
            yield _block("not-theirs-to-give", f"{giver.words} may give this, as ordered.")
    if (facts.product, facts.route) != (facts.ordered_product, facts.ordered_route):
        yield _block(
            "not-as-ordered",
            f"{facts.product} {facts.route} is not what was ordered: "
            f"{facts.ordered_product} {facts.ordered_route}.",
        )
    total = facts.given_mg + facts.amount_mg
    if total > facts.max_session_mg:
        already = f", after {plain(facts.given_mg)} mg" if facts.given_mg else ""
        yield _block(
            "above-order-maximum",
            f"{plain(facts.amount_mg)} mg{already} is above the most ordered for this session, "
            f"{plain(facts.max_session_mg)} mg.",
        )


def _doubts(facts: DoseFacts) -> Iterator[Finding]:
    """Yield what to look at again; a confirmed dose was looked at."""
    if facts.is_confirmed:
        return
    is_first = facts.first_given_at is None
    yield from doubt_given(
        amount_mg=facts.amount_mg,
        ordered_mg=facts.ordered_mg if is_first else None,
        duration_min=facts.duration_min,
        ordered_min=facts.ordered_min,
        hold_min=facts.hold_min,
    )


def _again(facts: DoseFacts) -> Iterator[Finding]:
    """Yield what a second dose needs beyond a first."""
    if facts.first_given_at is None or not facts.is_ordered:
        return
    if not facts.is_witnessed:
        yield _block("no-witness", "A second dose needs a second person beside you.")
    vitals = facts.vitals_since_last
    if vitals is None:
        yield _block("no-vitals-since", "Take a set of vital signs before a second dose.")
    elif vitals.alertness != 5:
        yield _block("not-alert", "A second dose needs alertness 5, entered after the first.")
    supplement = route_for(facts.ordered_route, facts.ordered_product).supplement
    minutes = (facts.given_at - facts.first_given_at) / timedelta(minutes=1)
    if supplement is not None and minutes >= supplement.before_minute.value:
        words = f"{minutes:.0f} min after the first dose. {supplement.words}"
        yield _block("too-late-for-second", words)
