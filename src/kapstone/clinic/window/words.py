"""The words of the window: what a patient reads in each phase, to part of a day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kapstone.clinic.window.rules import WindowPhase

_PARTS = ((5, "night"), (12, "morning"), (17, "afternoon"), (21, "evening"), (24, "night"))
_WEEK = timedelta(days=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowWords:
    """One phase in words: a headline, a lead, what helps now and what is better later."""

    headline: str
    lead: str
    helps: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


def part_of_day(moment: datetime, zone: ZoneInfo, *, at: datetime | None = None) -> str:
    """
    Say an instant as a weekday and a part of its day, such as "Friday morning".

    The hours after midnight belong to the night before. With ``at``, today and tomorrow are
    named so, and a day more than six days off gets its date.
    """
    local = moment.astimezone(zone)
    part = next(name for until, name in _PARTS if local.hour < until)
    day = local.date() - timedelta(days=1) if local.hour < _PARTS[0][0] else local.date()
    if at is None:
        return f"{day:%A} {part}"
    today = at.astimezone(zone).date()
    if day == today:
        return "tonight" if part == "night" else f"this {part}"
    if day == today + timedelta(days=1):
        return f"tomorrow {part}"
    if abs(day - today) > _WEEK:
        return f"{part} of {day.day} {day:%B}"
    return f"{day:%A} {part}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WordFacts:
    """What the words speak of: the phase, its edges, and the next planned dose."""

    phase: WindowPhase
    at: datetime
    zone: ZoneInfo
    opens_at: datetime | None = None
    open_until: datetime | None = None
    closes_at: datetime | None = None
    next_dose_at: datetime | None = None


def words_of(facts: WordFacts) -> WindowWords:
    """Give the words of a phase."""
    return _WORDS[facts.phase](facts)


def _before(facts: WordFacts) -> WindowWords:
    if facts.next_dose_at is None:
        lead = "Your first window opens after your first dose. No date is set yet."
    else:
        local = facts.next_dose_at.astimezone(facts.zone)
        lead = f"Your first window opens on {local.day} {local:%B}."
    return WindowWords(
        headline="Not yet.", lead=lead, helps=("name your fork", "a short walk", "sleep")
    )


def _resting(facts: WordFacts) -> WindowWords:
    return WindowWords(
        headline="Rest now.",
        lead="You have done the work for today. Nothing to do here.",
        helps=("quiet music", "say something to keep"),
        later=("driving", "decisions", "screens"),
    )


def _opening(facts: WordFacts) -> WindowWords:
    lead = "The next three days are good days for new trails."
    if facts.opens_at is not None and facts.opens_at > facts.at:
        lead += f" It opens {_about(facts.opens_at, facts)}."
    return WindowWords(
        headline="Your window is opening.",
        lead=lead,
        helps=("sleep", "a short walk", "one line"),
        later=("hard talks",),
    )


def _open(facts: WordFacts) -> WindowWords:
    lead = "This is a good time for therapy and for the fork."
    if facts.open_until is not None:
        lead = f"The most open time lasts until {_about(facts.open_until, facts)}."
    return WindowWords(
        headline="Your window is open.",
        lead=lead,
        helps=("therapy", "the fork", "walk", "breathe"),
        later=("alcohol", "all-nighters"),
    )


def _closing(facts: WordFacts) -> WindowWords:
    lead = "What you repeat now tends to stay."
    if facts.closes_at is not None:
        lead += f" It closes {_about(facts.closes_at, facts)}."
    return WindowWords(
        headline="Your window is closing slowly.", lead=lead, helps=("repeat what worked",)
    )


def _between(facts: WordFacts) -> WindowWords:
    lead = "Trails widen between windows too."
    if facts.next_dose_at is not None:
        lead += f" Your next dose is planned for {_day(facts.next_dose_at, facts)}."
    return WindowWords(headline="Keep walking.", lead=lead, helps=("practices", "the fork log"))


def _about(moment: datetime, facts: WordFacts) -> str:
    return f"about {part_of_day(moment, facts.zone, at=facts.at)}"


def _day(moment: datetime, facts: WordFacts) -> str:
    local = moment.astimezone(facts.zone)
    return f"{local:%A}, {local.day} {local:%B}"


_WORDS = {
    WindowPhase.BEFORE: _before,
    WindowPhase.RESTING: _resting,
    WindowPhase.OPENING: _opening,
    WindowPhase.OPEN: _open,
    WindowPhase.CLOSING: _closing,
    WindowPhase.BETWEEN: _between,
}
