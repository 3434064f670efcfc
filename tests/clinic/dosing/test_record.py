"""The record read from entries: due times, crossings, corrections, and what stands."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from kapstone.clinic.dosing.entries import (
    Answer,
    Change,
    Correction,
    Dose,
    Event,
    Happening,
    Kind,
    Mistake,
    Note,
    NoValue,
    Reply,
    Speaker,
    State,
    Vitals,
)
from kapstone.clinic.dosing.record import Written, read_record

DOSED = datetime(2026, 3, 2, 10, 10, tzinfo=UTC)
BASE = Vitals(
    systolic_mmhg=128, diastolic_mmhg=78, heart_rate_per_min=72, spo2_percent=98, alertness=5
)


class Entries:
    """Collect entries by minutes from the dose."""

    def __init__(self):
        self.rows = []

    def add(self, minute, payload, *, supersedes=None, device="tablet-1", seconds=0):
        at = DOSED + timedelta(minutes=minute, seconds=seconds)
        row = Written(
            entry=UUID(int=len(self.rows) + 1),
            kind=payload.kind,
            payload=payload,
            observed_at=at,
            device_at=at,
            recorded_at=at + timedelta(seconds=len(self.rows)),
            by="Nurse",
            role="nurse",
            device_id=device,
            supersedes=supersedes.entry if supersedes else None,
        )
        self.rows.append(row)
        return row

    def vitals(self, minute, **values):
        return self.add(minute, Vitals(**values))

    @property
    def record(self):
        return read_record(self.rows)


def dose(route="IM", mg=53, **fields):
    return Dose(
        product=fields.pop("product", "racemic"), route=route, amount_mg=Decimal(mg), **fields
    )


@pytest.fixture
def room():
    entries = Entries()
    entries.add(-15, BASE)
    entries.add(0, dose())
    return entries


def due_in(room, minute):
    due = room.record.next_due(DOSED + timedelta(minutes=minute))
    return None if due is None else (due.due_at - DOSED) / timedelta(minutes=1)


class TestDueTimes:
    @pytest.mark.parametrize(
        ("route", "fields", "minutes"),
        [
            ("IM", {}, [5, 15, 30, 45, 60, 90, 120, 150]),
            ("SC", {}, [5, 15, 30, 45, 60, 90, 120, 150]),
            ("SL", {}, [15, 40, 60, 90, 120]),
            ("PO", {}, [15, 40, 60, 90, 120, 150]),
            ("IN", {}, [20, 40, 60, 90, 120]),
            ("IN", {"product": "esketamine-device"}, [40, 120]),
            ("IV", {"duration_min": Decimal(40)}, [10, 20, 30, 40, 55, 70]),
            ("IV", {"duration_min": Decimal(45)}, [10, 20, 30, 40, 45, 60, 75]),
        ],
    )
    def test_each_route_has_its_schedule(self, route, fields, minutes):
        room = Entries()
        room.add(-5, BASE)
        room.add(0, dose(route, **fields))
        for minute in minutes:
            assert due_in(room, minute) == minute
            room.add(minute, BASE)

    def test_before_a_dose_nothing_is_due(self):
        room = Entries()
        room.add(-5, BASE)
        assert due_in(room, 0) is None

    def test_a_baseline_does_not_answer_the_first_due_time(self, room):
        assert due_in(room, 1) == 5

    @pytest.mark.parametrize(("minute", "then"), [(7, 15), (10.1, 30), (15, 30), (22.6, 45)])
    def test_a_set_answers_the_nearest_due_time(self, room, minute, then):
        room.add(minute, BASE)
        assert due_in(room, 23) == then

    def test_no_value_answers_too(self, room):
        room.add(5, NoValue(reason="cuff-off"))
        assert due_in(room, 6) == 15

    def test_overdue_at_one_and_a_half_intervals(self, room):
        room.add(15, BASE)
        due = room.record.next_due(DOSED + timedelta(minutes=31))
        assert due.due_at == DOSED + timedelta(minutes=30)
        assert due.overdue_at == DOSED + timedelta(minutes=37.5)

    def test_a_second_dose_starts_the_schedule_again(self, room):
        room.add(15, BASE)
        room.add(20, dose(mg=20))
        assert due_in(room, 21) == 25

    @pytest.mark.parametrize(
        ("route", "fields", "minutes"),
        [
            ("IM", {}, 120),
            ("PO", {}, 150),
            ("IV", {"duration_min": Decimal(40)}, 120),
            ("IV", {"duration_min": Decimal(70)}, 130),
        ],
    )
    def test_how_long_the_person_stays(self, route, fields, minutes):
        room = Entries()
        room.add(0, dose(route, **fields))
        assert room.record.stays_until == DOSED + timedelta(minutes=minutes)

    def test_the_stay_counts_from_the_last_dose(self, room):
        room.add(20, dose(mg=20))
        assert room.record.stays_until == DOSED + timedelta(minutes=140)


def crossed(room):
    return {(one.parameter, one.level.value) for one in room.record.crossings}


class TestCrossings:
    @pytest.mark.parametrize(
        ("values", "found"),
        [
            ({"systolic_mmhg": 164}, set()),
            ({"systolic_mmhg": 165}, {("systolic_mmhg", "alert")}),
            ({"systolic_mmhg": 185}, {("systolic_mmhg", "alert")}),
            ({"systolic_mmhg": 219}, {("systolic_mmhg", "alert")}),
            ({"systolic_mmhg": 220}, {("systolic_mmhg", "emergency")}),
            ({"systolic_mmhg": 90}, set()),
            ({"systolic_mmhg": 89}, {("systolic_mmhg", "alert")}),
            ({"systolic_mmhg": 79}, {("systolic_mmhg", "emergency")}),
            ({"diastolic_mmhg": 99}, set()),
            ({"diastolic_mmhg": 103}, {("diastolic_mmhg", "alert")}),
            ({"diastolic_mmhg": 120}, {("diastolic_mmhg", "emergency")}),
            ({"heart_rate_per_min": 110}, set()),
            ({"heart_rate_per_min": 111}, {("heart_rate_per_min", "alert")}),
            ({"heart_rate_per_min": 121}, {("heart_rate_per_min", "urgent")}),
            ({"heart_rate_per_min": 141}, {("heart_rate_per_min", "emergency")}),
            ({"heart_rate_per_min": 50}, set()),
            ({"heart_rate_per_min": 49}, {("heart_rate_per_min", "alert")}),
            ({"heart_rate_per_min": 44}, {("heart_rate_per_min", "urgent")}),
            ({"heart_rate_per_min": 39}, {("heart_rate_per_min", "emergency")}),
            ({"spo2_percent": 94}, set()),
            ({"spo2_percent": 93}, {("spo2_percent", "alert")}),
            ({"spo2_percent": 91}, {("spo2_percent", "urgent")}),
            ({"breaths_per_min": 12}, set()),
            ({"breaths_per_min": 11}, {("breaths_per_min", "alert")}),
            ({"breaths_per_min": 9}, {("breaths_per_min", "urgent")}),
            ({"breaths_per_min": 7}, {("breaths_per_min", "emergency")}),
            ({"breaths_per_min": 25}, {("breaths_per_min", "alert")}),
            ({"breaths_per_min": 31}, {("breaths_per_min", "urgent")}),
            ({"alertness": 4}, set()),
            ({"alertness": 3}, {("alertness", "alert")}),
            ({"alertness": 2}, {("alertness", "urgent")}),
            ({"alertness": 1}, {("alertness", "emergency")}),
            ({"rass": -1}, set()),
            ({"rass": -2}, {("rass", "alert")}),
            ({"rass": 2}, {("rass", "urgent")}),
            ({"distress": 6}, set()),
            ({"distress": 7}, {("distress", "alert")}),
            ({"distress": 9}, {("distress", "urgent")}),
        ],
    )
    def test_each_limit(self, room, values, found):
        room.vitals(15, **values)
        assert crossed(room) == found

    def test_a_rise_from_baseline_is_told_of(self):
        room = Entries()
        low = {"heart_rate_per_min": 60, "spo2_percent": 99, "alertness": 5}
        room.vitals(-5, systolic_mmhg=104, diastolic_mmhg=60, **low)
        room.add(0, dose())
        room.vitals(15, systolic_mmhg=143, diastolic_mmhg=84)
        assert crossed(room) == set()
        room.vitals(16, systolic_mmhg=144, diastolic_mmhg=85)
        assert crossed(room) == {("systolic_mmhg", "alert"), ("diastolic_mmhg", "alert")}

    def test_a_hundred_and_eighty_on_repeat_is_to_act(self, room):
        room.vitals(15, systolic_mmhg=182)
        room.vitals(18, systolic_mmhg=181)
        assert ("systolic_mmhg", "urgent") in crossed(room)

    def test_a_normal_value_later_does_not_take_it_away(self, room):
        room.vitals(15, systolic_mmhg=170)
        room.vitals(20, systolic_mmhg=130)
        assert len(room.record.open_crossings) == 1

    @pytest.mark.parametrize("reply", list(Reply))
    def test_an_answer_closes_that_crossing_alone(self, room, reply):
        first = room.vitals(15, systolic_mmhg=170, heart_rate_per_min=125)
        room.add(
            16, Answer(entry=first.entry, parameter="systolic_mmhg", reply=reply, told="Dr A")
        )
        record = room.record
        assert [one.parameter for one in record.open_crossings] == ["heart_rate_per_min"]
        assert len(record.crossings) == 2

    def test_the_gravest_stands_first(self, room):
        room.vitals(15, systolic_mmhg=170, alertness=1, heart_rate_per_min=125)
        levels = [one.level.value for one in room.record.open_crossings]
        assert levels == ["emergency", "urgent", "alert"]

    @pytest.mark.parametrize("sign", ["chest-pain", "seizure", "short-of-breath"])
    def test_a_symptom_makes_any_pressure_an_emergency(self, room, sign):
        room.add(20, Happening(event=Event.SIGN, sign=sign))
        assert crossed(room) == {("symptoms", "emergency")}

    def test_low_pressure_with_faintness_is_to_act(self, room):
        room.vitals(15, systolic_mmhg=88)
        room.add(16, Happening(event=Event.SIGN, sign="faint"))
        assert ("systolic_mmhg", "urgent") in crossed(room)

    def test_asking_to_stop_is_to_act(self, room):
        room.add(20, Happening(event=Event.ASKS_TO_STOP))
        assert crossed(room) == {("wish", "urgent")}

    def test_vomiting_once_is_told_of_and_twice_is_to_act(self, room):
        room.vitals(10, alertness=5)
        room.add(15, Happening(event=Event.VOMITED))
        assert crossed(room) == {("vomits", "alert")}
        room.add(20, Happening(event=Event.VOMITED))
        assert ("vomits", "urgent") in crossed(room)

    def test_vomiting_while_sedated_is_to_act_at_once(self, room):
        room.vitals(10, alertness=3)
        room.add(15, Happening(event=Event.VOMITED))
        assert ("vomits", "urgent") in crossed(room)

    def test_an_artefact_is_not_urgent_afterwards(self, room):
        row = room.vitals(15, heart_rate_per_min=130)
        assert room.record.was_urgent
        room.add(
            16,
            Answer(entry=row.entry, parameter="heart_rate_per_min", reply=Reply.ARTEFACT),
        )
        assert not room.record.was_urgent


class TestCorrections:
    def correct(self, room, old, instead, minute=None):
        at = minute if minute is not None else (old.observed_at - DOSED) / timedelta(minutes=1)
        of = old.payload.of if isinstance(old.payload, Correction) else old.kind
        payload = Correction(of=of, mistake=Mistake.WRONG_KEY, instead=instead)
        return room.add(at, payload, supersedes=old)

    def test_the_old_is_struck_and_kept(self, room):
        wrong = room.vitals(15, systolic_mmhg=246)
        right = self.correct(room, wrong, Vitals(systolic_mmhg=146))
        record = room.record
        struck = [line for line in record.lines if line.is_struck]
        assert [line.written for line in struck] == [wrong]
        assert struck[0].struck_by is right
        assert record.seen[-1].vitals.systolic_mmhg == 146
        assert record.crossings == ()

    def test_a_correction_can_be_corrected(self, room):
        wrong = room.vitals(15, systolic_mmhg=246)
        again = self.correct(room, wrong, Vitals(systolic_mmhg=164))
        self.correct(room, again, Vitals(systolic_mmhg=146))
        assert [one.vitals.systolic_mmhg for one in room.record.seen] == [128, 146]

    def test_nothing_can_be_what_is_true(self, room):
        wrong = room.add(15, Note(speaker=Speaker.PATIENT, text="Other patient"))
        self.correct(room, wrong, None)
        assert sum(not line.is_struck for line in room.record.lines) == 3

    def test_a_dose_not_given_leaves_no_dose(self, room):
        self.correct(room, room.rows[1], None)
        record = room.record
        assert record.doses == ()
        assert record.given_mg == 0
        assert record.first_dose_at is None

    def test_a_dose_at_another_time_moves_the_clock(self, room):
        self.correct(room, room.rows[1], dose(mg=50), minute=-2)
        assert room.record.first_dose_at == DOSED - timedelta(minutes=2)
        assert room.record.given_mg == 50

    def test_the_order_of_arrival_changes_nothing(self, room):
        wrong = room.vitals(15, systolic_mmhg=246)
        self.correct(room, wrong, Vitals(systolic_mmhg=146))
        assert read_record(reversed(room.rows)) == room.record


def test_the_same_set_from_two_tablets_is_flagged_and_both_stand(room):
    room.add(15, BASE)
    room.add(15, BASE, device="tablet-2", seconds=40)
    record = room.record
    assert [line.maybe_twice for line in record.lines if line.written.kind is Kind.VITALS] == [
        False,
        False,
        True,
    ]
    assert len(record.seen) == 3


def test_two_tablets_a_minute_later_are_two_sets(room):
    room.add(15, BASE)
    room.add(16, BASE, device="tablet-2", seconds=1)
    assert not any(line.maybe_twice for line in room.record.lines)


def test_the_container_is_as_it_was_last_said(room):
    room.add(-10, State(change=Change.CONTAINER, item="music", value="Still water, part 1"))
    room.add(10, State(change=Change.CONTAINER, item="music", value="Still water, part 2"))
    assert room.record.container == {"music": "Still water, part 2"}


def test_emergency_steps_keep_their_times(room):
    room.add(20, State(change=Change.EMERGENCY, item="stop-drug"))
    room.add(21, State(change=Change.EMERGENCY, item="oxygen"))
    assert [(step, at - DOSED) for at, step, _ in room.record.emergency] == [
        ("stop-drug", timedelta(minutes=20)),
        ("oxygen", timedelta(minutes=21)),
    ]


def test_a_baseline_is_a_full_set_before_the_dose():
    room = Entries()
    room.vitals(-20, systolic_mmhg=120)
    room.add(0, dose())
    room.add(5, BASE)
    assert room.record.baseline is None
