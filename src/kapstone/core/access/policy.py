"""
The access policy: the matrix of who may do what, read strictly from ``matrix.toml``.

Everything here is plain data and pure functions. The relations of a user to a patient are found
in ``standing.py``; the doors that ask are in ``doors.py``.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from kapstone.errors import KapstoneError


class PolicyError(KapstoneError):
    """The matrix is not well formed; nothing may start on it."""

    status = 500


class Action(StrEnum):
    """What may be done to a record."""

    READ = "read"
    CREATE = "create"
    AMEND = "amend"
    SIGN = "sign"


class Relation(StrEnum):
    """How a user stands to one patient, computed for each request."""

    SELF = "self"
    PARTNER = "partner"
    AUTHOR = "author"
    TEAM = "team"
    ROOM = "room"
    CLINIC = "clinic"


class Mode(StrEnum):
    """How much of a record an allowed read shows."""

    FULL = "full"
    LIMITED = "limited"
    EXISTENCE = "existence"
    GLASS = "glass"
    NOTHING = "nothing"


ROLES = (
    "patient",
    "therapist",
    "prescriber",
    "nurse",
    "front-desk",
    "administrator",
    "researcher",
    "auditor",
)
_LETTERS = {"W": Action.CREATE, "A": Action.AMEND, "S": Action.SIGN}
_ALLOWED_LETTERS = set("RWASLMBCOD")
_CLASS_KEYS = {"label", "cells", "limited_fields", "never_by_glass", "sealed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordClass:
    """One row of the matrix."""

    code: str
    label: str
    cells: Mapping[tuple[str, Relation], str]
    limited_fields: tuple[str, ...] = ()
    never_by_glass: bool = False
    sealed: bool = False

    def letters(self, role: str, relation: Relation) -> str:
        """Give the cell for a role in a relation; an absent cell is empty: denied."""
        return self.cells.get((role, relation), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer of the policy: yes or no, how much, through which relation, and why."""

    allowed: bool
    mode: Mode = Mode.NOTHING
    relation: Relation | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    One question to the policy.

    ``relations`` holds, for each subject of the record, every relation the user has to that
    patient; ``glass`` the patients for whom this user has broken the glass; ``granted`` whether
    a live grant covers this very item.
    """

    role: str
    record_class: str
    action: Action
    relations: Mapping[int, Collection[Relation]]
    is_author: bool = False
    granted: bool = False
    glass: Collection[int] = field(default_factory=frozenset)


def _read_class(code: str, row: Mapping[str, object]) -> RecordClass:
    unknown = set(row) - _CLASS_KEYS
    if unknown:
        raise PolicyError(f"matrix.toml: class {code} has unknown keys {sorted(unknown)}.")
    cells: dict[tuple[str, Relation], str] = {}
    raw = row.get("cells")
    if not isinstance(raw, dict):
        raise PolicyError(f"matrix.toml: class {code} has no cells.")
    for column, letters in raw.items():
        role, _, relation = str(column).rpartition(".")
        if role not in ROLES or relation not in set(Relation):
            raise PolicyError(f"matrix.toml: class {code} names no such column {column!r}.")
        if not letters or set(letters) - _ALLOWED_LETTERS:
            raise PolicyError(f"matrix.toml: class {code}, {column}: bad letters {letters!r}.")
        cells[role, Relation(relation)] = letters
    limited = row.get("limited_fields", [])
    return RecordClass(
        code=code,
        label=str(row["label"]),
        cells=cells,
        limited_fields=tuple(str(name) for name in limited)
        if isinstance(limited, list)
        else (),
        never_by_glass=bool(row.get("never_by_glass", False)),
        sealed=bool(row.get("sealed", False)),
    )


@lru_cache(maxsize=1)
def matrix() -> Mapping[str, RecordClass]:
    """
    Read the matrix once.

    Raises
    ------
    PolicyError
        If a key, column or letter is unknown; nothing may start on a matrix that is half read.
    """
    raw = tomllib.loads((files("kapstone.core.access") / "matrix.toml").read_text())
    if raw.get("schema") != 1:
        raise PolicyError("matrix.toml: unknown schema.")
    return {code: _read_class(code, row) for code, row in raw["class"].items()}


def record_class(code: str) -> RecordClass:
    """
    Give one row of the matrix.

    Raises
    ------
    PolicyError
        If no such class exists: an unknown class is an error, never an open door.
    """
    try:
        return matrix()[code]
    except KeyError:
        raise PolicyError(f"No record class is called {code!r}.") from None


def _read_mode(letters: str, *, granted: bool, glass: bool) -> Mode:
    """Say how much a cell lets one read, the most generous first."""
    if "R" in letters or ("C" in letters and granted):
        return Mode.FULL
    if "B" in letters and glass:
        return Mode.GLASS
    if "L" in letters:
        return Mode.LIMITED
    if "M" in letters:
        return Mode.EXISTENCE
    return Mode.NOTHING


_RANK = (Mode.NOTHING, Mode.EXISTENCE, Mode.LIMITED, Mode.GLASS, Mode.FULL)


def _reading(question: Question, row: RecordClass, subject: int) -> Decision:
    best = Decision(allowed=False, reason="no relation that may read this")
    for relation in _relations(question, subject):
        glass = subject in question.glass and not row.never_by_glass
        mode = _read_mode(
            row.letters(question.role, relation), granted=question.granted, glass=glass
        )
        if _RANK.index(mode) > _RANK.index(best.mode):
            best = Decision(allowed=True, mode=mode, relation=relation)
    return best


def _writing(question: Question, row: RecordClass, subject: int) -> Decision:
    for relation in _relations(question, subject):
        letters = row.letters(question.role, relation)
        if any(_LETTERS.get(letter) == question.action for letter in letters):
            return Decision(allowed=True, mode=Mode.FULL, relation=relation)
    return Decision(allowed=False, reason=f"no relation that may {question.action} this")


def _relations(question: Question, subject: int) -> list[Relation]:
    relations = list(question.relations.get(subject, ()))
    if question.is_author and Relation.TEAM in relations:
        relations.insert(0, Relation.AUTHOR)
    return relations


def decide(question: Question) -> Decision:
    """
    Answer one question. No relation, no subject or no cell means no.

    Inside the treating team one subject of a joint record is enough; what a *patient* may see
    of a record about several people is never decided here but by the class of its own
    paragraph, so a record with several subjects is closed to a patient who is only one of them.
    """
    row = record_class(question.record_class)
    if not question.relations:
        return Decision(allowed=False, reason="no subject")
    answer = _reading if question.action is Action.READ else _writing
    decisions = [answer(question, row, subject) for subject in question.relations]
    if question.role == "patient" and not all(decision.allowed for decision in decisions):
        return Decision(allowed=False, reason="not every subject of this record has agreed")
    return max(decisions, key=lambda decision: _RANK.index(decision.mode))


def may_anywhere(role: str, code: str, action: Action) -> bool:
    """Say whether a role could ever do this, to anyone: the test for a board or a list."""
    for (cell_role, _), letters in record_class(code).cells.items():
        if cell_role != role:
            continue
        if action is Action.READ and set(letters) & set("RLMBC"):
            return True
        if action is not Action.READ and any(
            _LETTERS.get(letter) == action for letter in letters
        ):
            return True
    return False
