from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from kapstone.catalogue.modalities import WindowPhase
from kapstone.clinic.window.rules import (
    DatedSpan,
    PhaseFacts,
    phase_at,
    phase_by_clock,
    rest_until,
)
from kapstone.clinic.window.words import WordFacts, part_of_day, words_of

DOSE = datetime(2026, 3, 3, 10, 5, tzinfo=UTC)  # a Tuesday
HOUR = timedelta(hours=1)
ZONE = ZoneInfo("UTC")
SPAN = DatedSpan(
    opens_at=DOSE + 7 * HOUR,
    closes_at=DOSE + 161 * HOUR,
    peak_at=DOSE + 32 * HOUR,
    peak=0.97,
    most_open=((DOSE + 12 * HOUR, DOSE + 71 * HOUR),),
)
LATE = DatedSpan(
    opens_at=DOSE + 26 * HOUR,
    closes_at=DOSE + 161 * HOUR,
    peak_at=DOSE + 50 * HOUR,
    peak=0.6,
    most_open=(),
)


def phase(hours: float, *spans: DatedSpan) -> WindowPhase:
    return phase_at(
        PhaseFacts(spans=spans, last_dose_at=DOSE, at=DOSE + hours * HOUR, zone=ZONE)
    )


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (-1, WindowPhase.BEFORE),
        (0, WindowPhase.RESTING),
        (13, WindowPhase.RESTING),  # the science says most open; the person rests
        (20.9, WindowPhase.RESTING),
        (21, WindowPhase.OPEN),  # 07:05 the next morning
        (70.9, WindowPhase.OPEN),
        (71, WindowPhase.CLOSING),
        (160.9, WindowPhase.CLOSING),
        (161, WindowPhase.BETWEEN),
    ],
)
def test_rest_lies_over_the_first_night_and_then_the_science_speaks(hours, expected):
    assert phase(hours, SPAN) is expected


def test_a_window_that_has_not_risen_by_the_morning_is_opening():
    assert phase(22, LATE) is WindowPhase.OPENING


def test_a_window_that_is_never_most_open_turns_at_its_summit():
    assert phase(49, LATE) is WindowPhase.OPENING
    assert phase(51, LATE) is WindowPhase.CLOSING


def test_a_dose_too_small_to_open_leaves_rest_and_then_the_days_between():
    assert phase(5) is WindowPhase.RESTING
    assert phase(30) is WindowPhase.BETWEEN


def test_without_a_dose_the_phase_is_before():
    nothing = PhaseFacts(spans=(), last_dose_at=None, at=DOSE, zone=ZONE)
    assert phase_at(nothing) is WindowPhase.BEFORE
    assert phase_by_clock(nothing) is WindowPhase.BEFORE


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(1, "resting"), (23, "opening"), (25, "open"), (73, "closing"), (169, "between")],
)
def test_the_clock_alone_names_the_phase_when_nothing_was_computed(hours, expected):
    facts = PhaseFacts(spans=(), last_dose_at=DOSE, at=DOSE + hours * HOUR, zone=ZONE)
    assert phase_by_clock(facts) == expected


def test_rest_ends_in_the_morning_of_the_clinics_own_zone():
    chicago = ZoneInfo("America/Chicago")
    assert rest_until(DOSE + 6 * HOUR, chicago) == datetime(2026, 3, 4, 7, tzinfo=chicago)


def test_a_dose_after_midnight_belongs_to_the_evening_before():
    assert rest_until(datetime(2026, 3, 4, 1, tzinfo=UTC), ZONE).day == 4


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (6, "Friday morning"),
        (13, "Friday afternoon"),
        (18, "Friday evening"),
        (22, "Friday night"),
        (3, "Thursday night"),
    ],
)
def test_an_instant_is_said_to_a_part_of_its_day(hour, words):
    assert part_of_day(datetime(2026, 3, 6, hour, tzinfo=UTC), ZONE) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 3, 3, 18, tzinfo=UTC), "this evening"),
        (datetime(2026, 3, 3, 23, tzinfo=UTC), "tonight"),
        (datetime(2026, 3, 4, 9, tzinfo=UTC), "tomorrow morning"),
        (datetime(2026, 3, 6, 9, tzinfo=UTC), "Friday morning"),
        (datetime(2026, 3, 20, 9, tzinfo=UTC), "morning of 20 March"),
    ],
)
def test_near_days_are_named_as_a_person_names_them(moment, words):
    assert part_of_day(moment, ZONE, at=DOSE) == words


def test_the_words_never_hold_a_percentage_or_a_decimal():
    for one in WindowPhase:
        said = words_of(
            WordFacts(
                phase=one,
                at=DOSE,
                zone=ZONE,
                opens_at=DOSE + 7 * HOUR,
                open_until=DOSE + 71 * HOUR,
                closes_at=DOSE + 161 * HOUR,
                next_dose_at=DOSE + 336 * HOUR,
            )
        )
        text = " ".join((said.headline, said.lead, *said.helps, *said.later))
        assert "%" not in text
        assert "!" not in text
        assert not any(a.isdigit() and b == "." for a, b in pairwise(text))
