"""One case for the daily map, as JSON: doses, sessions, days, and personal values."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kapstone.science.daily import DailyMap, DayDose, Diary, typical_habit
from kapstone.science.exposure import amplitude
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.quantities import ModelError, QuantityError, within
from kapstone.science.symptoms import madrs, typical_mood
from kapstone.science.window import typical_clock

EXPOSURE_LIMIT_H = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    A case: ``doses`` as (day, occupancy exposure in h), ``sessions`` as days, one each.

    Personal values are optional: ``alpha``, ``lam`` and ``plc`` in log units, ``s0`` points;
    ``eta_m`` multiplies the trail rates ETA and RHO, ``t_m`` the half-life T_EOFF, ``a_m`` the
    exposures.
    """

    days: int
    doses: tuple[tuple[int, float], ...] = ()
    sessions: tuple[int, ...] = ()
    alpha: float | None = None
    lam: float | None = None
    s0: float | None = None
    plc: float = 0.0
    eta_m: float = 1.0
    t_m: float = 1.0
    a_m: float = 1.0


@dataclass(frozen=True, slots=True)
class CaseDay:
    """One day of a case: W, E, n, o, q and MADRS at its start."""

    day: int
    openness: float
    relief: float
    new: float
    old: float
    chosen: float
    madrs: float


_NAMES = {"S0": "s0", "A_m": "a_m"}
_KEYS = {"doses", "sessions", "days", "alpha", "lam", "S0", "plc", "eta_m", "t_m", "A_m"}


def read_case(path: Path) -> Case:
    """
    Read a case, strictly.

    Raises
    ------
    ModelError : not JSON, or naming the key that is unknown, missing or of the wrong kind
    QuantityError : a number that cannot be what it stands for
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ModelError(f"{path.name} is not JSON: {error}") from error
    if not isinstance(table, dict):
        raise ModelError(f"{path.name} must hold one JSON object")
    for key in sorted(set(table) - _KEYS):
        raise ModelError(f"unknown key {key!r} in {path.name}")
    if "days" not in table:
        raise ModelError(f"{path.name} has no days")
    values: dict[str, Any] = {
        _NAMES.get(str(key), str(key)): _number(str(key), value)
        for key, value in table.items()
        if key not in ("doses", "sessions", "days")
    }
    return Case(
        days=_day("days", table["days"]),
        doses=tuple(_dose(pair) for pair in _list("doses", table.get("doses", []))),
        sessions=tuple(
            _day("a session", day) for day in _list("sessions", table.get("sessions", []))
        ),
        **values,
    )


def _list(where: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ModelError(f"{where} must be a list, got {value!r}")
    return value


def _number(where: str, value: Any) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
    ):
        raise ModelError(f"{where} must be a finite number, got {value!r}")
    return float(value)


def _day(where: str, value: Any) -> int:
    number = _number(where, value)
    if number != int(number) or number < 0:
        raise QuantityError(f"{where} must be a whole day of 0 or more, got {value!r}")
    return int(number)


def _dose(pair: Any) -> tuple[int, float]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise ModelError(f"a dose is [day, exposure in h], got {pair!r}")
    exposure_h = within("exposure", _number("exposure", pair[1]), 0.0, EXPOSURE_LIMIT_H, "h")
    return _day("the day of a dose", pair[0]), exposure_h


def case_days(case: Case, *, parameters: Parameters | None = None) -> Iterator[CaseDay]:
    """
    Step a case through its days, 0 to ``case.days``.

    Raises
    ------
    QuantityError : a dose or session after the last day, or a value outside what was meant

    Notes
    -----
    Source: docs/science/trails.md.
    """
    parameters = parameters or load_parameters()
    for day in (*case.sessions, *(day for day, _ in case.doses)):
        if day >= case.days:
            raise QuantityError(f"day {day} lies beyond the {case.days} days of the case")
    within("multiplier on exposure", case.a_m, 0.0, 100.0, "(a factor)")
    sessions = np.bincount(np.array(case.sessions, dtype=np.intp), minlength=case.days)
    doses = [
        DayDose(day, np.atleast_1d(amplitude(case.a_m * hours, parameters=parameters)))
        for day, hours in case.doses
    ]
    mood = typical_mood(
        start=case.s0,
        strength=case.alpha,
        practice=case.lam,
        expectancy=case.plc,
        off_factor=case.t_m,
        parameters=parameters,
    )
    stepping = DailyMap(
        Diary(days=case.days, doses=doses, sessions=sessions.astype(np.float64)),
        typical_clock(parameters),
        typical_habit(rate_factor=case.eta_m, parameters=parameters),
        mood,
    )
    first = stepping.start().chosen
    for day, state in enumerate(stepping.states()):
        score = madrs(
            mood, day=day, relief=state.relief, chosen=state.chosen, chosen_first=first
        )
        row = (state.openness, state.relief, state.new, state.old, state.chosen, score)
        yield CaseDay(day, *(float(value[0]) for value in row))
