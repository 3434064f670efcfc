from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kapstone.catalogue.baseline import load_baseline
from kapstone.catalogue.contraindications import LiftBy, QuestionKind, State, load_rules
from kapstone.catalogue.gate import PressureReading, load_gate
from kapstone.catalogue.interactions import load_interactions
from kapstone.clinic.screening.rules import (
    Datum,
    ScreeningFacts,
    age_on,
    body_mass_index,
    check_lift,
    check_screening,
    mean_pressure,
    needs_ecg,
    screening_rows,
)
from kapstone.errors import Weight

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = NINE.date()
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
RULES, BASELINE, LIMITS = load_rules(), load_baseline(), load_gate().pressure
CHOICES = {
    "C14.misuse": "never",
    "C19.stop-bang": 2.0,
    "C20.bmi": 24.0,
    "C28.screen": "negative",
    "C29.before": "never",
    "C32.willing": "yes",
    "C32.therapist": "yes",
}


def datum(value, days: float = 1) -> Datum:
    return Datum(value=value, answered_at=NINE - days * DAY)


def readings(*pairs, apart: float = 6, days: float = 0.5) -> list[PressureReading]:
    start = NINE - days * DAY
    return [
        PressureReading(
            systolic_mmhg=systolic,
            diastolic_mmhg=diastolic,
            taken_at=start + n * apart * MINUTE,
        )
        for n, (systolic, diastolic) in enumerate(pairs)
    ]


CLEAR_DATA = {
    question.code: datum(CHOICES.get(question.code, "no"))
    for rule in RULES.rules
    for question in rule.questions
    if question.kind is not QuestionKind.DATE
} | {item.code: datum(TODAY - 3 * DAY) for item in BASELINE.items}
GOOD = ScreeningFacts(
    rules=RULES,
    baseline=BASELINE,
    pressure=LIMITS,
    interactions=load_interactions(),
    born_on=date(1985, 4, 12),
    at=NINE,
    on=TODAY,
    data=CLEAR_DATA,
    readings=readings((124, 78), (126, 80)),
    medicines=(),
    changed_at={"medicines": NINE - DAY},
    measured_at={"phq-9": NINE - DAY, "gad-7": NINE - DAY, "pc-ptsd-5": NINE - DAY},
)


def with_data(**change) -> ScreeningFacts:
    """Change answers: underscores stand for the dot and the dash of a question's code."""
    named = {code.replace("__", ".").replace("_", "-"): given for code, given in change.items()}
    return replace(
        GOOD,
        data={**CLEAR_DATA, **{code: datum(given) for code, given in named.items()}},
    )


def blocks(facts) -> list[str]:
    return [f.code for f in check_screening(facts) if f.weight is Weight.BLOCK]


def row(facts, code: str):
    return next(one for one in screening_rows(facts) if one.code == code)


def test_someone_with_nothing_to_report_has_no_finding():
    assert list(check_screening(GOOD)) == []


@pytest.mark.parametrize(
    ("facts", "code", "state"),
    [
        pytest.param(with_data(C01__allergy="yes"), "C01", State.EXCLUDE, id="allergy"),
        pytest.param(with_data(C02__aneurysm="yes"), "C02", State.EXCLUDE, id="aneurysm"),
        pytest.param(with_data(C03__bleed="yes"), "C03", State.EXCLUDE, id="bleeding"),
        pytest.param(
            with_data(C04__event="yes", C04__date=TODAY - 41 * DAY), "C04", State.HOLD, id="MI"
        ),
        pytest.param(
            with_data(C04__event="yes", C04__date=TODAY - 42 * DAY),
            "C04",
            State.REVIEW,
            id="MI six weeks ago",
        ),
        pytest.param(
            with_data(C05__heart="yes", C05__unstable="yes"),
            "C05",
            State.EXCLUDE,
            id="unstable",
        ),
        pytest.param(
            with_data(C05__heart="yes", C05__unstable="no"), "C05", State.REVIEW, id="stable"
        ),
        pytest.param(with_data(C07__history="yes"), "C07", State.EXCLUDE, id="psychosis"),
        pytest.param(with_data(C08__now="yes"), "C08", State.HOLD, id="mania"),
        pytest.param(with_data(C09__bipolar="yes"), "C09", State.REVIEW, id="bipolar"),
        pytest.param(
            with_data(C10__could_be="yes", C10__test="positive"),
            "C10",
            State.EXCLUDE,
            id="pregnant",
        ),
        pytest.param(
            with_data(C10__could_be="yes", C10__test="not-done"),
            "C10",
            State.HOLD,
            id="no pregnancy test",
        ),
        pytest.param(with_data(C11__feeding="yes"), "C11", State.EXCLUDE, id="breast-feeding"),
        pytest.param(with_data(C12__pressure="yes"), "C12", State.EXCLUDE, id="head"),
        pytest.param(
            with_data(C13__problem="yes", C13__last_use=TODAY - 80 * DAY, C13__programme="no"),
            "C13",
            State.HOLD,
            id="alcohol, not yet three months",
        ),
        pytest.param(
            with_data(C13__problem="yes", C13__last_use=TODAY - 100 * DAY, C13__programme="no"),
            "C13",
            State.REVIEW,
            id="alcohol, three months past",
        ),
        pytest.param(
            with_data(C16__liver="yes", C16__child_pugh="c"), "C16", State.EXCLUDE, id="liver C"
        ),
        pytest.param(
            with_data(C16__liver="yes", C16__child_pugh="b"), "C16", State.REVIEW, id="liver B"
        ),
        pytest.param(with_data(C28__screen="acute"), "C28", State.HOLD, id="suicide, acute"),
        pytest.param(
            with_data(C28__screen="non-acute"), "C28", State.REVIEW, id="suicide, not acute"
        ),
    ],
)
def test_one_answer_gives_one_row_its_state_and_blocks(facts, code, state):
    assert row(facts, code).state is state
    assert blocks(facts) == [code]


