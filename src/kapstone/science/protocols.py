"""A protocol for virtual patients: who, what is given, what is worked on, for how long."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kapstone.science.events import DoseEvent, Route
from kapstone.science.quantities import HOURS_PER_DAY, ModelError, QuantityError, within
from kapstone.science.symptoms import Expectancy, Scenario

LONGEST_DAYS = 730
SIX = (0, 2, 4, 7, 9, 11)
IN_WINDOW = (1, 3, 5, 8, 10, 12, 13, 14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """
    What a virtual cohort goes through.

    ``doses`` by time, amounts in mg, or with ``per_kg`` in mg for the 70 kg reference and then
    scaled to each person's weight. ``sessions`` days, one entry for each session;
    ``practice`` days on which the new trail is walked once on purpose. Weights are normal,
    held within 40 to 160 kg. ``setbacks_per_month`` is the hazard of a setback.
    """

    name: str
    days: int
    doses: tuple[DoseEvent, ...] = ()
    per_kg: bool = True
    sessions: tuple[int, ...] = ()
    practice: tuple[int, ...] = ()
    weight_kg: float = 80.0
    weight_sd_kg: float = 16.0
    interaction: str = "none"
    scenario: Scenario = Scenario.CENTRAL
    expectancy: Expectancy = Expectancy.ACTIVE
    setbacks_per_month: float = 0.2
    learning: float | None = None

    def __post_init__(self) -> None:
        within("days", self.days, 1, LONGEST_DAYS, "d")
        within("mean weight", self.weight_kg, 40.0, 160.0, "kg")
        within("SD of weight", self.weight_sd_kg, 0.0, 40.0, "kg")
        within("setbacks", self.setbacks_per_month, 0.0, 10.0, "a month")
        if self.learning is not None:
            within("learning multiplier", self.learning, 1.0, 8.0, "(a factor)")
        for name in ("sessions", "practice"):
            for day in getattr(self, name):
                within(f"day in {name}", day, 0, self.days - 1, "d")
        for dose in self.doses:
            within("time of a dose", dose.time_h, 0.0, self.days * HOURS_PER_DAY - 1e-9, "h")
            if self.per_kg and dose.route is Route.INTRANASAL:
                raise ModelError("a nasal dose is a fixed amount: set per_kg to false")


def infusions(days: Sequence[int] = SIX, *, mg_per_kg: float = 0.5) -> tuple[DoseEvent, ...]:
    """Give IV doses over 40 min on days, sized for the 70 kg reference."""
    within("dose", mg_per_kg, 0.01, 3.0, "mg/kg")
    one = DoseEvent(
        time_h=0.0, amount_mg=70.0 * mg_per_kg, route=Route.INTRAVENOUS, duration_h=2.0 / 3.0
    )
    return tuple(replace(one, time_h=day * HOURS_PER_DAY) for day in days)


def six_infusions(days: int = 84) -> Protocol:
    """Give six infusions in twelve days, eight sessions inside the windows, two after."""
    return Protocol(
        name="six infusions, ten sessions",
        days=days,
        doses=infusions(tuple(day for day in SIX if day < days)),
        sessions=tuple(day for day in (*IN_WINDOW, 21, 28) if day < days),
    )


_TOP = {
    "name", "days", "doses", "sessions", "practice", "people", "model",
}  # fmt: skip
_DOSE = {
    "days",
    "amount_mg",
    "mg_per_kg",
    "route",
    "duration_h",
    "hold_min",
    "swallow",
    "product",
}
_PEOPLE = {"weight_kg", "weight_sd_kg", "interaction"}
_MODEL = {"scenario", "expectancy", "setbacks_per_month", "learning"}


def read_protocol(path: Path) -> Protocol:
    """
    Read a protocol from TOML, strictly.

    Raises
    ------
    ModelError : naming the key that is unknown, missing or of the wrong kind
    QuantityError : a number outside what a protocol can hold
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{path.name} is not TOML: {error}") from error
    _known("the protocol", table, _TOP)
    for key in ("name", "days"):
        if key not in table:
            raise ModelError(f"the protocol has no {key}")
    people, model = table.get("people", {}), table.get("model", {})
    _known("people", people, _PEOPLE)
    _known("model", model, _MODEL)
    doses, per_kg = _doses(table.get("doses", []))
    try:
        return Protocol(
            name=str(table["name"]),
            days=_whole("days", table["days"]),
            doses=doses,
            per_kg=per_kg,
            sessions=_day_list("sessions", table.get("sessions", [])),
            practice=_day_list("practice", table.get("practice", [])),
            **people,
            **_choices(model),
        )
    except TypeError as error:
        raise ModelError(f"{path.name} holds a value of the wrong kind: {error}") from error


def _known(where: str, table: Any, names: set[str]) -> None:
    if not isinstance(table, dict):
        raise ModelError(f"{where} must be a table")
    for name in sorted(set(table) - names):
        raise ModelError(f"unknown key {name!r} in {where}")


def _choices(model: Mapping[str, Any]) -> dict[str, Any]:
    """Turn words into members."""
    chosen = dict(model)
    for key, kind in (("scenario", Scenario), ("expectancy", Expectancy)):
        if key in chosen:
            if chosen[key] not in set(kind):
                raise ModelError(f"unknown {key} {chosen[key]!r}; known: {', '.join(kind)}")
            chosen[key] = kind(chosen[key])
    return chosen


def _whole(where: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ModelError(f"{where} must be a whole number, got {value!r}")
    return value


def _day_list(where: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise ModelError(f"{where} must be a list of days, got {value!r}")
    return tuple(_whole(f"a day in {where}", day) for day in value)


def _doses(rows: Any) -> tuple[tuple[DoseEvent, ...], bool]:
    """Read the dose tables: all by weight, or none."""
    if not isinstance(rows, list):
        raise ModelError("doses must be a list of tables: [[doses]]")
    events: list[DoseEvent] = []
    by_weight: set[bool] = set()
    for row in rows:
        _known("doses", row, _DOSE)
        if ("amount_mg" in row) == ("mg_per_kg" in row):
            raise ModelError("a dose needs either amount_mg or mg_per_kg")
        if "route" not in row or "days" not in row:
            raise ModelError("a dose needs a route and days")
        by_weight.add("mg_per_kg" in row)
        amount = row["amount_mg"] if "amount_mg" in row else 70.0 * row["mg_per_kg"]
        rest = {
            key: row[key]
            for key in ("duration_h", "hold_min", "swallow", "product")
            if key in row
        }
        events += [
            DoseEvent(time_h=24.0 * day, amount_mg=amount, route=row["route"], **rest)
            for day in _day_list("doses", row["days"])
        ]
    if len(by_weight) > 1:
        raise QuantityError("give every dose by weight, or none")
    return tuple(sorted(events, key=lambda event: event.time_h)), by_weight == {True}
