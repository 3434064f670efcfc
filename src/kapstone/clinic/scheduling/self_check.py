"""Where somebody stands in the seven questions. Answers live in the page and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass

from kapstone.catalogue.self_check import (
    Answer,
    SelfCheck,
    SelfCheckQuestion,
    SelfCheckResult,
    self_check_result,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to show next: a question, the care cards, or the result."""

    answers: Mapping[str, Answer]
    question: SelfCheckQuestion | None = None
    number: int = 0
    care: bool = False
    result: SelfCheckResult | None = None
    error: str = ""

    @property
    def carried(self) -> tuple[tuple[str, str], ...]:
        """List the answers that the page carries on to the next."""
        return tuple((code, str(answer)) for code, answer in self.answers.items())


def answers_in(check: SelfCheck, posted: Mapping[str, str]) -> dict[str, Answer]:
    """Read the answers that a page sent; whatever is not an answer is left out."""
    return {
        question.code: Answer(posted[question.code])
        for question in check.questions
        if posted.get(question.code) in set(Answer)
    }


def next_step(check: SelfCheck, posted: Mapping[str, str]) -> Step:
    """
    Say what comes after a page.

    Parameters
    ----------
    check : the seven questions
    posted : the answers so far by code; ``asked`` names the question that was on the page,
        ``back`` the one to return to, ``cared`` that the care cards were shown
    """
    answers = answers_in(check, posted)
    codes = [question.code for question in check.questions]
    if (back := posted.get("back", "")) in codes:
        kept = {code: answers[code] for code in codes[: codes.index(back)] if code in answers}
        return _ask(check, kept, back)
    asked = posted.get("asked", "")
    if asked in codes and asked not in answers:
        return _ask(check, answers, asked, error=check.choose)
    if asked in codes and _calls_for_care(check, asked, answers[asked]):
        return Step(answers=answers, care=True)
    for code in codes:
        if code not in answers:
            return _ask(check, answers, code)
    return Step(answers=answers, result=self_check_result(check, answers))


def _calls_for_care(check: SelfCheck, code: str, answer: Answer) -> bool:
    question = next(one for one in check.questions if one.code == code)
    return question.care_first and answer is not Answer.NO


def _ask(check: SelfCheck, answers: Mapping[str, Answer], code: str, error: str = "") -> Step:
    number = next(n for n, one in enumerate(check.questions) if one.code == code)
    return Step(
        answers={given: answer for given, answer in answers.items() if given != code},
        question=check.questions[number],
        number=number + 1,
        error=error,
    )
