"""The words of the window: what a patient reads in each phase, to part of a day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kapstone.catalogue.modalities import WindowPhase
from kapstone.catalogue.words import PhaseWords, load_words

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
    """Give the catalogue's words of a phase, with what is known of when it turns."""
    said = load_words().phase(facts.phase)
    return WindowWords(
        headline=said.headline, lead=_lead(said, facts), helps=said.helps, later=said.later
    )


def _lead(said: PhaseWords, facts: WordFacts) -> str:
    """Add to the lead what this person's window says, to a part of a day."""
    turns, dose = _turns(facts), facts.next_dose_at
    if facts.phase is WindowPhase.BEFORE and dose is not None:
        local = dose.astimezone(facts.zone)
        return f"Your first window opens on {local.day} {local:%B}."
    if facts.phase is WindowPhase.BETWEEN and dose is not None:
        local = dose.astimezone(facts.zone)
        return f"{said.lead} Your next dose is on {local:%A}, {local.day} {local:%B}."
    if turns is None or turns <= facts.at:
        return said.lead
    until = part_of_day(turns, facts.zone, at=facts.at)
    if said.lead_until:
        return said.lead_until.format(until=until)
    verb = "opens" if facts.phase is WindowPhase.OPENING else "closes"
    return f"{said.lead} It {verb} about {until}."


def _turns(facts: WordFacts) -> datetime | None:
    """Give the instant at which the phase turns into the next, if that is known."""
    return {
        WindowPhase.OPENING: facts.opens_at,
        WindowPhase.OPEN: facts.open_until,
        WindowPhase.CLOSING: facts.closes_at,
    }.get(facts.phase)
