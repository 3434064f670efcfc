"""The gate before a dose: the pure judgement of blood pressure, other signs and fasting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kapstone.catalogue.gate_sheet import (
    Check,
    Decided,
    Fasting,
    Gate,
    GateLift,
    GateSign,
    GateState,
    PressureLimits,
)
from kapstone.catalogue.shelf import take
from kapstone.errors import InvalidInput

__all__ = [
    "Check",
    "Decided",
    "Fasting",
    "Gate",
    "GateLift",
    "GateSign",
    "GateState",
    "GateVerdict",
    "PressureLimits",
    "PressureReading",
    "edited",
    "judge_fasting",
    "judge_pressure",
    "judge_sign",
    "load_gate",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureReading:
    """One seated blood pressure."""

    systolic_mmhg: float
    diastolic_mmhg: float
    taken_at: datetime

    def __str__(self) -> str:
        """Write it as it is spoken."""
        return f"{self.systolic_mmhg:g}/{self.diastolic_mmhg:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """Where one measured check stands, why, and when to look again."""

    state: GateState
    sentence: str
    next_at: datetime | None = None


def load_gate(version: int | None = None) -> Gate:
    """Read the gate; without a version, the newest."""
    return take(Gate, "standard", version)


def edited(
    limits: PressureLimits,
    *,
    red: tuple[float, float] | None = None,
    hard: tuple[float, float] | None = None,
) -> PressureLimits:
    """
    Move the limits as a clinic may: red within its range, hard only downwards.

    Parameters
    ----------
    red, hard : systolic and diastolic, mmHg

    Raises
    ------
    InvalidInput : outside what the catalogue allows, by field
    """
    red = red or (limits.red_systolic.value, limits.red_diastolic.value)
    hard = hard or (limits.hard_systolic.value, limits.hard_diastolic.value)
    allowed = {
        "red_systolic": (red[0], limits.red_systolic_from.value, limits.red_systolic_to.value),
        "red_diastolic": (
            red[1],
            limits.red_diastolic_from.value,
            limits.red_diastolic_to.value,
        ),
        "hard_systolic": (hard[0], red[0] + 1, limits.hard_systolic_to.value),
        "hard_diastolic": (hard[1], red[1] + 1, limits.hard_diastolic_to.value),
    }
    faults = {
        field: f"Choose {low:g} to {high:g} mmHg."
        for field, (value, low, high) in allowed.items()
        if not low <= value <= high
    }
    if faults:
        raise InvalidInput(faults)
    return replace(
        limits,
        **{
            field: replace(getattr(limits, field), value=float(value))
            for field, (value, _, _) in allowed.items()
        },
    )


def judge_pressure(limits: PressureLimits, readings: Sequence[PressureReading]) -> GateVerdict:
    """
    Judge blood pressure by the mean of the last two readings; one reading never decides.

    Parameters
    ----------
    readings : every seated reading of today, in any order; may be empty

    Returns
    -------
    go, amber, red or hard by the mean; open while a reading is still wanted
    """
    words = limits.words
    ordered = sorted(readings, key=lambda reading: reading.taken_at)
    if not ordered:
        return GateVerdict(state=GateState.OPEN, sentence=words.first)
    apart = timedelta(minutes=limits.apart_minutes.value)
    next_at = ordered[-1].taken_at + apart
    if len(ordered) < limits.readings_needed.value:
        return _wait(words.again, ordered[-1], next_at, limits)
    if _minute(ordered[-1].taken_at) - _minute(ordered[-2].taken_at) < apart:
        return _wait(words.too_soon, ordered[-1], next_at, limits)
    mean = PressureReading(
        systolic_mmhg=(ordered[-1].systolic_mmhg + ordered[-2].systolic_mmhg) / 2,
        diastolic_mmhg=(ordered[-1].diastolic_mmhg + ordered[-2].diastolic_mmhg) / 2,
        taken_at=ordered[-1].taken_at,
    )
    state, sentence, limit = _place(limits, mean)
    if state is GateState.AMBER and len(ordered) < limits.amber_readings.value:
        return _wait(words.rest, mean, next_at, limits)
    return GateVerdict(state=state, sentence=sentence.format(reading=mean, limit=limit))


def judge_sign(sign: GateSign, value: float | None) -> GateVerdict:
    """Judge one other vital sign; a missing value is open, never go."""
    if value is None:
        return GateVerdict(state=GateState.OPEN, sentence=f"{sign.name}: not measured yet.")
    for entry in sign.ranges:
        if entry.at_least <= value < entry.below:
            text = f"{sign.name} {value:g} {sign.unit}. {entry.sentence}"
            return GateVerdict(state=entry.state, sentence=text)
    return GateVerdict(
        state=GateState.OPEN, sentence=f"{sign.name} {value:g}: measure again, this cannot be."
    )


def judge_fasting(
    rule: Fasting,
    *,
    last_solid_at: datetime | None,
    last_clear_fluid_at: datetime | None,
    at: datetime,
) -> GateVerdict:
    """Judge the fast at a moment; a time not asked for is open, never go."""
    if last_solid_at is None or last_clear_fluid_at is None:
        return GateVerdict(
            state=GateState.OPEN,
            sentence="Ask when the patient last ate, and last drank anything.",
        )
    ready_at = max(
        last_solid_at + timedelta(minutes=rule.solids_minutes),
        last_clear_fluid_at + timedelta(minutes=rule.clear_fluids_minutes),
    )
    asked = (
        f"{rule.solids_minutes / 60:g} h after food, "
        f"{rule.clear_fluids_minutes} min after clear fluids"
    )
    if at >= ready_at:
        return GateVerdict(state=GateState.GO, sentence=f"Long enough: {asked}.")
    return GateVerdict(
        state=GateState.RED, sentence=f"Too soon. The rule is {asked}.", next_at=ready_at
    )


def _place(limits: PressureLimits, mean: PressureReading) -> tuple[GateState, str, str]:
    """Give the state of a mean, the sentence for it and the limit it was held against."""
    words = limits.words
    high = (
        (GateState.HARD, words.hard, limits.hard_systolic.value, limits.hard_diastolic.value),
        (GateState.RED, words.red, limits.red_systolic.value, limits.red_diastolic.value),
    )
    for state, sentence, systolic, diastolic in high:
        if mean.systolic_mmhg >= systolic or mean.diastolic_mmhg >= diastolic:
            return state, sentence, f"{systolic:g}/{diastolic:g}"
    low = (limits.low_systolic.value, limits.low_diastolic.value)
    if mean.systolic_mmhg < low[0] or mean.diastolic_mmhg < low[1]:
        return GateState.RED, words.low, f"{low[0]:g}/{low[1]:g}"
    top = (limits.go_systolic.value, limits.go_diastolic.value)
    within = mean.systolic_mmhg <= top[0] and mean.diastolic_mmhg <= top[1]
    limit = f"{top[0]:g}/{top[1]:g}"
    if within:
        return GateState.GO, words.go, limit
    return GateState.AMBER, words.amber, limit


def _wait(
    words: str, reading: PressureReading, next_at: datetime, limits: PressureLimits
) -> GateVerdict:
    return GateVerdict(
        state=GateState.OPEN,
        sentence=words.format(
            reading=reading,
            minutes=f"{limits.apart_minutes.value:g}",
            limit=f"{limits.go_systolic.value:g}/{limits.go_diastolic.value:g}",
        ),
        next_at=next_at,
    )


def _minute(at: datetime) -> datetime:
    """Drop the seconds: readings are entered to the minute."""
    return at.replace(second=0, microsecond=0)
