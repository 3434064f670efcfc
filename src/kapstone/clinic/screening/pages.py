"""The screening table as it is read: each row with what was said, and whose call it is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from kapstone.catalogue.contraindications import QuestionKind, RuleSet, State
from kapstone.catalogue.instruments import load_instrument
from kapstone.catalogue.interactions import interactions_with
from kapstone.clinic.measures.models import Answers
from kapstone.clinic.measures.queries import answers_of
from kapstone.clinic.screening.answers import questions_by_code
from kapstone.clinic.screening.models import RuleLift, ScreeningAnswer
from kapstone.clinic.screening.rules import (
    BLOOD_PRESSURE,
    BODY,
    MEDICINES,
    Row,
    ScreeningFacts,
    screening_rows,
)
from kapstone.core.people.models import Patient
from kapstone.core.ui.parts import Figure, Tone

_SHOWN = {
    State.EXCLUDE: ("Stop", "octagon-x", Tone.RED),
    State.HOLD: ("Hold", "hand", Tone.RED),
    State.UNANSWERED: ("Ask", "circle-question-mark", Tone.LAKE),
    State.UNSURE: ("Not sure", "circle-question-mark", Tone.LAKE),
    State.REVIEW: ("Weigh", "scale", Tone.AMBER),
    State.NOTE: ("Note", "info", Tone.PLAIN),
    State.CLEAR: ("Clear", "check", Tone.FIR),
}
_SOURCES = {
    "patient": "The patient",
    "clinician": "A clinician",
    "record": "The record",
    "laboratory": "The laboratory",
    "letter": "A letter",
}
_YES_NO = {"yes": "Yes", "no": "No", "unsure": "Not sure"}
SCORES = ("phq-9", "gad-7", "pc-ptsd-5")
SUICIDE = "asq"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer as it was given: a person's words, or where it comes from."""

    words: str
    by_patient: bool
    source: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the table, ready to be read."""

    row: Row
    found: str
    icon: str
    tone: Tone
    said: tuple[Said, ...]
    lift: RuleLift | None

    @property
    def css(self) -> str:
        """Name the tint of the row; one that was weighed is calm again."""
        if self.row.state in (State.EXCLUDE, State.HOLD):
            return "stop"
        return "weigh" if self.row.waits and self.row.state is State.REVIEW else ""


def lines_of(
    facts: ScreeningFacts,
    answers: Mapping[str, ScreeningAnswer],
    readings: tuple[ScreeningAnswer, ...],
    lifts: Mapping[str, RuleLift],
) -> tuple[Line, ...]:
    """Set every row of the table beside what was said about it."""
    order = {code: place for place, code in enumerate(questions_by_code(facts.rules))}
    by_rule: dict[str, list[ScreeningAnswer]] = {}
    for answer in sorted(answers.values(), key=lambda one: order.get(one.datum, len(order))):
        by_rule.setdefault(answer.rule, []).append(answer)
    by_rule.setdefault(BLOOD_PRESSURE, []).extend(readings[-3:])
    lines = []
    for row in screening_rows(facts):
        found, icon, tone = _SHOWN[row.state]
        about = MEDICINES if row.code.startswith("M-") else row.code
        said = [_said(facts, one, row.code) for one in by_rule.get(about, ())]
        lines.append(
            Line(
                row=row,
                found="Weighed" if row.lifted else found,
                icon=icon,
                tone=Tone.MOSS if row.lifted else tone,
                said=_distinct(said),
                lift=lifts.get(row.code) if row.lifted else None,
            )
        )
    return tuple(lines)


def _distinct(said: Iterable[Said]) -> tuple[Said, ...]:
    """Say once what was said about several questions of one rule."""
    found: dict[tuple[str, bool], Said] = {}
    for one in said:
        found.setdefault((one.words, one.by_patient), one)
    return tuple(found.values())


def _said(facts: ScreeningFacts, answer: ScreeningAnswer, code: str) -> Said:
    words = answer.detail or value_in_words(facts.rules, answer.datum, answer.value)
    if answer.datum == MEDICINES and code != "M-list":
        words = ", ".join(_named(facts, code.removeprefix("M-")))
    return Said(
        words=words,
        by_patient=answer.source == "patient",
        source=_SOURCES.get(answer.source, answer.source),
        at=answer.answered_at,
    )


def _named(facts: ScreeningFacts, code: str) -> Iterator[str]:
    """Give those of the medicines that a row of the interaction table is about."""
    for medicine in facts.medicines or ():
        if any(row.code == code for row in interactions_with(facts.interactions, [medicine])):
            yield medicine


def value_in_words(rules: RuleSet, datum: str, value: object) -> str:
    """Say a kept value as a person would."""
    if datum == MEDICINES and isinstance(value, list):
        return ", ".join(value) or "None"
    if isinstance(value, dict):
        if datum == BODY:
            return f"{value['height_cm']:g} cm, {value['weight_kg']:g} kg"
        return f"{value['systolic_mmhg']:g}/{value['diastolic_mmhg']:g}"
    question = questions_by_code(rules).get(datum)
    if question and question.kind is QuestionKind.CHOICE:
        return next(option.label for option in question.options if option.code == value)
    if datum.startswith("B") or (question and question.kind is QuestionKind.DATE):
        day = date.fromisoformat(str(value))
        return f"{day.day} {day:%b %Y}"
    return _YES_NO.get(str(value), f"{value:g}" if isinstance(value, float) else str(value))


def baseline_figures(
    patient: Patient, *, scores: bool, suicidality: bool
) -> tuple[Figure, ...]:
    """
    Give the newest score of each questionnaire, and item 9 by itself.

    Parameters
    ----------
    patient : whose scores
    scores : whether the reader may see scores
    suicidality : whether the reader may see answers about suicide
    """
    newest: dict[str, Answers] = {one.instrument: one for one in answers_of(patient)}
    figures: list[Figure] = []
    for code in SCORES if scores else ():
        if code in newest:
            figures += _figures(newest[code], suicidality=suicidality)
    if suicidality and SUICIDE in newest:
        figures += _figures(newest[SUICIDE], suicidality=True)
    return tuple(figures)


def _figures(answers: Answers, *, suicidality: bool) -> Iterator[Figure]:
    sheet = load_instrument(answers.instrument, int(answers.instrument_version))
    band = next((band.name for band in sheet.bands if band.code == answers.band), "")
    total = "incomplete" if answers.total is None else str(answers.total)
    if answers.total is None and band:
        total = answers.band
    yield Figure(name=sheet.name, value=total, note=band)
    if answers.instrument == "phq-9" and suicidality:
        item = answers.items.get("phq-9.9")
        yield Figure(
            name="Item 9",
            value="left open" if item is None else f"{item:g}",
            note="thoughts of death or self-harm",
        )


def newest_lifts(lifts: list[RuleLift]) -> dict[str, RuleLift]:
    """Give the newest reason for each rule."""
    return {lift.rule: lift for lift in sorted(lifts, key=lambda one: one.lifted_at)}
