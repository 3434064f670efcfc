import pytest

from kapstone.catalogue.self_check import Form, load_self_check
from kapstone.clinic.scheduling.self_check import next_step

CHECK = load_self_check()
CODES = [question.code for question in CHECK.questions]
CARE = next(question.code for question in CHECK.questions if question.care_first)
FINE = {
    question.code: next(
        answer for answer in ("yes", "no") if question.form(answer) is Form.FINE
    )
    for question in CHECK.questions
}


def test_there_are_seven_questions_one_a_page():
    assert len(CODES) == 7
    step = next_step(CHECK, {})
    assert (step.question.code, step.number, step.carried) == (CODES[0], 1, ())


def test_an_answer_leads_to_the_next_question_and_is_carried_in_the_page():
    step = next_step(CHECK, {CODES[0]: "yes", "asked": CODES[0]})
    assert step.question.code == CODES[1]
    assert step.carried == ((CODES[0], "yes"),)


@pytest.mark.parametrize("answer", [{}, {CODES[0]: "maybe"}, {CODES[0]: ""}])
def test_no_answer_asks_again_and_says_what_to_do(answer):
    step = next_step(CHECK, {**answer, "asked": CODES[0]})
    assert (step.number, step.error) == (1, CHECK.choose)


@pytest.mark.parametrize("answer", ["yes", "unsure"])
def test_thoughts_of_suicide_lead_to_care_before_any_result(answer):
    everything = {**FINE, CARE: answer}
    step = next_step(CHECK, {**everything, "asked": CARE})
    assert step.care
    assert step.result is None
    after = next_step(CHECK, everything)
    assert after.result.care_first


def test_no_such_thoughts_go_straight_on():
    assert not next_step(CHECK, {**FINE, "asked": CARE}).care


def test_back_returns_to_a_question_and_drops_its_answer_and_what_followed():
    step = next_step(CHECK, {**FINE, "back": CODES[3]})
    assert step.question.code == CODES[3]
    assert [code for code, _ in step.carried] == CODES[:3]


@pytest.mark.parametrize(
    ("change", "form"),
    [
        ({}, Form.FINE),
        ({"pressure": "yes"}, Form.TELL_US),
        ({"pressure": "unsure"}, Form.TELL_US),
        ({"psychosis": "yes", "pressure": "yes"}, Form.NOT_NOW),
    ],
)
def test_three_forms_of_result_the_gravest_wins(change, form):
    assert next_step(CHECK, {**FINE, **change}).result.words.code is form


def test_no_result_says_that_anyone_qualifies():
    said = " ".join(
        f"{result.title} {' '.join(result.text)}" for result in CHECK.results
    ).casefold()
    assert "qualif" not in said
    assert "eligible" not in said


def test_what_a_page_sends_beyond_the_questions_is_ignored():
    step = next_step(CHECK, {"asked": "nonsense", "back": "nonsense", "x": "<script>"})
    assert (step.number, step.carried, step.error) == (1, (), "")
