"""Cohorts too large to hold: blocks are simulated, counted into histograms, and let go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kapstone.science.bands import LEVELS
from kapstone.science.cohort import Day, block_days, block_sizes, cast
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.protocols import Protocol
from kapstone.science.quantities import FloatArray, Grade, QuantityError

QUANTITIES = ("openness", "relief", "new", "old", "chosen", "madrs")
HIGHEST = {"openness": 4.0, "relief": 1.0, "new": 1.0, "old": 1.0, "chosen": 1.0, "madrs": 60.0}
"""Range counted for each quantity; what lies above falls in the last bin."""
BINS = 1024
RESPONSE_SHARE = 0.5
REMISSION_MADRS = 10.0
TASKS_AT_MOST = 64
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one task sends back: counts over its people, and sums of each of its blocks."""

    blocks: tuple[int, ...]
    people: int
    counts: NDArray[np.int32]
    sums: FloatArray
    responded: Counts
    remitted: Counts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CohortSummary:
    """
    A cohort by quantity and day, 0 to ``days``.

    ``mean`` and ``sd`` have shape (6, days + 1), in the order of ``quantities``; ``quantiles``
    (6, days + 1, len(levels)), each within 1/1024 of the quantity's range; ``responded`` (MADRS
    halved) and ``remitted`` (MADRS at most 10) shares of shape (days + 1,). Evidence F and D.
    """

    protocol: Protocol
    people: int
    seed: int
    quantities: tuple[str, ...]
    levels: tuple[float, ...]
    mean: FloatArray
    sd: FloatArray
    quantiles: FloatArray
    responded: FloatArray
    remitted: FloatArray
    sha256: str
    model_id: str
    grade: Grade = Grade.FITTED


def simulate(
    protocol: Protocol,
    *,
    count: int,
    seed: int,
    executor: Executor | None = None,
    partitions: int | None = None,
    progress: Callable[[int], None] | None = None,
    parameters: Parameters | None = None,
) -> CohortSummary:
    """
    Simulate a cohort of any size and keep its summary.

    Parameters
    ----------
    count : number of people, 1 to 100,000,000
    seed : the same seed gives the same bytes, whatever the executor and the split
    executor : any ``concurrent.futures.Executor``; this thread alone if none. Seeds go out and
        summaries come back, so a cluster's executor does as well
    partitions : tasks to split the cohort into; up to 64 if none
    progress : told how many people have been simulated, as tasks end

    Raises
    ------
    QuantityError : an impossible number of people or partitions

    Notes
    -----
    Source: docs/science/cohorts.md.
    """
    parameters = parameters or load_parameters()
    sizes = block_sizes(count)
    spans = _spans(len(sizes), partitions)
    parts: list[Part] = []
    done = 0
    for part in _parts(protocol, sizes, spans, seed, executor, parameters):
        parts.append(part)
        done += part.people
        if progress is not None:
            progress(done)
    return _summary(protocol, count, seed, parts, parameters)


def _spans(blocks: int, partitions: int | None) -> list[range]:
    """Cut the blocks into neighbouring ranges, as even as can be."""
    wanted = min(TASKS_AT_MOST, blocks) if partitions is None else partitions
    if wanted < 1:
        raise QuantityError(f"a cohort is split into at least 1 part, got {wanted!r}")
    edges = np.linspace(0, blocks, min(wanted, blocks) + 1).round().astype(int)
    return [range(low, high) for low, high in pairwise(edges.tolist())]


def _parts(
    protocol: Protocol,
    sizes: tuple[int, ...],
    spans: Iterable[range],
    seed: int,
    executor: Executor | None,
    parameters: Parameters,
) -> Iterator[Part]:
    """Run every span, here or through the executor, and yield parts as they come."""
    tasks = [(span, tuple(sizes[block] for block in span)) for span in spans]
    if executor is None:
        for span, people in tasks:
            yield part_of(protocol, seed, span, people, parameters)
        return
    waiting: list[Future[Part]] = [
        executor.submit(part_of, protocol, seed, span, people, parameters)
        for span, people in tasks
    ]
    for one in as_completed(waiting):
        yield one.result()


