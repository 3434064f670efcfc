"""How the entries of the room are said on screen and on paper."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from kapstone.catalogue.room import load_room
from kapstone.catalogue.thresholds import load_thresholds
from kapstone.clinic.dosing.entries import (
    CONTAINER_ITEMS,
    CORRECTABLE,
    Answer,
    Change,
    Correction,
    Dose,
    Event,
    Happening,
    Kind,
    Note,
    NoValue,
    Payload,
    Speaker,
    State,
    Vitals,
)
from kapstone.clinic.dosing.record import Line, Record

DEGREES = ("none", "mild", "moderate", "severe")
PRODUCTS: Mapping[str, str] = MappingProxyType(
    {"racemic": "Racemic ketamine", "esketamine-device": "Esketamine device"}
)
ROOM_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "went-home": "Went home",
        "left-against-advice": "Left against advice",
        "stay": "Stays; looked at again later",
    }
)
_SHORT: tuple[tuple[str, str, str], ...] = (
    ("heart_rate_per_min", "pulse", ""),
    ("spo2_percent", "SpO2", ""),
    ("breaths_per_min", "breaths", ""),
    ("temperature_c", "temperature", ""),
    ("alertness", "alertness", ""),
    ("rass", "RASS", ""),
    ("distress", "distress", " of 10"),
    ("nausea", "nausea", " of 3"),
    ("perception", "changed perception", " of 10"),
    ("depth", "depth", " of 4"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line of the feed or of the printed record."""

    at: datetime
    icon: str
    words: str
    by: str
    key: UUID
    is_voice: bool = False
    is_struck: bool = False
    note: str = ""  # why it was struck, or that it may have been charted twice
    is_correctable: bool = False


def feed_of(record: Record, patient_name: str) -> tuple[Said, ...]:
    """Say every line of the record, the newest first."""
    return tuple(reversed([say(line, record, patient_name) for line in record.lines]))


def say(line: Line, record: Record, patient_name: str) -> Said:
    """Say one line."""
    payload = line.written.says
    icon, words = _say(payload, record)
    by = line.written.by
    is_voice = isinstance(payload, Note) and payload.speaker is Speaker.PATIENT
    if isinstance(payload, Note):
        said_by = {Speaker.PATIENT: f"Words of {patient_name}", Speaker.THERAPIST: "Therapist"}
        by = said_by.get(payload.speaker, by)
    struck = line.struck_by
    note = ""
    if struck is not None and isinstance(struck.payload, Correction):
        why = struck.payload.detail or _named("corrections", struck.payload.mistake).lower()
        note = f"corrected: {why}"
    elif line.maybe_twice:
        note = "charted twice?"
    elif isinstance(line.written.payload, Correction):
        note = "a correction"
    of = line.written.payload.of if isinstance(line.written.payload, Correction) else None
    return Said(
        at=line.written.observed_at,
        icon=icon,
        words=words,
        by=by,
        key=line.written.entry,
        is_voice=is_voice,
        is_struck=line.is_struck,
        note=note,
        is_correctable=not line.is_struck and (of or line.written.kind) in CORRECTABLE,
    )


def vitals_words(vitals: Vitals) -> str:
    """Say one set in a line."""
    parts = []
    if vitals.systolic_mmhg is not None or vitals.diastolic_mmhg is not None:
        pair = (vitals.systolic_mmhg, vitals.diastolic_mmhg)
        parts.append("/".join("-" if value is None else str(value) for value in pair))
    for name, word, unit in _SHORT:
        value = getattr(vitals, name)
        if value is not None:
            parts.append(f"{word} {value}{unit}")
    if vitals.is_dissociated_with_reflexes:
        parts.append("dissociated, protective reflexes present")
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def dose_words(dose: Dose) -> str:
    """Say a dose as it is charted."""
    amount = f"{dose.amount_mg.normalize():f} mg {dose.route}"
    over = f" over {dose.duration_min:g} min" if dose.duration_min else ""
    return f"{amount}{over}"


def sign_words(code: str) -> str:
    """Name one of the signs of the threshold file."""
    return next((sign.name for sign in load_thresholds().signs if sign.code == code), code)


def step_words(code: str) -> str:
    """Name one step of the emergency card."""
    words = load_room()
    steps = (*words.emergency_steps, *words.distress_steps)
    return next((step.name for step in steps if step.code == code), code)


def _named(group: str, code: str) -> str:
    return next((one.name for one in getattr(load_room(), group) if one.code == code), code)


