"""What is said in the room, after the dose, on the public pages and in a crisis."""

from dataclasses import replace

import pytest

from kapstone.catalogue.access_reasons import load_access_reasons
from kapstone.catalogue.checklists import Block, Checklist, load_checklist
from kapstone.catalogue.claims import Claims, Evidence, load_claims
from kapstone.catalogue.contraindications import load_rules
from kapstone.catalogue.help_now import Uses, load_help
from kapstone.catalogue.instruments import load_instrument
from kapstone.catalogue.modalities import (
    Applies,
    Menu,
    Modality,
    WindowPhase,
    load_menu,
    load_modality,
    modalities,
)
from kapstone.catalogue.practices import load_practice, practices
from kapstone.catalogue.room import Room, load_room
from kapstone.catalogue.self_check import (
    Answer,
    Form,
    SelfCheck,
    load_self_check,
    self_check_result,
)
from kapstone.catalogue.shelf import DATA, parse
from kapstone.catalogue.words import PatientWords, load_words
from kapstone.errors import CatalogueError, InvalidInput


def text_of(kind, code):
    return (DATA / kind / f"{code}.v1.toml").read_text("utf-8")


# ------------------------------------------------------------------ modalities and the menu


def test_every_way_of_working_that_the_articles_name_is_there():
    assert set(modalities()) == {
        "breathwork",
        "cbt",
        "emdr",
        "ifs",
        "mindfulness",
        "reconsolidation",
        "reflection",
        "somatic",
    }
    assert load_modality("reconsolidation").exploratory


def test_cautions_name_screening_rules_and_fields_that_exist():
    rules = {rule.code for rule in load_rules().rules}
    for modality in modalities().values():
        for caution in modality.cautions:
            assert set(caution.rules) <= rules


def test_emdr_is_not_done_on_the_day_of_a_dose_or_left_open():
    cautions = {caution.code: caution for caution in load_modality("emdr").cautions}
    assert cautions["emdr-on-dosing-day"].applies is Applies.DOSING_DAY
    left_open = cautions["emdr-not-contained"]
    assert (left_open.field, left_open.limit, left_open.unless) == ("sud_end", 7, "containment")


@pytest.mark.parametrize(
    ("hours", "codes"),
    [
        (1, ["in-clinic"]),
        (2, ["evening"]),
        (20, ["evening", "call"]),
        (26, ["call", "peak"]),
        (71, ["peak"]),
        (72, ["consolidate"]),
        (200, ["generalise"]),
        (400, ["maintain"]),
        (-1, []),
    ],
)
def test_the_menu_of_an_hour(hours, codes):
    assert [phase.code for phase in load_menu().at(hours)] == codes


def test_the_open_time_has_no_more_than_two_demanding_sessions():
    menu = load_menu()
    assert menu.demanding_most.value == 2
    assert menu.phase("peak").window_phase is WindowPhase.OPEN


@pytest.mark.parametrize(
    ("kind", "code", "sheet", "old", "new", "words"),
    [
        ("modalities", "emdr", Modality, 'unless = "containment"', 'unless = "x"', "unknown x"),
        ("modalities", "emdr", Modality, "limit = 7\n", "", "a limit belongs"),
        ("modalities", "emdr", Modality, "low = 1\nhigh = 7\n", "", "a range belongs"),
        ("modalities", "ifs", Modality, 'rules = ["C23"]\n', "", "rules belong"),
        ("modalities", "breathwork", Modality, 'kind = "choice"', 'kind = "text"', "options"),
        (
            "modalities",
            "breathwork",
            Modality,
            'phases = ["resting", "opening"]\n',
            "",
            "phases belong",
        ),
        ("menus", "window", Menu, "until_hours = 72", "until_hours = 20", "must come after"),
        ("checklists", "preparation", Checklist, "low = 0\nhigh = 10\n", "", "a range belongs"),
        (
            "checklists",
            "preparation",
            Checklist,
            'kind = "choice"',
            'kind = "text"',
            "options belong",
        ),
        ("words", "patient", PatientWords, 'code = "open"', 'code = "closing"', "in order"),
        (
            "words",
            "patient",
            PatientWords,
            'prompts = ["Say something to keep."]',
            "prompts = []",
            "needs a prompt",
        ),
        ("claims", "public", Claims, 'code = "a-picture"', 'code = "being-studied"', "surest"),
        ("self-checks", "public", SelfCheck, 'code = "fine"', 'code = "not-now"', "lightest"),
        ("session", "room", Room, "value = 5", "value = 4", "grades must run"),
    ],
)
def test_a_faulty_file_is_refused(kind, code, sheet, old, new, words):
    text = text_of(kind, code)
    assert old in text
    with pytest.raises(CatalogueError, match=words):
        parse(sheet, text.replace(old, new, 1), f"{code}.v1.toml")


