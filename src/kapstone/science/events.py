"""What was given: one event for each dose that reached the person."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from kapstone.science.quantities import ModelError, QuantityError, within


class Route(StrEnum):
    """The ways in that the model knows."""

    INTRAVENOUS = "IV"
    INTRAMUSCULAR = "IM"
    SUBCUTANEOUS = "SC"
    SUBLINGUAL = "SL"
    ORAL = "PO"
    INTRANASAL = "IN"


class Product(StrEnum):
    """Racemic ketamine, or the esketamine nasal device."""

    RACEMIC = "racemic"
    ESKETAMINE_DEVICE = "esketamine-device"


AMOUNT_LIMIT_MG = 2000.0
DURATION_LIMIT_H = 6.0
HOLD_LIMIT_MIN = 60.0
TIME_LIMIT_H = 24.0 * 3660
REPEAT_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseEvent:
    """
    One dose given. Store what was given, never what was ordered.

    ``time_h`` hours on any clock shared by the events and the times asked for; ``amount_mg``
    mg of ketamine base (or of esketamine for the device) that went in; ``duration_h`` hours an
    infusion really ran (0 is a bolus or a depot); ``hold_min`` minutes under the tongue and
    ``swallow`` the share of the rest then swallowed, both read for the sublingual route alone.

    Raises
    ------
    ModelError : a route or product the model does not know, or a pair that does not go together
    QuantityError : a number outside what a dose can be
    """

    time_h: float
    amount_mg: float
    route: Route
    duration_h: float = 0.0
    hold_min: float = 10.0
    swallow: float = 1.0
    product: Product = Product.RACEMIC

    def __post_init__(self) -> None:
        _known(self, "route", Route)
        _known(self, "product", Product)
        within("time of the dose", self.time_h, -TIME_LIMIT_H, TIME_LIMIT_H, "h")
        within("amount", self.amount_mg, 0.0, AMOUNT_LIMIT_MG, "mg")
        if self.amount_mg == 0.0:
            raise QuantityError("amount must be above 0 mg: a dose not given is no event")
        within("duration of the infusion", self.duration_h, 0.0, DURATION_LIMIT_H, "h")
        within("hold time", self.hold_min, 0.0, HOLD_LIMIT_MIN, "min")
        within("share swallowed", self.swallow, 0.0, 1.0, "(a share)")
        if self.duration_h > 0 and self.route is not Route.INTRAVENOUS:
            raise ModelError(f"a duration belongs to the IV route, not to {self.route}")
        if self.product is Product.ESKETAMINE_DEVICE and self.route is not Route.INTRANASAL:
            raise ModelError(f"the esketamine device is given IN, not {self.route}")


def _known(event: DoseEvent, field: str, kind: type[StrEnum]) -> None:
    """Turn a plain word into its member, or say which words are known."""
    value = getattr(event, field)
    if isinstance(value, kind):
        return
    try:
        object.__setattr__(event, field, kind(value))
    except ValueError as error:
        known = ", ".join(kind)
        raise ModelError(f"unknown {field} {value!r}; the model knows {known}") from error


def stopped_early(event: DoseEvent, *, after_h: float) -> DoseEvent:
    """
    Give the part of an infusion that really ran before it was stopped.

    Raises
    ------
    QuantityError : the time is not inside the infusion
    """
    if not 0.0 < after_h <= event.duration_h:
        raise QuantityError(
            f"an infusion of {event.duration_h:g} h cannot have stopped after {after_h:g} h"
        )
    share = after_h / event.duration_h
    return replace(event, amount_mg=event.amount_mg * share, duration_h=after_h)


def repeated(event: DoseEvent, *, additional: int, interval_h: float) -> tuple[DoseEvent, ...]:
    """
    Spell out a dose given again at a fixed interval (columns ADDL and II of the field).

    Raises
    ------
    QuantityError : a negative or very large count, or doses again without an interval
    """
    if not 0 <= additional <= REPEAT_LIMIT:
        raise QuantityError(f"additional doses must be 0 to {REPEAT_LIMIT}, got {additional}")
    if additional and not interval_h > 0:
        raise QuantityError(f"the interval must be above 0 h, got {interval_h!r}")
    steps = range(additional + 1)
    return tuple(replace(event, time_h=event.time_h + step * interval_h) for step in steps)


def in_order(events: Iterable[DoseEvent]) -> tuple[DoseEvent, ...]:
    """Sort the doses by time; doses at one instant keep their order."""
    return tuple(sorted(events, key=lambda event: event.time_h))


_COLUMNS = {
    "time_h": "time_h", "time": "time_h",
    "amount_mg": "amount_mg", "amt": "amount_mg",
    "route": "route", "cmt": "route",
    "duration_h": "duration_h", "dur": "duration_h",
    "rate": "rate",
    "hold_min": "hold_min", "swallow": "swallow", "product": "product",
    "addl": "addl", "ii": "ii",
    "wt": "wt", "weight_kg": "wt", "ddi": "ddi",
}  # fmt: skip
_NUMBERS = ("time_h", "amount_mg", "duration_h", "hold_min", "swallow")


@dataclass(frozen=True, slots=True)
class EventTable:
    """The doses of a file, and the weight and interaction it names, if it does."""

    events: tuple[DoseEvent, ...]
    weight_kg: float | None = None
    interaction: str | None = None


def read_events(path: Path) -> EventTable:
    """
    Read a CSV of doses: Kapstone's columns, or those of the field, in either case.

    Kapstone's are ``time_h, amount_mg, route, duration_h, hold_min, swallow, product``; the
    field's are ``TIME, AMT, RATE, ROUTE, WT, HOLD_MIN, SWALLOW, PRODUCT, DDI, ADDL, II``.

    Raises
    ------
    ModelError : an unknown column, a missing time, amount or route, or no rows
    QuantityError : a cell that is not a number, or cannot be a dose
    """
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(line for line in file if not line.startswith("#"))
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        unknown = [name for name in names if name not in _COLUMNS]
        if unknown:
            raise ModelError(f"unknown column {unknown[0]!r} in {path.name}")
        rows = [dict(zip(names, row.values(), strict=False)) for row in reader]
    if not rows:
        raise ModelError(f"no dose in {path.name}")
    events: list[DoseEvent] = []
    said: dict[str, set[str]] = {"wt": set(), "ddi": set()}
    for number, row in enumerate(rows, start=1):
        cells = {
            _COLUMNS[name]: text.strip() for name, text in row.items() if text and text.strip()
        }
        for column, words in said.items():
            words.update({cells[column]} if column in cells else set())
        events.extend(_events_of(cells, number))
    return EventTable(in_order(events), _weight_said(said["wt"]), _one(said["ddi"], "DDI"))


def _weight_said(words: set[str]) -> float | None:
    word = _one(words, "WT")
    return None if word is None else _number(word, "wt", 1)


def _one(words: set[str], column: str) -> str | None:
    """Give the one value a column holds."""
    if len(words) > 1:
        raise ModelError(f"column {column} holds more than one value: {sorted(words)}")
    return next(iter(words), None)


def _events_of(cells: Mapping[str, str], number: int) -> tuple[DoseEvent, ...]:
    """Read one row: its dose, and the doses that repeat it."""
    for column in ("time_h", "amount_mg", "route"):
        if column not in cells:
            raise ModelError(f"row {number} has no {column}")
    numbers = {
        column: _number(cells[column], column, number) for column in _NUMBERS if column in cells
    }
    if "rate" in cells:
        numbers["duration_h"] = _duration(cells, numbers, number)
    event = DoseEvent(
        time_h=numbers["time_h"],
        amount_mg=numbers["amount_mg"],
        route=_route(cells["route"], number),
        duration_h=numbers.get("duration_h", 0.0),
        hold_min=numbers.get("hold_min", 10.0),
        swallow=numbers.get("swallow", 1.0),
        product=_product(cells.get("product", Product.RACEMIC), number),
    )
    additional = _number(cells.get("addl", "0"), "addl", number)
    if additional != int(additional):
        raise QuantityError(f"row {number}: addl must be a whole number, got {additional!r}")
    interval_h = _number(cells.get("ii", "0"), "ii", number)
    return repeated(event, additional=int(additional), interval_h=interval_h)


def _route(word: str, number: int) -> Route:
    try:
        return Route(word.upper())
    except ValueError as error:
        known = ", ".join(Route)
        raise ModelError(f"row {number}: unknown route {word!r}; known: {known}") from error


def _product(word: str, number: int) -> Product:
    try:
        return Product(word.lower())
    except ValueError as error:
        known = ", ".join(Product)
        raise ModelError(f"row {number}: unknown product {word!r}; known: {known}") from error


def _duration(cells: Mapping[str, str], numbers: Mapping[str, float], number: int) -> float:
    """Turn a rate in mg/h into the hours it ran; a rate of 0 is a bolus or a depot."""
    rate = _number(cells["rate"], "rate", number)
    if "duration_h" in numbers:
        raise ModelError(f"row {number} has both a rate and a duration")
    if rate < 0:
        raise QuantityError(f"row {number}: rate must be 0 mg/h or above, got {rate!r}")
    return numbers["amount_mg"] / rate if rate > 0 else 0.0


def _number(text: str, column: str, number: int) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise QuantityError(f"row {number}: {column} is not a number: {text!r}") from error
