"""Words of the patient app: the weathers, and who sees what. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from kapstone.catalogue.words import WeatherWords, load_words

OTHER_WEATHER = "other"


def weather_codes() -> tuple[str, ...]:
    """List every answer to the weather: the four of the catalogue, and something else."""
    return (*(one.code for one in load_words().weathers), OTHER_WEATHER)


def weather_named(code: str) -> WeatherWords | None:
    """Give the words of a weather; None for something else."""
    return next((one for one in load_words().weathers if one.code == code), None)


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
