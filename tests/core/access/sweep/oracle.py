"""
What ought to happen, from the hand-typed expectation files and nothing else.

The files are typed from the access matrix of the design, never made from the code under test.
``docs/decisions/0015-access-departures.md`` says where and why they depart from it.
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
RANK = ("no", "existence", "limited", "glass", "full")
# Canaries in what a limited cell shows: the class whose cell answers for them.
LIMITED_CANARIES = {
    "identity_limited": "identity",
    "progress_note_plan": "progress_note",
    "measure_today": "measure",
}
# A number may stand on the page of any of these classes.
NUMBER_CANARIES = {
    "dose_amount": ("dose_order", "dosing_session", "window"),
    "weight": ("emergency_card", "dose_order", "dosing_session", "screening"),
}
FAR = {"patient-far", "far-therapist", "far-administrator", "far-auditor"}
FAR_ABOUT = {"far", "newfar"}
COUPLE = {"patient-own", "patient-partner"}
# Who stands nearer than "of this clinic" to whom, by hand, from security.md 3.1.
NEAR = {
    "own": {"author", "team", "prescriber-team", "nurse-room"},
    "other": {"prescriber-team", "nurse-room"},
}
CLINICIANS = {"therapist", "prescriber"}
UNCLAIMED = {"partner": False, "far": True}  # registered, in nobody's care: in which clinic


@dataclass(frozen=True, slots=True)
class ExpectedRoute:
    """
    One line of ``routes_expected.csv``.

    ``target`` says whom the address is about: ``patient`` named in it, ``self`` whoever signs
    in, ``own`` a record that must be the asker's own, ``both`` one where a patient may write
    beside the clinic, ``clinic`` a record of nobody's yet, ``none`` a board or list. ``shows``
    are the modes it knows beside full and glass.
    ``as_author``: ``yes`` where the record has an author, ``own`` where whoever writes becomes
    the author.
    """

    name: str
    record_class: str
    read: str
    write: str
    target: str
    shows: frozenset[str]
    as_author: str


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
                as_author=row["as_author"],
            )
            for row in csv.DictReader(file)
        }


def columns(principal: Principal, patient: str, *, as_author: str = "") -> list[str]:
    """Name the columns that answer for a principal about one of the world's patients."""
    role, _, relation = principal.column.partition(".")
    if not role or (principal.code in FAR) != (patient in FAR_ABOUT):
        return []
    if patient in {"new", "newfar"}:
        return [] if role == "patient" else [f"{role}.clinic"]
    if role == "patient":
        if principal.code == f"patient-{patient}":
            return ["patient.self"]
        return ["patient.partner"] if {principal.code, f"patient-{patient}"} == COUPLE else []
    near = ("own",) if patient == "joint" else (patient,)
    if not any(principal.code in NEAR.get(one, ()) for one in near):
        return [f"{role}.clinic"]
    if relation == "author":
        return ["therapist.team", "therapist.clinic"] + ["therapist.author"] * bool(as_author)
    if as_author == "own" and relation == "team" and role == "therapist":
        return ["therapist.team", "therapist.clinic", "therapist.author"]
    return [f"{role}.{relation}", f"{role}.clinic"]


def _mode(letters: str, *, granted: bool, glass: bool) -> str:
    if "R" in letters or ("C" in letters and granted):
        return "full"
    if "B" in letters and glass:
        return "glass"
    return "limited" if "L" in letters else "existence" if "M" in letters else "no"


def reads(principal: Principal, record_class: str, patient: str, *, as_author: str = "") -> str:
    """Say how a principal reads a class: full, glass, limited, existence or no."""
    if patient == "joint" and principal.column.startswith("patient."):
        # What is about two people opens to neither alone: no grant of both is planted.
        return "no"
    found = ["no"]
    for column in columns(principal, patient, as_author=as_author):
        letters = cells()[record_class, column]
        granted = record_class == "journal_shared" and not column.startswith("patient.")
        glass = principal.glass and patient in {"own", "joint"}
        found.append(_mode(letters, granted=granted, glass=glass))
    return max(found, key=RANK.index)


def writes(
    principal: Principal, record_class: str, action: str, patient: str, *, as_author: str = ""
) -> bool:
    """Say whether a principal may write to a class about a patient."""
    if patient == "joint" and principal.column.startswith("patient."):
        return False
    return any(
        LETTER[action] in cells()[record_class, column]
        for column in columns(principal, patient, as_author=as_author)
    )


def role_ever(principal: Principal, record_class: str, action: str) -> bool:
    """Say whether the principal's role may ever do this, to anyone."""
    role = principal.column.partition(".")[0]
    wanted = set("RLMBC") if action == "read" else {LETTER[action]}
    return any(
        wanted & set(letters)
        for (code, column), letters in cells().items()
        if code == record_class and column.rpartition(".")[0] == role
    )


def may_take_up(principal: Principal, about: str) -> bool:
    """Whoever is registered and in nobody's care may be taken up by the clinic's clinicians."""
    here = UNCLAIMED.get(about) == (principal.code in FAR)
    return principal.column.partition(".")[0] in CLINICIANS and here


def _may_name(principal: Principal, about: str) -> bool:
    """Say who sees a screen name: who reads identity, and who meets the two as a couple."""
    together = ("own", "partner") if about in {"own", "partner"} else (about,)
    knows = principal.code in COUPLE and about in {"own", "partner"}
    return (
        knows
        or may_take_up(principal, about)
        or any(
            reads(principal, "identity", one) in {"full", "glass", "limited"}
            for one in together
        )
    )


def may_show(principal: Principal, planted: Canary) -> bool:
    """Say whether a body sent to this principal may hold this canary."""
    code, about = planted.record_class, planted.patient
    if not principal.column:
        return False
    if code == "notice":
        return principal.code in {"author", "far-therapist"}
    if code == "screen_name":
        return _may_name(principal, about)
    if code == "appointment_request" and may_take_up(principal, about):
        return True
    if code in LIMITED_CANARIES:
        code = LIMITED_CANARIES[code]
        return reads(principal, code, about, as_author="yes") in {"full", "glass", "limited"}
    return any(
        reads(principal, one, about, as_author="yes") in {"full", "glass"}
        for one in NUMBER_CANARIES.get(code, (code,))
    )
