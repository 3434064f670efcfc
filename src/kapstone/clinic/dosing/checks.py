"""
A check as questions, and how its answer is read: strictly, and never more than one at once.

The lists are in ``check_lists.py``; what an answer means is said in ``gate.py`` and
``going_home.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from kapstone.clinic.dosing.entries import Kind, Vitals, as_json
from kapstone.clinic.dosing.reading import read_payload
from kapstone.clinic.dosing.rules import check_vitals
from kapstone.errors import InvalidInput

CONFIRMED = "is_confirmed"  # looked at again, and true


class Asked(StrEnum):
    """What kind of answer a question takes."""

    YES_NO = "yes-no"
    TEXT = "text"
    TIME = "time"
    CHOICE = "choice"
    SIGN = "sign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of a check."""

    name: str
    words: str
    asked: Asked = Asked.YES_NO
    choices: tuple[tuple[str, str], ...] = ()
    needed: bool = True
    needed_when: tuple[str, ...] = ()  # needed once any of these was answered yes
    is_ahead: bool = False  # a time still to come


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: its questions, and who may lift it with a reason."""

    code: str
    title: str
    icon: str
    ask: str = ""
    questions: tuple[Question, ...] = ()
    lift_by: str = ""  # the role; empty: nobody
    lift_with: str = ""  # the role that must lift it as well
    lift_words: str = ""
    why: str = ""  # where its rule comes from

    @property
    def lifters(self) -> tuple[str, ...]:
        """Name every role that must lift it; empty: nobody may."""
        return tuple(role for role in (self.lift_by, self.lift_with) if role)

    @property
    def is_measured(self) -> bool:
        """Whether it asks for vital signs, which may be slips of the finger."""
        return any(question.asked is Asked.SIGN for question in self.questions)


def read_check(check: Check, raw: Mapping[str, Any]) -> dict[str, Any]:
    """
    Read the answer to one check: every question answered, nothing else sent.

    Raises
    ------
    InvalidInput : question by question what is missing or cannot be read
    """
    if not check.questions:
        raise InvalidInput({"check": f"{check.code} is worked out, not answered."})
    faults: dict[str, str] = {}
    names = {question.name for question in check.questions}
    unknown = set(raw) - names - ({CONFIRMED} if check.is_measured else set())
    faults.update({name: f"{name} is not asked here." for name in sorted(unknown)})
    value = {
        question.name: _READ[question.asked](question, raw.get(question.name), faults)
        for question in check.questions
        if question.asked is not Asked.SIGN
    }
    faults.update(_still_needed(check, value))
    signs = [question for question in check.questions if question.asked is Asked.SIGN]
    if signs and not faults:
        value.update(_read_signs(signs, raw, faults))
    if faults:
        raise InvalidInput(faults)
    return value


def _still_needed(check: Check, value: Mapping[str, Any]) -> dict[str, str]:
    """Name what another answer makes needed."""
    return {
        one.name: f"{one.words}: answer it too."
        for one in check.questions
        if value.get(one.name) in (None, "")
        and any(value.get(name) is True for name in one.needed_when)
    }


def _read_signs(
    signs: list[Question], raw: Mapping[str, Any], faults: dict[str, str]
) -> dict[str, Any]:
    given = {sign.name: raw.get(sign.name) for sign in signs}
    for sign in signs:
        if given[sign.name] in (None, ""):
            faults[sign.name] = f"{sign.words}: enter the value."
    if faults:
        return {}
    confirmed = raw.get(CONFIRMED) in (True, "on", "true", "yes")
    read = read_payload(Kind.VITALS, given | {CONFIRMED: confirmed})
    payload = as_json(read)
    systolic, diastolic = payload.get("systolic_mmhg"), payload.get("diastolic_mmhg")
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        # A slip here would go into the mean that decides; in the room it is asked about.
        words = f"Check {systolic}/{diastolic}: diastolic is not below systolic."
        raise InvalidInput({"diastolic_mmhg": words})
    found = check_vitals(read) if isinstance(read, Vitals) else ()
    doubted = [finding.message for finding in found]
    if doubted:
        raise InvalidInput({"": f"{' '.join(doubted)} Measure again; if it is true, say so."})
    kept = {name: payload[name] for name in given if name in payload}
    return kept | ({CONFIRMED: True} if confirmed else {})


def _read_yes_no(question: Question, raw: Any, faults: dict[str, str]) -> bool | None:
    if raw in (True, "yes"):
        return True
    if raw in (False, "no"):
        return False
    if question.needed or raw not in (None, ""):
        faults[question.name] = f"{question.words}: answer yes or no."
    return None


def _read_text(question: Question, raw: Any, faults: dict[str, str]) -> str:
    text = raw.strip().replace("\x00", "") if isinstance(raw, str) else ""
    if question.needed and not text:
        faults[question.name] = f"{question.words}: write it."
    if len(text) > 200:
        faults[question.name] = f"{question.words}: at most 200 characters."
    return text


def _read_time(question: Question, raw: Any, faults: dict[str, str]) -> str:
    try:
        moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw))
    except ValueError:
        faults[question.name] = f"{question.words}: give the day and time."
        return ""
    if moment.tzinfo is None:
        faults[question.name] = f"{question.words}: give the time with its zone."
        return ""
    return moment.isoformat()


def _read_choice(question: Question, raw: Any, faults: dict[str, str]) -> str:
    if raw not in dict(question.choices):
        faults[question.name] = f"{question.words}: choose one of the answers."
        return ""
    return str(raw)


_READ = MappingProxyType(
    {
        Asked.YES_NO: _read_yes_no,
        Asked.TEXT: _read_text,
        Asked.TIME: _read_time,
        Asked.CHOICE: _read_choice,
    }
)
