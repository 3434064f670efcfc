"""Free times for integration, ranked by the window. It ranks; it never forbids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.phases import Phase, phase_at, phases
from kapstone.science.quantities import FloatArray, Grade, QuantityError, within
from kapstone.science.window import Clock, Jump, openness_at, segments, typical_clock
from kapstone.science.wording import Shown, how_we_know

SAMPLES = 9


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A time that both diaries leave free, in hours on the clock of the doses."""

    start_h: float
    end_h: float


@dataclass(frozen=True, slots=True)
class RankedTime:
    """
    A free time with its rank, 1 first: mean W over it, its phase, and what speaks against it.

    ``notes`` are reasons to think twice; none of them removes a time from the list.
    """

    free: FreeTime
    rank: int
    openness: float
    phase: Phase
    notes: tuple[str, ...]
    caveat: str
    sha256: str
    grade: Grade = Grade.ASSUMPTION


def rank_times(
    jumps: Sequence[Jump],
    free: Sequence[FreeTime],
    *,
    not_before_h: float | None = None,
    booked: Sequence[FreeTime] = (),
    least_gap_h: float = 12.0,
    clock: Clock | None = None,
    parameters: Parameters | None = None,
) -> tuple[RankedTime, ...]:
    """
    Rank free times by the mean of W over each; earlier first where two are alike.

    Parameters
    ----------
    jumps : what ``exposure`` gives for one person; may be empty
    free : free times in any order; all of them come back
    not_before_h : hours before which the person may not be ready, if that is known
    booked : sessions already booked; a free time nearer than ``least_gap_h`` hours is noted
    clock : the typical person's if none

    Raises
    ------
    QuantityError : a time that ends before it starts, or a negative gap

    Notes
    -----
    Nobody has tested whether therapy works better inside the window: the caveat says so.
    Source: docs/science/slots.md. Evidence D.
    """
    parameters = parameters or load_parameters()
    clock = clock or typical_clock(parameters)
    within("least gap", least_gap_h, 0.0, 1000.0, "h")
    for time in (*free, *booked):
        if not (np.isfinite(time.start_h) and time.start_h < time.end_h < np.inf):
            raise QuantityError(f"a free time must end after it starts: {time!r}")
    parts, spans = segments(jumps, clock), phases(jumps, clock=clock, parameters=parameters)
    rated = []
    for time in free:
        hours = np.linspace(time.start_h, time.end_h, SAMPLES)
        rated.append((_mean(openness_at(parts, clock, hours)[0]), time))
    rated.sort(key=lambda pair: (-round(pair[0], 9), pair[1].start_h))
    caveat = how_we_know(Shown.TIMING).sentence
    return tuple(
        RankedTime(
            free=time,
            rank=rank,
            openness=mean,
            phase=phase_at(spans, (time.start_h + time.end_h) / 2.0),
            notes=_notes(time, not_before_h, booked, least_gap_h),
            caveat=caveat,
            sha256=parameters.sha256,
        )
        for rank, (mean, time) in enumerate(rated, start=1)
    )


def _mean(values: FloatArray) -> float:
    return float(np.trapezoid(values) / (len(values) - 1))


def _notes(
    time: FreeTime,
    not_before_h: float | None,
    booked: Sequence[FreeTime],
    least_gap_h: float,
) -> tuple[str, ...]:
    """Say what a person should weigh about a time."""
    notes: list[str] = []
    if not_before_h is not None and time.start_h < not_before_h:
        notes.append("Some people are not yet ready this soon after the dose.")
    gaps = [max(one.start_h - time.end_h, time.start_h - one.end_h) for one in booked]
    if any(gap < 0.0 for gap in gaps):
        notes.append("Another session is booked at this time.")
    elif any(gap < least_gap_h for gap in gaps):
        notes.append(f"Less than {least_gap_h:g} hours from another session.")
    return tuple(notes)
