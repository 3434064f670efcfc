"""Intentions kept as worded, forks along their wordings, and the checklist of each dose."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from tests.builders import NINE, make_user

from kapstone.catalogue.checklists import load_checklist
from kapstone.clinic.preparation.actions import put_fork_away
from kapstone.clinic.preparation.models import Intention, PreparationCheck
from kapstone.clinic.preparation.queries import (
    checks_of,
    fork_lines,
    forks_of,
    intention_of,
    intentions_of,
)
from kapstone.clinic.preparation.rules import ForkFacts, check_answer, check_fork, items_open
from kapstone.errors import InvalidInput, NotAllowed, Refused

DAY = timedelta(days=1)
CHECKLIST = load_checklist()


# --- Rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        (ForkFacts(standing=2, is_new=True), []),
        (ForkFacts(standing=3, is_new=True), ["too-many-forks"]),
        (ForkFacts(standing=3, is_new=False), []),
        (ForkFacts(standing=1, is_new=False, replaced_is_standing=False), ["fork-changed"]),
    ],
)
def test_a_fork_may_be_named_or_reworded(facts, codes):
    assert [finding.code for finding in check_fork(facts)] == codes


@pytest.mark.parametrize(
    ("code", "answer", "fits"),
    [
        ("light", True, True),
        ("light", "yes", False),
        ("music", "Quiet piano, list 3, volume 4", True),
        ("music", "  ", False),
        ("music", "x" * 301, False),
        ("mood", 7, True),
        ("mood", 7.5, False),
        ("mood", 11, False),
        ("mood", True, False),
        ("mood", float("nan"), False),
        ("sleep-hours", 6.5, True),
        ("sleep-hours", 25, False),
        ("talk", "silence", True),
        ("talk", "shouting", False),
    ],
)
def test_an_item_allows_what_it_asks_for(code, answer, fits):
    assert (check_answer(CHECKLIST.item(code), answer) == "") is fits


def test_an_item_of_another_route_is_not_open():
    codes = {item.code for item in items_open(CHECKLIST, {"IM"}, {"light"})}
    assert "site" in codes
    assert not codes & {"nose", "mouth", "light"}


# --- Intention -------------------------------------------------------------------------------


def test_the_patients_words_are_kept_to_the_letter(scene):
    words = "  To let the door…\r\nstay OPEN a little , and see  "
    scene.intend(words)
    assert intention_of(scene.course).text == words


def test_the_newest_wording_stands_and_the_old_one_is_kept(scene):
    scene.intend("I want to rest.")
    scene.intend("I want to be kinder.", at=NINE + DAY)
    assert intention_of(scene.course).text == "I want to be kinder."
    assert len(intentions_of(scene.course)) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": "   "}, "text"),
        ({"text": "x" * 301}, "text"),
        ({"category": "else"}, "category"),
        ({"confidence": 11}, "confidence"),
    ],
)
def test_an_intention_has_words_a_kind_and_a_confidence_in_range(scene, change, field):
    with pytest.raises(InvalidInput) as wrong:
        scene.intend(**change)
    assert list(wrong.value.fields) == [field]
    assert not Intention.objects.exists()


def test_nobody_else_writes_the_patients_words(scene):
    for user in (scene.therapist, scene.prescriber, make_user(scene.clinic, "front-desk")):
        with pytest.raises(NotAllowed):
            scene.intend(by=user)
        with pytest.raises(NotAllowed):
            scene.fork(by=user)


def test_the_database_keeps_confidence_from_0_to_10(scene):
    intention = scene.intend()
    with pytest.raises(IntegrityError, match="confidence_is_0_to_10"), transaction.atomic():
        Intention.objects.create(
            clinic=scene.clinic,
            subjects=intention.subjects,
            recorded_at=NINE,
            recorded_by=scene.person,
            course=scene.course,
            text="x",
            category="unsure",
            confidence=11,
            set_at=NINE,
        )


# --- Forks -----------------------------------------------------------------------------------


def test_a_reworded_fork_is_the_same_fork(scene):
    first = scene.fork()
    scene.fork("the dog barks")
    second = scene.fork("the phone rings late", replaces=first)
    assert [fork.cue for fork in forks_of(scene.patient)] == [
        "the phone rings late",
        "the dog barks",
    ]
    lines = fork_lines([scene.patient])
    assert lines[0] == (first, second)


def test_three_forks_stand_and_no_fourth(scene):
    for number in range(3):
        scene.fork(f"cue {number}")
    with pytest.raises(Refused):
        scene.fork("cue 4")


def test_putting_one_away_makes_room(scene):
    forks = [scene.fork(f"cue {number}") for number in range(3)]
    put_fork_away(by=scene.person, at=NINE + DAY, fork=forks[0])
    put_fork_away(by=scene.person, at=NINE + 2 * DAY, fork=forks[0])
    scene.fork("cue 4")
    assert [fork.cue for fork in forks_of(scene.patient)] == ["cue 1", "cue 2", "cue 4"]
    forks[0].refresh_from_db()
    assert forks[0].put_away_at == NINE + DAY


def test_an_old_wording_is_not_reworded(scene):
    first = scene.fork()
    scene.fork("newer", replaces=first)
    with pytest.raises(Refused) as refused:
        scene.fork("from an old page", replaces=first)
    assert refused.value.findings[0].code == "fork-changed"


def test_a_second_press_names_one_fork(scene):
    entry_id = uuid4()
    assert scene.fork(entry_id=entry_id) == scene.fork(entry_id=entry_id)
    assert len(forks_of(scene.patient)) == 1


def test_a_fork_is_never_edited(scene):
    fork = scene.fork()
    fork.cue = "something else"
    with pytest.raises(ProgrammingError), transaction.atomic():
        fork.save(update_fields=["cue"])


@pytest.mark.parametrize("phrase", ["cue", "old_trail", "new_trail"])
def test_each_phrase_of_a_fork_has_words(scene, phrase):
    with pytest.raises(InvalidInput) as wrong:
        scene.fork(**{phrase: " "})
    assert list(wrong.value.fields) == [phrase]


# --- Checklist -------------------------------------------------------------------------------


def test_the_newest_answer_of_each_item_stands_for_its_dose_alone(scene):
    scene.check("light", False)
    scene.check("light", True, at=NINE + DAY)
    scene.check("light", False, number=2)
    assert checks_of(scene.course, 1)["light"].value is True
    assert checks_of(scene.course, 2)["light"].value is False
    assert checks_of(scene.course, 3) == {}


@pytest.mark.parametrize(
    "change", [{"item": "candle"}, {"value": "maybe"}, {"number": 7}, {"number": 0}]
)
def test_the_checklist_refuses_what_it_does_not_hold(scene, change):
    with pytest.raises(InvalidInput):
        scene.check(**change)
    assert not PreparationCheck.objects.exists()


def test_patient_and_team_answer_and_the_desk_does_not(scene):
    scene.check("mood", 6, by=scene.person)
    with pytest.raises(NotAllowed):
        scene.check(by=make_user(scene.clinic, "front-desk"))
