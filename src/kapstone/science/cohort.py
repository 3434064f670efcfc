"""Virtual patients: the same person for the same seed, whatever the number or the split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.random import SFC64, Generator, SeedSequence

from kapstone.science.daily import DailyMap, DayDose, Diary, Habit, drawn_habit
from kapstone.science.exposure import Occupier, exposure
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.people import Body, drawn
from kapstone.science.protocols import Protocol, six_infusions
from kapstone.science.quantities import HOURS_PER_DAY, FloatArray, Grade, QuantityError
from kapstone.science.symptoms import (
    MADRS_HIGHEST,
    PHQ_HIGHEST,
    Mood,
    drawn_mood,
    drug_share,
    madrs,
    phq9_of_group,
)
from kapstone.science.window import Clock, drawn_clock, scaled_learning

BLOCK = 4096
"""People are drawn this many at a time, each block from its own stream of the seed."""
DAYS_PER_MONTH = 30.4375
LARGEST = 100_000_000
HELD_LIMIT = 100_000
_Part = TypeVar("_Part", Body, Clock, Habit, Mood)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cast:
    """The people of one block: bodies, clocks, habits and moods."""

    count: int
    weight_kg: FloatArray
    body: Body
    clock: Clock
    habit: Habit
    mood: Mood
    setbacks: np.ndarray[tuple[int, int], np.dtype[np.bool_]] | None


@dataclass(frozen=True, slots=True)
class Change:
    """
    What is changed in everybody, to see what the model's claims hang on.

    ``relief`` false takes the drug's relief away (an ablation); ``rates`` multiplies the two
    trail rates that the window multiplies.
    """

    relief: bool = True
    rates: float = 1.0


NOTHING = Change()


def _stream(seed: int, block: int, purpose: int) -> Generator:
    """Give the stream of one block for one purpose: no draw shifts another's."""
    return Generator(SFC64(SeedSequence(seed, spawn_key=(block, purpose))))


def _first(part: _Part, full: int, count: int) -> _Part:
    """Keep the first people of a part drawn for ``full``."""
    if count == full:
        return part
    cut: dict[str, Any] = {
        one.name: value[:count]
        for one in fields(part)
        if isinstance(value := getattr(part, one.name), np.ndarray) and len(value) == full
    }
    if isinstance(part, Body):
        return replace(part, count=count, **cut)
    return replace(part, **cut)


def cast(
    protocol: Protocol,
    *,
    seed: int,
    block: int,
    count: int,
    parameters: Parameters,
    change: Change = NOTHING,
) -> Cast:
    """
    Draw the first ``count`` people of a block.

    A whole block is always drawn, so that a person is the same whatever the cohort's size.
    """
    rng = _stream(seed, block, 0)
    weight = protocol.weight_kg + protocol.weight_sd_kg * rng.standard_normal(BLOCK)
    weight = np.clip(weight, 40.0, 160.0)
    body = drawn(
        BLOCK, rng, weight_kg=weight, interaction=protocol.interaction, parameters=parameters
    )
    clock = drawn_clock(BLOCK, rng, parameters)
    habit = drawn_habit(BLOCK, rng, parameters)
    share = drug_share(protocol.scenario, parameters)
    mood = drawn_mood(
        BLOCK, rng, share=share, expectancy=protocol.expectancy, parameters=parameters
    )
    if protocol.learning is not None:
        clock = replace(clock, learning=np.array([protocol.learning]))
    clock = scaled_learning(clock, share)
    habit = replace(
        habit,
        strengthening=habit.strengthening * change.rates,
        pruning=habit.pruning * change.rates,
    )
    if not change.relief:
        mood = replace(mood, strength=np.zeros(1), jump=0.0)
    setbacks = None
    if protocol.setbacks_per_month > 0:
        daily = -np.expm1(-protocol.setbacks_per_month / DAYS_PER_MONTH)
        draws = _stream(seed, block, 1).random((protocol.days, BLOCK), dtype=np.float32)
        setbacks = draws[:, :count] < daily
    return Cast(
        count=count,
        weight_kg=weight[:count],
        body=_first(body, BLOCK, count),
        clock=_first(clock, BLOCK, count),
        habit=_first(habit, BLOCK, count),
        mood=_first(mood, BLOCK, count),
        setbacks=setbacks,
    )


