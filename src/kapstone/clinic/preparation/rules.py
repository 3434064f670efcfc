"""What an intention, a fork and a checklist must be. No Django, no clock."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from kapstone.catalogue.checklists import Checklist, ChecklistItem, ItemKind
from kapstone.errors import Finding, Weight

MOST_FORKS = 3
"""The trail map draws up to three forks (the design of the map, not a clinical number)."""
LONGEST_INTENTION = 300  # clinical.md 3.2
LONGEST_PHRASE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkFacts:
    """What must be known before a fork is named."""

    standing: int
    is_new: bool
    replaced_is_standing: bool = True


def check_fork(facts: ForkFacts) -> Iterator[Finding]:
    """Yield every reason against naming or rewording a fork."""
    if facts.is_new and facts.standing >= MOST_FORKS:
        words = f"You have {MOST_FORKS} forks. Put one away first, or change its words."
        yield Finding("too-many-forks", Weight.BLOCK, words)
    if not facts.is_new and not facts.replaced_is_standing:
        words = "This fork was changed since you opened it. Look at its newest words first."
        yield Finding("fork-changed", Weight.BLOCK, words)


Answer = bool | float | str
"""One answer to an item: yes or no, a number, a choice's code, or words."""
LONGEST_ANSWER = 300


def check_answer(item: ChecklistItem, answer: Answer) -> str:
    """Say what is wrong with an answer, or nothing when it is one the item allows."""
    match item.kind:
        case ItemKind.YES_NO:
            return "" if isinstance(answer, bool) else "Answer yes or no."
        case ItemKind.CHOICE:
            codes = [option.code for option in item.options]
            return "" if answer in codes else "Choose one of the answers."
        case ItemKind.SCALE | ItemKind.NUMBER:
            return _check_number(item, answer)
        case ItemKind.TEXT:
            if not isinstance(answer, str) or not answer.strip():
                return "Write a few words."
            too_long = len(answer) > LONGEST_ANSWER
            return f"Keep it to {LONGEST_ANSWER} characters." if too_long else ""


def _check_number(item: ChecklistItem, answer: Answer) -> str:
    limits = f"from {item.low:g} to {item.high:g}"
    if isinstance(answer, bool | str) or not math.isfinite(answer):
        return f"Enter a number {limits}."
    if not item.low <= answer <= item.high:
        return f"Enter a number {limits}."
    whole = item.kind is ItemKind.SCALE and answer != int(answer)
    return f"Choose a whole number {limits}." if whole else ""


def items_open(
    checklist: Checklist, conditions: Collection[str], answered: Collection[str]
) -> tuple[ChecklistItem, ...]:
    """Give the items that apply and have no answer yet."""
    return tuple(
        item
        for item in checklist.items
        if (not item.when or item.when in conditions) and item.code not in answered
    )