def _say(payload: Any, record: Record) -> tuple[str, str]:
    if payload is None:
        return "x", "Not so: nothing took place"
    return _SAY[payload.kind](payload, record)


def payload_words(payload: Payload, record: Record) -> str:
    """Say a payload that stands in no record yet, by its own words."""
    if isinstance(payload, Correction):
        instead = payload_words(payload.instead, record) if payload.instead else "nothing"
        return f"Corrects {_KINDS[payload.of]}; true is: {instead}"
    return _say(payload, record)[1]


def _say_vitals(vitals: Vitals, record: Record) -> tuple[str, str]:
    return "heart-pulse", vitals_words(vitals)


def _say_no_value(absent: NoValue, record: Record) -> tuple[str, str]:
    return "ban", f"No value: {_named('no_value', absent.reason).lower()}"


def _say_dose(dose: Dose, record: Record) -> tuple[str, str]:
    lot = f", lot {dose.lot}" if dose.lot else ""
    passed = f". Passed an open gate: {dose.override_reason}" if dose.override_reason else ""
    if dose.amount_mg == 0:
        return "syringe", "No dose was given"
    return "syringe", f"{PRODUCTS[dose.product]} {dose_words(dose)}{lot}{passed}"


def _say_event(happening: Happening, record: Record) -> tuple[str, str]:
    chips = {chip.code: chip for chip in load_room().events}
    chip = chips.get(happening.event)
    icon = chip.icon if chip else "triangle-alert"
    name = chip.name if chip else _OTHER_EVENTS.get(happening.event, happening.event)
    if happening.event is Event.SIGN:
        name = f"Seen: {sign_words(happening.sign)}"
    medicine = " ".join(
        part for part in (happening.medicine, happening.amount, happening.route) if part
    )
    ordered = f"ordered by {happening.ordered_by}" if happening.ordered_by else ""
    degree = DEGREES[happening.degree] if happening.degree is not None else ""
    parts = [name, degree, medicine, ordered, happening.detail]
    return icon, ", ".join(part for part in parts if part)


_OTHER_EVENTS = MappingProxyType({Event.ASKS_TO_STOP: "Asks to stop"})


def _say_note(note: Note, record: Record) -> tuple[str, str]:
    icons = {Speaker.PATIENT: "quote", Speaker.THERAPIST: "ear"}
    return icons.get(note.speaker, "eye"), note.text


def _say_answer(answer: Answer, record: Record) -> tuple[str, str]:
    for one in record.crossings:
        if (one.entry, one.parameter) == (answer.entry, answer.parameter):
            told = f" {answer.told}" if answer.told else ""
            reply = _named("replies", answer.reply)
            return "check", f"{one.crossing.sentence} {reply}{told}"
    return "check", f"{_named('replies', answer.reply)}: {answer.parameter}"


_HANDED = MappingProxyType(
    {
        "begin": "Watches from here",
        "offer": "Offers to hand over watching",
        "accept": "Takes over watching",
    }
)


def _say_state(state: State, record: Record) -> tuple[str, str]:
    match state.change:
        case Change.EMERGENCY:
            return "siren", step_words(state.item)
        case Change.CONTAINER:
            return "lamp", f"{CONTAINER_ITEMS[state.item]}: {state.value or 'none'}"
        case Change.RECONCILE:
            return "flag", f"Dose reconciled: {state.value}"
        case Change.VERIFY:
            return "check", "Compared with the paper by a second person"
        case Change.HANDOVER:
            return "flag", _HANDED[state.item]
        case Change.CHECK:
            undone = state.value.startswith("undo ")
            return "check", f"{state.item}: {'taken back' if undone else 'checked'}"
        case _:
            return "flag", ROOM_WORDS.get(state.item, state.item)


_KINDS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.VITALS: "a set of vital signs",
        Kind.NO_VALUE: "a value that was missing",
        Kind.DOSE: "a dose",
        Kind.EVENT: "an event",
        Kind.NOTE: "a note",
        Kind.ANSWER: "an answer",
        Kind.STATE: "a change of the room",
        Kind.CORRECTION: "a correction",
    }
)
_SAY: Mapping[Kind, Callable[[Any, Record], tuple[str, str]]] = MappingProxyType(
    {
        Kind.VITALS: _say_vitals,
        Kind.NO_VALUE: _say_no_value,
        Kind.DOSE: _say_dose,
        Kind.EVENT: _say_event,
        Kind.NOTE: _say_note,
        Kind.ANSWER: _say_answer,
        Kind.STATE: _say_state,
    }
)
