"""Every questionnaire on the shelf: its words, its bands, its scores, its critical answers."""

from dataclasses import replace

import pytest

from kapstone.catalogue.instruments import (
    LOCAL_SYSTEM,
    LOINC_SYSTEM,
    Instrument,
    Method,
    Tier,
    Urgency,
    instruments,
    items_to_ask,
    load_instrument,
    score,
)
from kapstone.catalogue.shelf import DATA, parse
from kapstone.errors import CatalogueError, InvalidInput

PHQ, GAD, ASQ = (load_instrument(code) for code in ("phq-9", "gad-7", "asq"))
ALL = sorted(instruments().values(), key=lambda found: found.code)


def answers(code, *values):
    return {f"{code}.{place}": value for place, value in enumerate(values, start=1)}


def test_the_shelf_holds_what_may_be_shipped_and_our_own_items():
    assert {found.code: found.tier.value for found in ALL} == {
        "after-24h": "D",
        "after-72h": "D",
        "asq": "A",
        "check-in": "D",
        "gad-2": "A",
        "gad-7": "A",
        "misuse-check": "D",
        "pc-ptsd-5": "A",
        "phq-2": "A",
        "phq-9": "A",
        "urinary-check": "D",
    }


def test_the_phq_9_is_word_for_word():
    assert [item.text for item in PHQ.items] == [
        "Little interest or pleasure in doing things",
        "Feeling down, depressed, or hopeless",
        "Trouble falling or staying asleep, or sleeping too much",
        "Feeling tired or having little energy",
        "Poor appetite or overeating",
        "Feeling bad about yourself — or that you are a failure or have let yourself or your "
        "family down",
        "Trouble concentrating on things, such as reading the newspaper or watching television",
        "Moving or speaking so slowly that other people could have noticed? Or the opposite — "
        "being so fidgety or restless that you have been moving around a lot more than usual",
        "Thoughts that you would be better off dead or of hurting yourself in some way",
        "If you checked off any problems, how difficult have these problems made it for you to "
        "do your work, take care of things at home, or get along with other people?",
    ]
    assert [option.label for option in PHQ.options] == [
        "Not at all",
        "Several days",
        "More than half the days",
        "Nearly every day",
    ]
    assert PHQ.instruction == (
        "Over the last 2 weeks, how often have you been bothered by any of the following "
        "problems?"
    )


def test_the_gad_7_is_word_for_word():
    assert [item.text for item in GAD.items] == [
        "Feeling nervous, anxious or on edge",
        "Not being able to stop or control worrying",
        "Worrying too much about different things",
        "Trouble relaxing",
        "Being so restless that it is hard to sit still",
        "Becoming easily annoyed or irritable",
        "Feeling afraid as if something awful might happen",
    ]


@pytest.mark.parametrize("short", ["phq", "gad"])
def test_the_two_item_forms_are_the_first_two_of_the_long_ones(short):
    long = {"phq": PHQ, "gad": GAD}[short]
    brief = load_instrument(f"{short}-2")
    assert [item.text for item in brief.items] == [item.text for item in long.items[:2]]
    assert [item.loinc for item in brief.items] == [item.loinc for item in long.items[:2]]
    assert brief.options == long.options


def test_only_confirmed_loinc_codes_are_used_and_the_rest_are_local():
    assert PHQ.coding("panel") == (LOINC_SYSTEM, "44249-1")
    assert PHQ.coding("total") == (LOINC_SYSTEM, "44261-6")
    assert PHQ.coding_of(PHQ.by_code["phq-9.9"]) == (LOINC_SYSTEM, "44260-8")
    assert PHQ.coding_of(PHQ.by_code["phq-9.difficulty"]) == (LOCAL_SYSTEM, "phq-9.difficulty")
    assert not any(item.loinc for item in ASQ.items)
    assert ASQ.coding("result") == (LOINC_SYSTEM, "93374-7")
    assert load_instrument("pc-ptsd-5").coding("total") == (LOCAL_SYSTEM, "pc-ptsd-5.total")


