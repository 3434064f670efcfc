"""Judge one set of vital signs against the limits: what is crossed, and what may be a slip."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from kapstone.catalogue.basis import Basis, Provenance, deciding
from kapstone.catalogue.plausibility import load_plausibility
from kapstone.catalogue.shelf import take
from kapstone.catalogue.threshold_sheet import (
    Level,
    LevelWords,
    Limit,
    Parameter,
    Side,
    Sign,
    Thresholds,
)

__all__ = [
    "Crossing",
    "Doubt",
    "Level",
    "LevelWords",
    "Limit",
    "Parameter",
    "Side",
    "Sign",
    "Thresholds",
    "VitalsReading",
    "doubts",
    "judge_vitals",
    "load_thresholds",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalsReading:
    """One set of vital signs as entered; what was not measured is None."""

    systolic_mmhg: float | None = None
    diastolic_mmhg: float | None = None
    heart_rate_per_min: float | None = None
    spo2_percent: float | None = None
    breaths_per_min: float | None = None
    temperature_c: float | None = None
    alertness: float | None = None  # MOAA/S, 5 to 0
    rass: float | None = None
    distress: float | None = None
    vomits: float | None = None  # times so far in this session
    signs: frozenset[str] = frozenset()  # codes of the threshold file

    def value(self, parameter: str) -> float | None:
        """Give the value of a parameter; None for one that is not a number."""
        found: float | None = getattr(self, parameter, None)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """One limit that was crossed: the gravest of its parameter."""

    code: str
    parameter: str
    level: Level
    limit: float | None  # None where a sign crosses and no number does
    value: float | None
    sentence: str
    basis: tuple[Basis, ...]

    @property
    def provenance(self) -> Provenance:
        """How the limit is known."""
        return deciding(self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A value that may be a slip of the finger. It is asked about and never refused."""

    parameter: str
    sentence: str


def load_thresholds(version: int | None = None) -> Thresholds:
    """Read the limits; without a version, the newest."""
    return take(Thresholds, "adult", version)


def judge_vitals(
    reading: VitalsReading,
    baseline: VitalsReading | None,
    *,
    previous: VitalsReading | None = None,
    thresholds: Thresholds | None = None,
) -> list[Crossing]:
    """
    Give what this set crosses: one crossing for each parameter, the gravest first.

    Parameters
    ----------
    reading : the set to judge, with the signs seen beside it
    baseline : the set before the dose; without one, limits that need it are left out
    previous : the set before this one, for limits that count on repeat
    thresholds : the version this session started with; by default the newest

    Notes
    -----
    Not an alarm: the screen shows the limit, its basis and who set it, and a person decides.
    """
    sheet = thresholds or load_thresholds()
    seen = _with_sedation(reading, sheet)
    gravest: dict[str, Crossing] = {}
    for limit in sorted(sheet.limits, key=lambda entry: entry.level.rank):
        if limit.parameter not in gravest and (
            crossing := _crossing(limit, seen, baseline, previous, sheet)
        ):
            gravest[limit.parameter] = crossing
    return sorted(gravest.values(), key=lambda crossing: crossing.level.rank)


def doubts(reading: VitalsReading, thresholds: Thresholds | None = None) -> list[Doubt]:
    """Give the values that ask for a second look before they are kept, as true or mended."""
    sheet, odd = thresholds or load_thresholds(), load_plausibility()
    found = []
    for parameter in sheet.parameters:
        value = reading.value(parameter.code)
        if value is None or parameter.ask_below <= value <= parameter.ask_above:
            continue
        sentence = f"{parameter.name} {value:g} {parameter.unit}".strip() + ": is this right?"
        other = odd.other_unit(parameter.code, value)
        found.append(Doubt(parameter=parameter.code, sentence=f"{sentence} {other}".strip()))
    if close := _pair(reading, odd.pulse_pressure.value):
        found.append(Doubt(parameter="diastolic_mmhg", sentence=close))
    return found


def _pair(reading: VitalsReading, least: float) -> str:
    """Say what is odd about a blood pressure as a pair; empty where nothing is."""
    systolic, diastolic = reading.systolic_mmhg, reading.diastolic_mmhg
    if systolic is None or diastolic is None or systolic - diastolic >= least:
        return ""
    if diastolic >= systolic:
        return f"Check {systolic:g}/{diastolic:g}: diastolic is not below systolic."
    return f"Check {systolic:g}/{diastolic:g}: the two are very close."


def _with_sedation(reading: VitalsReading, sheet: Thresholds) -> VitalsReading:
    """Add the sign of sedation where the alertness score already says it."""
    if reading.alertness is None or reading.alertness > sheet.sedated_at.value:
        return reading
    return replace(reading, signs=reading.signs | {"sedated"})


def _crossing(
    limit: Limit,
    reading: VitalsReading,
    baseline: VitalsReading | None,
    previous: VitalsReading | None,
    sheet: Thresholds,
) -> Crossing | None:
    present = [sign for sign in sheet.signs if sign.code in reading.signs & {*limit.any_sign}]
    value, number = reading.value(limit.parameter), None
    if limit.side is Side.SEEN:
        if not present:
            return None
    else:
        number = limit.value_for(baseline.value(limit.parameter) if baseline else None)
        if value is None or number is None or not limit.crosses(value, number):
            return None
        conditional = bool(limit.any_sign) or limit.on_second_reading
        if conditional and not present and not _crossed_before(limit, number, previous):
            return None
    sentence = limit.sentence.format(
        value="" if value is None else f"{value:g}",
        limit="" if number is None else f"{number:g}",
        signs=", ".join(sign.name for sign in present),
    )
    return Crossing(
        code=limit.code,
        parameter=limit.parameter,
        level=limit.level,
        limit=number,
        value=value,
        sentence=sentence,
        basis=limit.basis,
    )


def _crossed_before(limit: Limit, number: float, previous: VitalsReading | None) -> bool:
    before = previous.value(limit.parameter) if previous else None
    return limit.on_second_reading and before is not None and limit.crosses(before, number)


PARAMETERS = tuple(field.name for field in fields(VitalsReading) if field.name != "signs")
"""Every parameter that a reading can hold, in the order of the keypad."""
