"""The practices as a patient sees them: name, icon, how, and minutes for the timer. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeCard:
    """One practice on one screen. ``minutes`` is 0 where there is nothing to time."""

    code: str
    name: str
    icon: str
    how: str
    minutes: int
    target: str
    breathes: bool = False


def cards() -> tuple[PracticeCard, ...]:
    """Give every practice, in the order of the catalogue."""
    return _CARDS


def is_practice(code: str) -> bool:
    """Whether there is such a practice."""
    return any(card.code == code for card in _CARDS)


def card_of(code: str) -> PracticeCard:
    """Give the card of a practice; one no longer in the catalogue is named by its code."""
    found = next((card for card in _CARDS if card.code == code), None)
    name = code.replace("-", " ").capitalize()
    return found or PracticeCard(
        code=code, name=name, icon="leaf", how="", minutes=0, target=""
    )


_CARDS = (
    PracticeCard(code="meditation", name="Sit quietly", icon="leaf", how="Sit. Notice your breath. When you drift off, come back.", minutes=10, target="10 min, most days"),
    PracticeCard(code="breathe", name="Breathe", icon="wind", how="In for five, out for five. Let your shoulders drop.", minutes=5, target="5 min, any time", breathes=True),
    PracticeCard(code="movement", name="Walk outside", icon="footprints", how="Walk at a pace where you can still talk.", minutes=20, target="20 min a day"),
    PracticeCard(code="sleep", name="Sleep", icon="bed", how="Same bedtime, same rising time.", minutes=0, target="7 to 9 h"),
    PracticeCard(code="food", name="Eat well", icon="salad", how="Berries, leafy greens, nuts, and fish twice a week.", minutes=0, target="most days"),
    PracticeCard(code="learning", name="New skill", icon="puzzle", how="Try something you cannot do yet.", minutes=30, target="20 min, 4 times a week"),
    PracticeCard(code="gratitude", name="Three good things", icon="pen-line", how="Write three lines.", minutes=3, target="3 lines, 3 times a week"),
    PracticeCard(code="play", name="Rest or play", icon="smile", how="One hour that is yours.", minutes=0, target="once a day"),
    PracticeCard(code="new-trail", name="Walk the new trail", icon="git-fork", how="Do it once on purpose.", minutes=0, target="once a day"),
)  # fmt: skip
