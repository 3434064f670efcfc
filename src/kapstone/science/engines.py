"""Where a cohort runs: threads, processes, or a Dask cluster. All are one ``Executor``."""

from __future__ import annotations

import importlib
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from enum import StrEnum
from typing import TextIO

from kapstone.science.quantities import ModelError

WIDTH = 30


class Engine(StrEnum):
    """The engines that the command line offers."""

    THREADS = "threads"
    PROCESSES = "processes"
    DASK = "dask"


@contextmanager
def running(engine: Engine, workers: int | None = None) -> Iterator[Executor]:
    """
    Open an executor and close it afterwards.

    Parameters
    ----------
    workers : as many as there are processors if none

    Raises
    ------
    ModelError : Dask is asked for and is not installed
    """
    count = workers or os.cpu_count() or 1
    if engine is Engine.THREADS:
        with ThreadPoolExecutor(count) as threads:
            yield threads
    elif engine is Engine.PROCESSES:
        spawning = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(count, mp_context=spawning) as processes:
            yield processes
    else:
        yield from _dask(count)


def _dask(count: int) -> Iterator[Executor]:
    """Start a small cluster here. For a real one, hand ``simulate`` its ``get_executor()``."""
    try:
        distributed = importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        raise ModelError("the dask engine needs `pip install kapstone[cluster]`") from error
    with (
        distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client.get_executor()


class ProgressBar:
    """A bar on a terminal; on anything else, silence until the end."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self._total, self._stream = total, stream
        self._live = stream.isatty()

    def __call__(self, done: int) -> None:
        """Draw how many people are done."""
        if self._live:
            filled = WIDTH * done // self._total
            bar = "#" * filled + "." * (WIDTH - filled)
            self._stream.write(f"\r[{bar}] {done:,} of {self._total:,} people")
        if done == self._total:
            end = "\n" if self._live else f"{done:,} of {self._total:,} people\n"
            self._stream.write(end)
        self._stream.flush()
