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


def _weekly(last_h: float, count: int) -> tuple[float, ...]:
    """List ``count`` weekly doses, the last of them ``last_h`` hours ago."""
    return tuple(last_h + 168.0 * back for back in range(count - 1, -1, -1))


SILENT = Fork(cue="Someone is let down", old="Work until midnight", new="Ask for one thing")
EDGE = Fork(cue="The evening is empty", old="Pour a drink", new="Walk to the water")
MIRROR = Fork(cue="I make a mistake", old="Call myself names", new="Put a hand on my chest")
DOOR = Fork(cue="The phone rings", old="Let it ring out", new="Pick up and breathe once")

CAST: tuple[Character, ...] = (
    # The living day: in the room, at the gate, in each phase of the window.
    Character(
        name="Alder",
        born=(1987, 4, 12),
        indication="depression",
        stage=Stage.SERIES,
        weight_kg=71.0,
        doses_h=(*_weekly(168.0 + 0.53, 2), 0.53),
        signs_in=True,
        booked_in_h=((22.0, "ifs"), (46.0, "somatic")),
        intention="Stay in the room.",
        systolic=128,
    ),
    Character(
        name="Larch",
        born=(1979, 9, 3),
        indication="depression",
        stage=Stage.SERIES,
        doses_h=(190.0,),
        dose_in_h=0.25,
        booked_in_h=((24.0, "ifs"),),
        fork=SILENT,
        medicines="venlafaxine 150 mg, ramipril 5 mg",
        systolic=151,
        notes=("gate-pressure",),
    ),
    Character(
        name="Hazel",
        born=(1991, 1, 22),
        indication="anxiety",
        stage=Stage.SERIES,
        doses_h=(*_weekly(173.0, 2), 5.0),
        booked_in_h=((20.0, "somatic"), (44.0, "cbt")),
        signs_in=True,
        fork=DOOR,
        intention="Answer when someone calls.",
    ),
    Character(
        name="Spruce",
        born=(1984, 6, 30),
        indication="ptsd",
        stage=Stage.SERIES,
        doses_h=(188.0, 20.0),
        booked_in_h=((5.3, "somatic"), (28.0, "ifs")),
        modality="somatic",
        fork=MIRROR,
        intention="Let my shoulders come down.",
    ),
    Character(
        name="Linden",
        born=(1985, 2, 17),
        indication="depression",
        stage=Stage.SERIES,
        weight_kg=64.0,
        doses_h=(384.0, 288.0, 168.0, 48.0),
        dose_in_h=120.0,
        booked_in_h=((3.25, "emdr"), (21.0, "ifs")),
        modality="ifs",
        signs_in=True,
        turn=Turn.RESPONDS,
        allergies="Penicillin",
        medicines="sertraline 100 mg, amlodipine 5 mg",
        systolic=134,
        notes=("rich",),
    ),
    Character(
        name="Birch",
        born=(1994, 11, 5),
        indication="depression",
        stage=Stage.SERIES,
        doses_h=(67.0,),
        skips=(1,),
        signs_in=True,
        fork=EDGE,
        intention="Find out what the evenings are for.",
        notes=("item-9",),
    ),
    Character(
        name="Holly",
        born=(1976, 8, 14),
        indication="anxiety",
        stage=Stage.SERIES,
        doses_h=(*_weekly(120.0, 3),),
        dose_in_h=52.0,
        modality="cbt",
        fork=DOOR,
        turn=Turn.PARTLY,
    ),
    Character(
        name="Yew",
        born=(1982, 3, 9),
        indication="depression",
        stage=Stage.SERIES,
        doses_h=(220.0, 52.0),
        booked_in_h=((19.0, "ifs"),),
        partner="Rowan",
        signs_in=True,
        fork=Fork(cue="We talk about money", old="Go quiet", new="Say what I am afraid of"),
        intention="Be someone who can be told things.",
    ),
    Character(
        name="Rowan",
        born=(1983, 12, 1),
        indication="anxiety",
        stage=Stage.SERIES,
        doses_h=(219.0, 51.0),
        booked_in_h=((19.0, "ifs"),),
        partner="Yew",
        signs_in=True,
        fork=Fork(cue="We talk about money", old="Get louder", new="Ask one question"),
        intention="Hear the end of the sentence.",
    ),
    Character(
        name="Maple",
        born=(1971, 5, 27),
        indication="depression",
        stage=Stage.SERIES,
        doses_h=(*_weekly(146.0, 6),),
        turn=Turn.RESPONDS,
        fork=SILENT,
        notes=("review",),
    ),
    Character(
        name="Sycamore",
        born=(1988, 10, 10),
        indication="ptsd",
        stage=Stage.SERIES,
        doses_h=(*_weekly(170.0, 4),),
        dose_in_h=2.0,
        modality="somatic",
        fork=MIRROR,
        notes=("overdue",),
    ),
    Character(
        name="Poplar",
        born=(1990, 7, 19),
        indication="depression",
        stage=Stage.SERIES,
        doses_h=(*_weekly(200.0, 3),),
        dose_in_h=30.0,
        turn=Turn.UNCHANGED,
        fork=EDGE,
        notes=("overdue",),
    ),
    # Before the first dose.
    Character(
        name="Hornbeam",
        born=(1969, 2, 2),
        indication="depression",
        stage=Stage.PREPARATION,
        dose_in_h=3.5,
        booked_in_h=((26.0, "ifs"),),
    ),
    Character(
        name="Cypress",
        born=(1986, 9, 25),
        indication="anxiety",
        stage=Stage.CONSENT,
        dose_in_h=23.0,
        fork=DOOR,
    ),
    Character(
        name="Oak",
        born=(1974, 4, 4),
        indication="depression",
        stage=Stage.PREPARATION,
        dose_in_h=75.0,
        signs_in=True,
        fork=MIRROR,
        intention="Stop apologising for taking up room.",
    ),
    Character(
        name="Willow",
        born=(1997, 6, 6),
        indication="depression",
        stage=Stage.CONSENT,
        signs_in=True,
    ),
    Character(
        name="Cedar",
        born=(1981, 1, 15),
        indication="depression",
        stage=Stage.SCREENING,
        brings="My doctor said to ask. I am tired of being tired.",
        notes=("half-signed",),
    ),
    Character(
        name="Elm",
        born=(1965, 3, 30),
        indication="anxiety",
        stage=Stage.SCREENING,
        systolic=164,
        medicines="ramipril 2.5 mg",
        notes=("hold",),
    ),
    Character(
        name="Juniper",
        born=(1978, 12, 12),
        indication="depression",
        stage=Stage.SCREENING,
        notes=("exclude",),
    ),
    # Over, one way or another.
    Character(
        name="Aspen",
        born=(1992, 5, 5),
        indication="depression",
        stage=Stage.WITHDRAWN,
        doses_h=(*_weekly(500.0, 2),),
        fork=EDGE,
    ),
    Character(
        name="Beech",
        born=(1980, 8, 8),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*_weekly(1500.0, 6),),
        turn=Turn.REMITS,
        signs_in=True,
    ),
    Character(
        name="Ash",
        born=(1972, 11, 20),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*_weekly(1300.0, 6),),
        turn=Turn.UNCHANGED,
        fork=SILENT,
    ),
    Character(
        name="Walnut",
        born=(1989, 2, 28),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*_weekly(1900.0, 6),),
        turn=Turn.RESPONDS,
        fork=MIRROR,
    ),
    Character(
        name="Chestnut",
        born=(1968, 7, 7),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*_weekly(1100.0, 4),),
        turn=Turn.WORSENS,
        fork=EDGE,
    ),
    Character(
        name="Pine",
        born=(1993, 10, 31),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*_weekly(2300.0, 6),),
        turn=Turn.RESPONDS,
        fork=DOOR,
    ),
    Character(
        name="Fir",
        born=(1977, 1, 9),
        indication="depression",
        stage=Stage.FINISHED,
        route="IV",
        mg_per_kg=0.5,
        doses_h=(*_weekly(1700.0, 6),),
        turn=Turn.PARTLY,
    ),
    Character(
        name="Acacia",
        born=(1985, 6, 18),
        indication="depression",
        stage=Stage.FINISHED,
        route="IV",
        mg_per_kg=0.5,
        doses_h=(*_weekly(2100.0, 6),),
        turn=Turn.TYPICAL,
        fork=MIRROR,
    ),
    Character(
        name="Olive",
        born=(1995, 3, 3),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*_weekly(2600.0, 6),),
        turn=Turn.TYPICAL,
        fork=SILENT,
    ),
    Character(
        name="Medlar",
        born=(1970, 9, 9),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*_weekly(1250.0, 6),),
        turn=Turn.TYPICAL,
        fork=EDGE,
    ),
    Character(
        name="Magnolia",
        born=(1983, 4, 23),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*_weekly(2050.0, 6),),
        turn=Turn.REMITS,
        fork=DOOR,
    ),
)

REQUESTS: tuple[tuple[str, float, str], ...] = (
    ("Tamarisk", 5.0, "I read about the days after the dose and would like to ask."),
    ("Whitebeam", 30.0, "Two therapies helped a little. I would like to know if this fits."),
    ("Plane", 120.0, "My partner and I would like to come together."),
)
"""Requests that nobody has answered: a name, hours ago, and what brings them."""
