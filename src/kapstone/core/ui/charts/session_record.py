"""
The session record: the anaesthetic chart's marks, with heart rate in a lane of its own.

Blood pressure as chevrons whose points touch the value, heart rate as dots, saturation as
squares, alertness as numerals. Nothing is smoothed, nothing missing is bridged in silence.
"""

from __future__ import annotations

from collections.abc import Callable

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.drawing import CursorStop, Drawing, TableTwin, table
from kapstone.core.ui.charts.record_facts import (
    SessionRecord,
    Vitals,
    clock,
    measured,
    pressure,
)
from kapstone.core.ui.charts.record_ground import (
    ALERT,
    BODY,
    EVENTS,
    FOOT,
    HEAD,
    HEIGHT,
    LEFT,
    RIGHT,
    WIDTH,
    Scales,
    grid,
    lanes,
    scales_for,
    zones,
)
from kapstone.core.ui.charts.svg import (
    Frame,
    Scale,
    Svg,
    box,
    dot,
    group,
    join,
    line,
    num,
    path,
    straight,
    words,
)


def draw_session_record(facts: SessionRecord) -> Drawing:
    """Draw the record from check-in to now."""
    twin = _twin(facts)
    if not (facts.vitals or facts.doses or facts.events):
        return Drawing("Session record", "", twin, empty=facts.empty)
    scales = scales_for(facts)
    frame = Frame(
        uid=facts.uid,
        title="Session record",
        description=_description(facts),
        width=WIDTH,
        height=HEIGHT,
    )
    svg = frame.wrap(
        lanes(),
        zones(facts, scales),
        grid(facts, scales),
        _baseline(facts, scales),
        join(_pressure(v, scales) for v in facts.vitals),
        _pulse(facts, scales),
        _saturation(facts, scales),
        _alertness(facts, scales),
        _due(facts, scales),
        _events(facts, scales),
        _doses(facts, scales),
        _now(facts, scales),
        cls="wide record",
    )
    stops = tuple(
        CursorStop(round(scales.x(v.at), 1), _said(facts, v)) for v in _in_order(facts.vitals)
    )
    return Drawing("Session record", svg, twin, width=WIDTH, stops=stops)


def _in_order(vitals: tuple[Vitals, ...]) -> list[Vitals]:
    return sorted(vitals, key=lambda v: v.at)


def _standing(facts: SessionRecord) -> list[Vitals]:
    return [v for v in _in_order(facts.vitals) if not v.struck]


def _baseline(facts: SessionRecord, s: Scales) -> Svg:
    """Carry the first pressure before the dose to now as a dashed line."""
    before = [v for v in _standing(facts) if v.at <= 0 and v.systolic is not None]
    if not before or facts.now is None:
        return Svg("")
    first, until = before[0], s.x.clamp(facts.now.at)
    return join(
        line(
            s.x(first.at) + 7,
            s.pressure(value),
            until,
            s.pressure(value),
            cls="s-ink3",
            stroke_dasharray="5 5",
            opacity=0.6,
        )
        for value in (first.systolic, first.diastolic)
        if value is not None
    )


def _pressure(v: Vitals, s: Scales) -> Svg:
    x, cls = s.x(v.at), "s-ink3" if v.struck else "s-ink"
    if v.systolic is None or v.diastolic is None:
        return marks.missing(x - 7, HEAD + BODY / 2 - 12, 14, 24)
    high, low = s.pressure(v.systolic), s.pressure(v.diastolic)
    chevrons = (
        f"M{num(x - 6.5)} {num(high - 9)}L{num(x)} {num(high)}L{num(x + 6.5)} {num(high - 9)}"
        f"M{num(x - 6.5)} {num(low + 9)}L{num(x)} {num(low)}L{num(x + 6.5)} {num(low + 9)}"
    )
    return group(
        line(x, high, x, low, cls=cls, opacity=0.45),
        path(
            chevrons,
            cls=cls,
            fill="none",
            stroke_width=2.4,
            stroke_linejoin="round",
            stroke_linecap="round",
        ),
        _strike(x, high, low) if v.struck else Svg(""),
        opacity=0.65 if v.struck else None,
    )


def _strike(x: float, high: float, low: float) -> Svg:
    return line(x - 10, low + 6, x + 10, high - 6, cls="s-ink3", stroke_width=1.8)


def _lane(
    facts: SessionRecord,
    x: Scale,
    scale: Scale,
    value: Callable[[Vitals], float | None],
    mark: Callable[[float, float], Svg],
    colour: str,
) -> Svg:
    """Join values by straight lines; break the line where a value is missing."""
    drawn: list[Svg] = []
    run: list[tuple[float, float]] = []
    lines: list[list[tuple[float, float]]] = []
    for v in _standing(facts):
        seen = value(v)
        if seen is None:
            lines.append(run)
            run = []
            middle = (scale.start + scale.end) / 2
            drawn.append(marks.missing(x(v.at) - 6, middle - 8, 12, 16))
        else:
            run.append((x(v.at), scale(seen)))
    lines.append(run)
    joined = [
        path(straight(one), cls=f"s-{colour}", fill="none", stroke_width=1.6, opacity=0.75)
        for one in lines
        if len(one) > 1
    ]
    struck = [
        group(
            mark(x(v.at), scale(seen)),
            _strike(x(v.at), scale(seen) - 4, scale(seen) + 4),
            opacity=0.5,
        )
        for v in facts.vitals
        if v.struck and (seen := value(v)) is not None
    ]
    return join((*joined, *drawn, *struck, *(mark(a, b) for one in lines for a, b in one)))


