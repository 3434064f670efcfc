"""
What ought to happen, from the hand-typed expectation files and nothing else.

The files are typed from the access matrix of the design, never made from the code under test.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.core.access.sweep.canaries import Canary
from tests.core.access.sweep.world import Principal

HERE = Path(__file__).parent
LETTER = {"create": "W", "amend": "A", "sign": "S"}
LIMITED_CANARIES = {"identity_limited": "identity", "progress_note_plan": "progress_note"}


@dataclass(frozen=True, slots=True)
class ExpectedRoute:
    """One line of ``routes_expected.csv``."""

    name: str
    record_class: str
    read: str
    write: str
    target: str
    shows: frozenset[str]
    as_author: bool
    makes_own: bool = False  # whoever writes here becomes the author of what they write


@cache
def cells() -> Mapping[tuple[str, str], str]:
    """Read the expected letters: (class, column) -> letters."""
    with (HERE / "policy_expected.csv").open() as file:
        return {
            (row["class"], column): letters
            for row in csv.DictReader(file)
            for column, letters in row.items()
            if column != "class"
        }


@cache
def expected_routes() -> Mapping[str, ExpectedRoute]:
    """Read the expected doors: route name -> what its door must declare."""
    with (HERE / "routes_expected.csv").open() as file:
        return {
            row["name"]: ExpectedRoute(
                name=row["name"],
                record_class=row["class"],
                read=row["read"],
                write=row["write"],
                target=row["target"],
                shows=frozenset({"full", "glass", *row["shows"].split()}),
                as_author=row["as_author"] in {"yes", "own"},
                makes_own=row["as_author"] == "own",
            )
            for row in csv.DictReader(file)
        }


def columns(principal: Principal, patient: str, *, as_author: bool = False) -> list[str]:
    """Name the columns that answer for a principal about one of the world's patients."""
    role, _, relation = principal.column.partition(".")
    far = {"patient-far", "far-therapist", "far-administrator"}
    if (principal.code in far) != (patient == "far"):
        return []
    if role == "patient":
        if principal.code == f"patient-{patient}":
            return ["patient.self"]
        couple = {principal.code, f"patient-{patient}"}
        return ["patient.partner"] if couple == {"patient-own", "patient-partner"} else []
    if patient != "own":
        # A far therapist planted the far records but is in nobody's team.
        return [f"{role}.clinic"]
    if relation == "author":
        return ["therapist.team", "therapist.clinic"] + ["therapist.author"] * as_author
    if relation in {"team", "room"}:
        return [f"{role}.{relation}", f"{role}.clinic"]
    return [f"{role}.clinic"]


def reads(
    principal: Principal, record_class: str, patient: str, *, as_author: bool = False
) -> str:
    """Say how a principal reads a class: full, glass, limited, existence or no."""
    best = "no"
    rank = ["no", "existence", "limited", "glass", "full"]
    for column in columns(principal, patient, as_author=as_author):
        letters = cells()[record_class, column]
        granted = record_class == "journal_shared" and not column.startswith("patient.")
        glass = principal.glass and patient == "own"
        if "R" in letters or ("C" in letters and granted):
            mode = "full"
        elif "B" in letters and glass:
            mode = "glass"
        elif "L" in letters:
            mode = "limited"
        elif "M" in letters:
            mode = "existence"
        else:
            mode = "no"
        best = max(best, mode, key=rank.index)
    return best


def writes(
    principal: Principal,
    record_class: str,
    action: str,
    patient: str,
    *,
    as_author: bool = False,
    makes_own: bool = False,
) -> bool:
    """Say whether a principal may write to a class about a patient."""
    answering = columns(principal, patient, as_author=as_author)
    if makes_own and "therapist.team" in answering:
        answering = [*answering, "therapist.author"]
    return any(LETTER[action] in cells()[record_class, column] for column in answering)


def role_ever(principal: Principal, record_class: str, action: str) -> bool:
    """Say whether the principal's role may ever do this, to anyone."""
    role = principal.column.partition(".")[0]
    wanted = set("RLMBC") if action == "read" else {LETTER[action]}
    return any(
        wanted & set(letters)
        for (code, column), letters in cells().items()
        if code == record_class and column.rpartition(".")[0] == role
    )


def may_show(principal: Principal, planted: Canary) -> bool:
    """Say whether a body sent to this principal may hold this canary."""
    limited = LIMITED_CANARIES.get(planted.record_class)
    record_class = limited or planted.record_class
    mode = reads(principal, record_class, planted.patient, as_author=True)
    return mode in ({"full", "glass", "limited"} if limited else {"full", "glass"})
