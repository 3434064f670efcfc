"""Those whose series is over, one way or another, and what strangers ask."""

from __future__ import annotations

from kapstone.site.demo.character import (
    DOOR,
    EDGE,
    MIRROR,
    SILENT,
    Character,
    Stage,
    Turn,
    weekly,
)

# Over, one way or another.
OVER: tuple[Character, ...] = (
    Character(
        name="Aspen",
        born=(1992, 5, 5),
        indication="depression",
        stage=Stage.WITHDRAWN,
        doses_h=(*weekly(500.0, 2),),
        fork=EDGE,
        signs_in=True,
    ),
    Character(
        name="Beech",
        born=(1980, 8, 8),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*weekly(1500.0, 6),),
        turn=Turn.REMITS,
        signs_in=True,
    ),
    Character(
        name="Ash",
        born=(1972, 11, 20),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*weekly(1300.0, 6),),
        turn=Turn.UNCHANGED,
        fork=SILENT,
    ),
    Character(
        name="Walnut",
        born=(1989, 2, 28),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*weekly(1900.0, 6),),
        turn=Turn.RESPONDS,
        fork=MIRROR,
    ),
    Character(
        name="Chestnut",
        born=(1968, 7, 7),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*weekly(1100.0, 4),),
        turn=Turn.WORSENS,
        fork=EDGE,
    ),
    Character(
        name="Pine",
        born=(1993, 10, 31),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*weekly(2300.0, 6),),
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
        doses_h=(*weekly(1700.0, 6),),
        turn=Turn.PARTLY,
    ),
    Character(
        name="Acacia",
        born=(1985, 6, 18),
        indication="depression",
        stage=Stage.FINISHED,
        route="IV",
        mg_per_kg=0.5,
        doses_h=(*weekly(2100.0, 6),),
        turn=Turn.TYPICAL,
        fork=MIRROR,
    ),
    Character(
        name="Olive",
        born=(1995, 3, 3),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*weekly(2600.0, 6),),
        turn=Turn.TYPICAL,
        fork=SILENT,
    ),
    Character(
        name="Medlar",
        born=(1970, 9, 9),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*weekly(1250.0, 6),),
        turn=Turn.TYPICAL,
        fork=EDGE,
    ),
    Character(
        name="Magnolia",
        born=(1983, 4, 23),
        indication="depression",
        stage=Stage.FINISHED,
        doses_h=(*weekly(2050.0, 6),),
        turn=Turn.REMITS,
        fork=DOOR,
    ),
)


REQUESTS: tuple[tuple[str, float, str, str], ...] = (
    ("Tamarisk", 5.0, "alone", "I read about the days after the dose, and have questions."),
    ("Whitebeam", 30.0, "alone", "Two therapies helped a little. Would this fit?"),
    ("Plane", 120.0, "couple", "My partner and I would like to come together."),
)
"""Requests that nobody has answered: a name, hours ago, for whom, and what brings them."""
