"""The structured record of a modality: what was typed, held against the catalogue. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from kapstone.catalogue.modalities import FieldKind, Modality, ModalityField

LONGEST_TEXT = 2000
MOST_ENTRIES = 20
# Keys that Kapstone itself keeps beside the modality's own fields.
OWN_KEYS = frozenset({"forks", "cautions", "caution_reason"})


def record_faults(modality: Modality, record: Mapping[str, object]) -> dict[str, str]:
    """Give a sentence for each field whose value the modality does not allow."""
    fields = {one.code: one for one in modality.fields}
    faults: dict[str, str] = {}
    for code, value in record.items():
        if code in OWN_KEYS:
            faults[code] = f"{code} is not a field of {modality.name}."
        elif code not in fields:
            faults[code] = f"{modality.name} has no field {code!r}."
        elif value not in (None, "", []) and (
            fault := _CHECKS[fields[code].kind](fields[code], value)
        ):
            faults[code] = fault
    return faults


def missing_fields(modality: Modality, record: Mapping[str, object]) -> dict[str, str]:
    """Give a sentence for each required field that was left out."""
    return {
        one.code: f"{one.label}: this is needed."
        for one in modality.fields
        if one.required and record.get(one.code) in (None, "", [])
    }


def _text(one: ModalityField, value: object) -> str:
    if not isinstance(value, str):
        return f"{one.label}: write words."
    if len(value) > LONGEST_TEXT:
        return f"{one.label}: keep it to {LONGEST_TEXT} characters. This has {len(value)}."
    return ""


def _list(one: ModalityField, value: object) -> str:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        return f"{one.label}: write one on each line."
    if len(value) > MOST_ENTRIES:
        return f"{one.label}: keep it to {MOST_ENTRIES} lines. This has {len(value)}."
    return next((fault for entry in value if (fault := _text(one, entry))), "")


def _choice(one: ModalityField, value: object) -> str:
    labels = {option.code: option.label for option in one.options}
    return "" if value in labels else f"{one.label}: choose {', '.join(labels.values())}."


def _number(one: ModalityField, value: object) -> str:
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    if not fits or not one.low <= float(str(value)) <= one.high:
        return f"{one.label}: write a number from {one.low:g} to {one.high:g}."
    return ""


def _yes_no(one: ModalityField, value: object) -> str:
    return "" if isinstance(value, bool) else f"{one.label}: say yes or no."


_CHECKS: Mapping[FieldKind, Callable[[ModalityField, object], str]] = {
    FieldKind.TEXT: _text,
    FieldKind.LIST: _list,
    FieldKind.CHOICE: _choice,
    FieldKind.SCALE: _number,
    FieldKind.NUMBER: _number,
    FieldKind.YES_NO: _yes_no,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a written record, ready to read: its label and its words."""

    label: str
    words: tuple[str, ...]


def record_lines(modality: Modality, record: Mapping[str, object]) -> Iterator[Line]:
    """Yield what a record holds in the order of the modality's fields."""
    for one in modality.fields:
        value = record.get(one.code)
        if value not in (None, "", []):
            yield Line(one.label, _words(one, value))


def _words(one: ModalityField, value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(entry) for entry in value)
    if isinstance(value, bool):
        return ("Yes" if value else "No",)
    if one.kind is FieldKind.CHOICE:
        return (
            {option.code: option.label for option in one.options}.get(str(value), str(value)),
        )
    if one.kind is FieldKind.SCALE:
        return (f"{value} of {one.high:g}",)
    return (str(value),)
