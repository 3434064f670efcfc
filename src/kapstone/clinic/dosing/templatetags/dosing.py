"""The look of a verdict: its shade, its sign, its word."""

from decimal import Decimal

from django import template

from kapstone.clinic.dosing.answered import say_answer, say_reason
from kapstone.clinic.dosing.gate_facts import Given
from kapstone.clinic.dosing.models import DoseOrder
from kapstone.clinic.dosing.order_words import giver_words
from kapstone.clinic.dosing.record import Stage
from kapstone.clinic.dosing.verdicts import Verdict
from kapstone.clinic.dosing.words import PRODUCTS

register = template.Library()
_SHADES = {
    Verdict.GO: "go",
    Verdict.CONDITION: "go",
    Verdict.ASK: "ask",
    Verdict.WAIT: "wait",
    Verdict.HOLD: "wait",
    Verdict.NO: "no",
}
_SIGNS = {
    Verdict.GO: "check",
    Verdict.CONDITION: "shield-check",
    Verdict.ASK: "circle-dashed",
    Verdict.WAIT: "timer",
    Verdict.HOLD: "circle-pause",
    Verdict.NO: "x",
}
_WORDS = {
    Verdict.GO: "Go",
    Verdict.CONDITION: "Lifted",
    Verdict.ASK: "Ask",
    Verdict.WAIT: "Wait",
    Verdict.HOLD: "Hold",
    Verdict.NO: "No",
}
_STAGES = {
    Stage.PLANNED: ("Planned", "", "calendar-days"),
    Stage.GATE: ("At the gate", "amber", "list-checks"),
    Stage.READY: ("Ready", "fir", "check"),
    Stage.DOSED: ("In the room", "amber", "activity"),
    Stage.HOME: ("Went home", "fir", "house"),
    Stage.LEFT: ("Left against advice", "red", "log-out"),
    Stage.NOT_TODAY: ("Not on that day", "", "calendar-x"),
}


@register.filter
def shade(verdict: Verdict) -> str:
    """Give the class of a row with this verdict."""
    return _SHADES[verdict]


@register.filter
def sign(verdict: Verdict) -> str:
    """Name the icon of a verdict."""
    return _SIGNS[verdict]


@register.filter
def said(verdict: Verdict) -> str:
    """Say a verdict in one word."""
    return _WORDS[verdict]


@register.filter
def stage_words(stage: Stage) -> str:
    """Say how far a session has come."""
    return _STAGES[stage][0]


@register.filter
def stage_tone(stage: Stage) -> str:
    """Give the tone of a stage."""
    return _STAGES[stage][1]


@register.filter
def stage_icon(stage: Stage) -> str:
    """Name the icon of a stage."""
    return _STAGES[stage][2]


@register.filter
def product(code: str) -> str:
    """Name a product."""
    return PRODUCTS.get(code, code)


@register.filter
def giver(order: DoseOrder) -> str:
    """Say who may give what is ordered."""
    return giver_words(order)


@register.filter
def figures(number: Decimal | float) -> str:
    """Write a number without noughts at its end: 5.30 mL is misread as 530."""
    return f"{float(number):.6g}"


@register.filter
def minus(whole: int, part: int) -> int:
    """Take one count from another."""
    return whole - part


@register.filter
def term(terms: dict[str, str], code: str) -> str:
    """Name a term of the vocabulary by its code."""
    return terms.get(code, code)


@register.filter
def answer_words(given: Given, code: str) -> str:
    """Say the newest answer to a check, question by question."""
    return say_answer(given, code)


@register.filter
def reason_words(reason: str) -> str:
    """Say the reason of a Not today."""
    return say_reason(reason)
