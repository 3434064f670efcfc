"""Samples for many people: trajectories, rates, completeness."""

from __future__ import annotations

import math
from random import Random

from kapstone.core.ui.charts.dot_interval import Benchmark, DotInterval, Rate
from kapstone.core.ui.charts.trajectories import (
    Completeness,
    SeverityBand,
    SmallMultiple,
    Trajectories,
    Trajectory,
)

_DAYS = (0, 4, 8, 15, 22, 29, 43, 60)
_DOSE_DAYS = (0.0, 5.0, 9.0, 16.0, 23.0, 30.0)


def _score(first: float, last: float, day: int, chance: Random) -> float:
    """Give one score on the way from the first to the last, with a little noise."""
    wanted = first + (last - first) * (1 - math.exp(-day / 11))
    noise = chance.gauss(0, 1.2) if day else 0.0
    return float(min(27, max(0, round(wanted + noise))))


def _outcome(first: float, end: float) -> str:
    if end < 5:
        return "remission"
    if end <= first / 2:
        return "response"
    return "worse" if end >= first + 2 else "none"


def _people() -> tuple[Trajectory, ...]:
    chance = Random(16)  # noqa: S311  fixed sample data
    people = []
    for _ in range(31):
        first, luck = chance.randint(13, 23), chance.random()
        share = 0.15 if luck < 0.3 else 0.35 if luck < 0.56 else 0.78
        last = first + 3 if luck > 0.93 else first * share
        points = tuple((float(day), _score(first, last, day, chance)) for day in _DAYS)
        people.append(Trajectory(points=points, outcome=_outcome(first, points[-1][1])))
    return tuple(people)


PEOPLE = _people()


def _rank(share: float) -> tuple[tuple[float, float], ...]:
    """Give the score below which a share of the sample lies, day by day."""
    found = []
    for i, day in enumerate(_DAYS):
        scores = sorted(person.points[i][1] for person in PEOPLE)
        found.append((float(day), scores[int(share * (len(scores) - 1))]))
    return tuple(found)


TRAJECTORIES = Trajectories(
    uid="everybody",
    measure="PHQ-9",
    high=27,
    people=PEOPLE,
    bands=(
        SeverityBand(low=0, high=5, label="remission", remission=True),
        SeverityBand(low=5, high=10, label="mild"),
        SeverityBand(low=10, high=15, label="moderate"),
        SeverityBand(low=15, high=20, label="mod. severe"),
        SeverityBand(low=20, high=27, label="severe"),
    ),
    median=_rank(0.5),
    lower=_rank(0.25),
    upper=_rank(0.75),
    dose_days=_DOSE_DAYS,
    ticks=(
        (0, "first dose"),
        (14, "day 14"),
        (21, "day 21"),
        (28, "day 28"),
        (42, "day 42"),
        (60, "day 60"),
    ),
)

_SMALL: tuple[tuple[str, str, tuple[float, ...]], ...] = (
    ("Poplar", "worse", (16, 13, 14, 15, 17, 19)),
    ("Birch", "none", (17, 15)),
    ("Elm", "none", (19, 17, 18, 16, 17, 16)),
    ("Linden", "response", (20, 14, 11, 9)),
    ("Oak", "response", (16, 9, 8, 6, 7, 5, 6)),
    ("Beech", "remission", (17, 8, 5, 3, 3, 2, 3, 4)),
)
SMALL = tuple(
    SmallMultiple(
        uid=f"one-{name.lower()}",
        name=name,
        measure="PHQ-9",
        points=tuple((float(d), s) for d, s in zip(_DAYS, scores, strict=False)),
        high=27,
        remission_under=5,
        outcome=outcome,
        dose_days=tuple(day for day in _DOSE_DAYS if day <= _DAYS[len(scores) - 1]),
    )
    for name, outcome, scores in _SMALL
)

DOTS = DotInterval(
    uid="rates",
    title="At day 60, with 95% intervals",
    rates=(
        Rate(
            label="Response",
            count=15,
            of=31,
            low=0.32,
            high=0.652,
            benchmarks=(
                Benchmark(letter="A", share=0.536),
                Benchmark(letter="B", share=0.50),
                Benchmark(letter="C", share=0.628),
            ),
        ),
        Rate(
            label="Remission",
            count=9,
            of=31,
            low=0.161,
            high=0.466,
            benchmarks=(
                Benchmark(letter="A", share=0.289),
                Benchmark(letter="B", share=0.20),
                Benchmark(letter="C", share=0.326),
            ),
        ),
        Rate(
            label="Worse",
            count=1,
            of=31,
            low=0.006,
            high=0.162,
            worse=True,
            benchmarks=(Benchmark(letter="A", share=0.084), Benchmark(letter="C", share=0.009)),
        ),
    ),
)
COMPLETE = Completeness(
    uid="complete",
    started=38,
    points=(
        ("Base", 38),
        ("D1", 38),
        ("D2", 37),
        ("D3", 36),
        ("D4", 34),
        ("D5", 33),
        ("D6", 33),
        ("W6", 28),
        ("W8", 31),
    ),
)
