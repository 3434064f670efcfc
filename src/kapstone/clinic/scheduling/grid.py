"""Lay appointments out as rooms by time: a day in steps of a quarter hour, a week by days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

STEP = timedelta(minutes=15)
OPENS, CLOSES = time(8), time(18)  # what a day shows at the least; bookings outside widen it


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One appointment as a reader may see it: whole, or no more than busy."""

    starts_at: datetime
    ends_at: datetime
    room: str
    title: str
    detail: str = ""
    href: str = ""
    kind: str = "busy"
    icon: str = "lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a day: a slot that spans rows, or an empty quarter of an hour."""

    slot: Slot | None = None
    rows: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A quarter of an hour across every lane. A lane covered by a slot above has no cell."""

    at: datetime
    on_the_hour: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A room, and how many lanes it needs."""

    room: str
    lanes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day, laid out."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(slots=True)
class _Lane:
    """Slots of one room that do not overlap, by the row they begin in."""

    ends: int = 0
    starts: dict[int, tuple[Slot, int]] = field(default_factory=dict)


def _local(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, zone)


def _bounds(day: date, slots: Iterable[Slot], zone: tzinfo) -> tuple[datetime, datetime]:
    """Give the whole hours that a day shows."""
    first, last = _local(day, OPENS, zone), _local(day, CLOSES, zone)
    midnight, next_midnight = (_local(d, time(0), zone) for d in (day, day + timedelta(days=1)))
    for slot in slots:
        first = min(first, max(midnight, slot.starts_at.astimezone(zone)))
        last = max(last, min(next_midnight, slot.ends_at.astimezone(zone)))
    first = first.replace(minute=0, second=0, microsecond=0)
    if last.minute or last.second:
        last = last.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return first, last


def _lanes(slots: Iterable[Slot], first: datetime, count: int) -> list[_Lane]:
    lanes: list[_Lane] = []
    for slot in sorted(slots, key=lambda one: (one.starts_at, one.ends_at)):
        start = max(0, (slot.starts_at - first) // STEP)
        end = min(count, -((first - slot.ends_at) // STEP))
        end = max(end, start + 1)
        lane = next((one for one in lanes if one.ends <= start), None)
        if lane is None:
            lane = _Lane()
            lanes.append(lane)
        lane.starts[start] = (slot, end - start)
        lane.ends = end
    return lanes or [_Lane()]


def lay_out_day(day: date, rooms: Sequence[str], slots: Sequence[Slot], zone: tzinfo) -> Day:
    """
    Lay out one day. What overlaps in one room stands side by side.

    Parameters
    ----------
    day : the day, on the clinic's own calendar
    rooms : every room, in the order of the columns
    slots : what is booked that day
    zone : the clinic's own zone
    """
    # Counted in UTC: on the day the clocks change, local hours do not add up.
    first, last = (edge.astimezone(UTC) for edge in _bounds(day, slots, zone))
    count = (last - first) // STEP
    by_room = {
        room: _lanes([s for s in slots if s.room == room], first, count) for room in rooms
    }
    lanes = [lane for room in rooms for lane in by_room[room]]
    rows = []
    for number in range(count):
        at = (first + number * STEP).astimezone(zone)
        cells = tuple(
            Cell(slot=lane.starts[number][0], rows=lane.starts[number][1])
            if number in lane.starts
            else Cell()
            for lane in lanes
            if number in lane.starts or not _covered(lane, number)
        )
        rows.append(Row(at=at, on_the_hour=at.minute == 0, cells=cells))
    columns = tuple(Column(room=room, lanes=len(by_room[room])) for room in rooms)
    return Day(columns=columns, rows=tuple(rows))


def _covered(lane: _Lane, number: int) -> bool:
    return any(start < number < start + rows for start, (_, rows) in lane.starts.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRow:
    """One room across the days of a week."""

    room: str
    days: tuple[tuple[Slot, ...], ...]


def lay_out_week(
    days: Sequence[date], rooms: Sequence[str], slots: Sequence[Slot], zone: tzinfo
) -> tuple[WeekRow, ...]:
    """Lay out a week: for each room, what each day holds, in order."""
    by_place: Mapping[tuple[str, date], list[Slot]] = {
        (room, day): [] for room in rooms for day in days
    }
    for slot in sorted(slots, key=lambda one: one.starts_at):
        place = (slot.room, slot.starts_at.astimezone(zone).date())
        if place in by_place:
            by_place[place].append(slot)
    return tuple(
        WeekRow(room=room, days=tuple(tuple(by_place[room, day]) for day in days))
        for room in rooms
    )
