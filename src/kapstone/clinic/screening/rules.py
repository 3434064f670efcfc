"""Whether ketamine may be given at all: what stops, what holds, what must be weighed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from kapstone.catalogue.baseline import Baseline, Item, Need
from kapstone.catalogue.basis import Basis
from kapstone.catalogue.contraindications import (
    Given,
    LiftBy,
    Question,
    RuleSet,
    State,
    Verdict,
    judge_all,
)
from kapstone.catalogue.gate import PressureLimits, PressureReading
from kapstone.catalogue.interactions import InteractionClass, Interactions, interactions_with
from kapstone.errors import Finding, Weight

BLOOD_PRESSURE = "C06"
SUICIDE_RISK = "C28"
MEDICINES = "medicines"
READING = "C06.reading"
BODY = "C20.body"
_AGE_QUESTIONS = ("C26.age", "C27.age")
_HEART_QUESTIONS = ("C04.event", "C05.heart")
_NOT_ANSWERED = (State.UNANSWERED, State.UNSURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """The newest answer to one question, and when it was given."""

    value: Given
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningFacts:
    """What must be known before anyone is found eligible."""

    rules: RuleSet
    baseline: Baseline
    pressure: PressureLimits
    interactions: Interactions
    born_on: date
    at: datetime
    on: date
    data: Mapping[str, Datum] = field(default_factory=dict)
    readings: Sequence[PressureReading] = ()
    medicines: tuple[str, ...] | None = None
    changed_at: Mapping[str, datetime] = field(default_factory=dict)  # by rule
    lifted_at: Mapping[str, datetime] = field(default_factory=dict)
    measured_at: Mapping[str, datetime] = field(default_factory=dict)
    call_open: str = ""
    ages_count: bool = True  # false after signing: a decision is not undone by the calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one rule comes to for one person: a line of the screening table."""

    code: str
    name: str
    state: State
    sentence: str
    why: str
    lift_by: LiftBy
    lift_words: str
    basis: tuple[Basis, ...]
    disagreement: str = ""
    open_questions: tuple[Question, ...] = ()
    lifted: bool = False

    @property
    def message(self) -> str:
        """Say the finding in one line, with its name where the sentence does not give it."""
        about = self.name.partition(",")[0]
        if self.sentence.casefold().startswith(about.casefold()):
            return self.sentence
        return f"{self.name}: {self.sentence}"

    @property
    def waits(self) -> bool:
        """Whether nothing may go ahead because of this row."""
        return self.state.blocks or (self.state.needs_a_call and not self.lifted)