@pytest.mark.parametrize("found", ALL, ids=lambda found: found.code)
def test_own_items_have_no_bands_and_say_that_they_are_not_a_scale(found):
    own = found.tier is Tier.OWN_WORDS
    assert own == (found.label == "Not a validated scale")
    assert own == (found.scoring.method is Method.NONE)
    assert not (own and found.bands)


@pytest.mark.parametrize(
    "found",
    [found for found in ALL if found.scoring.method is Method.SUM],
    ids=lambda found: found.code,
)
def test_every_total_lies_in_exactly_one_band(found):
    for total in range(found.scoring.highest + 1):
        assert sum(band.low <= total <= band.high for band in found.bands) == 1


@pytest.mark.parametrize(
    ("instrument", "given", "total", "band", "prorated"),
    [
        pytest.param(PHQ, (0,) * 9, 0, "minimal", False, id="phq-9 all zeros"),
        pytest.param(PHQ, (3,) * 9, 27, "severe", False, id="phq-9 highest"),
        pytest.param(PHQ, (1, 1, 1, 1, 0, 0, 0, 0, 0), 4, "minimal", False, id="phq-9 4"),
        pytest.param(PHQ, (1, 1, 1, 1, 1, 0, 0, 0, 0), 5, "mild", False, id="phq-9 5"),
        pytest.param(PHQ, (2, 2, 2, 2, 2, 2, 2, 0, 0), 14, "moderate", False, id="phq-9 14"),
        pytest.param(
            PHQ, (2, 2, 2, 2, 2, 2, 2, 1, 0), 15, "moderately-severe", False, id="phq-9 15"
        ),
        pytest.param(PHQ, (3, 3, 3, 3, 3, 3, 2, 0, 0), 20, "severe", False, id="phq-9 20"),
        pytest.param(PHQ, (None, 1, 1, 1, 1, 1, 1, 1, 1), 9, "mild", True, id="one missing"),
        # 10 over 7 answered, times 9 = 12.86
        pytest.param(
            PHQ, (None, None, 2, 2, 2, 1, 1, 1, 1), 13, "moderate", True, id="two missing"
        ),
        # 4 over 8 answered, times 9 = 4.5: half goes up
        pytest.param(PHQ, (None, 1, 1, 1, 1, 0, 0, 0, 0), 5, "mild", True, id="half goes up"),
        pytest.param(PHQ, (None,) * 3 + (3,) * 6, None, None, False, id="three missing"),
        pytest.param(GAD, (3,) * 7, 21, "severe", False, id="gad-7 highest"),
        pytest.param(GAD, (None, 2, 2, 2, 2, 2, 2), 14, "moderate", True, id="gad-7 prorated"),
        pytest.param(GAD, (None, None, 2, 2, 2, 2, 2), None, None, False, id="gad-7 two"),
    ],
)
def test_a_reply_is_scored(instrument, given, total, band, prorated):
    result = score(instrument, answers(instrument.code, *given))
    assert result.total == total
    assert (result.band.code if result.band else None) == band
    assert result.prorated is prorated
    assert result.valid is (total is not None)
    assert result.scoring_rule_id == instrument.scoring.rule_id
    assert len(result.missing) == given.count(None)


@pytest.mark.parametrize(
    ("item_9", "level", "minutes"),
    [
        pytest.param(0, None, None, id="not at all"),
        pytest.param(1, Urgency.SAME_DAY, 24 * 60, id="several days"),
        pytest.param(2, Urgency.URGENT, 4 * 60, id="more than half the days"),
        pytest.param(3, Urgency.URGENT, 4 * 60, id="nearly every day"),
        pytest.param(None, Urgency.SAME_DAY, 24 * 60, id="left blank"),
    ],
)
def test_item_9_reaches_a_person_by_a_deadline(item_9, level, minutes):
    raised = score(PHQ, answers("phq-9", *(0,) * 8, item_9)).critical
    assert [(found.level, found.within_minutes) for found in raised] == (
        [] if level is None else [(level, minutes)]
    )


def test_item_9_is_raised_even_when_there_is_no_total():
    result = score(PHQ, {"phq-9.9": 3})
    assert result.total is None
    assert result.critical[0].level is Urgency.URGENT