# ------------------------------------------------------------------ practices and words


def test_the_seven_practices_of_the_articles_and_three_of_ours():
    assert set(practices()) == {
        "breathe",
        "clear-days",
        "food",
        "gratitude",
        "learning",
        "meditation",
        "movement",
        "new-trail",
        "play",
        "sleep",
    }
    assert load_practice("movement").target == 150
    assert load_practice("meditation").breathes


def test_each_phase_has_its_words_and_prompts_take_turns():
    words = load_words()
    assert words.phase(WindowPhase.RESTING).headline == "Rest now."
    assert words.phase(WindowPhase.OPEN).helps == ("therapy", "the fork", "walk", "breathe")
    told = [words.prompt(WindowPhase.OPENING, turn) for turn in range(3)]
    assert told == ["What stayed with you?", "What felt new?", "What stayed with you?"]


def test_the_weathers_are_those_of_the_check_in():
    asked = load_instrument("check-in").items[0].options
    for weather in load_words().weathers:
        option = next(option for option in asked if option.label == weather.name)
        assert option.value <= 4


def test_no_word_to_a_patient_carries_an_hour_of_the_window():
    for phase in load_words().phases:
        assert not any(char.isdigit() for char in phase.headline + phase.lead)


def test_the_checklist_shows_what_applies():
    checklist = load_checklist()
    always = {item.code for item in checklist.block(Block.BODY)}
    by_nose = {item.code for item in checklist.block(Block.BODY, conditions=frozenset({"IN"}))}
    assert by_nose - always == {"nose"}
    assert checklist.item("light").block is Block.SETTING
    assert len(checklist.block(Block.SETTING)) == 14


# ------------------------------------------------------------------ help now


def test_help_now_puts_danger_first_and_has_the_three_levels():
    page = load_help()
    assert [level.uses for level in page.levels] == [
        Uses.EMERGENCY,
        Uses.CRISIS,
        Uses.CLINIC,
        Uses.PLAN,
        Uses.STEADY,
    ]


def test_the_crisis_line_of_the_region():
    page = load_help()
    assert page.region("US").crisis_call == "988"
    assert page.region("US").has_crisis_line
    assert not page.region("OTHER").has_crisis_line
    with pytest.raises(CatalogueError, match="no region XX"):
        page.region("XX")


# ------------------------------------------------------------------ self-check

CHECK = load_self_check()
FINE = {question.code: Answer.NO for question in CHECK.questions} | {"adult": Answer.YES}


@pytest.mark.parametrize(
    ("change", "form", "care_first"),
    [
        ({}, Form.FINE, False),
        ({"pressure": Answer.YES}, Form.TELL_US, False),
        ({"pressure": Answer.UNSURE}, Form.TELL_US, False),
        ({"thoughts": Answer.YES}, Form.TELL_US, True),
        ({"thoughts": Answer.UNSURE}, Form.TELL_US, True),
        ({"heart": Answer.YES}, Form.NOT_NOW, False),
        ({"heart": Answer.YES, "pressure": Answer.YES}, Form.NOT_NOW, False),
        ({"adult": Answer.NO}, Form.NOT_NOW, False),
        ({"pregnancy": Answer.YES}, Form.NOT_NOW, False),
    ],
)
def test_the_self_check_gives_one_of_three_forms(change, form, care_first):
    result = self_check_result(CHECK, FINE | change)
    assert result.words.code is form
    assert result.care_first is care_first
    assert len(result.notes) == len(change)


