from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kapstone.clinic.scheduling.grid import Slot, lay_out_day, lay_out_week
from kapstone.clinic.scheduling.rules import week_of

DAY = date(2026, 3, 2)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
ROOMS = ["River", "Video"]


def slot(start: float, end: float, room: str = "River", title: str = "x") -> Slot:
    return Slot(
        starts_at=MIDNIGHT + timedelta(hours=start),
        ends_at=MIDNIGHT + timedelta(hours=end),
        room=room,
        title=title,
    )


def taken(day) -> list[tuple[str, int, int]]:
    """List title, row and span of every slot."""
    return [
        (cell.slot.title, number, cell.rows)
        for number, row in enumerate(day.rows)
        for cell in row.cells
        if cell.slot
    ]


def width(day) -> set[int]:
    """Add up each row: its cells, and the lanes covered from above. All must agree."""
    lanes = sum(column.lanes for column in day.columns)
    covered: dict[int, int] = {}
    for number, row in enumerate(day.rows):
        for cell in row.cells:
            for below in range(number + 1, number + cell.rows):
                covered[below] = covered.get(below, 0) + 1
    return {len(row.cells) + covered.get(n, 0) for n, row in enumerate(day.rows)} - {lanes}


def test_an_empty_day_shows_the_opening_hours():
    day = lay_out_day(DAY, ROOMS, [], UTC)
    assert (day.rows[0].at.hour, day.rows[-1].at.hour, len(day.rows)) == (8, 17, 40)
    assert [row.on_the_hour for row in day.rows[:5]] == [True, False, False, False, True]


def test_a_booking_spans_its_quarters():
    day = lay_out_day(DAY, ROOMS, [slot(9, 10)], UTC)
    assert taken(day) == [("x", 4, 4)]
    assert not width(day)


def test_an_odd_length_rounds_outwards():
    day = lay_out_day(DAY, ROOMS, [slot(9.1, 9.9)], UTC)
    assert taken(day) == [("x", 4, 4)]


def test_what_overlaps_stands_side_by_side():
    day = lay_out_day(DAY, ROOMS, [slot(9, 10, "Video"), slot(9.5, 11, "Video")], UTC)
    assert [column.lanes for column in day.columns] == [1, 2]
    assert not width(day)


def test_back_to_back_shares_a_lane():
    day = lay_out_day(DAY, ROOMS, [slot(9, 10), slot(10, 11)], UTC)
    assert [column.lanes for column in day.columns] == [1, 1]
    assert not width(day)


@pytest.mark.parametrize(
    ("booked", "first", "last"),
    [
        pytest.param(slot(6.5, 7), 6, 17, id="early"),
        pytest.param(slot(17, 20.25), 8, 20, id="late"),
        pytest.param(slot(-2, 9), 0, 17, id="since yesterday"),
        pytest.param(slot(17, 26), 8, 23, id="into tomorrow"),
    ],
)
def test_a_booking_outside_the_hours_widens_the_day(booked, first, last):
    day = lay_out_day(DAY, ROOMS, [booked], UTC)
    assert (day.rows[0].at.hour, day.rows[-1].at.hour) == (first, last)
    assert not width(day)


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)], ids=["short", "long"])
def test_the_day_the_clocks_change_keeps_local_hours(day):
    zone = ZoneInfo("America/Chicago")
    laid = lay_out_day(day, ROOMS, [], zone)
    assert (laid.rows[0].at.hour, laid.rows[-1].at.hour) == (8, 17)


def test_a_week_puts_each_booking_in_its_room_and_day():
    late = slot(30, 31, "Video", "Tuesday")
    rows = lay_out_week(week_of(DAY), ROOMS, [late, slot(9, 10), slot(8, 9, title="a")], UTC)
    river, video = rows
    assert [one.title for one in river.days[0]] == ["a", "x"]
    assert [one.title for one in video.days[1]] == ["Tuesday"]
    assert sum(len(slots) for row in rows for slots in row.days) == 3


def test_a_booking_of_another_week_is_left_out():
    assert not any(
        slots
        for row in lay_out_week(week_of(DAY), ROOMS, [slot(24 * 8, 24 * 8 + 1)], UTC)
        for slots in row.days
    )