def test_the_difficulty_item_is_asked_only_of_someone_with_a_problem_and_never_counts():
    untroubled, troubled = answers("phq-9", *(0,) * 9), answers("phq-9", 1, *(0,) * 8)
    assert "phq-9.difficulty" not in [item.code for item in items_to_ask(PHQ, untroubled)]
    assert "phq-9.difficulty" in [item.code for item in items_to_ask(PHQ, troubled)]
    assert score(PHQ, troubled | {"phq-9.difficulty": 3}).total == 1
    assert score(PHQ, troubled).missing == ()


@pytest.mark.parametrize(
    ("given", "band", "levels"),
    [
        pytest.param((0, 0, 0, 0), "negative", [], id="four noes"),
        pytest.param((1, 0, 0, 0, 0), "non-acute", [Urgency.URGENT], id="a wish, not now"),
        pytest.param((0, 0, 0, 1, 0), "non-acute", [Urgency.URGENT], id="an old attempt"),
        pytest.param((0, 0, 1, 0, 1), "acute", [Urgency.EMERGENCY], id="right now"),
        pytest.param((0, 0, 1, 0), None, [Urgency.URGENT], id="acuity not answered"),
        pytest.param((None, 0, 0, 0, 0), "non-acute", [Urgency.URGENT], id="one refused"),
        pytest.param((None,) * 5, None, [Urgency.URGENT], id="all refused"),
    ],
)
def test_the_asq_sorts_into_its_categories(given, band, levels):
    result = score(ASQ, answers("asq", *given))
    assert (result.band.code if result.band else None) == band
    assert [found.level for found in result.critical] == levels
    assert result.valid is (band is not None)
    assert result.total is None


@pytest.mark.parametrize(
    ("given", "total", "band"),
    [
        pytest.param({"event": 0}, 0, "below", id="no such event"),
        pytest.param({}, None, None, id="stem left open"),
        pytest.param({"event": 1}, None, None, id="questions left open"),
        pytest.param(
            {"event": 1, "1": 1, "2": 1, "3": 1, "4": 0, "5": 0}, 3, "sensitive-cut", id="three"
        ),
        pytest.param(
            {"event": 1, "1": 1, "2": 1, "3": 1, "4": 1, "5": 1}, 5, "efficient-cut", id="five"
        ),
    ],
)
def test_the_ptsd_screen_asks_only_after_an_event(given, total, band):
    instrument = load_instrument("pc-ptsd-5")
    result = score(instrument, {f"pc-ptsd-5.{code}": value for code, value in given.items()})
    assert result.total == total
    assert (result.band.code if result.band else None) == band


def test_one_finding_stands_for_a_group_and_the_gravest_comes_first():
    check = load_instrument("urinary-check")
    given = dict.fromkeys(check.by_code, 0) | {
        "urinary-check.blood": 1,
        "urinary-check.night": 1,
    }
    assert [found.code for found in score(check, given).critical] == [
        "urinary-check.blood-or-pain"
    ]
    day = load_instrument("after-24h")
    raised = score(day, {"after-24h.craving": 8, "after-24h.call-me": 1}).critical
    assert [found.level for found in raised] == [Urgency.SAME_DAY, Urgency.REVIEW]


@pytest.mark.parametrize(
    ("code", "given", "field"),
    [
        pytest.param("phq-9", {"phq-9.1": 4}, "phq-9.1", id="beyond the options"),
        pytest.param("phq-9", {"phq-9.10": 1}, "phq-9.10", id="no such item"),
        pytest.param("check-in", {"check-in.sleep": 25}, "check-in.sleep", id="25 hours"),
        pytest.param("check-in", {"check-in.stress": 2.5}, "check-in.stress", id="half a step"),
        pytest.param(
            "check-in", {"check-in.sleep": float("nan")}, "check-in.sleep", id="not a number"
        ),
    ],
)
def test_an_answer_the_item_does_not_allow_is_refused_by_field(code, given, field):
    with pytest.raises(InvalidInput) as refused:
        score(load_instrument(code), given)
    assert list(refused.value.fields) == [field]


