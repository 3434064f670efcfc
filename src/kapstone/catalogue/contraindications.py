"""Contraindications as data, and the pure judgement of one person's answers against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from kapstone.catalogue.basis import Basis, deciding
from kapstone.catalogue.reader import OptionalPatientText
from kapstone.catalogue.rows import find, refuse_repeats, refuse_unknown
from kapstone.catalogue.shelf import Sheet, take
from kapstone.errors import CatalogueError

Given = str | float | date | None
"""One answer: ``yes``, ``no``, ``unsure`` or a choice's code; a number; a date."""

Facts = Mapping[str, Given]
"""Answers keyed by question code; a missing key or ``None`` is unanswered."""

UNSURE = "unsure"


class RuleClass(StrEnum):
    """What a rule that holds does, the gravest first."""

    EXCLUDE = "EXCLUDE"
    HOLD = "HOLD"
    REVIEW = "REVIEW"
    NOTE = "NOTE"


class QuestionKind(StrEnum):
    """What shape the answer has."""

    YES_NO = "yes-no"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"


class AskedOf(StrEnum):
    """Who can answer; ``patient`` questions are confirmed by a clinician."""

    PATIENT = "patient"
    CLINICIAN = "clinician"
    RECORD = "record"


class LiftBy(StrEnum):
    """Who can lift what a rule does."""

    MEDICAL_DIRECTOR = "medical-director"  # only by publishing another version of the rules
    PRESCRIBER = "prescriber"
    ITSELF = "itself"
    NOBODY_NEEDED = "nobody-needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer of a choice question."""

    code: str
    label: OptionalPatientText


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One comparison of one answer; exactly one of the comparisons is given."""

    question: str
    equals: tuple[str, ...] = ()
    at_least: float | None = None
    above: float | None = None
    below: float | None = None
    within_days: int | None = None

    def __post_init__(self) -> None:
        limits = (self.at_least, self.above, self.below, self.within_days)
        if bool(self.equals) + sum(limit is not None for limit in limits) != 1:
            raise CatalogueError(f"{self.question}: give exactly one comparison")

    def holds(self, facts: Facts, on: date) -> bool:
        """Whether the answer is there and meets the comparison."""
        given = facts.get(self.question)
        if isinstance(given, str):
            return given in self.equals
        if isinstance(given, date):
            return self.within_days is not None and (on - given).days < self.within_days
        return given is not None and self._number_holds(given)

    def _number_holds(self, given: float) -> bool:
        return (
            (self.at_least is not None and given >= self.at_least)
            or (self.above is not None and given > self.above)
            or (self.below is not None and given < self.below)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One datum that a rule turns on."""

    code: str
    kind: QuestionKind
    for_clinician: str
    for_patient: OptionalPatientText = ""
    hint: OptionalPatientText = ""
    asked_of: AskedOf = AskedOf.PATIENT
    options: tuple[Choice, ...] = ()
    unit: str = ""
    low: float = 0
    high: float = 0
    is_required: bool = True
    asked_when: tuple[Comparison, ...] = ()

    def __post_init__(self) -> None:
        if self.asked_of is AskedOf.PATIENT and not self.for_patient:
            raise CatalogueError(f"{self.code}: a question to the patient needs its words")
        if (self.kind is QuestionKind.CHOICE) != (len(self.options) >= 2):
            raise CatalogueError(f"{self.code}: options belong to a choice, two or more")
        if (self.kind is QuestionKind.NUMBER) != (self.high > self.low):
            raise CatalogueError(f"{self.code}: a range belongs to a number, and to it alone")

    @property
    def answers(self) -> tuple[str, ...]:
        """Give the codes that may be answered; empty for numbers and dates."""
        if self.kind is QuestionKind.YES_NO:
            return ("yes", "no", UNSURE)
        return tuple(option.code for option in self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """When all its tests hold, the rule has this class, for this reason."""

    rule_class: RuleClass
    tests: tuple[Comparison, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contraindication:
    """One condition that forbids or warns."""

    code: str
    name: str
    why: str
    basis: tuple[Basis, ...]
    questions: tuple[Question, ...]
    clauses: tuple[Clause, ...]
    lift_words: str = ""  # where the rule says more than its class does
    disagreement: str = ""
    at_screening: bool = True
    each_dosing_day: bool = False

    def __post_init__(self) -> None:
        deciding(self.basis)
        known = {question.code: question for question in self.questions}
        refuse_repeats((question.code for question in self.questions), self.code)
        tests = [test for clause in self.clauses for test in clause.tests]
        tests += [test for question in self.questions for test in question.asked_when]
        refuse_unknown((test.question for test in tests), known, self.code)
        for test in tests:
            if test.equals:
                refuse_unknown(test.equals, known[test.question].answers, test.question)
        if not self.clauses or not all(clause.tests for clause in self.clauses):
            raise CatalogueError(f"{self.code}: needs clauses, and each clause its tests")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassWords:
    """What a class does and who lifts it, in the words shown."""

    code: RuleClass
    lift_by: LiftBy
    name: str
    effect: str
    lift_words: str
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet(Sheet):
    """One version of the screening rules. The record of a decision keeps its version."""

    KIND: ClassVar[str] = "contraindications"

    classes: tuple[ClassWords, ...]
    rules: tuple[Contraindication, ...]

    def __post_init__(self) -> None:
        refuse_repeats((rule.code for rule in self.rules), "rules")
        codes = [question.code for rule in self.rules for question in rule.questions]
        refuse_repeats(codes, "questions")
        if [words.code for words in self.classes] != list(RuleClass):
            raise CatalogueError("classes: give each class once, the gravest first")

    def words_of(self, rule_class: RuleClass) -> ClassWords:
        """Give the words of a class."""
        return next(words for words in self.classes if words.code is rule_class)

    def lift_of(self, verdict: Verdict) -> tuple[LiftBy, str]:
        """Say who can lift a verdict, and how; an open question is lifted by its answer."""
        if verdict.state.value.upper() not in list(RuleClass):
            return LiftBy.ITSELF, "Clears when the question is answered."
        words = self.words_of(RuleClass(verdict.state.value.upper()))
        return words.lift_by, verdict.rule.lift_words or words.lift_words

    def rule(self, code: str) -> Contraindication:
        """
        Find a rule.

        Raises
        ------
        CatalogueError : there is no such rule
        """
        return find(self.rules, code, "rule")


class State(StrEnum):
    """What a rule comes to for one person. Only ``clear`` and ``note`` need no act."""

    EXCLUDE = "exclude"
    HOLD = "hold"
    UNANSWERED = "unanswered"
    UNSURE = "unsure"
    REVIEW = "review"
    NOTE = "note"
    CLEAR = "clear"

    @property
    def blocks(self) -> bool:
        """Whether nothing may go ahead; an answer that is missing blocks like a no."""
        return self in (State.EXCLUDE, State.HOLD, State.UNANSWERED, State.UNSURE)

    @property
    def needs_a_call(self) -> bool:
        """Whether the prescriber must write a reason."""
        return self is State.REVIEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one rule says of one person, and why."""

    rule: Contraindication
    state: State
    sentence: str
    open_questions: tuple[Question, ...] = ()


def load_rules(version: int | None = None) -> RuleSet:
    """Read the screening rules; without a version, the newest."""
    return take(RuleSet, "core", version)


def questions_to_ask(rule: Contraindication, facts: Facts, on: date) -> tuple[Question, ...]:
    """Give the questions of a rule that these answers call for."""
    return tuple(
        question
        for question in rule.questions
        if all(test.holds(facts, on) for test in question.asked_when)
    )


def judge(rule: Contraindication, facts: Facts, on: date) -> Verdict:
    """
    Say what one rule comes to. An unanswered question is never a clear one.

    Parameters
    ----------
    facts : answers by question code
    on : the day of judgement, from which dates are counted back
    """
    firing = _gravest(rule, facts, on)
    if firing and firing.rule_class in (RuleClass.EXCLUDE, RuleClass.HOLD):
        return Verdict(rule=rule, state=_state(firing), sentence=firing.sentence)
    asked = questions_to_ask(rule, facts, on)
    blank = tuple(q for q in asked if q.is_required and facts.get(q.code) is None)
    if blank:
        return Verdict(
            rule=rule,
            state=State.UNANSWERED,
            sentence=f"Not answered: {blank[0].for_clinician}",
            open_questions=blank,
        )
    unsure = tuple(q for q in asked if facts.get(q.code) == UNSURE)
    if unsure and not _settled(rule, facts, on, unsure):
        return Verdict(
            rule=rule,
            state=State.UNSURE,
            sentence=f"Not sure: {unsure[0].for_clinician}",
            open_questions=unsure,
        )
    if firing:
        return Verdict(rule=rule, state=_state(firing), sentence=firing.sentence)
    return Verdict(rule=rule, state=State.CLEAR, sentence="No answer pointed to it.")


def judge_all(
    rules: RuleSet, facts: Facts, on: date, *, dosing_day: bool = False
) -> tuple[Verdict, ...]:
    """
    Judge every rule, the gravest first.

    Parameters
    ----------
    dosing_day : judge only the rules that are asked again on the day of a dose
    """
    asked = [
        rule
        for rule in rules.rules
        if (rule.each_dosing_day if dosing_day else rule.at_screening)
    ]
    verdicts = [judge(rule, facts, on) for rule in asked]
    return tuple(sorted(verdicts, key=lambda verdict: list(State).index(verdict.state)))


def check_fact(question: Question, given: Given) -> str:
    """Say what is wrong with an answer, or nothing when the question allows it."""
    if question.answers:
        return "" if given in question.answers else "Choose one of the answers."
    if question.kind is QuestionKind.DATE:
        return "" if isinstance(given, date) else "Enter a date."
    if isinstance(given, int | float) and question.low <= given <= question.high:
        return ""
    return f"Enter a number from {question.low:g} to {question.high:g} {question.unit}."


def _gravest(rule: Contraindication, facts: Facts, on: date) -> Clause | None:
    firing = [c for c in rule.clauses if all(test.holds(facts, on) for test in c.tests)]
    return min(
        firing, key=lambda clause: list(RuleClass).index(clause.rule_class), default=None
    )


def _state(clause: Clause) -> State:
    return State(clause.rule_class.value.lower())


def _settled(
    rule: Contraindication, facts: Facts, on: date, unsure: tuple[Question, ...]
) -> bool:
    """Whether each 'not sure' is answered by a further question of the same rule."""
    return all(
        any(
            question.asked_when and any(t.question == doubt.code for t in question.asked_when)
            for question in questions_to_ask(rule, facts, on)
        )
        for doubt in unsure
    )