def test_there_are_seven_questions_and_each_must_be_answered():
    assert len(CHECK.questions) == 7
    with pytest.raises(InvalidInput) as refused:
        self_check_result(CHECK, {k: v for k, v in FINE.items() if k != "heart"})
    assert dict(refused.value.fields) == {"heart": "Choose yes, no or not sure"}


def test_no_result_says_that_someone_qualifies():
    words = " ".join(line for result in CHECK.results for line in (result.title, *result.text))
    assert "qualify" not in words.lower()


# ------------------------------------------------------------------ claims


def test_the_window_is_never_called_shown_in_people():
    claims = {claim.code: claim for claim in load_claims().claims}
    assert claims["window"].level is Evidence.SEEN_IN_ANIMALS
    assert claims["therapy"].level is Evidence.BEING_STUDIED
    assert claims["trails"].level is Evidence.A_PICTURE
    assert load_claims().words_of(Evidence.TRIALS_IN_PEOPLE).dots == 4


def test_each_outcome_figure_stands_with_its_limits():
    sheet = load_claims()
    assert [figure.code for figure in sheet.outcomes] == [
        "real-world-series",
        "durability",
        "back-after-six",
        "training-day-after",
        "dissociation",
    ]
    assert "537 analysed of 9,016" in sheet.outcome("real-world-series").for_clinician
    assert all(figure.limits for figure in sheet.outcomes)


def test_where_sources_disagree_is_said():
    topics = {row.code for row in load_claims().disagreements}
    assert topics == {"line", "durability", "account", "dissociation", "home", "pressure"}


# ------------------------------------------------------------------ the room


def test_the_room_has_twelve_chips_and_eleven_emergency_steps():
    room = load_room()
    assert len(room.events) == 12
    assert [step.code for step in room.emergency_steps][:3] == [
        "stop-drug",
        "help-called",
        "airway",
    ]
    assert len(room.emergency_steps) == 11
    assert [reason.name for reason in room.corrections] == [
        "Wrong key",
        "Wrong patient",
        "Wrong time",
        "Other",
    ]


def test_no_rescue_medicine_carries_a_dose():
    room = load_room()
    assert len(room.rescue) == 18
    for medicine in room.rescue:
        assert not any(char.isdigit() for char in medicine.name)


def test_grave_or_serious_events_go_to_the_medical_director():
    room = load_room()
    assert not room.needs_review(grade=2, is_serious=False)
    assert room.needs_review(grade=3, is_serious=False)
    assert room.needs_review(grade=1, is_serious=True)
    assert room.adverse_event("loss-of-consciousness").look_at_once
    with pytest.raises(CatalogueError, match="no adverse event boredom"):
        room.adverse_event("boredom")


def test_every_adverse_event_has_a_group_of_its_own():
    assert "other" not in {event.group for event in load_room().adverse_events}


def test_break_glass_lasts_an_hour_and_names_what_it_never_opens():
    reasons = load_access_reasons()
    assert reasons.minutes.value == 60
    assert "psychotherapy notes" in reasons.never_words
    assert reasons.reason("emergency-here").name == "Emergency in the clinic"
    with pytest.raises(CatalogueError, match="no break-glass reason curiosity"):
        reasons.reason("curiosity")


def test_a_code_that_stands_twice_is_refused():
    room = load_room()
    with pytest.raises(CatalogueError, match="eyeshade stands twice"):
        replace(room, events=(room.events[0], room.events[0]))
