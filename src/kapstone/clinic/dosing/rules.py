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
    last_mg: Decimal | None  # the last dose session that was tolerated, same route
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
    max_session_mg: Decimal = Decimal(0)
    given_mg: Decimal = Decimal(0)
    first_given_at: datetime | None = None
    gate_is_complete: bool = False
    consent_in_force: bool = False
    signatures: int = 0
    has_baseline: bool = False
    is_closed: bool = False
    is_identity_checked: bool = False
    is_witnessed: bool = False  # a second person, other than who records it
    vitals_since_last: Vitals | None = None
    mg_per_ml: Decimal | None = None
    volume_ml: Decimal | None = None


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
    if facts.last_mg is not None:
        yield from _jump(facts.amount_mg, facts.last_mg, checks)
    if facts.age_years >= checks.age_years.value:
        yield _caution("older", f"Age {facts.age_years}: {checks.age_years.value:g} or older.")
    yield from check_units(facts.amount_mg, facts.mg_per_ml, facts.volume_ml)


def check_dose(facts: DoseFacts) -> Iterator[Finding]:
    """Yield every reason against this dose, the gravest first."""
    if facts.is_closed:
        yield _block("session-closed", "This session is closed. No dose can be recorded in it.")
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


def check_vitals(vitals: Vitals) -> Iterator[Finding]:
    """Yield a caution for each value to look at again; a confirmed set needs no second look."""
    if vitals.is_confirmed:
        return
    known = {name: getattr(vitals, name) for name in PARAMETERS if hasattr(vitals, name)}
    for doubt in doubts(VitalsReading(**known)):
        yield _caution(f"check-{doubt.parameter.replace('_', '-')}", doubt.sentence)


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


def plain(number: Decimal) -> str:
    """Write an amount without the zeros that a column adds."""
    return f"{float(number):g}"


def _block(code: str, message: str) -> Finding:
    return Finding(code, Weight.BLOCK, message)


def _caution(code: str, message: str) -> Finding:
    return Finding(code, Weight.CAUTION, message)


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


def _jump(amount_mg: Decimal, last_mg: Decimal, checks: OrderChecks) -> Iterator[Finding]:
    rise = float(amount_mg - last_mg)
    share = 100 * rise / float(last_mg)
    if rise > checks.jump_mg.value or share > checks.jump_percent.value:
        words = f"{rise:g} mg ({share:.0f} %) above the last dose, {plain(last_mg)} mg."
        yield _caution("dose-jump", words)


def _as_ordered(facts: DoseFacts) -> Iterator[Finding]:
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
