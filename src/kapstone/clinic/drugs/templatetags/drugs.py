"""Amounts and reasons in words. ``{% load drugs %}``."""

from decimal import Decimal

from django import template

from kapstone.catalogue.drug_book import load_drug_book
from kapstone.clinic.drugs import rules
from kapstone.clinic.drugs.models import Count, CountLine, Movement

register = template.Library()


@register.filter
def mg(amount: Decimal) -> str:
    """Say an amount: 40 mg, 0.5 mg."""
    return rules.mg(amount)


@register.filter
def size(amount: Decimal) -> Decimal:
    """Give an amount without its sign."""
    return abs(amount)


@register.filter
def difference(line: CountLine) -> str:
    """Say by how much a count differs, and which way."""
    change = line.counted_mg - line.expected_mg
    if not change:
        return "none"
    return f"{rules.mg(abs(change))} {'more' if change > 0 else 'missing'}"


@register.filter
def wrong_lines(count: Count) -> int:
    """Count the lines that did not agree."""
    return sum(line.counted_mg != line.expected_mg for line in count.lines.all())


@register.filter
def why(entry: Movement) -> str:
    """Say the reason and the method of an entry, and what was added in words."""
    book = load_drug_book()
    known = {one.code: one.words for one in (*book.waste_reasons, *book.waste_methods)}
    parts = [known.get(entry.reason, entry.reason), known.get(entry.method, entry.method)]
    return ". ".join(part for part in (*parts, entry.detail) if part)