def age_on(born_on: date, on: date) -> int:
    """Give full years of age on a day."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def body_mass_index(height_cm: float, weight_kg: float) -> float:
    """Give kilograms to the square metre."""
    return round(weight_kg / (height_cm / 100) ** 2, 1)


def mean_pressure(
    readings: Sequence[PressureReading], limits: PressureLimits
) -> PressureReading | None:
    """Give the mean of the last two readings, if far enough apart; one never decides."""
    ordered = sorted(readings, key=lambda reading: reading.taken_at)
    if len(ordered) < max(2, limits.readings_needed.value):
        return None
    one, two = ordered[-2:]
    if two.taken_at - one.taken_at < timedelta(minutes=limits.apart_minutes.value):
        return None
    return PressureReading(
        systolic_mmhg=(one.systolic_mmhg + two.systolic_mmhg) / 2,
        diastolic_mmhg=(one.diastolic_mmhg + two.diastolic_mmhg) / 2,
        taken_at=two.taken_at,
    )


def _fresh_readings(facts: ScreeningFacts) -> list[PressureReading]:
    since = facts.at - facts.baseline.vitals_fresh_for if facts.ages_count else None
    return [one for one in facts.readings if one.taken_at <= facts.at and not _old(one, since)]


def _old(reading: PressureReading, since: datetime | None) -> bool:
    return since is not None and reading.taken_at < since


def given(facts: ScreeningFacts) -> dict[str, Given]:
    """Give every answer that still counts, with age and blood pressure worked out."""
    since = facts.at - facts.baseline.fresh_for
    answers = {
        code: datum.value
        for code, datum in facts.data.items()
        if not facts.ages_count or datum.answered_at >= since
    }
    answers |= dict.fromkeys(_AGE_QUESTIONS, float(age_on(facts.born_on, facts.on)))
    mean = mean_pressure(_fresh_readings(facts), facts.pressure)
    answers["C06.systolic"] = mean.systolic_mmhg if mean else None
    answers["C06.diastolic"] = mean.diastolic_mmhg if mean else None
    return answers


def _with_pressure(facts: ScreeningFacts, verdict: Verdict) -> Verdict:
    """Say which reading is still wanted, and hold a pressure that is too low."""
    limits = facts.pressure
    mean = mean_pressure(_fresh_readings(facts), limits)
    if mean is None:
        words = (
            f"Take {limits.readings_needed.value:g} seated readings at least "
            f"{limits.apart_minutes.value:g} minutes apart. One reading never decides."
        )
        return replace(verdict, sentence=words)
    low = (limits.low_systolic.value, limits.low_diastolic.value)
    if mean.systolic_mmhg < low[0] or mean.diastolic_mmhg < low[1]:
        words = f"{mean} is below {low[0]:g}/{low[1]:g}: find out why, then measure again."
        return replace(verdict, state=State.HOLD, sentence=words, open_questions=())
    return replace(verdict, sentence=f"{verdict.sentence.rstrip('.')}. Mean of two: {mean}.")


def _rule_row(facts: ScreeningFacts, verdict: Verdict) -> Row:
    if verdict.rule.code == BLOOD_PRESSURE:
        verdict = _with_pressure(facts, verdict)
    lift_by, lift_words = facts.rules.lift_of(verdict)
    return Row(
        code=verdict.rule.code,
        name=verdict.rule.name,
        state=verdict.state,
        sentence=verdict.sentence,
        why=verdict.rule.why,
        lift_by=lift_by,
        lift_words=lift_words,
        basis=verdict.rule.basis,
        disagreement=verdict.rule.disagreement,
        open_questions=verdict.open_questions,
        lifted=verdict.state.needs_a_call and _lift_stands(facts, verdict.rule.code),
    )


def _lift_stands(facts: ScreeningFacts, code: str) -> bool:
    """Say whether a reason was given on the answers as they are now."""
    lifted_at = facts.lifted_at.get(code)
    changed_at = facts.changed_at.get(MEDICINES if code.startswith("M-") else code)
    return lifted_at is not None and (changed_at is None or lifted_at >= changed_at)


def medicines_are_due(facts: ScreeningFacts) -> bool:
    """Say whether the list of medicines was never written, or too long ago to count."""
    if facts.medicines is None:
        return True
    written_at = facts.changed_at.get(MEDICINES)
    limit = facts.at - facts.baseline.fresh_for
    return facts.ages_count and written_at is not None and written_at < limit


def _medicine_list_row(facts: ScreeningFacts) -> Row:
    due = medicines_are_due(facts)
    late = " lately." if facts.medicines is not None else "."
    return Row(
        code="M-list",
        name="Medicines and substances",
        state=State.UNANSWERED if due else State.CLEAR,
        sentence=f"The list has not been gone through{late}" if due else "The list is there.",
        why="Some medicines blunt the effect, and some add to its risks.",
        lift_by=LiftBy.ITSELF,
        lift_words="Clears when the list is written; an empty list is an answer.",
        basis=(),
    )


def _medicine_rows(facts: ScreeningFacts) -> Iterator[Row]:
    yield _medicine_list_row(facts)
    if facts.medicines is None or medicines_are_due(facts):
        return
    for found in interactions_with(facts.interactions, facts.medicines):
        if found.rule_class is InteractionClass.NONE:
            continue
        code = f"M-{found.code}"
        state = State(found.rule_class.value.lower())
        lift_by = LiftBy.PRESCRIBER if state.needs_a_call else LiftBy.ITSELF
        yield Row(
            code=code,
            name=found.name,
            state=state,
            sentence=found.effect,
            why=found.advice or found.evidence,
            lift_by=LiftBy.NOBODY_NEEDED if state is State.NOTE else lift_by,
            lift_words=found.class_words,
            basis=found.basis,
            lifted=state.needs_a_call and _lift_stands(facts, code),
        )


def needs_ecg(facts: ScreeningFacts) -> bool:
    """Say whether age or a heart history calls for an ECG."""
    old_enough = age_on(facts.born_on, facts.on) >= facts.baseline.ecg_from_age.value
    answers = given(facts)
    return old_enough or any(answers.get(code) == "yes" for code in _HEART_QUESTIONS)


def _baseline_row(facts: ScreeningFacts, item: Item) -> Row | None:
    """Give a line for what is missing; what is on file needs none."""
    done = facts.data.get(item.code)
    limit = facts.on - facts.baseline.fresh_for
    fresh = (
        done is not None
        and isinstance(done.value, date)
        and (not facts.ages_count or done.value >= limit)
    )
    wanted = item.need is Need.REQUIRED or (
        item.need is Need.IF_HEART_OR_AGE and needs_ecg(facts)
    )
    if fresh or (not wanted and item.need is Need.IF_HEART_OR_AGE):
        return None
    return Row(
        code=item.code,
        name=item.name,
        state=State.UNANSWERED if wanted else State.NOTE,
        sentence="Not on file." if done is None else "Too old to count: do it again.",
        why=item.what,
        lift_by=LiftBy.ITSELF if wanted else LiftBy.NOBODY_NEEDED,
        lift_words="Clears when the date it was done is entered.",
        basis=item.basis,
    )


def _measure_rows(facts: ScreeningFacts) -> Iterator[Row]:
    since = facts.at - facts.baseline.fresh_for
    for measure in facts.baseline.measures:
        answered_at = facts.measured_at.get(measure.instrument)
        if answered_at is not None and (not facts.ages_count or answered_at >= since):
            continue
        required = measure.need is Need.REQUIRED
        yield Row(
            code=f"Q-{measure.instrument}",
            name=measure.instrument.upper(),
            state=State.UNANSWERED if required else State.NOTE,
            sentence="No valid score yet." if answered_at is None else "The score is too old.",
            why="The baseline that every later score is compared with.",
            lift_by=LiftBy.ITSELF if required else LiftBy.NOBODY_NEEDED,
            lift_words="Clears when the questionnaire is answered.",
            basis=measure.basis,
        )


def screening_rows(facts: ScreeningFacts) -> tuple[Row, ...]:
    """List every line of the table, what stops first and what is clear last."""
    rows = [_rule_row(facts, v) for v in judge_all(facts.rules, given(facts), facts.on)]
    rows += _medicine_rows(facts)
    rows += [row for item in facts.baseline.items if (row := _baseline_row(facts, item))]
    rows += _measure_rows(facts)
    order = list(State)
    return tuple(
        sorted(rows, key=lambda row: (order.index(row.state), row.lifted, _place(row)))
    )


def _place(row: Row) -> int:
    """Keep rules before medicines, and both before what is missing from the file."""
    return "CMBQ".index(row.code[0])


def check_screening(facts: ScreeningFacts) -> Iterator[Finding]:
    """
    Yield every reason against eligibility, the gravest first.

    Nothing answered is never a yes: a rule without an answer blocks as one that fires does.
    """
    if facts.call_open:
        yield Finding("safety-call-open", Weight.BLOCK, facts.call_open)
    for row in screening_rows(facts):
        if row.waits:
            yield Finding(row.code, Weight.BLOCK, row.message)
        elif row.state in (State.REVIEW, State.NOTE):
            yield Finding(row.code, Weight.CAUTION, row.message)


def check_lift(row: Row | None, reason: str, baseline: Baseline) -> Iterator[Finding]:
    """Yield every reason why this row cannot be lifted."""
    if row is None or row.state is State.CLEAR:
        yield Finding("nothing-to-lift", Weight.BLOCK, "This rule finds nothing to weigh.")
        return
    if not row.state.needs_a_call:
        yield Finding("cannot-be-lifted", Weight.BLOCK, f"{row.name}: {row.lift_words}")
    least = int(baseline.lift_min_characters.value)
    if len(reason.strip()) < least:
        yield Finding(
            "reason-too-short",
            Weight.BLOCK,
            f"Write your reason in at least {least} characters: it is signed with your name.",
        )
