"""Turn a decoded TOML table into a frozen dataclass, or say which file and key is wrong."""

from __future__ import annotations

import types
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from kapstone.errors import CatalogueError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mark:
    """A remark on a field, read by the reader or by the lint."""

    name: str


FOR_PATIENTS = Mark("for patients")
MAY_BE_BLANK = Mark("may be blank")

PatientText = Annotated[str, FOR_PATIENTS]
"""Words that a patient or a visitor reads: the lint looks at every one of them."""

OptionalPatientText = Annotated[str, FOR_PATIENTS, MAY_BE_BLANK]
"""As :data:`PatientText`, and the file may leave it empty."""

BlankText = Annotated[str, MAY_BE_BLANK]
"""Text that the file may leave empty."""

_PLAIN: dict[type, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    float: (int, float),
    bool: (bool,),
    date: (date,),
}


def build(kind: type[T], table: object, where: str) -> T:
    """
    Build a dataclass from a table; every key must be known and every field given.

    A field with a default may be left out; a field whose text may be blank must still be
    written. ``where`` names the file and the path to the table, for the error text.

    Raises
    ------
    CatalogueError : unknown or missing key, wrong type, blank text, or a rule of the class
    """
    if not isinstance(table, dict):
        raise CatalogueError(f"{where}: expected a table, found {type(table).__name__}")
    declared = fields(kind)  # type: ignore[arg-type]  # every caller passes a dataclass
    known = {field.name: field for field in declared if field.init}
    if unknown := sorted(set(table) - set(known)):
        raise CatalogueError(f"{where}: unknown keys {', '.join(unknown)}")
    if missing := sorted(name for name in known if name not in table and needed(known[name])):
        raise CatalogueError(f"{where}: missing keys {', '.join(missing)}")
    hints = get_type_hints(kind, include_extras=True)
    values = {name: _value(hints[name], raw, f"{where}: {name}") for name, raw in table.items()}
    try:
        return kind(**values)
    except CatalogueError as fault:
        raise CatalogueError(f"{where}: {fault}") from None


def needed(field: Field[Any]) -> bool:
    """Whether the file must give this field."""
    return field.default is MISSING and field.default_factory is MISSING


def _value(hint: Any, raw: object, where: str) -> Any:
    """Check one value against the type its field declares."""
    marks: tuple[object, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        marks = tuple(rest)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (hint,) = (option for option in get_args(hint) if option is not type(None))
        return _value(hint, raw, where)
    if origin is tuple:
        return _row(get_args(hint)[0], raw, where)
    if hasattr(hint, "from_words"):
        return _from_words(hint, raw, where)
    if is_dataclass(hint):
        return build(hint, raw, where)  # type: ignore[arg-type]  # a class, as hinted
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _choice(hint, raw, where)
    return _plain(hint, raw, where, blank=MAY_BE_BLANK in marks)


def _row(hint: Any, raw: object, where: str) -> tuple[Any, ...]:
    if not isinstance(raw, list):
        raise CatalogueError(f"{where}: expected a list, found {type(raw).__name__}")
    return tuple(
        _value(hint, entry, f"{where}[{place}]") for place, entry in enumerate(raw, start=1)
    )


def _from_words(hint: Any, raw: object, where: str) -> Any:
    if not isinstance(raw, str):
        raise CatalogueError(f"{where}: expected text, found {type(raw).__name__}")
    try:
        return hint.from_words(raw)
    except CatalogueError as fault:
        raise CatalogueError(f"{where}: {fault}") from None


def _choice(hint: type[StrEnum], raw: object, where: str) -> StrEnum:
    allowed = [member.value for member in hint]
    if raw not in allowed:
        raise CatalogueError(f"{where}: {raw!r} is not one of {', '.join(allowed)}")
    return hint(raw)


def _plain(hint: type, raw: object, where: str, *, blank: bool) -> object:
    accepted = _PLAIN[hint]
    # bool is an int in Python: a yes where a number belongs is a slip in the file
    if not isinstance(raw, accepted) or (isinstance(raw, bool) and hint is not bool):
        raise CatalogueError(f"{where}: expected {hint.__name__}, found {raw!r}")
    if isinstance(raw, str) and not blank and not raw.strip():
        raise CatalogueError(f"{where}: must not be blank")
    return float(raw) if hint is float and isinstance(raw, int) else raw
