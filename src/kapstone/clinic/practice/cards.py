"""The practices of the catalogue in the order in which they are offered. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from kapstone.catalogue.practices import Practice, practices

# Offered in this order; whatever else the catalogue holds comes after.
ORDER = ("new-trail", "breathe", "movement", "meditation", "gratitude", "learning", "sleep")


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeCard:
    """One practice on one screen. ``minutes`` is 0 where there is nothing to time."""

    code: str
    name: str
    icon: str
    how: str
    minutes: int
    target: str
    note: str
    breathes: bool


def cards() -> tuple[PracticeCard, ...]:
    """Give every practice, in the order in which they are offered."""
    found = sorted(practices().values(), key=lambda one: (_place(one.code), one.name))
    return tuple(_card(one) for one in found)


def is_practice(code: str) -> bool:
    """Whether there is such a practice."""
    return code in practices()


def card_of(code: str) -> PracticeCard:
    """
    Give the card of a practice.

    Raises
    ------
    KeyError : the catalogue holds no such practice
    """
    return _card(practices()[code])


def _place(code: str) -> int:
    return ORDER.index(code) if code in ORDER else len(ORDER)


def _card(one: Practice) -> PracticeCard:
    return PracticeCard(
        code=one.code,
        name=one.name,
        icon=one.icon,
        how=one.how,
        minutes=one.timer_minutes,
        target=one.target_words,
        note=one.note,
        breathes=one.breathes,
    )