@pytest.mark.parametrize("rule", [r.code for r in RULES.rules if r.at_screening])
def test_a_rule_without_an_answer_blocks(rule):
    without = {
        code: given for code, given in CLEAR_DATA.items() if not code.startswith(f"{rule}.")
    }
    facts = replace(GOOD, data=without)
    if rule in {"C26", "C27"}:  # age is known from the date of birth
        assert blocks(facts) == []
    elif rule == "C06":
        assert row(facts, rule).state is State.UNANSWERED
    else:
        assert rule in blocks(facts)
        assert row(facts, rule).state is State.UNANSWERED


def test_nothing_answered_at_all_is_never_a_yes():
    empty = replace(GOOD, data={}, readings=(), medicines=None, measured_at={}, changed_at={})
    found = blocks(empty)
    assert {"C01", "C28", "M-list", "B01", "Q-phq-9"} <= set(found)


def test_not_sure_blocks_until_somebody_knows():
    facts = with_data(C02__avm="unsure")
    assert row(facts, "C02").state is State.UNSURE
    assert blocks(facts) == ["C02"]


@pytest.mark.parametrize(
    ("born_on", "expected"),
    [
        pytest.param(date(2008, 3, 3), ["C26"], id="eighteen tomorrow"),
        pytest.param(date(2008, 3, 2), [], id="eighteen today"),
        pytest.param(date(1961, 3, 3), ["C27"], id="almost sixty-five, with an ECG on file"),
    ],
)
def test_age_is_read_from_the_date_of_birth(born_on, expected):
    facts = replace(GOOD, born_on=born_on)
    if born_on.year == 1961:
        assert blocks(facts) == []
        facts = replace(facts, on=TODAY + DAY)
    assert blocks(facts) == expected


def test_age_counts_full_years():
    assert age_on(date(2000, 2, 29), date(2026, 2, 28)) == 25
    assert age_on(date(2000, 2, 29), date(2026, 3, 1)) == 26


# --- Blood pressure (clinical.md 1.3) --------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "state"),
    [
        pytest.param([], State.UNANSWERED, id="none"),
        pytest.param([(124, 78)], State.UNANSWERED, id="one good reading never decides"),
        pytest.param([(190, 115)], State.UNANSWERED, id="one bad reading never decides"),
        pytest.param([(140, 90), (140, 90)], State.CLEAR, id="at the limit"),
        pytest.param([(142, 90), (140, 90)], State.REVIEW, id="mean 141"),
        pytest.param([(140, 92), (140, 90)], State.REVIEW, id="mean diastolic 91"),
        pytest.param([(158, 90), (160, 90)], State.REVIEW, id="mean 159"),
        pytest.param([(160, 90), (160, 90)], State.HOLD, id="mean 160"),
        pytest.param([(130, 98), (130, 102)], State.HOLD, id="mean diastolic 100"),
        pytest.param([(186, 112), (182, 110)], State.HOLD, id="very high"),
        pytest.param([(88, 62), (90, 62)], State.HOLD, id="mean systolic 89"),
        pytest.param([(90, 60), (90, 60)], State.CLEAR, id="at the lower limit"),
        pytest.param([(110, 58), (110, 60)], State.HOLD, id="mean diastolic 59"),
        pytest.param([(190, 115), (124, 78), (126, 80)], State.CLEAR, id="the last two decide"),
    ],
)
def test_the_mean_of_the_last_two_readings_decides(taken, state):
    facts = replace(GOOD, readings=readings(*taken))
    assert row(facts, "C06").state is state


