"""How we know: the sentence and the grade that stand beside every quantity shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kapstone.science.quantities import Grade


class Shown(StrEnum):
    """The quantities that a screen may show."""

    LEVEL = "drug level"
    OCCUPANCY = "receptor occupancy"
    ACUTE = "pressure, dissociation, sedation"
    WINDOW = "window"
    TIMING = "integration timing"
    TRAILS = "trails"
    FORECAST = "forecast"
    LIFESTYLE = "lifestyle"


@dataclass(frozen=True, slots=True)
class HowWeKnow:
    """One quantity's grades, the letter first shown first, and its sentence for a patient."""

    shown: Shown
    grades: tuple[Grade, ...]
    sentence: str


ALWAYS = (
    "This tool does not choose doses, clear anyone for release, or replace clinical judgement."
)

_SENTENCES = (
    HowWeKnow(
        Shown.LEVEL,
        (Grade.TRIALS, Grade.FITTED),
        "Estimated blood level. For a typical adult it is usually within about 15 % of "
        "published averages; your own level may differ two-fold. Not a lab result.",
    ),
    HowWeKnow(
        Shown.OCCUPANCY,
        (Grade.ANIMALS,),
        "Estimated from rat binding data applied to human levels. Never measured in a "
        "person at this dose.",
    ),
    HowWeKnow(
        Shown.ACUTE,
        (Grade.FEW_HUMANS, Grade.FITTED),
        "What groups did on average. The cuff and the clinician's eye decide, not this "
        "curve.",
    ),
    HowWeKnow(
        Shown.WINDOW,
        (Grade.ASSUMPTION, Grade.ANIMALS),
        "This curve draws an idea. In mice, new connections appear over hours to days "
        "and a learning period reopens for about two days. In people one study found "
        "stronger brain plasticity a few hours after ketamine, and a brain scan study "
        "found no overall change after a day. Nobody has tested whether therapy works "
        "better inside this window.",
    ),
    HowWeKnow(
        Shown.TIMING,
        (Grade.ASSUMPTION,),
        "If the window works as hoped, sessions in the first three days might add "
        "between 0 and 10 points of improvement on a 60-point scale, compared with the "
        "same sessions a month later. The lower end is possible.",
    ),
    HowWeKnow(
        Shown.TRAILS,
        (Grade.ASSUMPTION,),
        "A teaching picture of practice and habit. The widths are not measurements of "
        "your brain.",
    ),
    HowWeKnow(
        Shown.FORECAST,
        (Grade.FITTED,),
        "A range built from published trials and your own ratings. In the best-blinded "
        "trial so far, repeated ketamine was not clearly better than midazolam. Expect "
        "the range, not the middle.",
    ),
    HowWeKnow(
        Shown.LIFESTYLE,
        (Grade.ASSUMPTION,),
        "Exercise, sleep and lower stress are good for you. Whether they change "
        "ketamine's effect is unknown.",
    ),
)  # fmt: skip

HOW_WE_KNOW = {one.shown: one for one in _SENTENCES}
"""Every quantity shown has an entry: a test holds it to that."""


def how_we_know(shown: Shown) -> HowWeKnow:
    """Give the grades and the sentence of a quantity. Source: docs/science/evidence.md."""
    return HOW_WE_KNOW[shown]
