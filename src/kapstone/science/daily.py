"""The daily map: window, relief, new trail and old trail, one step a day, for n people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from kapstone.science.draws import spread_without
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.quantities import FloatArray, QuantityError, within
from kapstone.science.symptoms import MOST_OF_A_JUMP, Mood
from kapstone.science.window import Clock

DAYS_LIMIT = 3660
SHORTEST_PART = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Habit:
    """
    How trails change in n people: rates of shape (n,) or (1,), the rest shared.

    ``strengthening`` (ETA), ``retreading`` (ETA_O) and ``pruning`` (RHO) for each use,
    ``forgetting`` (DELTA_N) for each day; ``uses`` (U0) a day; ``session_uses`` (KAPPA);
    ``new_first`` (N0) and ``old_first`` (O0) strengths from 0 to 1; ``relief_pull`` (R_MOOD).
    """

    strengthening: FloatArray
    retreading: FloatArray
    pruning: FloatArray
    forgetting: FloatArray
    uses: float
    session_uses: float
    new_first: float
    old_first: float
    sharpness: float
    relief_pull: float
    setback_loss: float
    setback_regain: float


def typical_habit(*, rate_factor: float = 1.0, parameters: Parameters | None = None) -> Habit:
    """
    Give the typical person's trail rates, or one person's, who learns ``rate_factor`` as fast.

    The factor multiplies the two rates that the window multiplies (ETA and RHO): how fast the
    old trail is trodden in again and how fast the new one is forgotten stay as they are.
    Source: docs/science/trails.md, equations 3 and 4. Evidence F.

    Raises
    ------
    QuantityError : a factor outside 0 to 100
    """
    parameters = parameters or load_parameters()
    within("multiplier on the trail rates", rate_factor, 0.0, 100.0, "(a factor)")
    return _habit(parameters, np.array([rate_factor]))


def drawn_habit(
    count: int, rng: np.random.Generator, parameters: Parameters | None = None
) -> Habit:
    """
    Draw the trail rates of n people: one lognormal factor each, quick and slow learners.

    Source: docs/science/trails.md, section Between people.
    """
    parameters = parameters or load_parameters()
    one = parameters["trail.ETA"]
    return _habit(parameters, spread_without(one, count, rng) / one.value)


def _habit(parameters: Parameters, factor: FloatArray) -> Habit:
    number = parameters.number
    return Habit(
        strengthening=number("trail.ETA") * factor,
        retreading=number("trail.ETA_O") * np.ones(1),
        pruning=number("trail.RHO") * factor,
        forgetting=number("trail.DELTA_N") * np.ones(1),
        uses=number("trail.U0"),
        session_uses=number("trail.KAPPA"),
        new_first=number("trail.N0"),
        old_first=number("trail.O0"),
        sharpness=number("trail.G"),
        relief_pull=number("trail.R_MOOD"),
        setback_loss=number("trail.SETBACK_LOSS"),
        setback_regain=number("trail.SETBACK_REGAIN"),
    )


@dataclass(frozen=True, slots=True, eq=False)
class DayDose:
    """A dose at the start of a day: its window amplitude, shape (n,) or (1,)."""

    day: int
    amplitude: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diary:
    """
    What happened day by day.

    ``days`` how many to step; ``doses`` at the start of their day, in order; ``sessions``,
    ``practice`` (deliberate walks of the new trail, on top of what triggers bring) and the
    logged walks ``new`` and ``old``: counts of shape (days,), or none. A day on which neither
    walk was logged follows the expected use. ``retrieval`` weakens the old trail by
    R_REC before each dose (off by default). ``setbacks`` is boolean, shape (days, n), or none.
    """

    days: int
    doses: Sequence[DayDose] = ()
    sessions: FloatArray | None = None
    practice: FloatArray | None = None
    new: FloatArray | None = None
    old: FloatArray | None = None
    retrieval: float = 0.0
    setbacks: np.ndarray[tuple[int, int], np.dtype[np.bool_]] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.days <= DAYS_LIMIT:
            raise QuantityError(f"days must be from 0 to {DAYS_LIMIT}, got {self.days!r}")
        within("retrieval", self.retrieval, 0.0, 1.0, "(a share)")
        for name in ("sessions", "practice", "new", "old"):
            counts = getattr(self, name)
            if counts is not None and (counts.shape != (self.days,) or not np.all(counts >= 0)):
                raise QuantityError(f"{name} must be {self.days} counts of 0 or more")
        for dose in self.doses:
            if not (dose.day >= 0 and np.all(dose.amplitude >= 0)):
                raise QuantityError(f"a dose needs a day and amplitude of 0 or more: {dose!r}")

    def counted(self, name: str, day: int) -> float:
        """Give the count of a day, 0 where none was kept."""
        counts = getattr(self, name)
        return 0.0 if counts is None else float(counts[day])


@dataclass(slots=True, eq=False)
class State:
    """Where n people stand at the start of a day, before its doses: arrays of shape (n,)."""

    store: FloatArray
    openness: FloatArray
    pending: FloatArray
    relief: FloatArray
    new: FloatArray
    old: FloatArray
    chosen: FloatArray = field(default_factory=lambda: np.zeros(1))


def chance(new: FloatArray, old: FloatArray, sharpness: float) -> FloatArray:
    """
    Give q = n^G/(n^G + o^G): the chance that a trigger is answered on the new trail.

    Arrays of shape (n,), 0 to 1. Source: docs/science/trails.md, equation 1.
    """
    if sharpness == 2.0:
        ahead, behind = new * new, old * old
    else:
        ahead, behind = new**sharpness, old**sharpness
    return np.asarray(ahead / (ahead + behind))


@dataclass(frozen=True, slots=True, eq=False)
class DayFactors:
    """
    What one day leaves and sums of each decaying state, and the steps between: (n,) or (1,).

    ``left``, ``gone`` of the window's two exponentials, ``left_sum``, ``gone_sum`` of them over
    the day; ``share`` turns the store into the faster; ``bonus`` is M_MAX - 1; ``on``, ``off``
    what is left of relief's two states, and ``passed`` what goes from the first to the second.
    """

    left: FloatArray
    gone: FloatArray
    left_sum: FloatArray
    gone_sum: FloatArray
    share: FloatArray
    bonus: FloatArray
    on: FloatArray
    off: FloatArray
    passed: FloatArray


def day_factors(clock: Clock, mood: Mood) -> DayFactors:
    """Work the exact propagation over one day out. Source: docs/science/trails.md."""
    on, off = np.exp(-mood.on), np.exp(-mood.off)
    return DayFactors(
        left=np.exp(-clock.decay),
        gone=np.exp(-clock.rise),
        left_sum=-np.expm1(-clock.decay) / clock.decay,
        gone_sum=-np.expm1(-clock.rise) / clock.rise,
        share=clock.norm * clock.rise / (clock.rise - clock.decay),
        bonus=clock.learning - 1.0,
        on=on,
        off=off,
        passed=mood.on / (mood.on - mood.off) * (off - on),
    )


class DailyMap:
    """
    The map of docs/science/trails.md. It *is* the model: one step is one day.

    A finer step changes q by up to 0.1 in quick learners, so it must not be cut finer.
    """

    def __init__(
        self, diary: Diary, clock: Clock, habit: Habit, mood: Mood, *, count: int | None = None
    ) -> None:
        self.diary, self.habit, self.cap, self.jump = diary, habit, clock.cap, mood.jump
        self._decay, self._rise = clock.decay, clock.rise
        self.factors = day_factors(clock, mood)
        self.doses: dict[int, list[FloatArray]] = {}
        for dose in diary.doses:
            self.doses.setdefault(dose.day, []).append(dose.amplitude)
        self.count = count or self._widest(clock, mood)

    def _widest(self, clock: Clock, mood: Mood) -> int:
        """Count the people from the arrays that differ between them."""
        widths = [clock.rise, clock.learning, mood.off, self.habit.strengthening]
        widths += [amplitude for row in self.doses.values() for amplitude in row]
        return max(len(width) for width in widths)

    def start(self) -> State:
        """Give day 0: nothing given yet, trails at their first strengths."""
        zero, one = np.zeros(self.count), np.ones(self.count)
        new, old = self.habit.new_first * one, self.habit.old_first * one
        return State(zero, zero, zero, zero, new, old, chance(new, old, self.habit.sharpness))

    def states(self) -> Iterator[State]:
        """Yield the state at the start of each day, 0 to ``days``: days + 1 of them."""
        state = self.start()
        yield state
        for day in range(self.diary.days):
            state = self.step(state, day)
            yield state

    def dosed(self, state: State, day: int) -> State:
        """Give the state once the doses of a day are in."""
        store, pending, old = state.store, state.pending, state.old
        for size in self.doses.get(day, ()):
            old = old * (1.0 - self.diary.retrieval)
            store = store + size * np.maximum(0.0, 1.0 - state.openness / self.cap)
            pending = pending + np.minimum(self.jump * size, MOST_OF_A_JUMP) * (
                1.0 - state.relief - pending
            )
        return State(store, state.openness, pending, state.relief, state.new, old, state.chosen)

    def step(self, state: State, day: int) -> State:
        """Go from the start of a day to the start of the next."""
        state, by = self.dosed(state, day), self.factors
        fast = by.share * state.store
        slow = state.openness + fast
        gain = 1.0 + by.bonus * (slow * by.left_sum - fast * by.gone_sum)
        new, old = self._trodden(state, day, gain)
        if self.diary.setbacks is not None:
            new, old = self._set_back(new, old, self.diary.setbacks[day])
        return State(
            store=state.store * by.gone,
            openness=slow * by.left - fast * by.gone,
            pending=state.pending * by.on,
            relief=state.relief * by.off + state.pending * by.passed,
            new=new,
            old=old,
            chosen=chance(new, old, self.habit.sharpness),
        )

    def walked_so_far(
        self, state: State, day: int, part: float
    ) -> tuple[FloatArray, FloatArray]:
        """
        Give the trails at a part (0 to 1) of a day: what was logged, and nothing expected.

        Forgetting waits for the end of the day, as in the map.
        """
        state = self.dosed(state, day)
        counted = self.diary.counted
        fast = self.factors.share * state.store
        slow = state.openness + fast
        passed = slow * -np.expm1(-self._decay * part) / self._decay
        passed = passed - fast * -np.expm1(-self._rise * part) / self._rise
        gain = 1.0 + self.factors.bonus * passed / max(part, SHORTEST_PART)
        habit = self.habit
        sessions = habit.session_uses * counted("sessions", day)
        ahead = counted("new", day) + counted("practice", day)
        left = np.exp(-habit.strengthening * (ahead + sessions) * gain)
        new = 1.0 - (1.0 - state.new) * left
        old = 1.0 - (1.0 - state.old) * np.exp(-habit.retreading * counted("old", day))
        return new, old * np.exp(-habit.pruning * (ahead + sessions / 2.0) * gain)

    def uses(self, state: State, day: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give the day's uses of the new and of the old trail, and the share answered new."""
        new, old = self.diary.counted("new", day), self.diary.counted("old", day)
        if new + old > 0:
            one = np.ones(1)
            return new * one, old * one, new / (new + old) * one
        chosen = chance(state.new, state.old, self.habit.sharpness)
        share = chosen + self.habit.relief_pull * state.relief * (1.0 - chosen)
        return self.habit.uses * share, self.habit.uses * (1.0 - share), share

    def _trodden(
        self, state: State, day: int, gain: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Use first, then forgetting; the old trail re-trodden first, then pruned."""
        habit = self.habit
        sessions = habit.session_uses * self.diary.counted("sessions", day)
        ahead, behind, share = self.uses(state, day)
        ahead = ahead + self.diary.counted("practice", day)
        left = np.exp(-habit.strengthening * (ahead + sessions) * gain)
        new = 1.0 - (1.0 - state.new) * left
        kept = np.exp(-habit.forgetting * (1.0 - share))
        new = habit.new_first + (new - habit.new_first) * kept
        old = 1.0 - (1.0 - state.old) * np.exp(-habit.retreading * behind)
        old = old * np.exp(-habit.pruning * (ahead + sessions / 2.0) * gain)
        return new, old

    def _set_back(
        self, new: FloatArray, old: FloatArray, fell: np.ndarray[tuple[int], np.dtype[np.bool_]]
    ) -> tuple[FloatArray, FloatArray]:
        """Take part of the new trail's gain, and give back part of the old trail's loss."""
        habit = self.habit
        lost = habit.new_first + (new - habit.new_first) * (1.0 - habit.setback_loss)
        regained = old + habit.setback_regain * (habit.old_first - old)
        return np.where(fell, lost, new), np.where(fell, regained, old)
