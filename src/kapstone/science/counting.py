"""Counting the days of blocks into histograms: one task of a streamed cohort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kapstone.science.cohort import Cast, Day, block_days, block_map, cast
from kapstone.science.fast import Compiled, compiled
from kapstone.science.parameters import Parameters
from kapstone.science.protocols import Protocol
from kapstone.science.quantities import FloatArray

QUANTITIES = ("openness", "relief", "new", "old", "chosen", "madrs")
HIGHEST = {"openness": 4.0, "relief": 1.0, "new": 1.0, "old": 1.0, "chosen": 1.0, "madrs": 60.0}
"""Range counted for each quantity; what lies above falls in the last bin."""
BINS = 1024
RESPONSE_SHARE = 0.5
REMISSION_MADRS = 10.0
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Task:
    """What is sent out: blocks of one cohort, by seed. A few hundred bytes."""

    protocol: Protocol
    seed: int
    blocks: range
    sizes: tuple[int, ...]
    fast: bool


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """
    What comes back: counts over the task's people, and sums of each of its blocks.

    ``counts`` (6, days + 1, bins); ``sums`` and sums of squares (blocks, 2, 6, days + 1);
    ``responded`` and ``remitted`` (days + 1,).
    """

    blocks: range
    people: int
    counts: NDArray[np.int32]
    sums: FloatArray
    responded: Counts
    remitted: Counts


def empty_part(task: Task) -> Part:
    """Lay out a part with nothing counted yet."""
    days = task.protocol.days + 1
    return Part(
        blocks=task.blocks,
        people=sum(task.sizes),
        counts=np.zeros((len(QUANTITIES), days, BINS), dtype=np.int32),
        sums=np.zeros((len(task.blocks), 2, len(QUANTITIES), days)),
        responded=np.zeros(days, dtype=np.int64),
        remitted=np.zeros(days, dtype=np.int64),
    )


def part_of(task: Task, parameters: Parameters) -> Part:
    """Simulate the blocks of a task and count them."""
    part, engine = empty_part(task), compiled() if task.fast else None
    for place, (block, size) in enumerate(zip(task.blocks, task.sizes, strict=True)):
        people = cast(
            task.protocol, seed=task.seed, block=block, count=size, parameters=parameters
        )
        if engine is None:
            half = people.mood.start * RESPONSE_SHARE
            for day in block_days(task.protocol, people, parameters):
                _count(part, place, day, half)
        else:
            _run(engine, part, place, task.protocol, people, parameters)
    return part


def _count(part: Part, place: int, day: Day, half: FloatArray) -> None:
    """Count one day of one block."""
    for row, name in enumerate(QUANTITIES):
        values: FloatArray = getattr(day, name)
        bins = np.minimum((values * (BINS / HIGHEST[name])).astype(np.intp), BINS - 1)
        part.counts[row, day.day] += np.bincount(bins, minlength=BINS).astype(np.int32)
        part.sums[place, 0, row, day.day] = values.sum()
        part.sums[place, 1, row, day.day] = np.dot(values, values)
    part.responded[day.day] += np.count_nonzero(day.madrs <= half)
    part.remitted[day.day] += np.count_nonzero(day.madrs <= REMISSION_MADRS)


def _run(
    engine: Compiled,
    part: Part,
    place: int,
    protocol: Protocol,
    people: Cast,
    parameters: Parameters,
) -> None:
    """Hand one block to the compiled days."""
    stepping = block_map(protocol, people, parameters, engine)
    engine.days(
        stepping,
        people.mood,
        counts=part.counts,
        sums=part.sums[place],
        ends=(part.responded, part.remitted),
        highest=tuple(HIGHEST[name] for name in QUANTITIES),
        remission=REMISSION_MADRS,
    )
