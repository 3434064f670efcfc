"""
Read what is sent from the room, strictly: every key known, every value of its kind.

Extreme true values are accepted: an emergency is exactly what must be recorded.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from kapstone.catalogue.plausibility import load_plausibility
from kapstone.catalogue.room import load_room
from kapstone.catalogue.thresholds import load_thresholds
from kapstone.clinic.dosing.entries import (
    CONTAINER_ITEMS,
    CORRECTABLE,
    SIGN_NAMES,
    WHOLE,
    Absent,
    Answer,
    Change,
    Correction,
    Dose,
    Event,
    Happening,
    Kind,
    Mistake,
    Note,
    NoValue,
    Payload,
    Reply,
    Speaker,
    State,
    Vitals,
)
from kapstone.errors import InvalidInput
from kapstone.science.events import Product, Route

Raw = Mapping[str, Any]
# A comma before one or two digits is a decimal comma; before three it might mean thousands,
# and a thousand milligrams must never be read as one.
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}$)", re.ASCII)
PLAIN_NUMBER = re.compile(r"[-+]?[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
# No such value exists outside these; everything within is written, however extreme, and what
# the threshold file doubts is asked about first.
POSSIBLE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "systolic_mmhg": (0, 400),
        "diastolic_mmhg": (0, 400),
        "heart_rate_per_min": (0, 400),
        "spo2_percent": (0, 100),
        "breaths_per_min": (0, 150),
        "temperature_c": (10, 50),
        "alertness": (0, 5),
        "rass": (-5, 4),
        "distress": (0, 10),
        "nausea": (0, 3),
        "perception": (0, 10),
        "depth": (0, 4),
    }
)


class _Reader:
    """Take fields out of a raw payload one by one, and keep every fault."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.faults: dict[str, str] = {}

    def sign(self, name: str) -> Any:
        value = self.raw.get(name)
        if value is None or value == "":
            return None
        number = _number(value)
        low, high = POSSIBLE[name]
        whole = name in WHOLE
        if number is None or not low <= number <= high or (whole and number != int(number)):
            kind = "a whole number" if whole else "a number"
            says = f"{SIGN_NAMES[name]}: enter {kind} from {low:g} to {high:g}."
            self.faults[name] = f"{says} {_hint(name, value, number)}".strip()
            return None
        return int(number) if whole else round(number, 1)

    def decimal(self, name: str, words: str, places: int = 2) -> Decimal | None:
        value = self.raw.get(name)
        if value is None or value == "":
            return None
        number = None if "," in str(value) else _number(value)  # a dose is never guessed at
        if number is None or not 0 <= number < 10_000:
            says = f"{words}: enter a number of 0 or more, below 10,000."
            self.faults[name] = f"{says} {_hint(name, value, number)}".strip()
            return None
        exact = Decimal(str(value).strip())
        kept = exact.quantize(Decimal(1).scaleb(-places))
        if kept != exact:
            self.faults[name] = f"{words}: at most {places} figures after the point."
        return kept

    def whole(self, name: str, words: str, low: int, high: int) -> int | None:
        value = self.raw.get(name)
        if value is None or value == "":
            return None
        number = _number(value)
        if number is None or number != int(number) or not low <= number <= high:
            self.faults[name] = f"{words}: choose a number from {low} to {high}."
            return None
        return int(number)

    def choice(self, name: str, kind: type[StrEnum], words: str) -> Any:
        value = self.raw.get(name)
        if value not in [member.value for member in kind]:
            self.faults[name] = f"{words}: choose one of the answers."
            return next(iter(kind))
        return kind(value)

    def text(self, name: str, words: str, most: int = 1000, *, needed: bool = False) -> str:
        value = self.raw.get(name, "")
        if not isinstance(value, str):
            self.faults[name] = f"{words}: write words."
            return ""
        text = value.strip().replace("\x00", "")
        if needed and not text:
            self.faults[name] = f"{words}: write a few words."
        if len(text) > most:
            self.faults[name] = f"{words}: at most {most} characters."
        return text

    def key(self, name: str, words: str) -> UUID | None:
        value = self.raw.get(name)
        if value is None or value == "":
            return None
        try:
            return UUID(str(value))
        except ValueError:
            self.faults[name] = f"{words}: choose one of the answers."
            return None

    def yes(self, name: str) -> bool:
        return self.raw.get(name) in (True, "true", "on", "yes", "1")

    def done(self, known: Iterable[str]) -> None:
        for name in sorted(set(self.raw) - set(known)):
            self.faults[name] = f"{name} is not part of this kind of entry."
        if self.faults:
            raise InvalidInput(self.faults)


