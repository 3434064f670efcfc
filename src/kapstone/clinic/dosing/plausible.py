"""
What may be a slip: a weight in pounds, a point in the wrong place, millilitres for milligrams.

Each is a caution: a reason, or a second look, lets it stand. A true value is never refused.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from kapstone.catalogue.orders import OrderChecks
from kapstone.catalogue.plausibility import load_plausibility
from kapstone.errors import Finding, Weight


def plain(number: Decimal | float) -> str:
    """Write a number without the zeros that a column adds."""
    return f"{float(number):g}"


def caution(code: str, message: str) -> Finding:
    """Make a finding that a reason or a second look answers."""
    return Finding(code, Weight.CAUTION, message)


def doubt_weight(
    *, weight_kg: Decimal, weighed_at: datetime, last_kg: Decimal | None, at: datetime
) -> Iterator[Finding]:
    """Yield what is odd about a weight, beside the last one on record."""
    sheet = load_plausibility()
    last = float(last_kg) if last_kg is not None else None
    for code, words in sheet.weight_doubts(float(weight_kg), last).items():
        yield caution(code, words)
    days = (at - weighed_at) / timedelta(days=1)
    if days > sheet.weight.old_days.value:
        yield caution("weight-long-ago", f"The weight is {days:.0f} days old. Weigh again.")


def doubt_amount(
    *, amount_mg: Decimal, weight_kg: Decimal, last_mg: float | None, now_mg: float
) -> Iterator[Finding]:
    """
    Yield what is odd about an amount.

    Parameters
    ----------
    last_mg, now_mg : the last session and this one, both as if by the muscle
    """
    rule = load_plausibility().dose
    per_kg = float(amount_mg / weight_kg)
    if per_kg < rule.least_mg_per_kg.value:
        words = (
            f"{plain(amount_mg)} mg is {per_kg:.3g} mg/kg. Was it meant for each kilogram, "
            "or is it the volume in mL?"
        )
        yield caution("mg-per-kg-for-mg", words)
    times = rule.times_last.value
    if last_mg and not last_mg / times < now_mg < last_mg * times:
        words = f"{now_mg / last_mg:.2g} times the last session. Is the point in its place?"
        yield caution("tenfold", words)


def doubt_strength(mg_per_ml: Decimal | None, checks: OrderChecks) -> Iterator[Finding]:
    """Yield a caution for a strength that no vial of the catalogue has."""
    if mg_per_ml is None or float(mg_per_ml) in checks.vial_mg_per_ml:
        return
    known = ", ".join(f"{one:g}" for one in checks.vial_mg_per_ml)
    words = f"{plain(mg_per_ml)} mg/mL is none of the strengths known: {known}. Read the label."
    yield caution("strength-unknown", words)


def doubt_given(
    *,
    amount_mg: Decimal,
    ordered_mg: Decimal | None,
    duration_min: Decimal | None,
    ordered_min: Decimal | None,
    hold_min: Decimal | None,
) -> Iterator[Finding]:
    """Yield what is odd about a dose as it was given, beside its order."""
    rule = load_plausibility().dose
    if ordered_mg and float(amount_mg) < rule.share_of_order.value * float(ordered_mg):
        words = (
            f"{plain(amount_mg)} mg, and {plain(ordered_mg)} mg were ordered. "
            "Is it in mg, and the point in its place?"
        )
        yield caution("check-amount", words)
    within = rule.minutes_within_percent.value / 100
    if duration_min and ordered_min and abs(duration_min / ordered_min - 1) > within:
        words = f"{plain(duration_min)} min, and {plain(ordered_min)} min were ordered."
        yield caution("check-minutes", f"{words} Is this right?")
    if hold_min is not None and hold_min > rule.hold_minutes.value:
        yield caution("check-hold", f"Held {plain(hold_min)} min: is this right?")


def volumes(amount_mg: Decimal, checks: OrderChecks) -> tuple[tuple[float, float], ...]:
    """Give what an amount is in millilitres at each strength known: strength and volume."""
    return tuple((one, float(amount_mg) / one) for one in checks.vial_mg_per_ml)