def test_two_readings_too_close_together_do_not_decide():
    facts = replace(GOOD, readings=readings((124, 78), (126, 80), apart=4))
    assert row(facts, "C06").state is State.UNANSWERED
    assert "5 minutes apart" in row(facts, "C06").sentence
    assert mean_pressure(facts.readings, LIMITS) is None


def test_a_pressure_that_comes_down_clears_itself():
    high = readings((170, 95), (168, 95), days=20)
    assert blocks(replace(GOOD, readings=high)) == ["C06"]
    assert blocks(replace(GOOD, readings=[*high, *readings((128, 80), (126, 80))])) == []


def test_readings_older_than_thirty_days_do_not_count():
    facts = replace(GOOD, readings=readings((124, 78), (126, 80), days=31))
    assert row(facts, "C06").state is State.UNANSWERED


def test_the_sentence_names_the_mean():
    facts = replace(GOOD, readings=readings((150, 92), (148, 90)))
    assert "149/91" in row(facts, "C06").sentence


# --- What clears by itself, what can be lifted -----------------------------------------------


def test_a_heart_attack_clears_itself_into_a_row_to_weigh_when_six_weeks_have_passed():
    facts = with_data(C04__event="yes", C04__date=TODAY - 30 * DAY)
    assert row(facts, "C04").state is State.HOLD
    later = replace(facts, at=NINE + 12 * DAY, on=TODAY + 12 * DAY)
    assert row(later, "C04").state is State.REVIEW


def test_a_reason_lifts_a_row_to_weigh_and_it_is_still_shown():
    facts = replace(
        with_data(C09__bipolar="yes"), lifted_at={"C09": NINE}, changed_at=GOOD.changed_at
    )
    assert blocks(facts) == []
    (finding,) = check_screening(facts)
    assert (finding.code, finding.weight) == ("C09", Weight.CAUTION)
    assert row(facts, "C09").lifted


def test_a_reason_falls_when_the_answer_it_was_given_on_changes():
    facts = with_data(C09__bipolar="yes")
    changed = {**GOOD.changed_at, "C09": NINE - MINUTE}
    facts = replace(facts, lifted_at={"C09": NINE - 2 * MINUTE}, changed_at=changed)
    assert blocks(facts) == ["C09"]


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(with_data(C01__allergy="yes"), id="stop"),
        pytest.param(with_data(C08__now="yes"), id="hold"),
        pytest.param(with_data(C02__avm="unsure"), id="not sure"),
    ],
)
def test_what_stops_holds_or_is_open_is_not_lifted_by_a_reason(facts):
    (code,) = blocks(facts)
    lifted = replace(facts, lifted_at={code: NINE})
    assert blocks(lifted) == [code]
    reason = "A reason that is certainly long enough."
    found = [f.code for f in check_lift(row(facts, code), reason, BASELINE)]
    assert found == ["cannot-be-lifted"]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Lithium since 2019, level in range.", []),
        ("Stable for years.", ["reason-too-short"]),
        (" " * 30, ["reason-too-short"]),
        ("x" * 20, []),
    ],
)
def test_a_reason_has_at_least_twenty_characters(reason, expected):
    weigh = row(with_data(C09__bipolar="yes"), "C09")
    assert [f.code for f in check_lift(weigh, reason, BASELINE)] == expected


def test_a_clear_row_and_an_unknown_rule_leave_nothing_to_lift():
    for one in (row(GOOD, "C09"), None):
        found = [f.code for f in check_lift(one, "x" * 30, BASELINE)]
        assert found == ["nothing-to-lift"]


# --- Medicines, baseline, measures -----------------------------------------------------------


def test_the_medicine_list_is_an_answer_even_when_it_is_empty():
    assert blocks(replace(GOOD, medicines=None)) == ["M-list"]
    assert blocks(replace(GOOD, medicines=())) == []


def test_an_old_medicine_list_is_gone_through_again():
    facts = replace(GOOD, changed_at={"medicines": NINE - 91 * DAY})
    assert blocks(facts) == ["M-list"]


@pytest.mark.parametrize(
    ("medicine", "state"),
    [
        ("Lorazepam 1 mg", State.REVIEW),
        ("lamotrigine 200 mg", State.NOTE),
        ("psilocybin", State.HOLD),
    ],
)
def test_a_medicine_gives_a_row_of_its_own(medicine, state):
    (found,) = [
        one
        for one in screening_rows(replace(GOOD, medicines=(medicine,)))
        if one.code.startswith("M-") and one.code != "M-list"
    ]
    assert found.state is state


