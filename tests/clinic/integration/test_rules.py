from dataclasses import replace

import pytest

from kapstone.clinic.integration.rules import (
    SessionFacts,
    check_sealed_text,
    check_session,
    safety_words,
)

IFS = SessionFacts(modality="ifs", hours_since_dose=30, hours_to_next_dose=100, demanding=True)
EMDR = replace(IFS, modality="emdr", answers={"sud_end": 3})
BREATH = replace(IFS, modality="breathwork", answers={"type": "intense"})


def codes(facts: SessionFacts) -> list[str]:
    return [finding.code for finding in check_session(facts)]


@pytest.mark.parametrize("facts", [IFS, EMDR, BREATH])
def test_good_work_at_a_good_time_has_no_caution(facts):
    assert codes(facts) == []


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        pytest.param(replace(EMDR, on_dosing_day=True), "emdr-on-dosing-day", id="EMDR today"),
        pytest.param(
            replace(EMDR, answers={"sud_end": 8}), "emdr-not-contained", id="SUD 8 at the end"
        ),
        pytest.param(
            replace(BREATH, excluded_by=("glaucoma",)), "intense-breathwork-excluded", id="eyes"
        ),
        pytest.param(
            replace(BREATH, screened=False), "intense-breathwork-not-screened", id="not asked"
        ),
        pytest.param(replace(IFS, touch=True), "touch-not-agreed", id="touch"),
        pytest.param(
            replace(IFS, hours_to_next_dose=3), "too-near-next-dose", id="dose in 3 hours"
        ),
        pytest.param(replace(IFS, hours_since_dose=9), "demanding-too-soon", id="9 h after"),
        pytest.param(replace(IFS, demanding_before=2), "too-many-demanding", id="third one"),
    ],
)
def test_one_wrong_fact_is_one_caution(facts, code):
    assert codes(facts) == [code]


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(replace(EMDR, answers={"sud_end": 7}), id="SUD 7 is not above 7"),
        pytest.param(
            replace(EMDR, answers={"sud_end": 9, "containment": True}), id="contained"
        ),
        pytest.param(
            replace(BREATH, excluded_by=("glaucoma",), answers={"type": "slow"}),
            id="slow breath",
        ),
        pytest.param(replace(IFS, touch=True, touch_agreed=True), id="touch agreed"),
        pytest.param(replace(IFS, hours_to_next_dose=4), id="four hours before the next"),
        pytest.param(replace(IFS, demanding=False, hours_since_dose=9), id="reflection early"),
        pytest.param(replace(IFS, demanding_before=1), id="second one"),
    ],
)
def test_at_the_limit_there_is_no_caution(facts):
    assert codes(facts) == []


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("She took 40 mg and cried.", "dose"),
        ("took 0.5 milligrams", "dose"),
        ("BP was high", "vital signs"),
        ("He said 150/95 at home", "vital signs"),
        ("He spoke of suicide.", "risk"),
        ("wants to kill herself", "risk"),
        ("thinks of self-harm again", "risk"),
        ("the risk is low", "risk"),
        ("He is not safe at home", "risk"),
    ],
)
def test_the_lint_hears_what_others_need_for_safety(text, about):
    assert [hit.about for hit in safety_words(text)] == [about]


@pytest.mark.parametrize(
    "text",
    [
        "Met the part that guards the door. It is seven years old.",
        "She remembered 1994 and the house at 12 Elm Street.",
        "The dose of courage it took.",
    ],
)
def test_the_lint_lets_the_work_of_therapy_be(text):
    assert safety_words(text) == ()


def test_what_stands_in_the_chart_may_stand_in_the_sealed_note_too():
    text = "He spoke of suicide while meeting the critic."
    assert [one.code for one in check_sealed_text(text, chart="")] == ["sealed-risk"]
    assert list(check_sealed_text(text, chart="Passive suicidal thoughts, plan updated.")) == []
    assert list(check_sealed_text(text, chart="Took 40 mg."))
