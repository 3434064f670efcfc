"""The reading grade, the forbidden words, and the walk that finds every patient string."""

import pytest

from kapstone.catalogue.consent import load_consent
from kapstone.catalogue.instruments import load_instrument
from kapstone.catalogue.lint import (
    faults,
    forbidden_in,
    patient_strings,
    reading_grade,
    syllables,
)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("a", 1),
        ("the", 1),
        ("cat", 1),
        ("make", 1),
        ("people", 2),
        ("little", 2),
        ("changed", 1),
        ("wanted", 2),
        ("pressure", 2),
        ("medicine", 3),
        ("ketamine", 3),
        ("idea", 3),
        ("being", 2),
        ("don't", 1),
        ("faces", 2),
        ("anaesthesia", 5),
        ("rhythm", 1),
    ],
)
def test_syllables_are_counted_near_enough(word, count):
    assert syllables(word) == count


def test_short_words_in_short_sentences_read_easily():
    assert reading_grade("The cat sat on the mat. It was warm.") < 1
    assert reading_grade("") == 0


def test_long_words_in_a_long_sentence_do_not():
    text = (
        "Pharmacologically mediated disinhibition of glutamatergic neurotransmission "
        "facilitates synaptogenesis throughout prefrontal circuitry."
    )
    assert reading_grade(text) > 20


def test_the_formula_is_flesch_kincaid():
    # ten words, two sentences, eleven syllables
    text = "We check your pressure now. Then you can rest here."
    assert reading_grade(text) == pytest.approx(0.39 * 5 + 11.8 * 1.1 - 15.59)


@pytest.mark.parametrize(
    "text",
    [
        "You will feel better!",
        "Your brain is open now.",
        "We guarantee results.",
        "It rewires old habits.",
        "The magic of ketamine.",
        "A breakthrough treatment.",
        "The optimal dose for you.",
        "It can cure low mood.",
        "It is safe.",
        "Stop taking your benzodiazepine.",
        "Your first trip.",
        "The treatment failed.",
    ],
)
def test_a_forbidden_word_is_named(text):
    assert forbidden_in(text)


@pytest.mark.parametrize(
    "text", ["Your safety plan.", "A secure line.", "Make the new trail wider."]
)
def test_a_word_that_only_looks_like_one_is_left_alone(text):
    assert faults(text) == []


def test_a_hard_sentence_is_a_fault_and_a_short_label_is_not_graded():
    hard = (
        "Individuals experiencing considerable deterioration should immediately communicate "
        "this information to whichever professional is available."
    )
    assert "reading grade" in faults(hard)[0]
    assert faults("Cardiovascular contraindication") == []


def test_the_walk_finds_strings_however_deep_and_leaves_verbatim_words_alone():
    found = {entry.path: entry.text for entry in patient_strings(load_consent())}
    assert found["consent/kap.elements[3].check.options[1].label"] == "Yes"
    assert found["consent/kap.elements[14].preferences[1].options[2]"] == "Quiet"
    assert not any(path.endswith(".source") for path in found)
    assert list(patient_strings(load_instrument("phq-9"))) == []
    assert list(patient_strings(load_instrument("check-in")))
