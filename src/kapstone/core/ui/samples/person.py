"""Samples for one person: hill, forest, timeline."""

from __future__ import annotations

import math
from random import Random

from kapstone.core.ui.charts.axis import DayMark, NowMark
from kapstone.core.ui.charts.hill import Hill
from kapstone.core.ui.charts.timeline_facts import Dose, Ribbon, Scores, Session, Timeline
from kapstone.core.ui.charts.trail_map import Fork, Trail, TrailMap
from kapstone.core.ui.samples.shapes import DOSE_HOUR, bump, sample_curve

HILL_DAYS = tuple(
    DayMark(at=24.0 * i - DOSE_HOUR, label=label, today=label == "Today")
    for i, label in enumerate(("Tue", "Wed", "Today", "Fri", "Sat", "Sun", "Mon"))
)
HILL = Hill(
    uid="hill",
    sentence="Your window this week, drawn as a hill. It rose on Tuesday night, is at its "
    "height now and fades by Monday.",
    hours=sample_curve().hours,
    values=sample_curve().mid,
    now=48.6,
    days=HILL_DAYS,
)
REST = Hill(
    uid="rest",
    sentence="Your window has just begun. It rises tonight.",
    hours=sample_curve().hours,
    values=sample_curve().mid,
    now=6.2,
    days=tuple(
        DayMark(at=24.0 * i - DOSE_HOUR, label=label, today=i == 0)
        for i, label in enumerate(("Today", "Wed", "Thu", "Fri", "Sat", "Sun", "Mon"))
    ),
)
DAWN = Hill(
    uid="dawn",
    sentence="Flat land at dawn. Your first window opens on 28 April.",
    now=40.0,
    days=REST.days,
)

_STRENGTHS = {
    "before": (0.95, 0.0, 0.0, 0.8, 0.06),
    "dose2": (0.74, 0.22, 0.0, 0.72, 0.18),
    "today": (0.44, 0.62, 0.07, 0.60, 0.40),
}


def forest(state: str, uid: str = "", top: float = 0.0) -> TrailMap:
    """Give the sample forest before, after dose 2, or today."""
    shut, say, text, think, walk = _STRENGTHS[state]
    return TrailMap(
        uid=uid or f"forest-{state}",
        seed=42,
        top=top,
        window_open=state != "before",
        forks=(
            Fork(
                cue="Voices get raised",
                old=Trail(name="Shut down", strength=shut),
                new=(
                    Trail(name="Say one true thing", strength=say),
                    Trail(name="Text a friend", strength=text),
                ),
            ),
            Fork(
                cue="Sunday night",
                old=Trail(name="Overthink", strength=think),
                new=(Trail(name="Walk first", strength=walk),),
            ),
        ),
    )


def _combined(doses: tuple[float, ...]) -> tuple[tuple[float, float], ...]:
    days = [-9 + i * 0.1 for i in range(491)]
    return tuple(
        (day, 1 - math.prod(1 - bump((day - dose) * 24) for dose in doses)) for day in days
    )


_GIVEN = (0.42, 4.42, 9.6, 14.42)
_PLANNED = (19.42, 25.4)
_SKY = "fsffsfffbcsfcbcsccfbcfs"
_KINDS = {"s": "storm", "f": "fog", "b": "bright", "c": "still"}
_NIGHTS = Random(5)  # noqa: S311  fixed sample data
TIMELINE = Timeline(
    uid="timeline",
    name="Linden",
    start=-9,
    end=40,
    ticks=tuple(
        DayMark(at=day, label=label)
        for day, label in (
            (-7, "21 Apr"),
            (0, "28 Apr"),
            (7, "5 May"),
            (14, "12 May"),
            (21, "19 May"),
            (28, "26 May"),
            (35, "2 Jun"),
        )
    ),
    now=NowMark(at=16.45, label="today"),
    curve=_combined(_GIVEN),
    planned_curve=_combined(_GIVEN + _PLANNED),
    doses=tuple(
        Dose(day=day, number=i + 1, planned=day > 16) for i, day in enumerate(_GIVEN + _PLANNED)
    ),
    sessions=tuple(
        Session(day=day, label=label, done=day < 16)
        for day, label in (
            (-6.4, "prep"),
            (-2.5, "prep"),
            (1.5, "IFS"),
            (3.1, "CBT"),
            (6.1, "somatic"),
            (11.2, "IFS"),
            (15.58, "EMDR"),
            (16.58, ""),
            (17.38, ""),
            (21.2, ""),
            (27.2, ""),
        )
    ),
    scores=(
        Scores(
            name="PHQ-9",
            low=0,
            high=27,
            points=((-8, 21), (-1, 20), (3, 14), (8, 11), (13.4, 9)),
            due=(17.75, 24),
            remission_under=5,
            response_at=10,
        ),
    ),
    weather=tuple(
        (float(day), None if day in (-5, 6) else _KINDS[_SKY[(day + 8) % len(_SKY)]])
        for day in range(-8, 16)
    ),
    trails=(
        Ribbon(
            name="Shut down",
            is_new=False,
            points=tuple(
                (d / 2, 0.95 if d < 0 else 0.95 - 0.5 * (1 - math.exp(-d / 26)))
                for d in range(-16, 33)
            ),
        ),
        Ribbon(
            name="Say one true thing",
            is_new=True,
            points=tuple(
                (d / 2, 0.02 if d < 1 else 0.02 + 0.62 * (1 - math.exp(-(d - 1) / 18)))
                for d in range(-16, 33)
            ),
        ),
    ),
    sleep=tuple(
        (
            float(day),
            None if day == 5 else 4.6 if day == 15 else round(_NIGHTS.uniform(5.4, 8.2), 1),
        )
        for day in range(-8, 16)
    ),
)
