"""
Who the synthetic clinic treats, and where each of them stands today.

Patients carry the names of trees; nobody here exists. Times are hours before now, so that the
clinic is alive whenever it is opened. What they feel comes from the science core's virtual
patients, never from this file: ``turns`` only says which kind of virtual person to look for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """How far someone has come; each stage includes those before it."""

    SCREENING = "screening"
    CONSENT = "consent"
    PREPARATION = "preparation"
    SERIES = "series"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"


class Turn(StrEnum):
    """Which kind of virtual person to look for among a seeded pool."""

    TYPICAL = "typical"
    REMITS = "remits"
    RESPONDS = "responds"
    PARTLY = "partly"
    UNCHANGED = "unchanged"
    WORSENS = "worsens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """A cue and the two trails that part there, in the patient's words."""

    cue: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """
    One synthetic patient.

    ``doses_h`` lists how many hours ago each dose was given, the latest last; ``dose_in_h``
    when the next one is due. ``booked_in_h`` lists integration sessions still to come, as hours
    from now with a modality; past sessions follow each dose on the day after, unless ``skips``
    names the dose.
    """

    name: str
    born: tuple[int, int, int]
    indication: str
    stage: Stage
    route: str = "IM"
    weight_kg: float = 70.0
    mg_per_kg: float = 0.75
    doses_h: tuple[float, ...] = ()
    dose_in_h: float | None = None
    planned: int = 6
    booked_in_h: tuple[tuple[float, str], ...] = ()
    modality: str = "ifs"
    skips: tuple[int, ...] = ()
    turn: Turn = Turn.TYPICAL
    fork: Fork = Fork(cue="Voices get raised", old="Shut down", new="Say one true thing")
    intention: str = "Stay in the room when it gets loud, and say one true thing."
    allergies: str = "none known"
    medicines: str = "sertraline 100 mg"
    brings: str = "I have tried to think my way out of this for years."
    signs_in: bool = False
    partner: str = ""
    systolic: int = 126
    notes: tuple[str, ...] = ()


def weekly(last_h: float, count: int) -> tuple[float, ...]:
    """List ``count`` weekly doses, the last of them ``last_h`` hours ago."""
    return tuple(last_h + 168.0 * back for back in range(count - 1, -1, -1))


SILENT = Fork(cue="Someone is let down", old="Work until midnight", new="Ask for one thing")
EDGE = Fork(cue="The evening is empty", old="Pour a drink", new="Walk to the water")
MIRROR = Fork(cue="I make a mistake", old="Call myself names", new="Put a hand on my chest")
DOOR = Fork(cue="The phone rings", old="Let it ring out", new="Pick up and breathe once")
