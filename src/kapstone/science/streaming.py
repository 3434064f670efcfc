"""Cohorts too large to hold: blocks are simulated, counted into histograms, and let go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, wait
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kapstone.science.bands import LEVELS
from kapstone.science.cohort import block_sizes
from kapstone.science.counting import (
    BINS,
    HIGHEST,
    QUANTITIES,
    Counts,
    Part,
    Task,
    part_of,
)
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.protocols import Protocol
from kapstone.science.quantities import FloatArray, Grade, QuantityError

TASKS_AT_MOST = 64


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
    fast: bool = False,
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
    fast : step the days in C, compiled on this machine; agrees with NumPy, but not to the byte
    progress : told how many people have been simulated, as tasks end

    Raises
    ------
    QuantityError : an impossible number of people or partitions
    ModelError : the fast path is asked for and no compiler is there

    Notes
    -----
    Source: docs/science/cohorts.md.
    """
    parameters = parameters or load_parameters()
    sizes = block_sizes(count)
    tasks = [
        Task(protocol, seed, span, tuple(sizes[block] for block in span), fast)
        for span in _spans(len(sizes), partitions)
    ]
    sum_up = _Sum(protocol.days + 1, len(sizes))
    for part in _parts(tasks, executor, parameters):
        sum_up.add(part)
        if progress is not None:
            progress(sum_up.people)
    return sum_up.summary(protocol, seed, parameters)


def _spans(blocks: int, partitions: int | None) -> list[range]:
    """Cut the blocks into neighbouring ranges, as even as can be."""
    wanted = min(TASKS_AT_MOST, blocks) if partitions is None else partitions
    if wanted < 1:
        raise QuantityError(f"a cohort is split into at least 1 part, got {wanted!r}")
    edges = np.linspace(0, blocks, min(wanted, blocks) + 1).round().astype(int)
    return [range(low, high) for low, high in pairwise(edges.tolist())]


def _parts(
    tasks: Iterable[Task], executor: Executor | None, parameters: Parameters
) -> Iterator[Part]:
    """Run every task, here or through the executor; yield parts as they come, keeping none."""
    if executor is None:
        for task in tasks:
            yield part_of(task, parameters)
        return
    waiting = {executor.submit(part_of, task, parameters) for task in tasks}
    while waiting:
        ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        while ended:
            yield ended.pop().result()


class _Sum:
    """Parts merged: counts add in any order, blocks' sums are added in the order of blocks."""

    def __init__(self, days: int, blocks: int) -> None:
        self.people = 0
        self._counts = np.zeros((len(QUANTITIES), days, BINS), dtype=np.int64)
        self._sums = np.zeros((blocks, 2, len(QUANTITIES), days))
        self._responded = np.zeros(days, dtype=np.int64)
        self._remitted = np.zeros(days, dtype=np.int64)

    def add(self, part: Part) -> None:
        """Take one part in."""
        self.people += part.people
        self._counts += part.counts
        self._sums[part.blocks.start : part.blocks.stop] = part.sums
        self._responded += part.responded
        self._remitted += part.remitted

    def summary(self, protocol: Protocol, seed: int, parameters: Parameters) -> CohortSummary:
        """Read means, spreads, quantiles and shares off."""
        first, second = self._sums.cumsum(axis=0)[-1]
        mean = first / self.people
        variance = np.maximum(second / self.people - mean**2, 0.0)
        return CohortSummary(
            protocol=protocol,
            people=self.people,
            seed=seed,
            quantities=QUANTITIES,
            levels=LEVELS,
            mean=mean,
            sd=np.sqrt(variance),
            quantiles=_read_quantiles(self._counts, self.people),
            responded=self._responded / self.people,
            remitted=self._remitted / self.people,
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
