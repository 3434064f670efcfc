"""An answer to a check in the words it was asked in, for the gate and for the record."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.utils import timezone

from kapstone.clinic.dosing.check_lists import gate_checks, going_home_checks, not_today_reasons
from kapstone.clinic.dosing.checks import Asked, Question
from kapstone.clinic.dosing.gate_facts import Given

MANY = 4  # so many the same answers are said as one
_KEPT_BESIDE = {  # not asked of anybody
    "order",
    "amount_mg",
    "route_code",
    "consent_in_force",
    "version",
    "signed_at",
}


def say_answer(given: Given, code: str) -> str:
    """Say the newest answer to a check, question by question."""
    if given.is_lift:
        return f"Lifted: {given.lift_reason}"
    asked = _questions(code)
    if not asked and "words" in given.value:  # worked out, not answered: it has its sentence
        return str(given.value["words"])
    values = {
        name: value
        for name, value in given.value.items()
        if value not in (None, "") and name not in _KEPT_BESIDE
    }
    flags = [value for value in values.values() if isinstance(value, bool)]
    if len(flags) == len(values) >= MANY and len(set(flags)) == 1:
        return f"{'Yes' if flags[0] else 'No'} to all {len(flags)}"
    return "; ".join(_parts(values, asked))


def say_reason(reason: str) -> str:
    """Say the reason of a Not today, which is kept as its code and words."""
    code, _, words = reason.partition(": ")
    known = not_today_reasons().get(code)
    if known is None:
        return reason
    return f"{known}: {words}" if words else known


def _questions(code: str) -> Mapping[str, Question]:
    check = {**gate_checks(), **going_home_checks()}.get(code)
    return {one.name: one for one in check.questions} if check else {}


def _parts(values: Mapping[str, object], asked: Mapping[str, Question]) -> Iterator[str]:
    for name, value in values.items():
        question = asked.get(name)
        words = question.words if question else name.replace("_", " ").capitalize()
        yield f"{words}{'' if words.endswith('?') else ':'} {_said(value, question)}"


def _said(value: object, question: Question | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if question is not None and question.asked is Asked.TIME:
        moment = timezone.localtime(datetime.fromisoformat(str(value)))
        return f"{moment:%H:%M} on {moment.day} {moment:%b}"
    if question is not None and question.choices:
        return dict(question.choices).get(str(value), str(value)).lower()
    return str(value)
