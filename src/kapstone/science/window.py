"""The plasticity window: a two-state chain that each dose sets going."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from kapstone.science.draws import spread_within, spread_without
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.quantities import (
    HOURS_PER_DAY,
    FloatArray,
    Grade,
    ModelError,
    QuantityError,
    times,
    within,
)

NEAR_EQUAL = 1e-9


class Jump(Protocol):
    """Anything that sets the window going at a time: a ``DoseExposure``, or a ``PlainJump``."""

    @property
    def time_h(self) -> float:
        """Hours at which the dose began."""
        ...

    @property
    def amplitude(self) -> FloatArray:
        """Size of the jump, shape (n,) or (1,)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class PlainJump:
    """A jump of known amplitude, for work without a dose."""

    time_h: float
    amplitude: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clock:
    """
    How fast the window opens and closes, for n people.

    ``rise`` (b) and ``decay`` (g) in 1/d, ``norm`` (c) the factor that brings a single jump of
    one to a peak of one, ``learning`` the multiplier at the peak (M_MAX): shape (n,) or (1,).
    """

    rise: FloatArray
    decay: FloatArray
    norm: FloatArray
    learning: FloatArray
    cap: float


def typical_clock(parameters: Parameters | None = None) -> Clock:
    """Give the clock of the typical person. Evidence D. Source: docs/science/window.md."""
    parameters = parameters or load_parameters()
    symbols = ("T_RISE", "T_DECAY", "M_MAX")
    rise, decay, learning = (np.array([parameters.number(f"window.{one}")]) for one in symbols)
    return clock_of(rise, decay, learning, cap=parameters.number("window.WMAX"))


def drawn_clock(
    count: int, rng: np.random.Generator, parameters: Parameters | None = None
) -> Clock:
    """
    Draw the clocks of n people: half-lives lognormal, the multiplier lognormal and truncated.

    The multiplier is not identified by any trial, so every population run samples it.
    Source: docs/science/window.md, section Bands.
    """
    parameters = parameters or load_parameters()
    rise = spread_without(parameters["window.T_RISE"], count, rng)
    decay = spread_without(parameters["window.T_DECAY"], count, rng)
    learning = spread_within(parameters["window.M_MAX"], count, rng)
    return clock_of(rise, decay, learning, cap=parameters.number("window.WMAX"))


def clock_of(
    half_rise_d: FloatArray, half_decay_d: FloatArray, learning: FloatArray, *, cap: float
) -> Clock:
    """
    Build clocks from half-lives in days, shape (n,) or (1,).

    Raises
    ------
    QuantityError : a half-life or cap that is not above zero, or a multiplier below one

    Notes
    -----
    Source: docs/science/window.md, equation 4.
    """
    if not (np.all(half_rise_d > 0) and np.all(half_decay_d > 0) and cap > 0):
        raise QuantityError("half-lives and the cap of the window must be above zero")
    if not np.all(learning >= 1.0):
        raise QuantityError("the learning multiplier must be at least 1")
    rise, decay = np.log(2.0) / half_rise_d, np.log(2.0) / half_decay_d
    rise = np.where(
        np.abs(rise - decay) < NEAR_EQUAL * decay, decay * (1 + 2 * NEAR_EQUAL), rise
    )
    peak_d = np.log(rise / decay) / (rise - decay)
    reached = rise / (rise - decay) * (np.exp(-decay * peak_d) - np.exp(-rise * peak_d))
    return Clock(rise=rise, decay=decay, norm=1.0 / reached, learning=learning, cap=cap)


def scaled_learning(clock: Clock, share: float) -> Clock:
    """
    Scale what the multiplier adds, M_MAX - 1, by the drug's share.

    Raises
    ------
    QuantityError : a share outside 0 to 1

    Notes
    -----
    Source: docs/science/symptoms.md, section Scenarios.
    """
    within("drug share", share, 0.0, 1.0, "(a share)")
    return replace(clock, learning=1.0 + share * (clock.learning - 1.0))


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """
    The window at times: ``openness`` W and ``learning`` M = 1 + (M_MAX - 1) W.

    Arrays of shape (m,) for one person, (n, m) for n. W has no unit; 1 is the peak of one dose
    of 0.5 mg/kg IV. Evidence D, drawn from C: an idea, not a measurement.
    """

    times_h: FloatArray
    openness: FloatArray
    learning: FloatArray
    sha256: str
    grade: Grade = Grade.ASSUMPTION


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """
    The window between jumps, exactly: W = slow exp(-decay t) - fast exp(-rise t), t in days.

    ``starts_h`` shape (j,); ``slow``, ``fast`` shape (n, j), from each jump to the next.
    """

    starts_h: FloatArray
    slow: FloatArray
    fast: FloatArray