class _Tally:
    """Counts the days of blocks; made anew in each task."""

    def __init__(self, blocks: int, days: int) -> None:
        self.counts = np.zeros((len(QUANTITIES), days, BINS), dtype=np.int32)
        self.sums = np.zeros((blocks, 2, len(QUANTITIES), days))
        self.responded = np.zeros(days, dtype=np.int64)
        self.remitted = np.zeros(days, dtype=np.int64)

    def add(self, place: int, day: Day, half: FloatArray) -> None:
        """Count one day of one block."""
        for row, name in enumerate(QUANTITIES):
            values: FloatArray = getattr(day, name)
            bins = np.minimum((values * (BINS / HIGHEST[name])).astype(np.intp), BINS - 1)
            self.counts[row, day.day] += np.bincount(bins, minlength=BINS).astype(np.int32)
            self.sums[place, 0, row, day.day] = values.sum()
            self.sums[place, 1, row, day.day] = np.dot(values, values)
        self.responded[day.day] += np.count_nonzero(day.madrs <= half)
        self.remitted[day.day] += np.count_nonzero(day.madrs <= REMISSION_MADRS)


def part_of(
    protocol: Protocol,
    seed: int,
    blocks: range,
    sizes: tuple[int, ...],
    parameters: Parameters,
) -> Part:
    """Simulate some blocks and count them: the task that is sent out."""
    tally = _Tally(len(blocks), protocol.days + 1)
    for place, (block, size) in enumerate(zip(blocks, sizes, strict=True)):
        people = cast(protocol, seed=seed, block=block, count=size, parameters=parameters)
        half = people.mood.start * RESPONSE_SHARE
        for day in block_days(protocol, people, parameters):
            tally.add(place, day, half)
    return Part(
        tuple(blocks), sum(sizes), tally.counts, tally.sums, tally.responded, tally.remitted
    )


def _summary(
    protocol: Protocol, count: int, seed: int, parts: list[Part], parameters: Parameters
) -> CohortSummary:
    """Merge: counts add in any order; the blocks' sums are added in the order of the blocks."""
    counts = np.zeros(parts[0].counts.shape, dtype=np.int64)
    responded = np.zeros(protocol.days + 1, dtype=np.int64)
    remitted = np.zeros(protocol.days + 1, dtype=np.int64)
    for part in parts:
        counts += part.counts
        responded += part.responded
        remitted += part.remitted
    ordered = sorted(parts, key=lambda part: part.blocks)
    first, second = np.concatenate([part.sums for part in ordered]).cumsum(axis=0)[-1]
    mean = first / count
    variance = np.maximum(second / count - mean**2, 0.0)
    return CohortSummary(
        protocol=protocol,
        people=count,
        seed=seed,
        quantities=QUANTITIES,
        levels=LEVELS,
        mean=mean,
        sd=np.sqrt(variance),
        quantiles=_read_quantiles(counts, count),
        responded=responded / count,
        remitted=remitted / count,
        sha256=parameters.sha256,
        model_id=parameters.model_id,
    )


def _read_quantiles(counts: Counts, people: int) -> FloatArray:
    """Read quantiles off the histograms, linear inside a bin: shape (6, days, levels)."""
    below = np.cumsum(counts, axis=2)
    found = np.empty((*counts.shape[:2], len(LEVELS)))
    for place, level in enumerate(LEVELS):
        wanted = level * people
        bins = np.argmax(below >= wanted, axis=2)
        inside = np.take_along_axis(counts, bins[:, :, None], axis=2)[:, :, 0]
        before = np.take_along_axis(below, bins[:, :, None], axis=2)[:, :, 0] - inside
        found[:, :, place] = bins + (wanted - before) / inside
    width = np.array([HIGHEST[name] / BINS for name in QUANTITIES])
    return np.asarray(found * width[:, None, None])
