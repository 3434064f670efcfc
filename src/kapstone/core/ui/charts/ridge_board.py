"""
Today's open windows: one shared axis of days, a ridge a patient.

Each row is an SVG of its own, as wide as the page lets it be. Places are in per cent, so that
the now line stays aligned through every row, and a row can be a list item and a stop for keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.axis import DayMark, NowMark, day_spans
from kapstone.core.ui.charts.drawing import TableTwin, table
from kapstone.core.ui.charts.svg import (
    Frame,
    Scale,
    Svg,
    area_under,
    box,
    clip,
    element,
    join,
    line,
    num,
    path,
    straight,
    words,
)

ROW = 58.0
FLOOR = 41.0
RISE = 38.0
HEAD = 30.0
INNER = 1000.0  # the width, in units of its own, of the part of a row that stretches


@dataclass(frozen=True, slots=True, kw_only=True)
class Ridge:
    """
    One patient's window on the shared axis, in hours from the axis's zero.

    ``values`` is empty when the window could not be computed; the row then says so.
    """

    name: str
    state: str
    detail: str
    hours: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    doses: tuple[float, ...] = ()
    done: tuple[float, ...] = ()
    booked: tuple[float, ...] = ()
    practices: tuple[float, ...] = ()
    gap: tuple[float, float] | None = None
    next_words: str = ""
    href: str = ""
    act_label: str = ""
    act_href: str = ""
    act_key: str = "b"


@dataclass(frozen=True, slots=True, kw_only=True)
class RidgeBoard:
    """The rows and the axis they share."""

    uid: str
    ridges: tuple[Ridge, ...]
    days: tuple[DayMark, ...]
    hours: float = 168.0
    now: NowMark | None = None
    empty: str = "No open windows."


@dataclass(frozen=True, slots=True)
class RidgeRow:
    """One row, drawn."""

    ridge: Ridge
    svg: str


@dataclass(frozen=True, slots=True)
class RidgeDrawing:
    """The board, drawn row by row under its head of days."""

    head: str
    rows: tuple[RidgeRow, ...]
    table: TableTwin
    empty: str = ""


def draw_ridge_board(facts: RidgeBoard) -> RidgeDrawing:
    """Draw every open window on one axis."""
    twin = _twin(facts)
    if not facts.ridges:
        return RidgeDrawing("", (), twin, empty=facts.empty)
    x = Scale(0, facts.hours, 0, 100)
    # One scale for all rows: doses close together add up to more than one dose alone.
    top = max([1.0, *(value for ridge in facts.ridges for value in ridge.values)])
    rows = tuple(
        RidgeRow(ridge, _row(facts, ridge, x, f"{facts.uid}-{i}", top))
        for i, ridge in enumerate(facts.ridges)
    )
    return RidgeDrawing(_head(facts, x), rows, twin)


def _percent(value: float) -> str:
    return f"{num(value, 3)}%"


def _ground(facts: RidgeBoard, x: Scale, height: float, top: float = 0) -> Iterator[Svg]:
    """Draw weekends and midnights, the same behind every row."""
    for day, until in day_spans(facts.days, facts.hours):
        if day.weekend:
            yield element(
                "rect",
                x=_percent(x.clamp(day.at)),
                y=top,
                width=_percent(x.clamp(until) - x.clamp(day.at)),
                height=height - top,
                cls="f-sunk",
                opacity=0.55,
            )
        if day.at > 0:
            place = _percent(x(day.at))
            yield element("line", x1=place, x2=place, y1=top, y2=height, cls="s-line")


def _head(facts: RidgeBoard, x: Scale) -> Svg:
    names = []
    for day, until in day_spans(facts.days, facts.hours):
        a, b = x.clamp(day.at), x.clamp(until)
        ink, weight = ("f-ink", 650) if day.today else ("f-ink3", 450)
        place = _percent((a + b) / 2)
        names.append(words(place, 14, day.label, cls=ink, anchor="middle", weight=weight))
    tag = Svg("")
    if facts.now is not None and x.holds(facts.now.at):
        tag = _now(facts.now, x, HEAD - 4, HEAD, facts.now.label)
    return element(
        "svg",
        join(names),
        tag,
        width="100%",
        height=HEAD,
        aria_hidden="true",
        cls="ridge-head",
        overflow="visible",
    )


def _now(now: NowMark, x: Scale, top: float, bottom: float, label: str = "") -> Svg:
    """Draw the now line at a place in per cent; the clock moves it by the same scale."""
    width = 12 + marks.text_width(label, 11.5)
    tag = (
        (
            box(-width / 2, top - 8, width, 17, rx=4, cls="f-ink"),
            words(0, top + 4.5, label, cls="f-surface", size=11.5, anchor="middle", weight=650),
        )
        if label
        else ()
    )
    mark = line(0, top, 0, bottom, cls="s-ink", stroke_width=1.5)
    drawn = element("svg", mark, *tag, x=_percent(x(now.at)), cls="now", overflow="visible")
    return marks.moving(drawn, now, x, unit="%")


def _row(facts: RidgeBoard, ridge: Ridge, x: Scale, uid: str, top: float) -> Svg:
    frame = Frame(
        uid=uid,
        title=ridge.name,
        description=_description(ridge),
        width=INNER,
        height=ROW,
    )
    now = facts.now
    inside = join(
        (
            *_ground(facts, x, ROW),
            element("line", x1=0, x2="100%", y1=FLOOR, y2=FLOOR, cls="s-line"),
            _ridge(facts, ridge, uid, top),
            _marks(facts, ridge, x),
            _now(now, x, 0, ROW) if now is not None and x.holds(now.at) else Svg(""),
        )
    )
    return element(
        "svg",
        element("title", frame.title, id=f"{uid}-title"),
        element("desc", frame.description, id=f"{uid}-desc"),
        inside,
        width="100%",
        height=ROW,
        role="img",
        aria_labelledby=f"{uid}-title {uid}-desc",
        cls="ridge",
    )


def _ridge(facts: RidgeBoard, ridge: Ridge, uid: str, top: float) -> Svg:
    if not ridge.values:
        return words(8, FLOOR - 14, "Window not computed", cls="f-ink2", size=13)
    across = Scale(0, facts.hours, 0, INNER)
    points = [
        (across(t), FLOOR - RISE * min(1.0, max(0.0, v / top)))
        for t, v in zip(ridge.hours, ridge.values, strict=True)
        if 0 <= t <= facts.hours
    ]
    if len(points) < 2:
        return Svg("")
    until = across.clamp(facts.now.at) if facts.now else INNER
    crest = straight(points)
    under = area_under(crest, points, FLOOR)
    return element(
        "svg",
        clip(f"{uid}-past", 0, 0, until, ROW),
        clip(f"{uid}-next", until, 0, INNER - until, ROW),
        path(under, cls="f-window", clip_path=f"url(#{uid}-past)"),
        path(under, cls="f-window", opacity=0.38, clip_path=f"url(#{uid}-next)"),
        path(
            crest,
            cls="s-window-ink",
            fill="none",
            stroke_width=1.4,
            stroke_opacity=0.8,
            vector_effect="non-scaling-stroke",
        ),
        width="100%",
        height=ROW,
        view_box=f"0 0 {num(INNER)} {num(ROW)}",
        preserve_aspect_ratio="none",
    )


def _marks(facts: RidgeBoard, ridge: Ridge, x: Scale) -> Svg:
    drawn: list[Svg] = []
    if ridge.gap is not None:
        a, b = x.clamp(ridge.gap[0]), x.clamp(ridge.gap[1])
        drawn.append(
            element(
                "rect",
                x=_percent(a),
                y=FLOOR + 3,
                width=_percent(b - a),
                height=7,
                rx=2,
                cls="f-amber",
            )
        )
    drawn += [
        _at(
            x,
            t,
            line(
                0,
                FLOOR + 4,
                0,
                FLOOR + 10,
                cls="s-moss",
                stroke_width=2,
                stroke_linecap="round",
            ),
        )
        for t in ridge.practices
    ]
    drawn += [_at(x, t, marks.session(0, FLOOR, 5.5, done=True)) for t in ridge.done]
    drawn += [_at(x, t, marks.session(0, FLOOR, 5.5, done=False)) for t in ridge.booked]
    drawn += [_at(x, t, marks.dose(0, FLOOR, 6.5)) for t in ridge.doses]
    return join(drawn)


def _at(x: Scale, hour: float, mark: Svg) -> Svg:
    if not x.holds(hour):
        return Svg("")
    return element("svg", mark, x=_percent(x(hour)), overflow="visible")


def _description(ridge: Ridge) -> str:
    parts = [
        ridge.state,
        ridge.detail,
        "" if ridge.values else "window not computed",
        f"next: {ridge.next_words}" if ridge.next_words else "nothing booked",
        "open time with nothing booked" if ridge.gap else "",
    ]
    return ", ".join(part for part in parts if part)


def _twin(facts: RidgeBoard) -> TableTwin:
    return table(
        "Open windows",
        ("Patient", "State", "Detail", "Sessions done", "Sessions booked", "Next"),
        (
            (
                r.name,
                r.state if r.values else f"{r.state}, window not computed",
                r.detail,
                str(len(r.done)),
                str(len(r.booked)),
                r.next_words or r.act_label or "nothing booked",
            )
            for r in facts.ridges
        ),
    )