def block_map(
    protocol: Protocol, people: Cast, parameters: Parameters, engine: Occupier | None = None
) -> DailyMap:
    """Set up the daily map of a block: exposures from each body, then days."""
    scale = people.weight_kg / parameters.reference["weight_kg"] if protocol.per_kg else None
    given = exposure(
        protocol.doses, body=people.body, scale=scale, engine=engine, parameters=parameters
    )
    diary = Diary(
        days=protocol.days,
        doses=[DayDose(int(dose.time_h // HOURS_PER_DAY), dose.amplitude) for dose in given],
        sessions=_per_day(protocol.sessions, protocol.days),
        practice=_per_day(protocol.practice, protocol.days),
        setbacks=people.setbacks,
    )
    return DailyMap(diary, people.clock, people.habit, people.mood, count=people.count)


def _per_day(days: Sequence[int], length: int) -> FloatArray | None:
    if not days:
        return None
    return np.bincount(np.asarray(days), minlength=length).astype(np.float64)


def block_sizes(count: int) -> tuple[int, ...]:
    """
    Give how many people stand in each block of a cohort.

    Raises
    ------
    QuantityError : no people, or more than 100,000,000
    """
    if not 1 <= count <= LARGEST:
        raise QuantityError(f"a cohort holds 1 to {LARGEST} people, got {count!r}")
    whole, rest = divmod(count, BLOCK)
    return (BLOCK,) * whole + ((rest,) if rest else ())


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """One day of a block: arrays of shape (n,). ``madrs`` is expected, without visit noise."""

    day: int
    openness: FloatArray
    relief: FloatArray
    new: FloatArray
    old: FloatArray
    chosen: FloatArray
    madrs: FloatArray


def block_days(protocol: Protocol, people: Cast, parameters: Parameters) -> Iterator[Day]:
    """Yield the days of a block, 0 to ``protocol.days``."""
    chosen_first: FloatArray | None = None
    for day, state in enumerate(block_map(protocol, people, parameters).states()):
        if chosen_first is None:
            chosen_first = state.chosen
        score = madrs(
            people.mood, day=day, relief=state.relief, chosen=state.chosen,
            chosen_first=chosen_first, begun=day > 0,
        )  # fmt: skip
        yield Day(day, state.openness, state.relief, state.new, state.old, state.chosen, score)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VirtualPatients:
    """
    Virtual people day by day: arrays of shape (n, days + 1), day 0 first.

    ``madrs`` is the expected score; ``madrs_rated`` and ``phq9_rated`` are whole numbers as a
    visit on that day would read, with noise. ``new_walks`` and ``old_walks``, shape (n, days),
    count the forks taken each way. Invented people: evidence F on average, D in their spread.
    """

    protocol: Protocol
    seed: int
    weight_kg: FloatArray
    openness: FloatArray
    relief: FloatArray
    new: FloatArray
    old: FloatArray
    chosen: FloatArray
    madrs: FloatArray
    madrs_rated: FloatArray
    phq9_rated: FloatArray
    new_walks: FloatArray
    old_walks: FloatArray
    sha256: str
    grade: Grade = Grade.FITTED


def virtual_patients(
    count: int,
    seed: int,
    *,
    protocol: Protocol | None = None,
    parameters: Parameters | None = None,
) -> VirtualPatients:
    """
    Give n virtual patients with their daily series, for a demonstration or a small study.

    Parameters
    ----------
    count : number of people; person i is the same for every count
    seed : the same seed gives the same bytes
    protocol : six infusions with ten sessions over 84 days if none

    Raises
    ------
    QuantityError : no people, or more than 100,000

    Notes
    -----
    Source: docs/science/cohorts.md.
    Not for: a claim about any real person or clinic.
    """
    parameters = parameters or load_parameters()
    protocol = protocol or six_infusions()
    if not 1 <= count <= HELD_LIMIT:
        raise QuantityError(
            f"1 to {HELD_LIMIT} patients can be held, got {count!r}; stream more"
        )
    parts = [
        _held(protocol, seed, block, size, parameters)
        for block, size in enumerate(block_sizes(count))
    ]
    if len(parts) == 1:
        return parts[0]
    names = [
        one.name
        for one in fields(VirtualPatients)
        if isinstance(getattr(parts[0], one.name), np.ndarray)
    ]
    together: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in names
    }
    return replace(parts[0], **together)


def _held(
    protocol: Protocol, seed: int, block: int, count: int, parameters: Parameters
) -> VirtualPatients:
    """Hold one block's days, and read them as visits would."""
    people = cast(protocol, seed=seed, block=block, count=count, parameters=parameters)
    days = list(block_days(protocol, people, parameters))
    series: dict[str, Any] = {
        name: np.stack([getattr(day, name) for day in days], axis=1)
        for name in ("openness", "relief", "new", "old", "chosen", "madrs")
    }
    rng = _stream(seed, block, 2)
    number = parameters.number
    visits = visit_noise(rng, protocol.days + 1, BLOCK, parameters)[:count]
    scatter = visit_noise(rng, protocol.days + 1, BLOCK, parameters)[:count]
    scatter = scatter * (number("symptom.PHQ_SD") / number("symptom.MADRS_SD"))
    rated = np.clip(np.rint(series["madrs"] + visits), 0.0, MADRS_HIGHEST)
    level = np.clip(series["madrs"], 0.0, MADRS_HIGHEST)
    asked = np.clip(np.rint(_phq9(level) + scatter), 0.0, PHQ_HIGHEST)
    draws = rng.random((BLOCK, protocol.days))[:count]
    share = series["chosen"][:, :-1]
    share = share + number("trail.R_MOOD") * series["relief"][:, :-1] * (1.0 - share)
    new_walks = (draws < share).astype(np.float64)
    return VirtualPatients(
        protocol=protocol, seed=seed, weight_kg=people.weight_kg, madrs_rated=rated,
        phq9_rated=asked, new_walks=new_walks, old_walks=1.0 - new_walks,
        sha256=parameters.sha256, **series,
    )  # fmt: skip


def _phq9(scores: FloatArray) -> FloatArray:
    """Map a block's scores as the group they are, however small the piece that is kept."""
    padded = np.concatenate([scores.ravel(), np.zeros(10)])
    return phq9_of_group(padded)[: scores.size].reshape(scores.shape)


def visit_noise(rng: Generator, days: int, count: int, parameters: Parameters) -> FloatArray:
    """
    Draw the noise of a MADRS visit on each day, points, shape (count, days).

    One part of its variance carries over from day to day, the other is new each day.
    Source: docs/science/symptoms.md, section Visits. Evidence D.
    """
    number = parameters.number
    carry, share = number("symptom.NOISE_CARRY"), number("symptom.NOISE_SHARE")
    steps = rng.standard_normal((days, count))
    lasting = np.empty_like(steps)
    lasting[0] = steps[0]
    for day in range(1, days):
        lasting[day] = carry * lasting[day - 1] + np.sqrt(1.0 - carry**2) * steps[day]
    fresh = rng.standard_normal((days, count))
    unit = np.sqrt(share) * lasting + np.sqrt(1.0 - share) * fresh
    return np.asarray(number("symptom.MADRS_SD") * unit).T
