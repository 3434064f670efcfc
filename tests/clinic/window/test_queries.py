from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.builders import NINE
from tests.clinic.walk import DAY, HOUR, join_walk

from kapstone.catalogue.modalities import WindowPhase
from kapstone.clinic.dosing.models import DoseOrder
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.window.queries import window_of, windows_open
from kapstone.science.events import DoseEvent
from kapstone.science.exposure import exposure
from kapstone.science.parameters import load_parameters
from kapstone.science.people import typical
from kapstone.science.phases import phases
from kapstone.science.window import window


def digits(values) -> list[str]:
    return [f"{value:.6f}" for value in values]


def test_the_window_is_the_science_on_the_recorded_doses_to_the_printed_digit(walk):
    walk.give(NINE, amount_mg="40", route="IM")
    walk.give(NINE + 2 * DAY, amount_mg="45.5", route="IV", duration_min=Decimal(40))
    walk.give(
        NINE + 4 * DAY, amount_mg="150", route="SL", hold_min=Decimal(12), swallowed=False
    )
    seen = window_of(walk.patient, NINE + 5 * DAY, with_band=True)
    events = [
        DoseEvent(time_h=0, amount_mg=40, route="IM"),
        DoseEvent(time_h=48, amount_mg=45.5, route="IV", duration_h=40 / 60),
        DoseEvent(time_h=96, amount_mg=150, route="SL", hold_min=12, swallow=0),
    ]
    jumps = exposure(events, body=typical(weight_kg=80))
    assert seen.trace is not None
    assert digits(seen.trace.values) == digits(window(jumps, seen.trace.times_h).openness)
    (span,) = phases(jumps)
    (read,) = seen.spans
    assert (read.opens_at - NINE) / HOUR == pytest.approx(span.opens_h, abs=1e-6)
    assert (read.closes_at - NINE) / HOUR == pytest.approx(span.closes_h, abs=1e-6)
    assert digits([seen.openness]) == digits(window(jumps, [120.0]).openness)
    assert seen.parameters_sha256 == load_parameters().sha256
    assert seen.model_id == load_parameters().model_id
    assert np.all(np.array(seen.trace.low) <= np.array(seen.trace.high))


def test_a_correction_moves_the_curve_at_the_next_read(walk):
    first = walk.give(NINE, amount_mg="40")
    before = window_of(walk.patient, NINE + DAY)
    walk.give(NINE, amount_mg="60", corrects=first, recorded_at=NINE + HOUR)
    after = window_of(walk.patient, NINE + DAY)
    assert after.openness > before.openness
    assert after.spans[0].open_until > before.spans[0].open_until
    assert len(after.doses) == 1


def test_a_dose_corrected_to_nothing_leaves_no_window(walk):
    first = walk.give(NINE)
    walk.give(NINE, amount_mg="0", corrects=first, recorded_at=NINE + HOUR)
    seen = window_of(walk.patient, NINE + DAY)
    assert seen.phase is WindowPhase.BEFORE
    assert seen.spans == ()
    assert seen.doses == ()


def test_a_dose_recorded_late_counts_from_when_it_was_given(walk):
    walk.give(NINE, recorded_at=NINE + 5 * HOUR)
    assert window_of(walk.patient, NINE + DAY).hours_since_dose == 24


def test_a_split_dose_opens_as_wide_a_window_as_the_dose_whole(walk):
    walk.give(NINE, amount_mg="20")
    walk.give(NINE + timedelta(minutes=10), amount_mg="20")
    split = window_of(walk.patient, NINE + DAY).openness
    other = join_walk(walk.clinic)
    other.give(NINE, amount_mg="40")
    assert split == pytest.approx(window_of(other.patient, NINE + DAY).openness, rel=0.01)


def test_what_was_not_studied_is_said_and_not_drawn(walk):
    walk.give(NINE, amount_mg="1900", route="IM")
    seen = window_of(walk.patient, NINE + 30 * HOUR)
    assert "mg" in seen.not_computed
    assert seen.trace is None
    assert seen.spans == ()
    assert seen.phase is WindowPhase.OPEN  # by the clock alone
    assert [one.not_computed for one in windows_open([walk.patient], NINE + DAY)]


def test_overlapping_windows_combine_as_the_science_says(walk):
    walk.give(NINE)
    alone = window_of(walk.patient, NINE + 3 * DAY).openness
    walk.give(NINE + 2 * DAY)
    both = window_of(walk.patient, NINE + 3 * DAY)
    assert alone < both.openness < 2.5
    assert len(both.spans) == 1


