"""What may be written down as an answer: each kind of datum, checked, as it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kapstone.catalogue.baseline import Baseline
from kapstone.catalogue.contraindications import Question, RuleSet, check_fact
from kapstone.clinic.screening.rules import (
    BLOOD_PRESSURE,
    BODY,
    MEDICINES,
    READING,
    body_mass_index,
)
from kapstone.errors import InvalidInput

_COMPUTED = {"C06.systolic", "C06.diastolic", "C20.bmi", "C26.age", "C27.age"}
MOST_MEDICINES = 60
LONGEST_MEDICINE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    One answer to write down.

    ``value`` is ``yes``, ``no``, ``unsure`` or a choice's code, a number, a date, a list of
    medicines, a blood pressure or a height with a weight, as the datum asks.
    """

    datum: str
    value: Any
    source: str = "clinician"
    detail: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The rule that an answer belongs to, and the value as the record keeps it."""

    rule: str
    value: object


def questions_by_code(rules: RuleSet) -> dict[str, Question]:
    """Give every question of the rules by its code."""
    return {question.code: question for rule in rules.rules for question in rule.questions}


def read_answer(rules: RuleSet, baseline: Baseline, answer: Answer, on: date) -> Kept:
    """
    Check one answer against what its datum allows.

    Raises
    ------
    InvalidInput
        If nothing asks for this datum, or the value is not one it allows.
    """
    questions = questions_by_code(rules)
    if answer.datum == MEDICINES:
        return Kept(rule=MEDICINES, value=_medicines(answer.value))
    if answer.datum == READING:
        return Kept(rule=BLOOD_PRESSURE, value=_reading(questions, answer.value))
    if answer.datum == BODY:
        return Kept(rule="C20", value=_body(questions["C20.bmi"], answer.value))
    if answer.datum in {item.code for item in baseline.items}:
        return Kept(rule=answer.datum, value=_day(answer.datum, answer.value, on))
    question = questions.get(answer.datum)
    if question is None or answer.datum in _COMPUTED:
        raise InvalidInput({answer.datum: "Screening does not ask for this."})
    if fault := check_fact(question, answer.value):
        raise InvalidInput({answer.datum: fault})
    if isinstance(answer.value, date):
        return Kept(
            rule=answer.datum.partition(".")[0], value=_day(answer.datum, answer.value, on)
        )
    return Kept(rule=answer.datum.partition(".")[0], value=answer.value)


def read_all(
    rules: RuleSet, baseline: Baseline, answers: Sequence[Answer], *, at: datetime, on: date
) -> tuple[Kept, ...]:
    """
    Check several answers, and gather what is wrong with all of them.

    Raises
    ------
    InvalidInput
        By datum, for every answer that cannot be kept.
    """
    faults: dict[str, str] = {}
    kept: list[Kept] = []
    for answer in answers:
        try:
            kept.append(read_answer(rules, baseline, answer, on))
        except InvalidInput as wrong:
            faults.update(wrong.fields)
        if answer.answered_at is not None and answer.answered_at > at:
            faults[answer.datum] = "This time lies ahead."
    if faults:
        raise InvalidInput(faults)
    return tuple(kept)


def _day(datum: str, value: object, on: date) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise InvalidInput({datum: "Enter a date."})
    if value > on:
        raise InvalidInput({datum: "This date lies ahead."})
    return value.isoformat()


def _medicines(value: object) -> list[str]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InvalidInput({MEDICINES: "Write one medicine on each line."})
    named = [str(one).strip() for one in value if str(one).strip()]
    if len(named) > MOST_MEDICINES or any(len(one) > LONGEST_MEDICINE for one in named):
        words = (
            f"Write at most {MOST_MEDICINES} lines of at most {LONGEST_MEDICINE} characters."
        )
        raise InvalidInput({MEDICINES: words})
    return named


def _reading(questions: Mapping[str, Question], value: object) -> dict[str, float]:
    systolic, diastolic = _pair(READING, value, "systolic_mmhg", "diastolic_mmhg")
    for code, number in (("C06.systolic", systolic), ("C06.diastolic", diastolic)):
        if fault := check_fact(questions[code], number):
            raise InvalidInput({READING: fault})
    if systolic <= diastolic:
        raise InvalidInput({READING: "The upper number is above the lower one."})
    return {"systolic_mmhg": systolic, "diastolic_mmhg": diastolic}


def _body(question: Question, value: object) -> dict[str, float]:
    height_cm, weight_kg = _pair(BODY, value, "height_cm", "weight_kg")
    if height_cm <= 0 or check_fact(question, body_mass_index(height_cm, weight_kg)):
        raise InvalidInput({BODY: "Height and weight do not fit together. Measure again."})
    return {"height_cm": height_cm, "weight_kg": weight_kg}


def _pair(datum: str, value: object, one: str, other: str) -> tuple[float, float]:
    numbers = (value.get(one), value.get(other)) if isinstance(value, Mapping) else (None, None)
    first, second = numbers
    if not isinstance(first, int | float) or not isinstance(second, int | float):
        raise InvalidInput({datum: "Enter both numbers."})
    return float(first), float(second)
