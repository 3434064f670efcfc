"""Words of the patient app: prompts that fit the phase, and the four weathers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kapstone.clinic.window.rules import WindowPhase


@dataclass(frozen=True, slots=True)
class Weather:
    """One of the four weathers: energy up or down, pleasant or not."""

    code: str
    name: str
    icon: str
    like: str


WEATHERS = (
    Weather("storm", "Storm", "cloud-lightning", "tense, angry, racing"),
    Weather("bright", "Bright", "sun", "glad, lively, keen"),
    Weather("fog", "Fog", "cloud-fog", "flat, tired, far away"),
    Weather("still", "Still", "moon-star", "calm, settled, content"),
)
OTHER_WEATHER = "other"
WEATHER_CODES = (*(one.code for one in WEATHERS), OTHER_WEATHER)

PROMPTS: Mapping[WindowPhase, tuple[str, ...]] = {
    WindowPhase.BEFORE: (
        "What would you like to be different?",
        "What helps you on a hard day?",
    ),
    WindowPhase.RESTING: ("Say something to keep.",),
    WindowPhase.OPENING: ("What stayed with you?", "What felt new?"),
    WindowPhase.OPEN: (
        "What stayed with you?",
        "Where did the new trail start today?",
        "What would you like to try once more?",
    ),
    WindowPhase.CLOSING: ("What do you want to repeat?", "Who walked with you this week?"),
    WindowPhase.BETWEEN: ("What was the fork today?", "What are you glad of?"),
}


def prompt_of(phase: WindowPhase, turn: int) -> str:
    """Give one prompt of a phase; each turn gives the next."""
    prompts = PROMPTS[phase]
    return prompts[turn % len(prompts)]


@dataclass(frozen=True, slots=True)
class Sharing:
    """One line of "who sees what": the thing, who reads it, and who never does."""

    what: str
    icon: str
    read_by: str
    note: str = ""


WHO_SEES = (
    Sharing(
        "Your journal",
        "lock",
        "Only you.",
        "You can share one entry at a time with your team, and take it back. "
        "Nobody at the clinic can open the rest.",
    ),
    Sharing("Your forks and walks", "footprints", "You, your therapist and your prescriber."),
    Sharing("Practices and check-ins", "leaf", "You, your therapist and your prescriber."),
    Sharing(
        "Your answers to questions",
        "clipboard-list",
        "You and your care team.",
        "If an answer worries us, we call you.",
    ),
    Sharing("Your window", "sunrise", "You, your therapist and your prescriber."),
    Sharing(
        "Your therapist's own notes",
        "notebook-pen",
        "Only the therapist who wrote them.",
        "What the team needs to know is in your record, and you may read that.",
    ),
    Sharing(
        "Opening Help now",
        "life-buoy",
        "Nobody.",
        "We do not count it and we do not see it.",
    ),
)
