from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.builders import NINE
from tests.clinic.walk import DAY, HOUR, join_walk

from kapstone.clinic.integration.queries import booked_in_window, gaps, started_in_window
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.window.queries import windows_open
from kapstone.core.people.subjects import subjects_for

NOW = NINE + DAY


def test_an_open_window_with_nothing_booked_is_a_gap(walk):
    walk.give(NINE)
    (gap,) = gaps([walk.patient], NOW)
    assert gap.patient == walk.patient
    assert gap.open_from == NINE + 22 * HOUR  # 07:00: the first night is for rest
    assert 45 < gap.hours_left < 48
    assert gap.next_session is None


def test_a_session_booked_in_the_open_time_closes_the_gap(walk):
    walk.give(NINE)
    booked = walk.book(NINE + 50 * HOUR)
    assert gaps([walk.patient], NOW) == []
    found = booked_in_window(windows_open([walk.patient], NOW))
    assert found == {walk.patient.pk: (booked,)}


def test_a_session_booked_too_late_or_too_early_leaves_the_gap_and_is_named(walk):
    walk.give(NINE)
    walk.book(NINE + 6 * HOUR, attended_at=NINE + 6 * HOUR)
    late = walk.book(NINE + 100 * HOUR)
    (gap,) = gaps([walk.patient], NOW)
    assert gap.next_session == late


def test_a_missed_or_cancelled_session_leaves_the_gap(walk):
    walk.give(NINE)
    walk.book(NINE + 20 * HOUR, missed_at=NINE + 21 * HOUR)
    walk.book(NINE + 40 * HOUR, cancelled_at=NINE, cancel_reason="flu")
    assert len(gaps([walk.patient], NOW)) == 1


def test_another_kind_of_appointment_is_no_integration(walk):
    walk.give(NINE)
    walk.book(NINE + 40 * HOUR, kind=Appointment.Kind.PREPARATION)
    assert len(gaps([walk.patient], NOW)) == 1


def test_each_dose_asks_for_its_own_session(walk):
    walk.give(NINE)
    walk.book(NINE + 30 * HOUR, attended_at=NINE + 31 * HOUR)
    walk.give(NINE + 2 * DAY)
    assert len(gaps([walk.patient], NINE + 3 * DAY)) == 1


def test_a_window_past_its_open_time_is_no_gap(walk):
    walk.give(NINE)
    assert gaps([walk.patient], NINE + 4 * DAY) == []


def test_a_window_that_was_not_computed_still_asks_by_the_clock(walk):
    walk.give(NINE, amount_mg="1900")
    (gap,) = gaps([walk.patient], NOW)
    assert gap.window.not_computed
    assert gap.open_from == NINE + DAY


def test_a_joint_session_counts_for_both(walk):
    other = join_walk(walk.clinic, team=(walk.therapist, walk.prescriber))
    walk.give(NINE)
    other.give(NINE)
    both = subjects_for([walk.patient, other.patient])
    slot = walk.book(NINE + 50 * HOUR)
    Appointment.objects.create(
        clinic=walk.clinic,
        subjects=both,
        recorded_at=NINE,
        recorded_by=walk.therapist,
        kind=Appointment.Kind.INTEGRATION,
        starts_at=slot.ends_at,
        ends_at=slot.ends_at + HOUR,
    )
    assert gaps([walk.patient, other.patient], NOW) == []


def test_queries_do_not_grow_with_the_number_of_gaps(walk):
    walk.give(NINE)
    with CaptureQueriesContext(connection) as few:
        gaps([walk.patient], NOW)
    people = [walk.patient]
    for _ in range(5):
        other = join_walk(walk.clinic)
        other.give(NINE)
        people.append(other.patient)
    with CaptureQueriesContext(connection) as many:
        found = gaps(people, NOW)
    assert len(found) == 6
    assert len(many) == len(few) <= 6


def test_the_rate_counts_sessions_whose_open_time_is_over(walk):
    walk.give(NINE)
    walk.book(NINE + 30 * HOUR, attended_at=NINE + 31 * HOUR)
    walk.give(NINE + 7 * DAY)
    walk.book(NINE + 7 * DAY + 30 * HOUR)  # booked, not attended
    walk.give(NINE + 14 * DAY)
    rate = started_in_window([walk.patient], NINE - DAY, NINE + 15 * DAY)
    assert (rate.started, rate.sessions, rate.share) == (1, 2, 0.5)


def test_the_rate_of_no_session_is_none(walk):
    assert started_in_window([walk.patient], NINE, NINE + DAY).share is None