def segments(jumps: Sequence[Jump], clock: Clock) -> Segments:
    """
    Step from jump to jump: decay what is there, then add a x max(0, 1 - W/WMAX).

    Source: docs/science/window.md, equations 2 and 3.
    """
    ordered = sorted(jumps, key=lambda jump: jump.time_h)
    _check(ordered)
    share = clock.norm * clock.rise / (clock.rise - clock.decay)
    store, openness, last_h = np.zeros(1), np.zeros(1), 0.0
    slow: list[FloatArray] = []
    fast: list[FloatArray] = []
    for jump in ordered:
        days = (jump.time_h - last_h) / HOURS_PER_DAY if slow else 0.0
        gone, left = np.exp(-clock.rise * days), np.exp(-clock.decay * days)
        openness = openness * left + share * store * (left - gone)
        store = store * gone + jump.amplitude * np.maximum(0.0, 1.0 - openness / clock.cap)
        last_h = jump.time_h
        fast.append(share * store)
        slow.append(openness + fast[-1])
    starts = np.array([jump.time_h for jump in ordered])
    if not ordered:
        return Segments(starts, np.zeros((1, 0)), np.zeros((1, 0)))
    return Segments(starts, _columns(slow), _columns(fast))


def _columns(parts: list[FloatArray]) -> FloatArray:
    return np.stack(np.broadcast_arrays(*parts), axis=1)


def _check(jumps: Sequence[Jump]) -> None:
    for jump in jumps:
        if not np.isfinite(jump.time_h) or not np.all(np.isfinite(jump.amplitude)):
            raise QuantityError("every dose needs a finite time and amplitude")
        if np.any(jump.amplitude < 0):
            raise QuantityError(f"an amplitude cannot be negative, got {jump.amplitude!r}")


def window(
    jumps: Sequence[Jump],
    times_h: Sequence[float] | FloatArray,
    *,
    clock: Clock | None = None,
    parameters: Parameters | None = None,
) -> Window:
    """
    Give the window at times, from the doses as they were given.

    Parameters
    ----------
    jumps : what ``exposure`` gives, or plain jumps, in any order; may be empty
    times_h : shape (m,), hours on the clock of the doses; before the first dose W is zero
    clock : the typical person's if none

    Returns
    -------
    Window : W and M of shape (m,), or (n, m) for n people

    Raises
    ------
    QuantityError : times that are not finite, or an amplitude below zero

    Notes
    -----
    Exact between doses. Source: docs/science/window.md.
    Not for: choosing a dose. Nobody has tested whether therapy works better inside it.
    """
    parameters = parameters or load_parameters()
    clock = clock or typical_clock(parameters)
    at = times("times", times_h, low=-np.inf)
    openness = openness_at(segments(jumps, clock), clock, at)
    learning = 1.0 + (clock.learning[:, None] - 1.0) * openness
    if len(openness) == 1 and len(learning) == 1:
        openness, learning = openness[0], learning[0]
    return Window(at, openness, learning, parameters.sha256)


def openness_at(parts: Segments, clock: Clock, at_h: FloatArray) -> FloatArray:
    """
    Give W at hours of shape (m,), as an array of shape (n, m).

    Source: docs/science/window.md, equation 3.
    """
    count = max(len(parts.slow), len(clock.rise))
    found = np.zeros((len(at_h), count))
    place = np.searchsorted(parts.starts_h, at_h, side="right") - 1
    for segment, start in enumerate(parts.starts_h):
        here = np.flatnonzero(place == segment)
        days = (at_h[here, None] - start) / HOURS_PER_DAY
        value = np.exp(-clock.decay * days)
        value *= parts.slow[:, segment]
        gone = np.exp(-clock.rise * days)
        gone *= parts.fast[:, segment]
        value -= gone
        found[here] = value
    return np.maximum(found, 0.0, out=found).T


def multiplier(
    *,
    exercise: float = 0.0,
    sleep_loss: float = 0.0,
    stress: float = 0.0,
    parameters: Parameters | None = None,
) -> float:
    """
    Give the what-if multiplier on an amplitude for lifestyle inputs, each from 0 to 1.

    Raises
    ------
    QuantityError : an input outside 0 to 1

    Notes
    -----
    Evidence D. No trial shows that these change what ketamine does: no forecast calls this, and
    a screen may show it only as an explicit "what if". Source: docs/science/window.md.
    """
    parameters = parameters or load_parameters()
    number = parameters.number
    for name, amount in (
        ("exercise", exercise),
        ("sleep loss", sleep_loss),
        ("stress", stress),
    ):
        within(name, amount, 0.0, 1.0, "(a share)")
    total = 1.0 + number("modulator.EXERCISE") * exercise
    total -= number("modulator.SLEEP_LOSS") * sleep_loss + number("modulator.STRESS") * stress
    return min(max(total, number("modulator.LOW")), number("modulator.HIGH"))


def what_if(jumps: Sequence[Jump], factor: float) -> tuple[PlainJump, ...]:
    """
    Multiply every amplitude by one factor, for an explicit "what if".

    Raises
    ------
    ModelError : a factor that is not above zero
    """
    if not factor > 0:
        raise ModelError(f"the what-if factor must be above 0, got {factor!r}")
    return tuple(PlainJump(jump.time_h, jump.amplitude * factor) for jump in jumps)
