from dataclasses import replace

import pytest

from kapstone.catalogue.modalities import WindowPhase, load_menu, load_modality, modalities
from kapstone.clinic.integration.records import missing_fields, record_faults, record_lines
from kapstone.clinic.integration.rules import (
    SessionFacts,
    check_sealed_text,
    check_session,
    reminders,
    safety_words,
)

GOOD = SessionFacts(
    modality=load_modality("ifs"),
    menu=load_menu(),
    phase=WindowPhase.OPEN,
    hours_since_dose=30,
    hours_to_next_dose=100,
)
EMDR = replace(GOOD, modality=load_modality("emdr"), answers={"sud_end": 3})
BREATH = replace(GOOD, modality=load_modality("breathwork"), answers={"type": "intense"})
BODY = replace(GOOD, modality=load_modality("somatic"), answers={"touch": True})
OLD = replace(GOOD, modality=load_modality("reconsolidation"), answers={"repetitions": 3})
REFLECT = replace(GOOD, modality=load_modality("reflection"))
EYES = {"C30": "raised eye pressure"}


def codes(facts: SessionFacts) -> list[str]:
    return [finding.code for finding in check_session(facts)]


@pytest.mark.parametrize("modality", modalities().values(), ids=lambda sheet: sheet.code)
def test_good_work_at_a_good_time_has_no_caution(modality):
    assert codes(replace(GOOD, modality=modality)) == []


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        pytest.param(replace(EMDR, on_dosing_day=True), "emdr-on-dosing-day", id="EMDR today"),
        pytest.param(
            replace(EMDR, answers={"sud_end": 8}), "emdr-not-contained", id="SUD 8 at the end"
        ),
        pytest.param(replace(BREATH, against=EYES), "breathwork-excluded", id="eyes"),
        pytest.param(replace(BREATH, screened=False), "breathwork-excluded", id="not asked"),
        pytest.param(
            replace(BREATH, phase=WindowPhase.OPENING), "breathwork-window", id="first day"
        ),
        pytest.param(
            replace(GOOD, against={"C23": "dissociation"}),
            "ifs-dissociative-disorder",
            id="DID",
        ),
        pytest.param(BODY, "somatic-touch", id="touch"),
        pytest.param(
            replace(OLD, answers={"repetitions": 2}), "reconsolidation-repeat", id="twice only"
        ),
        pytest.param(
            replace(GOOD, hours_to_next_dose=3), "too-near-next-dose", id="dose in 3 hours"
        ),
        pytest.param(replace(GOOD, hours_since_dose=9), "demanding-too-soon", id="9 h after"),
        pytest.param(replace(GOOD, demanding_before=2), "too-many-demanding", id="third one"),
    ],
)
def test_one_wrong_fact_is_one_caution(facts, code):
    assert codes(facts) == [code]


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(replace(EMDR, answers={"sud_end": 7}), id="SUD 7 is not above 7"),
        pytest.param(
            replace(EMDR, answers={"sud_end": 9, "containment": "Safe place"}), id="contained"
        ),
        pytest.param(replace(BREATH, against=EYES, answers={"type": "slow"}), id="slow breath"),
        pytest.param(
            replace(BREATH, hours_since_dose=3, answers={"type": "slow"}), id="slow and early"
        ),
        pytest.param(replace(BODY, touch_agreed=True), id="touch agreed"),
        pytest.param(OLD, id="three repetitions are enough"),
        pytest.param(replace(GOOD, hours_to_next_dose=4), id="four hours before the next"),
        pytest.param(replace(REFLECT, hours_since_dose=9), id="reflection early"),
        pytest.param(replace(GOOD, hours_since_dose=18), id="18 hours after"),
        pytest.param(replace(GOOD, demanding_before=1), id="second one"),
    ],
)
def test_at_the_limit_there_is_no_caution(facts):
    assert codes(facts) == []


def test_what_is_always_true_is_a_reminder_and_no_finding():
    assert any("qualified" in sentence for sentence in reminders(load_modality("emdr")))


def test_the_sentence_names_what_is_on_file():
    (finding,) = check_session(replace(BREATH, against=EYES))
    assert "raised eye pressure" in finding.message


# --- The structured record -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("modality", "record", "field"),
    [
        ("emdr", {"sud_end": 11}, "sud_end"),
        ("emdr", {"sud_end": "much"}, "sud_end"),
        ("emdr", {"complete": "yes"}, "complete"),
        ("emdr", {"target": 4}, "target"),
        ("emdr", {"colour": "red"}, "colour"),
        ("breathwork", {"type": "wild"}, "type"),
        ("ifs", {"parts": "the critic"}, "parts"),
        ("ifs", {"parts": ["a part"] * 21}, "parts"),
        ("ifs", {"fear": "x" * 2001}, "fear"),
        ("ifs", {"forks": []}, "forks"),
    ],
)
def test_a_value_the_catalogue_does_not_allow_is_named(modality, record, field):
    assert list(record_faults(load_modality(modality), record)) == [field]


def test_a_record_is_read_in_the_order_of_its_fields():
    record = {"sud_end": 2, "target": "The stairs", "complete": True}
    modality = load_modality("emdr")
    assert record_faults(modality, record) == {}
    lines = [(line.label, line.words) for line in record_lines(modality, record)]
    assert lines == [
        ("Target memory, in a few words", ("The stairs",)),
        ("Distress, at the end", ("2 of 10",)),
        ("Complete?", ("Yes",)),
    ]
    assert "negative_belief" in missing_fields(modality, record)
    assert "sets" not in missing_fields(modality, record)


# --- The sealed note -------------------------------------------------------------------------


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