def test_lithium_with_no_interaction_gives_no_row():
    assert list(check_screening(replace(GOOD, medicines=("lithium 600 mg",)))) == []


def test_a_medicine_is_weighed_by_name_and_again_when_the_list_changes():
    facts = replace(
        GOOD, medicines=("lorazepam",), lifted_at={"M-benzodiazepines": NINE - DAY / 2}
    )
    assert blocks(facts) == []
    assert blocks(replace(facts, changed_at={"medicines": NINE})) == ["M-benzodiazepines"]


def test_no_row_ever_says_to_stop_a_benzodiazepine():
    words = " ".join(
        f"{one.sentence} {one.why}"
        for one in screening_rows(replace(GOOD, medicines=("lorazepam",)))
        if one.code.startswith("M-")
    )
    assert "keep taking it" in words.lower()
    assert "stop" not in words.lower()


@pytest.mark.parametrize("code", ["B01", "B02", "B03", "B04", "B05"])
def test_what_must_be_on_file_blocks_while_it_is_missing_or_old(code):
    missing = {name: given for name, given in CLEAR_DATA.items() if name != code}
    assert blocks(replace(GOOD, data=missing)) == [code]
    old = replace(GOOD, data={**missing, code: datum(TODAY - 91 * DAY)})
    assert blocks(old) == [code]
    assert "Too old" in row(old, code).sentence


@pytest.mark.parametrize("code", ["B07", "B08", "B09"])
def test_what_is_recommended_is_named_and_does_not_block(code):
    missing = {name: given for name, given in CLEAR_DATA.items() if name != code}
    (finding,) = check_screening(replace(GOOD, data=missing))
    assert (finding.code, finding.weight) == (code, Weight.CAUTION)


def test_an_ecg_is_asked_for_by_age_or_by_heart_history():
    without = {code: given for code, given in CLEAR_DATA.items() if code != "B06"}
    young = replace(GOOD, data=without)
    assert blocks(young) == []
    assert not needs_ecg(young)
    assert blocks(replace(young, born_on=date(1976, 3, 2))) == ["B06"]
    heart = {**without, "C05.heart": datum("yes"), "C05.unstable": datum("no")}
    assert "B06" in blocks(replace(young, data=heart))


def test_a_baseline_score_must_be_there_and_fresh():
    without = {"gad-7": NINE - DAY, "pc-ptsd-5": NINE - DAY}
    assert blocks(replace(GOOD, measured_at=without)) == ["Q-phq-9"]
    old = {**GOOD.measured_at, "phq-9": NINE - 91 * DAY}
    assert blocks(replace(GOOD, measured_at=old)) == ["Q-phq-9"]
    (finding,) = check_screening(
        replace(GOOD, measured_at={"phq-9": NINE - DAY, "gad-7": NINE - DAY})
    )
    assert (finding.code, finding.weight) == ("Q-pc-ptsd-5", Weight.CAUTION)


def test_an_open_safety_call_stands_above_everything():
    facts = replace(with_data(C01__allergy="yes"), call_open="Call Alder first.")
    assert blocks(facts) == ["safety-call-open", "C01"]


# --- Age of the facts ------------------------------------------------------------------------


def test_answers_older_than_ninety_days_are_asked_again_before_signing():
    facts = replace(GOOD, data={**CLEAR_DATA, "C01.allergy": datum("no", days=91)})
    assert blocks(facts) == ["C01"]


def test_a_signed_decision_is_not_undone_by_the_calendar_alone():
    later = replace(GOOD, at=NINE + 89 * DAY, on=TODAY + 89 * DAY, ages_count=False)
    assert blocks(later) == []


def test_rows_come_with_what_stops_first_and_what_is_clear_last():
    facts = replace(
        with_data(C09__bipolar="yes", C08__now="yes", C01__allergy="yes", C24__disorder="yes"),
        medicines=("lamotrigine",),
    )
    states = [one.state for one in screening_rows(facts)]
    assert states == sorted(states, key=list(State).index)
    assert states[0] is State.EXCLUDE


def test_every_row_says_why_it_matters_and_who_lifts_it():
    for one in screening_rows(replace(GOOD, data={}, medicines=("lorazepam",))):
        assert one.why
        assert one.lift_by in LiftBy
        assert one.basis or one.code == "M-list"


def test_body_mass_index():
    assert body_mass_index(172, 70) == 23.7
