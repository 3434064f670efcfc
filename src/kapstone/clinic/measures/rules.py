"""What an answer sets in motion, and how replies are compared. No Django, no clock."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kapstone.catalogue.instruments import (
    Answers,
    Critical,
    Instrument,
    Score,
    Urgency,
    items_to_ask,
)

SUICIDE = "suicide"
"""The group of critical rules, in every instrument, that is about suicide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """One item of a questionnaire in the reply before and the reply now."""

    code: str
    text: str
    before: float | None
    now: float | None

    @property
    def points(self) -> float | None:
        """How far the answer rose; None when either reply left it open."""
        if self.before is None or self.now is None:
            return None
        return self.now - self.before


def record_class_of(instrument: Instrument) -> str:
    """
    Name the record class that holds a reply.

    A questionnaire that asks about suicide and nothing else is guarded as suicidality.
    """
    about = {
        code for rule in instrument.critical if rule.group == SUICIDE for code in rule.any_of
    }
    alone = all(item.code in about for item in instrument.items)
    return "suicidality" if alone else "measure"


def answers_to_keep(instrument: Instrument, given: Answers) -> dict[str, float | None]:
    """Give every answer as given, and null for each item that was asked and left open."""
    kept: dict[str, float | None] = {
        item.code: None for item in items_to_ask(instrument, given)
    }
    return kept | {code: value for code, value in given.items() if value is not None}


def asking_ends_at(instrument: Instrument, due_at: datetime) -> datetime:
    """
    Say until when a questionnaire may still be answered for the point it was asked for.

    One look-back after it was due: a later reply would be about another time.
    """
    return due_at + timedelta(days=instrument.look_back_days)


def group_of(instrument: Instrument, trigger: str) -> str:
    """Name the group of a critical rule; a trigger that is no rule stands alone."""
    for rule in instrument.critical:
        if rule.code == trigger:
            return rule.group
    return trigger


def calls_to_raise(
    instrument: Instrument, critical: Iterable[Critical], raised: Sequence[tuple[str, str]]
) -> Iterator[Critical]:
    """
    Yield the critical answers for which no call stands that is at least as urgent.

    Parameters
    ----------
    critical : what the score found, one for each group
    raised : trigger and priority of each call already raised for the same questionnaire
    """
    for found in critical:
        standing = [
            Urgency(priority)
            for trigger, priority in raised
            if group_of(instrument, trigger) == found.group
        ]
        if all(_rank(urgency) > _rank(found.level) for urgency in standing):
            yield found


def critical_when_kept(score: Score) -> tuple[Critical, ...]:
    """Leave out what was found only because an item is still open: it may yet be answered."""
    return tuple(found for found in score.critical if found.answer is not None)


def _rank(urgency: Urgency) -> int:
    return list(Urgency).index(urgency)


def item_changes(
    instrument: Instrument, before: Answers | None, now: Answers
) -> tuple[ItemChange, ...]:
    """Set the answers of two replies side by side, in the order of the form."""
    earlier: Mapping[str, float | None] = before or {}
    return tuple(
        ItemChange(
            code=item.code,
            text=item.text,
            before=earlier.get(item.code),
            now=now.get(item.code),
        )
        for item in instrument.items
    )
