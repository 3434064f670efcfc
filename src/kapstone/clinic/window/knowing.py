"""How we know: what stands behind the window, each part with its grade and sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from kapstone.clinic.window.forecast import Forecast
from kapstone.clinic.window.pictures import dose_words
from kapstone.core.ui.charts.drawing import TableTwin, table
from kapstone.science.quantities import Grade
from kapstone.science.wording import ALWAYS, HowWeKnow, Shown, how_we_know

BEHIND_THE_WINDOW = (Shown.WINDOW, Shown.TIMING, Shown.OCCUPANCY, Shown.LEVEL)
FOR_PATIENTS = (Shown.WINDOW, Shown.TIMING, Shown.TRAILS, Shown.LIFESTYLE)
_DOTS = {
    Grade.TRIALS: 4,
    Grade.FEW_HUMANS: 3,
    Grade.ANIMALS: 2,
    Grade.FITTED: 2,
    Grade.ASSUMPTION: 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One quantity: its name, the letters of its grades, their meaning, and its sentence."""

    name: str
    letters: str
    meaning: str
    dots: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowing:
    """The whole panel: the grounds, what is always true, the model, and the doses used."""

    grounds: tuple[Ground, ...]
    always: str
    model_id: str
    parameters_sha256: str
    doses: TableTwin


def knowing_of(forecast: Forecast, shown: tuple[Shown, ...] = BEHIND_THE_WINDOW) -> Knowing:
    """Gather what stands behind one window."""
    rows = (
        (
            _sentence(dose_words(dose, forecast.zone)),
            _manner(dose.duration_min, dose.hold_min),
        )
        for dose in forecast.doses
    )
    return Knowing(
        grounds=tuple(_ground(how_we_know(one)) for one in shown),
        always=ALWAYS,
        model_id=forecast.model_id,
        parameters_sha256=forecast.parameters_sha256,
        doses=table("Doses used", ("Dose", "Manner"), rows),
    )


def _ground(known: HowWeKnow) -> Ground:
    return Ground(
        name=known.shown.value,
        letters="/".join(known.grades),
        meaning="; ".join(grade.meaning for grade in known.grades),
        dots=_DOTS[known.grades[0]],
        sentence=known.sentence,
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _manner(duration_min: float | None, hold_min: float | None) -> str:
    if duration_min:
        return f"over {duration_min:g} min"
    if hold_min:
        return f"held {hold_min:g} min"
    return "at once"