def _number(value: object) -> float | None:
    """Read a number written in plain figures; an exponent or an underscore is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    plain = _DECIMAL_COMMA.sub(".", str(value).strip())
    if isinstance(value, str) and not PLAIN_NUMBER.fullmatch(plain):
        return None
    number = float(plain)
    return number if math.isfinite(number) else None


def _hint(name: str, value: object, number: float | None) -> str:
    """Say what a value that cannot be read may have been meant as."""
    if "," in str(value):
        return "Write a point, not a comma."
    if str(value).strip().startswith("."):
        return "Write the nought before the point."
    return load_plausibility().other_unit(name, number) if number is not None else ""


def _vitals(reader: _Reader) -> Vitals:
    found = {name: reader.sign(name) for name in SIGN_NAMES}
    if not reader.faults and all(value is None for value in found.values()):
        reader.faults[""] = "Enter at least one value, or choose No value and the reason."
    return Vitals(
        **found,
        is_dissociated_with_reflexes=reader.yes("is_dissociated_with_reflexes"),
        is_confirmed=reader.yes("is_confirmed"),
    )


def _no_value(reader: _Reader) -> NoValue:
    return NoValue(reason=reader.choice("reason", Absent, "Reason"))


def _dose(reader: _Reader) -> Dose:
    amount = reader.decimal("amount_mg", "Amount in mg")
    if amount is None and "amount_mg" not in reader.faults:
        reader.faults["amount_mg"] = "Amount in mg: enter what was given."
    swallowed = reader.raw.get("is_swallowed")
    return Dose(
        product=reader.choice("product", Product, "Product"),
        route=reader.choice("route", Route, "Route"),
        amount_mg=amount if amount is not None else Decimal(0),
        duration_min=reader.decimal("duration_min", "Minutes of the infusion", 1),
        hold_min=reader.decimal("hold_min", "Minutes held in the mouth", 1),
        is_confirmed=reader.yes("is_confirmed"),
        is_swallowed=None if swallowed in (None, "") else reader.yes("is_swallowed"),
        lot=reader.text("lot", "Lot", 40),
        draw=reader.key("draw", "Out of"),
        mg_per_ml=reader.decimal("mg_per_ml", "Strength in mg/mL"),
        volume_ml=reader.decimal("volume_ml", "Volume in mL", 3),
        is_identity_checked=reader.yes("is_identity_checked"),
        witness_id=reader.whole("witness_id", "Second person", 1, 2**62),
        override_reason=reader.text("override_reason", "Reason", 500),
    )


def _happening(reader: _Reader) -> Happening:
    event = reader.choice("event", Event, "Event")
    happening = Happening(
        event=event,
        degree=reader.whole("degree", "Degree", 0, 3),
        sign=reader.text("sign", "Sign", 40),
        detail=reader.text("detail", "Detail", 300),
        medicine=reader.text("medicine", "Medicine", 80),
        amount=reader.text("amount", "Amount", 40),
        route=reader.text("route", "Route", 40),
        ordered_by=reader.text("ordered_by", "Ordered by", 80),
    )
    if event is Event.MEDICINE and not happening.medicine:
        reader.faults["medicine"] = "Medicine: write which one was given."
    if (event is Event.SIGN) != bool(happening.sign) or not _is_known(happening.sign):
        reader.faults["sign"] = "Sign: choose which one was seen."
    if event is Event.OTHER and not happening.detail:
        reader.faults["detail"] = "Other: write what happened."
    return happening


def _is_known(sign: str) -> bool:
    return not sign or sign in {one.code for one in load_thresholds().signs}


def _note(reader: _Reader) -> Note:
    return Note(
        speaker=reader.choice("speaker", Speaker, "Who"),
        text=reader.text("text", "Note", 1000, needed=True),
    )


def _answer(reader: _Reader) -> Answer:
    try:
        entry = UUID(str(reader.raw.get("entry")))
    except ValueError:
        reader.faults["entry"] = "The entry that is answered is not named."
        entry = UUID(int=0)
    return Answer(
        entry=entry,
        parameter=reader.text("parameter", "Vital sign", 40, needed=True),
        reply=reader.choice("reply", Reply, "Answer"),
        told=reader.text("told", "Who was told", 80),
    )


def _state(reader: _Reader) -> State:
    state = State(
        change=reader.choice("change", Change, "Change"),
        item=reader.text("item", "Item", 40, needed=True),
        value=reader.text("value", "Value", 300),
    )
    words = load_room()
    steps = {step.code for step in (*words.emergency_steps, *words.distress_steps)}
    known = {Change.EMERGENCY: steps, Change.CONTAINER: set(CONTAINER_ITEMS)}
    if state.change in known and state.item not in known[state.change]:
        reader.faults["item"] = f"{state.item!r} is not one of the items."
    shape = _STATE_SHAPES.get(state.change)
    if shape is not None and not shape.fullmatch(f"{state.item}|{state.value}"):
        reader.faults["value"] = f"That is not how {state.change} is said."
    return state


_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# What those changes must say that name an entry or a person: docs/reference/room-sync.md.
_STATE_SHAPES = MappingProxyType(
    {
        Change.CHECK: re.compile(rf"[a-z0-9-]+\|(yes|undo {_ID} .+)", re.DOTALL),
        Change.HANDOVER: re.compile(rf"begin\||offer\|{_ID} {_ID}|accept\|{_ID}"),
        Change.RECONCILE: re.compile(rf"{_ID}\|.{{3,}}", re.DOTALL),
        Change.VERIFY: re.compile(rf"{_ID}\|.*", re.DOTALL),
    }
)


def _correction(reader: _Reader) -> Correction:
    of = reader.choice("of", Kind, "Kind")
    raw = reader.raw.get("instead")
    instead: Any = None
    if raw is not None:
        if not isinstance(raw, Mapping) or of not in CORRECTABLE:
            reader.faults["instead"] = "This kind of entry cannot be corrected."
        else:
            instead = read_payload(of, raw)
    return Correction(
        of=of,
        mistake=reader.choice("mistake", Mistake, "Why"),
        detail=reader.text("detail", "Detail", 300),
        instead=instead,
    )


_SHAPES: Mapping[Kind, tuple[type[Payload], Callable[[_Reader], Payload]]] = MappingProxyType(
    {
        Kind.VITALS: (Vitals, _vitals),
        Kind.NO_VALUE: (NoValue, _no_value),
        Kind.DOSE: (Dose, _dose),
        Kind.EVENT: (Happening, _happening),
        Kind.NOTE: (Note, _note),
        Kind.ANSWER: (Answer, _answer),
        Kind.STATE: (State, _state),
        Kind.CORRECTION: (Correction, _correction),
    }
)


def read_payload(kind: Kind | str, raw: object) -> Payload:
    """
    Read one payload strictly: every key known, every value of its kind.

    Raises
    ------
    InvalidInput : field by field what cannot be read, in words
    """
    if kind not in list(Kind):
        raise InvalidInput({"kind": f"{kind!r} is not a kind of entry."})
    if not isinstance(raw, Mapping):
        raise InvalidInput({"": "An entry is a set of named values."})
    shape, read = _SHAPES[Kind(kind)]
    reader = _Reader(raw)
    payload = read(reader)
    reader.done(field.name for field in fields(shape))
    return payload
