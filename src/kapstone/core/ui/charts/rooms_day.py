"""The rooms of one day: who is where, and when."""

from __future__ import annotations

from dataclasses import dataclass

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.axis import NowMark
from kapstone.core.ui.charts.drawing import Drawing, table
from kapstone.core.ui.charts.svg import (
    Frame,
    Scale,
    Svg,
    box,
    group,
    join,
    line,
    num,
    path,
    words,
)

WIDTH = 812.0
LEFT = 84.0
ROW = 34.0
HEAD = 24.0

# A kind of booking: its ground and its ink.
KINDS = {
    "live": ("f-solid s-fir", "f-on-solid"),
    "waiting": ("f-amber-weak", "f-amber"),
    "dose": ("f-window-weak", "f-window-ink"),
    "session": ("f-heather-weak", "f-heather"),
    "request": ("f-lake-weak", "f-lake"),
    "closed": ("f-sunk", "f-ink2"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One booking; hours of the clock; ``kind`` is one of ``KINDS``."""

    start: float
    end: float
    label: str
    kind: str = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRow:
    """One room and its bookings."""

    name: str
    bookings: tuple[Booking, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomsDay:
    """Every room of a day between two hours of the clock."""

    uid: str
    title: str
    rooms: tuple[RoomRow, ...]
    first: float = 8.0
    last: float = 18.5
    now: NowMark | None = None
    empty: str = "No rooms yet. An administrator adds them."


def hour_words(hour: float) -> str:
    """Write an hour of the clock."""
    minutes = round(hour * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def draw_rooms_day(facts: RoomsDay) -> Drawing:
    """Draw rooms against time."""
    rows = (
        (room.name, hour_words(b.start), hour_words(b.end), b.label, b.kind)
        for room in facts.rooms
        for b in sorted(room.bookings, key=lambda b: b.start)
    )
    twin = table(facts.title, ("Room", "From", "To", "Who", "Kind"), rows)
    if not facts.rooms:
        return Drawing(facts.title, "", twin, empty=facts.empty)
    x = Scale(facts.first, facts.last, LEFT, WIDTH)
    height = HEAD + ROW * len(facts.rooms)
    frame = Frame(
        uid=facts.uid,
        title=facts.title,
        description=f"{len(facts.rooms)} rooms from {hour_words(facts.first)} to "
        f"{hour_words(facts.last)}. The table lists each booking.",
        width=WIDTH,
        height=height,
    )
    svg = frame.wrap(
        _hours(facts, x, height),
        _now(facts, x, height),
        join(_room(room, i, x) for i, room in enumerate(facts.rooms)),
        cls="wide",
    )
    return Drawing(facts.title, svg, twin, width=WIDTH)


def _hours(facts: RoomsDay, x: Scale, height: float) -> Svg:
    drawn: list[Svg] = []
    for hour in range(int(facts.first), int(facts.last) + 1):
        if x.holds(hour):
            drawn.append(line(x(hour), 20, x(hour), height, cls="s-line"))
            if x(hour) < WIDTH - 36:
                drawn.append(words(x(hour) + 3, 13, hour_words(hour)))
    return join(drawn)


def _now(facts: RoomsDay, x: Scale, height: float) -> Svg:
    if facts.now is None or not x.holds(facts.now.at):
        return Svg("")
    mark = marks.now_line(x(facts.now.at), 18, height)
    head = path("M-5 14h10l-5 7Z", cls="f-ink")
    return marks.moving(marks.within(mark, head), facts.now, x)


def _room(room: RoomRow, i: int, x: Scale) -> Svg:
    y = HEAD + ROW * i
    name = marks.shorten(room.name, LEFT - 8, 13)
    return group(
        words(0, y + 19, name, cls="f-ink2", size=13, weight=550),
        join(_booking(b, y, x) for b in room.bookings),
    )


def _booking(b: Booking, y: float, x: Scale) -> Svg:
    ground, ink = KINDS[b.kind]
    a, z = x.clamp(b.start), x.clamp(b.end)
    if z - a < 3:
        return Svg("")
    said = marks.shorten(b.label, z - a - 11, 12.5)
    return join(
        (
            box(a + 1, y, z - a - 2, 28, rx=6, cls=ground),
            words(float(num(a + 9)), y + 18.5, said, cls=ink, size=12.5, weight=600),
        )
    )