def test_an_unscored_check_in_is_valid_once_its_one_tap_is_given():
    check = load_instrument("check-in")
    assert score(check, {"check-in.weather": 3}).valid
    assert score(check, {"check-in.weather": 3, "check-in.sleep": 7.5}).valid
    assert score(check, {}).missing == ("check-in.weather",)


PHQ_2 = (DATA / "instruments" / "phq-2.v1.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param('name = "PHQ-2"', 'nam = "PHQ-2"', "unknown keys nam", id="unknown key"),
        pytest.param('tier = "A"\n', "", "missing keys tier", id="missing key"),
        pytest.param("high = 2", "high = 3", "cover 0 to 6 once", id="bands overlap"),
        pytest.param("low = 3", "low = 4", "cover 0 to 6 once", id="a gap in the bands"),
        pytest.param(
            'code = "ask-more"', 'code = "below"', "below stands twice", id="a band twice"
        ),
        pytest.param("highest = 6", "highest = 9", "from 0 to 6", id="wrong top"),
        pytest.param('tier = "A"', 'tier = "Z"', "not one of A, D", id="unknown tier"),
        pytest.param("look_back_days = 14", 'look_back_days = "14"', "expected int", id="type"),
        pytest.param("look_back_days = 14", "look_back_days = true", "expected int", id="bool"),
        pytest.param('name = "PHQ-2"', 'name = " "', "not be blank", id="blank text"),
        pytest.param('method = "sum"', 'method = "none"', "no bands", id="bands unscored"),
        pytest.param('method = "sum"', 'method = "category"', "its condition", id="no when"),
        pytest.param('["cited PHQ"]', '["cited NOBODY"]', "no source 'NOBODY'", id="source"),
        pytest.param('["cited PHQ"]', '["heard PHQ"]', "provenance must", id="provenance"),
        pytest.param('["cited PHQ"]', '["cited"]', "needs the key", id="no source named"),
        pytest.param('["cited PHQ"]', "[2]", "expected text", id="basis is a number"),
        pytest.param('["cited PHQ"]', '"cited PHQ"', "expected a list", id="basis no list"),
        pytest.param("version = 1", "version = 2", "must be named phq-2.v2", id="file name"),
        pytest.param("version = 1", "version = 0", "counts from 1", id="version nought"),
        pytest.param("kapstone/instruments/1", "x/1", "schema must be", id="schema"),
        pytest.param("2027-11-25", "2026-11-25", "after reviewed_on", id="review date"),
        pytest.param('code = "phq-2.2"', 'code = "phq-2.1"', "phq-2.1 stands", id="item twice"),
        pytest.param("schema =", "schema", "not TOML", id="not TOML"),
        pytest.param("[scoring]", "[[scoring]]", "expected a table", id="a list of tables"),
    ],
)
def test_a_faulty_file_is_refused_by_name(old, new, words):
    assert old in PHQ_2
    with pytest.raises(CatalogueError, match=words) as refused:
        parse(Instrument, PHQ_2.replace(old, new), "phq-2.v1.toml")
    assert "phq-2.v1.toml" in str(refused.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"options": ()}, "two options", id="a choice without options"),
        pytest.param(
            {"critical": (replace(PHQ.critical[0], any_of=("phq-9.99",)),)},
            "no item phq-9.99",
            id="a critical rule about no item",
        ),
        pytest.param(
            {"critical": (replace(PHQ.critical[0], basis=()),)}, "basis", id="no basis"
        ),
    ],
)
def test_an_instrument_that_contradicts_itself_is_refused(change, words):
    with pytest.raises(CatalogueError, match=words):
        replace(PHQ, **change)


def test_a_scale_with_no_room_is_refused():
    check = load_instrument("check-in")
    flat = tuple(replace(item, high=item.low) for item in check.items)
    with pytest.raises(CatalogueError, match="high must be above low"):
        replace(check, items=flat)


def test_a_version_that_does_not_exist_is_named():
    with pytest.raises(CatalogueError, match="no phq-9 version 9 among instruments"):
        load_instrument("phq-9", 9)