def order(walk, number, amount_mg="40"):
    return DoseOrder.objects.create(
        clinic=walk.clinic,
        subjects=walk.patient.alone,
        recorded_at=NINE,
        recorded_by=walk.prescriber,
        course=walk.course,
        number=number,
        product="racemic",
        route="IM",
        amount_mg=Decimal(amount_mg),
        max_session_mg=Decimal(80),
        weight_kg=Decimal(80),
        weighed_at=NINE,
        rationale="protocol",
        signed_at=NINE,
    )


def test_a_planned_dose_with_an_order_is_drawn_apart_and_without_one_only_marked(walk):
    walk.give(NINE)
    walk.book(NINE + 3 * DAY, kind=Appointment.Kind.DOSING, number=2)
    walk.book(NINE + 5 * DAY, kind=Appointment.Kind.DOSING, number=3)
    order(walk, 2)
    seen = window_of(walk.patient, NINE + DAY)
    first, second = seen.planned
    assert first.has_curve
    assert not second.has_curve
    assert seen.trace.planned_values[-1] > seen.trace.values[-1]
    assert seen.spans == window_of(walk.patient, NINE + DAY).spans


def test_a_cancelled_dosing_appointment_is_not_planned(walk):
    walk.give(NINE)
    walk.book(
        NINE + 3 * DAY,
        kind=Appointment.Kind.DOSING,
        number=2,
        cancelled_at=NINE,
        cancel_reason="flu",
    )
    assert window_of(walk.patient, NINE + DAY).planned == ()


def test_another_patients_doses_are_not_read(walk):
    other = join_walk(walk.clinic)
    other.give(NINE)
    assert window_of(walk.patient, NINE + DAY).doses == ()


def test_open_windows_come_newest_dose_first_and_closed_ones_stay_out(walk):
    later, closed, never = (join_walk(walk.clinic) for _ in range(3))
    walk.give(NINE)
    later.give(NINE + DAY)
    closed.give(NINE - 10 * DAY)
    everyone = [one.patient for one in (walk, later, closed, never)]
    found = windows_open(everyone, NINE + 2 * DAY)
    assert [one.patient for one in found] == [later.patient, walk.patient]


def test_queries_do_not_grow_with_the_number_of_open_windows(walk):
    walk.give(NINE)
    with CaptureQueriesContext(connection) as few:
        windows_open([walk.patient], NINE + DAY)
    people = [walk.patient]
    for _ in range(6):
        other = join_walk(walk.clinic)
        other.give(NINE)
        other.book(NINE + 3 * DAY, kind=Appointment.Kind.DOSING, number=2)
        people.append(other.patient)
    with CaptureQueriesContext(connection) as many:
        found = windows_open(people, NINE + DAY)
    assert len(found) == 7
    assert len(many) == len(few) <= 4


def test_the_open_time_of_a_dose_begins_on_the_morning_after_it(walk):
    walk.give(NINE)
    walk.give(NINE + 2 * DAY)
    start, end = window_of(walk.patient, NINE + 3 * DAY).open_time
    assert start == NINE + 2 * DAY + 22 * HOUR  # 07:00 on the morning after
    assert end > NINE + 4 * DAY


def test_a_dose_of_months_ago_is_still_the_last_dose(walk):
    walk.give(NINE - 90 * DAY)
    seen = window_of(walk.patient, NINE)
    assert seen.phase is WindowPhase.BETWEEN
    assert seen.last_dose.number == 1
    assert windows_open([walk.patient], NINE) == []


def test_one_window_and_the_board_agree_to_the_printed_digit(walk):
    for days in (80, 60, 30, 7, 2):
        walk.give(NINE - days * DAY)
    (board,) = windows_open([walk.patient], NINE)
    alone = window_of(walk.patient, NINE, points=96)
    assert digits(board.trace.values) == digits(alone.trace.values)
    assert board.spans[-1].open_until - alone.spans[-1].open_until < timedelta(seconds=1)


def test_a_longer_frame_reads_the_doses_before_it(walk):
    walk.give(NINE - 30 * DAY)
    walk.give(NINE)
    seen = window_of(
        walk.patient, NINE + DAY, frame=(NINE - 31 * DAY, NINE + 7 * DAY), points=300
    )
    assert len(seen.doses) == 2
    assert len(seen.trace.times_h) == 301
    assert max(seen.trace.values[:60]) > 0.8