def _pulse(facts: SessionRecord, s: Scales) -> Svg:
    return _lane(
        facts,
        s.x,
        s.pulse,
        lambda v: v.pulse,
        lambda x, y: dot(x, y, 4.6, cls="f-moss"),
        "moss",
    )


def _saturation(facts: SessionRecord, s: Scales) -> Svg:
    return _lane(
        facts,
        s.x,
        s.saturation,
        lambda v: v.saturation,
        lambda x, y: box(x - 3.6, y - 3.6, 7.2, 7.2, cls="f-lake"),
        "lake",
    )


def _alertness(facts: SessionRecord, s: Scales) -> Svg:
    numerals = (
        words(
            s.x(v.at),
            ALERT,
            str(v.alertness),
            cls="f-ink",
            size=14,
            anchor="middle",
            weight=650,
        )
        for v in _standing(facts)
        if v.alertness is not None
    )
    return join((words(LEFT - 8, ALERT, "Alert", anchor="end"), *numerals))


def _due(facts: SessionRecord, s: Scales) -> Svg:
    now = facts.now.at if facts.now else facts.start
    later = [t for t in sorted(facts.due) if s.x.holds(t)]
    first = next((t for t in later if t > now), None)
    return join(marks.due(s.x(t), ALERT - 10, next_one=t == first) for t in later)


def _events(facts: SessionRecord, s: Scales) -> Svg:
    """Set icons above the time they happened; those too close stand a little aside."""
    drawn, last = [], -100.0
    for event in sorted(facts.events, key=lambda event: event.at):
        x = max(s.x.clamp(event.at) - 9, last + 20)
        last = x
        drawn.append(marks.icon(event.icon, x, EVENTS + 32))
    return join(drawn)


def _doses(facts: SessionRecord, s: Scales) -> Svg:
    drawn, last = [], -100.0
    for given in facts.doses:
        x = s.x.clamp(given.at)
        width = 14 + 7.2 * len(given.words)
        left = min(max(x - 9, last + 6), RIGHT - width)
        last = left + width
        drawn += [
            line(x, EVENTS + 24, x, FOOT, cls="s-ket-line", stroke_width=1.6),
            box(left, EVENTS, width, 25, rx=5, cls="f-ket s-ket-ink", stroke_width=1.5),
            words(
                left + width / 2,
                EVENTS + 17,
                given.words,
                cls="f-ket-ink",
                size=13,
                anchor="middle",
                weight=700,
            ),
        ]
    return join(drawn)


def _now(facts: SessionRecord, s: Scales) -> Svg:
    if facts.now is None or not s.x.holds(facts.now.at):
        return Svg("")
    drawn = marks.now_line(s.x(facts.now.at), HEAD - 4, ALERT + 4)
    return marks.moving(drawn, facts.now, s.x)


def _said(facts: SessionRecord, v: Vitals) -> str:
    parts = [
        clock(facts.zero_clock, v.at),
        f"blood pressure {pressure(v)}",
        f"heart rate {measured(v.pulse)}",
        f"saturation {measured(v.saturation)}",
        f"alertness {v.alertness}" if v.alertness is not None else "",
        v.reason,
        "corrected" if v.struck else "",
    ]
    return ", ".join(part for part in parts if part)


def _description(facts: SessionRecord) -> str:
    standing = _standing(facts)
    latest = f" Latest: {_said(facts, standing[-1])}." if standing else ""
    return (
        "Blood pressure chevrons, heart rate dots and oxygen saturation squares, each in "
        f"its own lane, from check-in to now.{latest} The same values are in the table."
    )


def _twin(facts: SessionRecord) -> TableTwin:
    rows: list[tuple[float, tuple[str, ...]]] = [
        (
            v.at,
            (
                clock(facts.zero_clock, v.at),
                pressure(v),
                measured(v.pulse),
                measured(v.saturation),
                "" if v.alertness is None else str(v.alertness),
                ", ".join(filter(None, (v.reason, "corrected, struck" if v.struck else ""))),
            ),
        )
        for v in facts.vitals
    ]
    notes = [(dose.at, dose.words) for dose in facts.doses]
    notes += [(event.at, event.words) for event in facts.events]
    rows += [(at, (clock(facts.zero_clock, at), "", "", "", "", said)) for at, said in notes]
    rows.sort(key=lambda row: row[0])
    return table(
        "Session record",
        ("Time", "Blood pressure", "Heart rate", "Saturation", "Alertness", "Note"),
        (row for _, row in rows),
    )
