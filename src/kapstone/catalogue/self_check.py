"""Might this suit me? Seven questions that decide nothing; nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from kapstone.catalogue.basis import Basis, deciding
from kapstone.catalogue.reader import OptionalPatientText, PatientText
from kapstone.catalogue.rows import refuse_repeats
from kapstone.catalogue.shelf import Sheet, take
from kapstone.errors import CatalogueError, InvalidInput


class Answer(StrEnum):
    """The three answers; 'not sure' is always there."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Form(StrEnum):
    """The three forms of the result, from lightest to gravest. Never 'you qualify'."""

    FINE = "fine"
    TELL_US = "tell-us"
    NOT_NOW = "not-now"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheckQuestion:
    """One question, one page. ``care_first``: a yes or not sure shows the care cards first."""

    code: str
    words: PatientText
    hint: OptionalPatientText
    when_yes: Form
    when_no: Form
    when_unsure: Form
    note: PatientText
    basis: tuple[Basis, ...]
    care_first: bool = False

    def __post_init__(self) -> None:
        deciding(self.basis)

    def form(self, answer: Answer) -> Form:
        """Give what an answer comes to."""
        by_answer = {Answer.YES: self.when_yes, Answer.NO: self.when_no}
        return by_answer.get(answer, self.when_unsure)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultWords:
    """The words of one form of the result."""

    code: Form
    title: PatientText
    text: tuple[PatientText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheck(Sheet):
    """One version of the self-check."""

    KIND: ClassVar[str] = "self-checks"

    opening: PatientText
    privacy: PatientText
    choose: PatientText
    questions: tuple[SelfCheckQuestion, ...]
    results: tuple[ResultWords, ...]

    def __post_init__(self) -> None:
        refuse_repeats((question.code for question in self.questions), "questions")
        if [result.code for result in self.results] != list(Form):
            raise CatalogueError("results: give each form once, the lightest first")


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheckResult:
    """What seven answers come to: the gravest form, and the notes of what was marked."""

    words: ResultWords
    notes: tuple[str, ...]
    care_first: bool


def load_self_check(version: int | None = None) -> SelfCheck:
    """Read the self-check; without a version, the newest."""
    return take(SelfCheck, "public", version)


def self_check_result(check: SelfCheck, answers: Mapping[str, Answer]) -> SelfCheckResult:
    """
    Give the result of the seven answers. It decides nothing.

    Raises
    ------
    InvalidInput : a question is not answered, by its code
    """
    if blank := {q.code: check.choose for q in check.questions if q.code not in answers}:
        raise InvalidInput(blank)
    forms = {
        question.code: question.form(answers[question.code]) for question in check.questions
    }
    gravest = max(forms.values(), key=list(Form).index)
    return SelfCheckResult(
        words=next(result for result in check.results if result.code is gravest),
        notes=tuple(q.note for q in check.questions if forms[q.code] is not Form.FINE),
        care_first=any(
            q.care_first and answers[q.code] is not Answer.NO for q in check.questions
        ),
    )
