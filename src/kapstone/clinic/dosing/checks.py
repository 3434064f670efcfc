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

from kapstone.clinic.dosing.entries import Kind, as_json
from kapstone.clinic.dosing.reading import read_payload
from kapstone.errors import InvalidInput


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: its questions, and who may lift it with a reason."""

    code: str
    title: str
    icon: str
    ask: str = ""
    questions: tuple[Question, ...] = ()
    lift_by: str = ""  # the role; empty: nobody
    lift_words: str = ""
    why: str = ""  # where its rule comes from


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
    unknown = set(raw) - {question.name for question in check.questions}
    faults.update({name: f"{name} is not asked here." for name in sorted(unknown)})
    value = {
        question.name: _READ[question.asked](question, raw.get(question.name), faults)
        for question in check.questions
        if question.asked is not Asked.SIGN
    }
    signs = [question for question in check.questions if question.asked is Asked.SIGN]
    if signs and not faults:
        value.update(_read_signs(signs, raw, faults))
    if faults:
        raise InvalidInput(faults)
    return value


def _read_signs(
    signs: list[Question], raw: Mapping[str, Any], faults: dict[str, str]
) -> dict[str, Any]:
    given = {sign.name: raw.get(sign.name) for sign in signs}
    for sign in signs:
        if given[sign.name] in (None, ""):
            faults[sign.name] = f"{sign.words}: enter the value."
    if faults:
        return {}
    payload = as_json(read_payload(Kind.VITALS, given))
    systolic, diastolic = payload.get("systolic_mmhg"), payload.get("diastolic_mmhg")
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        # A slip here would go into the mean that decides; in the room it is asked about.
        words = f"Check {systolic}/{diastolic}: diastolic is not below systolic."
        raise InvalidInput({"diastolic_mmhg": words})
    return {name: payload[name] for name in given}


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
