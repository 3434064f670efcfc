from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from kapstone.clinic.scheduling.names import references
from kapstone.clinic.scheduling.rules import (
    AppointmentState,
    BookingFacts,
    Span,
    check_booking,
    check_letter,
    check_missed,
    check_open,
    next_free,
    promise_until,
    week_of,
)

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def span(start: float, end: float, what: str = "") -> Span:
    return Span(starts_at=NINE + start * HOUR, ends_at=NINE + end * HOUR, what=what)


GOOD = BookingFacts(wanted=span(1, 2), at=NINE, zone=UTC)


def codes(findings) -> list[str]:
    return [finding.code for finding in findings]


def test_a_good_booking_has_no_finding():
    assert codes(check_booking(GOOD)) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"wanted": span(2, 1)}, "ends-before-it-starts", id="backwards"),
        pytest.param({"wanted": span(1, 1)}, "ends-before-it-starts", id="no length"),
        pytest.param({"wanted": span(1, 13.5)}, "too-long", id="more than twelve hours"),
        pytest.param({"wanted": span(-2, -1)}, "already-over", id="in the past"),
        pytest.param({"wanted": span(-1, 0)}, "already-over", id="over this very minute"),
        pytest.param({"same_clinic": False}, "another-clinic", id="a room of another clinic"),
        pytest.param({"with_staff": False}, "not-staff", id="with a patient"),
        pytest.param(
            {"is_dosing": True, "room_is_video": True}, "dose-over-video", id="dose over video"
        ),
        pytest.param({"patient_taken": (span(1.5, 3, "Alder"),)}, "patient-busy", id="twice"),
    ],
)
def test_one_wrong_fact_is_one_finding(change, code):
    assert codes(check_booking(replace(GOOD, **change))) == [code]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"wanted": span(1, 13)}, id="just twelve hours"),
        pytest.param({"wanted": span(-0.5, 0.5)}, id="begun, not over"),
        pytest.param({"patient_taken": (span(0, 1), span(2, 3))}, id="back to back"),
        pytest.param({"room_is_video": True}, id="video, not a dose"),
    ],
)
def test_what_only_looks_wrong_is_let_through(change):
    assert codes(check_booking(replace(GOOD, **change))) == []


def test_a_clash_is_said_on_the_clinics_own_clock():
    facts = replace(
        GOOD, zone=ZoneInfo("America/Chicago"), patient_taken=(span(1, 2, "Alder, review,"),)
    )
    (finding,) = check_booking(facts)
    assert finding.message == "Alder, review, is already booked for Mon 2 Mar, 04:00 to 05:00."


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        pytest.param([], 1, id="nothing in the way"),
        pytest.param([span(0, 3)], 3, id="one in the way"),
        pytest.param([span(2.5, 4), span(0, 2)], 4, id="a gap too short to use"),
        pytest.param([span(0, 2), span(3, 4)], 2, id="a gap just long enough"),
        pytest.param([span(5, 6)], 1, id="later, not in the way"),
    ],
)
def test_the_next_free_time_is_the_smallest_move_later(taken, free):
    assert next_free(span(1, 2), taken) == NINE + free * HOUR


OPEN = AppointmentState(starts_at=NINE)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (replace(OPEN, cancelled=True), "cancelled"),
        (replace(OPEN, attended=True), "already-attended"),
        (replace(OPEN, missed=True), "already-missed"),
    ],
)
def test_a_closed_appointment_stays_closed(state, code):
    assert codes(check_open(state, to="moved")) == [code]
    assert codes(check_missed(state, NINE + HOUR)) == [code]


def test_nobody_misses_what_has_not_begun():
    assert codes(check_missed(OPEN, NINE - HOUR)) == ["not-yet"]
    assert codes(check_missed(OPEN, NINE)) == []


@pytest.mark.parametrize(
    ("asked", "days", "last_day"),
    [
        pytest.param("2026-03-02T09:00", 3, "2026-03-05", id="Monday to Thursday"),
        pytest.param("2026-03-05T23:30", 3, "2026-03-10", id="a weekend does not count"),
        pytest.param("2026-03-07T12:00", 1, "2026-03-09", id="asked on a Saturday"),
    ],
)
def test_the_promise_ends_with_its_last_working_day(asked, days, last_day):
    at = datetime.fromisoformat(asked).replace(tzinfo=UTC)
    until = promise_until(at, days, UTC)
    assert until == datetime.fromisoformat(last_day).replace(tzinfo=UTC) + timedelta(days=1)


def test_the_promise_is_counted_on_the_clinics_own_calendar():
    late_evening = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)  # still Monday in Chicago
    until = promise_until(late_evening, 1, ZoneInfo("America/Chicago"))
    assert until.isoformat() == "2026-03-04T00:00:00-06:00"


LETTER = "We cannot take you on now. " * 4 + "If it gets worse, call 988."


@pytest.mark.parametrize(
    ("letter", "not_now", "expected"),
    [
        pytest.param(LETTER, True, [], id="help is named"),
        pytest.param(LETTER.replace("988", "us"), True, ["letter-without-help"], id="no help"),
        pytest.param(LETTER.replace("988", "us"), False, [], id="an invitation"),
        pytest.param("No.", True, ["letter-too-short", "letter-without-help"], id="curt"),
    ],
)
def test_a_letter_that_says_not_now_says_where_help_is(letter, not_now, expected):
    assert codes(check_letter(letter, crisis_number="988", not_now=not_now)) == expected


def test_a_reference_is_the_same_each_time_and_grows_when_it_must():
    short, longer, longest = references(UUID(int=2**127 + 12345))
    assert (len(short), len(longer), len(longest)) == (6, 8, 10)
    assert longest.startswith(longer)
    assert longer.startswith(short)
    assert not set(longest) & set("B8I1O0S5Z2")


def test_a_week_runs_from_monday_to_sunday():
    week = week_of(date(2026, 3, 4))
    assert [day.isoformat() for day in (week[0], week[-1])] == ["2026-03-02", "2026-03-08"]
