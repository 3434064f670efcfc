"""The screening rules: every one of them, with what fires it and what leaves it clear."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kapstone.catalogue.contraindications import (
    AskedOf,
    LiftBy,
    RuleClass,
    RuleSet,
    State,
    check_fact,
    judge,
    judge_all,
    load_rules,
    questions_to_ask,
)
from kapstone.catalogue.interactions import (
    InteractionClass,
    interactions_with,
    load_interactions,
)
from kapstone.catalogue.shelf import DATA, parse
from kapstone.errors import CatalogueError

RULES = load_rules()
TODAY = date(2026, 5, 4)
CLEAR = {question.code: "no" for rule in RULES.rules for question in rule.questions} | {
    "C06.systolic": 128.0,
    "C06.diastolic": 80.0,
    "C14.misuse": "never",
    "C19.stop-bang": 2.0,
    "C20.bmi": 24.0,
    "C26.age": 40.0,
    "C27.age": 40.0,
    "C28.screen": "negative",
    "C29.before": "never",
    "C31.escort": "yes",
    "C31.evening": "yes",
    "C32.willing": "yes",
    "C32.therapist": "yes",
}


def days_ago(days):
    return TODAY - timedelta(days=days)


def test_all_thirty_two_rules_are_there_in_order():
    assert [rule.code for rule in RULES.rules] == [f"C{number:02}" for number in range(1, 33)]


def test_someone_with_nothing_to_report_is_clear_of_every_rule():
    verdicts = judge_all(RULES, CLEAR, TODAY)
    assert {verdict.state for verdict in verdicts} == {State.CLEAR}
    # two rules are for the day of a dose alone
    assert len(verdicts) == 30


def test_no_answer_is_never_a_clear_one():
    verdicts = judge_all(RULES, {}, TODAY) + judge_all(RULES, {}, TODAY, dosing_day=True)
    assert {verdict.state for verdict in verdicts} == {State.UNANSWERED}
    assert all(verdict.state.blocks and verdict.open_questions for verdict in verdicts)


@pytest.mark.parametrize(
    ("code", "facts", "state"),
    [
        ("C01", {"C01.allergy": "yes"}, State.EXCLUDE),
        ("C01", {"C01.allergy": "unsure"}, State.UNSURE),
        ("C02", {"C02.aneurysm": "yes"}, State.EXCLUDE),
        ("C02", {"C02.avm": "yes"}, State.EXCLUDE),
        ("C02", {"C02.aneurysm": "yes", "C02.avm": None}, State.EXCLUDE),
        ("C02", {"C02.avm": None}, State.UNANSWERED),
        ("C03", {"C03.bleed": "yes"}, State.EXCLUDE),
        ("C04", {"C04.event": "yes", "C04.date": days_ago(41)}, State.HOLD),
        ("C04", {"C04.event": "yes", "C04.date": days_ago(42)}, State.REVIEW),
        ("C04", {"C04.event": "yes", "C04.date": None}, State.UNANSWERED),
        ("C04", {"C04.event": "yes", "C04.date": days_ago(-1)}, State.HOLD),
        ("C05", {"C05.heart": "yes", "C05.unstable": "yes"}, State.EXCLUDE),
        ("C05", {"C05.heart": "yes"}, State.REVIEW),
        ("C05", {"C05.heart": "yes", "C05.unstable": None}, State.UNANSWERED),
        ("C06", {"C06.systolic": 160.0}, State.HOLD),
        ("C06", {"C06.systolic": 159.5}, State.REVIEW),
        ("C06", {"C06.systolic": 140.0}, State.CLEAR),
        ("C06", {"C06.diastolic": 100.0}, State.HOLD),
        ("C06", {"C06.diastolic": 90.5}, State.REVIEW),
        ("C06", {"C06.told": "yes"}, State.NOTE),
        ("C07", {"C07.history": "yes"}, State.EXCLUDE),
        ("C07", {"C07.now": "yes"}, State.EXCLUDE),
        ("C08", {"C08.now": "yes"}, State.HOLD),
        ("C09", {"C09.bipolar": "yes"}, State.REVIEW),
        ("C10", {"C10.could-be": "yes", "C10.test": "positive"}, State.EXCLUDE),
        ("C10", {"C10.could-be": "yes", "C10.test": "not-done"}, State.HOLD),
        ("C10", {"C10.could-be": "yes", "C10.test": "negative"}, State.CLEAR),
        ("C10", {"C10.could-be": "unsure", "C10.test": "negative"}, State.CLEAR),
        ("C10", {"C10.could-be": "yes", "C10.test": None}, State.UNANSWERED),
        ("C11", {"C11.feeding": "yes"}, State.EXCLUDE),
        ("C12", {"C12.pressure": "yes"}, State.EXCLUDE),
        ("C13", {"C13.problem": "yes", "C13.last-use": days_ago(89)}, State.HOLD),
        ("C13", {"C13.problem": "yes", "C13.last-use": days_ago(90)}, State.REVIEW),
        (
            "C13",
            {"C13.problem": "yes", "C13.last-use": days_ago(2), "C13.programme": "yes"},
            State.REVIEW,
        ),
        ("C14", {"C14.misuse": "current"}, State.EXCLUDE),
        ("C14", {"C14.misuse": "past"}, State.REVIEW),
        ("C15", {"C15.today": "yes"}, State.HOLD),
        ("C16", {"C16.liver": "yes", "C16.child-pugh": "c"}, State.EXCLUDE),
        ("C16", {"C16.liver": "yes", "C16.child-pugh": "b"}, State.REVIEW),
        ("C16", {"C16.liver": "yes", "C16.child-pugh": "a"}, State.NOTE),
        ("C17", {"C17.thyroid": "yes"}, State.HOLD),
        ("C18", {"C18.lung": "yes"}, State.REVIEW),
        ("C19", {"C19.untreated": "yes"}, State.REVIEW),
        ("C19", {"C19.stop-bang": 5.0}, State.REVIEW),
        ("C19", {"C19.stop-bang": 4.0}, State.CLEAR),
        ("C20", {"C20.bmi": 35.0}, State.CLEAR),
        ("C20", {"C20.bmi": 35.1}, State.REVIEW),
        ("C21", {"C21.ketamine-cystitis": "yes"}, State.EXCLUDE),
        ("C21", {"C21.active": "yes"}, State.REVIEW),
        ("C22", {"C22.seizures": "yes"}, State.REVIEW),
        ("C23", {"C23.dissociation": "yes"}, State.REVIEW),
        ("C24", {"C24.disorder": "yes"}, State.NOTE),
        ("C25", {"C25.capacity": "yes"}, State.EXCLUDE),
        ("C26", {"C26.age": 17.0}, State.EXCLUDE),
        ("C26", {"C26.age": 18.0}, State.CLEAR),
        ("C27", {"C27.age": 65.0}, State.REVIEW),
        ("C27", {"C27.age": 64.0}, State.CLEAR),
        ("C28", {"C28.screen": "acute"}, State.HOLD),
        ("C28", {"C28.screen": "non-acute"}, State.REVIEW),
        ("C29", {"C29.before": "serious"}, State.EXCLUDE),
        ("C29", {"C29.before": "no-benefit"}, State.REVIEW),
        ("C29", {"C29.before": "well"}, State.CLEAR),
        ("C30", {"C30.eye": "yes"}, State.REVIEW),
        ("C31", {"C31.escort": "no"}, State.HOLD),
        ("C31", {"C31.evening": "unsure"}, State.HOLD),
        ("C32", {"C32.willing": "no"}, State.HOLD),
        ("C32", {"C32.therapist": "no"}, State.HOLD),
    ],
)
def test_one_changed_answer_gives_one_verdict(code, facts, state):
    verdict = judge(RULES.rule(code), CLEAR | facts, TODAY)
    assert verdict.state is state
    assert verdict.sentence


def test_the_gravest_verdict_comes_first():
    facts = CLEAR | {"C09.bipolar": "yes", "C01.allergy": "yes", "C24.disorder": "yes"}
    states = [verdict.state for verdict in judge_all(RULES, facts, TODAY)]
    assert states[:4] == [State.EXCLUDE, State.REVIEW, State.NOTE, State.CLEAR]
    assert State.REVIEW.needs_a_call
    assert not State.REVIEW.blocks


def test_the_day_of_a_dose_asks_again_what_can_change():
    asked = {verdict.rule.code for verdict in judge_all(RULES, {}, TODAY, dosing_day=True)}
    assert asked == {"C06", "C10", "C15", "C28", "C31"}


@pytest.mark.parametrize(
    ("code", "facts", "lift_by", "words"),
    [
        (
            "C01",
            {"C01.allergy": "yes"},
            LiftBy.MEDICAL_DIRECTOR,
            "another version of the rules",
        ),
        ("C21", {"C21.ketamine-cystitis": "yes"}, LiftBy.MEDICAL_DIRECTOR, "nobody"),
        ("C21", {"C21.active": "yes"}, LiftBy.PRESCRIBER, "Active symptoms"),
        ("C08", {"C08.now": "yes"}, LiftBy.ITSELF, "Clears itself"),
        ("C24", {"C24.disorder": "yes"}, LiftBy.NOBODY_NEEDED, "Nothing to lift"),
        ("C01", {"C01.allergy": None}, LiftBy.ITSELF, "is answered"),
    ],
)
def test_who_lifts_depends_on_what_fired(code, facts, lift_by, words):
    found, said = RULES.lift_of(judge(RULES.rule(code), CLEAR | facts, TODAY))
    assert found is lift_by
    assert words in said


def test_a_follow_up_question_is_asked_only_when_called_for():
    rule = RULES.rule("C16")
    assert [q.code for q in questions_to_ask(rule, CLEAR, TODAY)] == ["C16.liver"]
    asked = questions_to_ask(rule, CLEAR | {"C16.liver": "yes"}, TODAY)
    assert [q.code for q in asked] == ["C16.liver", "C16.child-pugh"]


@pytest.mark.parametrize(
    ("question", "given", "fault"),
    [
        ("C01.allergy", "yes", ""),
        ("C01.allergy", "maybe", "Choose one of the answers."),
        ("C01.allergy", None, "Choose one of the answers."),
        ("C04.date", TODAY, ""),
        ("C04.date", "yesterday", "Enter a date."),
        ("C19.stop-bang", 8.0, ""),
        ("C19.stop-bang", 9.0, "Enter a number from 0 to 8 points."),
        ("C19.stop-bang", float("nan"), "Enter a number from 0 to 8 points."),
    ],
)
def test_an_answer_is_checked_against_its_question(question, given, fault):
    rule = RULES.rule(question.split(".")[0])
    found = next(known for known in rule.questions if known.code == question)
    assert check_fact(found, given) == fault


def test_every_question_to_the_patient_has_words_for_both():
    for rule in RULES.rules:
        for question in rule.questions:
            assert question.for_clinician
            assert bool(question.for_patient) == (question.asked_of is AskedOf.PATIENT)


def test_each_class_says_what_it_does_and_who_lifts_it():
    assert RULES.words_of(RuleClass.REVIEW).name == "Weigh"
    assert "version of the rules" in RULES.words_of(RuleClass.EXCLUDE).lift_words


TEXT = (DATA / "contraindications" / "core.v1.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('question = "C01.allergy"', 'question = "C01.allergie"', "unknown C01.allergie"),
        ('equals = ["positive"]', 'equals = ["postive"]', "unknown postive"),
        ('code = "C02"\n', 'code = "C01"\n', "rules: C01 stands twice"),
        ("within_days = 42", "within_days = 42, below = 3", "exactly one comparison"),
        ('code = "C02.avm"', 'code = "C02.aneurysm"', "C02.aneurysm stands twice"),
        ('kind = "date"', 'kind = "number"', "a range belongs to a number"),
        ('kind = "date"', 'kind = "choice"', "options belong to a choice"),
        ('for_patient = "When was it?"\n', "", "needs its words"),
        ('code = "NOTE"', 'code = "HOLD"', "each class once"),
    ],
)
def test_a_faulty_rule_is_refused(old, new, words):
    assert old in TEXT
    with pytest.raises(CatalogueError, match=words):
        parse(RuleSet, TEXT.replace(old, new, 1), "core.v1.toml")


def test_a_rule_that_decides_nothing_is_refused():
    with pytest.raises(CatalogueError, match="needs clauses"):
        replace(RULES.rule("C01"), clauses=())


def test_a_rule_that_is_not_there_is_named():
    with pytest.raises(CatalogueError, match="no rule C99"):
        RULES.rule("C99")


TABLE = load_interactions()


@pytest.mark.parametrize(
    ("medicine", "codes"),
    [
        ("Lamotrigine 200 mg", ["lamotrigine"]),
        ("LORAZEPAM 1 mg at night", ["benzodiazepines"]),
        ("St John's wort, sertraline", ["cyp-inducers", "ssri"]),
        ("Amlodipine 5 mg", []),
        ("lithiumfree salt", []),
    ],
)
def test_a_medicine_list_finds_its_rows(medicine, codes):
    assert [row.code for row in interactions_with(TABLE, [medicine])] == codes


def test_an_inhibitor_is_weighed_by_mouth_and_noted_by_needle():
    row = next(row for row in TABLE.rows if row.code == "cyp-inhibitors")
    assert row.class_for("SL") is InteractionClass.REVIEW
    assert row.class_for("IV") is InteractionClass.NOTE


def test_no_row_says_to_stop_a_medicine():
    text = (DATA / "interactions" / "core.v1.toml").read_text("utf-8").casefold()
    rows = text.split("[[rows]]", 1)[1]
    assert "stop" not in rows
    assert "can be dangerous" in rows
