"""The window after a dose: curve, likely range, phases, and what is planned in it."""

from __future__ import annotations

from collections.abc import Iterator

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.axis import day_spans
from kapstone.core.ui.charts.drawing import CursorStop, Drawing, TableTwin, table
from kapstone.core.ui.charts.svg import (
    Frame,
    Scale,
    Svg,
    area,
    box,
    clip,
    element,
    join,
    line,
    path,
    straight,
    words,
)
from kapstone.core.ui.charts.window_facts import Curve, WindowCurve
from kapstone.core.ui.charts.window_lanes import (
    CROWN,
    FLOOR,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    lane_marks,
    lane_places,
    level,
)


def draw_window_curve(facts: WindowCurve) -> Drawing:
    """Draw the window with its likely range and what is planned in it."""
    twin = _twin(facts)
    if facts.curve is None or not facts.curve.hours:
        return Drawing(facts.title, "", twin, empty=facts.empty)
    x = Scale(facts.start, facts.end, LEFT, RIGHT)
    lanes, height = lane_places(facts)
    frame = Frame(
        uid=facts.uid,
        title=facts.title,
        description="How open the window is expected to be, with its likely range, and what "
        "is planned in it. Worked out from the doses, not measured. The table holds the same.",
        width=WIDTH,
        height=height,
    )
    svg = frame.wrap(
        _phases(facts, x, height),
        _days(facts, x, height),
        _curve(facts, x, height),
        lane_marks(facts, x, lanes, height),
        _now(facts, x, height),
        cls="wide",
        data_left=LEFT,
        data_right=RIGHT,
        data_start=facts.start,
        data_end=facts.end,
    )
    stops = tuple(CursorStop(round(x(at), 1), said) for at, said in _stops(facts))
    return Drawing(facts.title, svg, twin, width=WIDTH, stops=stops)


def _phases(facts: WindowCurve, x: Scale, height: float) -> Svg:
    drawn: list[Svg] = []
    for phase in facts.phases:
        a, b = x.clamp(phase.start), x.clamp(phase.end)
        if b - a < 1:
            continue
        if phase.is_open:
            drawn.append(
                box(a, TOP - 6, b - a, height - TOP + 2, cls="f-window-weak", opacity=0.55)
            )
        if phase.end < facts.end:
            drawn.append(
                line(b, TOP - 6, b, height - 4, cls="s-window", stroke_dasharray="2 4")
            )
        ink, weight = ("f-window-ink", 650) if phase.is_open else ("f-ink2", 550)
        shown = marks.shorten(phase.label, b - a + 18, 13.5)
        note = phase.note if 8 * (len(shown) + len(phase.note)) + 12 < b - a else ""
        name = words((a + b) / 2, 20, shown, cls=ink, size=13.5, anchor="middle", weight=weight)
        if note:
            name = element(
                "text",
                element("tspan", shown, cls=ink, font_weight=str(weight), font_size=13.5),
                element("tspan", note, cls="f-ink3", font_size=12, dx=8),
                x=(a + b) / 2,
                y=20,
                text_anchor="middle",
            )
        drawn.append(name)
    return join(drawn)


def _days(facts: WindowCurve, x: Scale, height: float) -> Svg:
    drawn: list[Svg] = []
    for day, until in day_spans(facts.days, facts.end):
        if day.at > facts.start:
            drawn.append(line(x(day.at), FLOOR, x(day.at), height - 6, cls="s-line"))
        a, b = x.clamp(day.at), x.clamp(until)
        if b - a > 44:
            ink, weight = ("f-ink", 680) if day.today else ("f-ink3", 450)
            drawn.append(
                words(
                    (a + b) / 2,
                    FLOOR + 22,
                    day.label,
                    cls=ink,
                    size=13,
                    anchor="middle",
                    weight=weight,
                )
            )
    return join(drawn)


def _curve(facts: WindowCurve, x: Scale, height: float) -> Svg:
    curve = facts.curve
    if curve is None:
        return Svg("")
    mid = [(x(t), level(v)) for t, v in zip(curve.hours, curve.mid, strict=True)]
    bands = [
        path(_band(curve.hours, band, x), cls="f-window", opacity=opacity)
        for band, opacity in ((curve.outer, 0.24), (curve.inner, 0.3))
        if band is not None
    ]
    until = x.clamp(facts.now.at) if facts.now else LEFT
    under = area(mid, FLOOR)
    given = [d for d in facts.doses if not d.planned]
    return join(
        (
            clip(f"{facts.uid}-past", 0, 0, until, height),
            *bands,
            path(under, cls="f-window", opacity=0.14),
            path(under, cls="f-window", opacity=0.75, clip_path=f"url(#{facts.uid}-past)"),
            path(
                straight(mid),
                cls="s-window-ink",
                fill="none",
                stroke_width=2.4,
                stroke_dasharray=None if given or not facts.doses else "6 4",
            ),
            _ahead(facts.ahead, curve, x),
            line(LEFT, FLOOR, RIGHT, FLOOR, cls="s-edge"),
            words(LEFT - 10, level(1) + 4, "most", anchor="end"),
            words(LEFT - 10, level(1) + 17, "open", anchor="end"),
            words(LEFT - 10, FLOOR + 1, "closed", anchor="end"),
            _range_words(curve, x),
            *(
                marks.dose(x(d.at), FLOOR, 9, planned=d.planned)
                for d in facts.doses
                if x.holds(d.at)
            ),
        )
    )


def _ahead(ahead: Curve | None, curve: Curve, x: Scale) -> Svg:
    """Draw the planned part dashed, from where it leaves the curve of the doses given."""
    if ahead is None:
        return Svg("")
    there = [
        (x(t), level(v))
        for t, v in zip(ahead.hours, ahead.mid, strict=True)
        if v - curve.at(t) > 0.002
    ]
    if not there:
        return Svg("")
    return path(
        straight(there),
        cls="s-window-ink",
        fill="none",
        stroke_width=2,
        stroke_dasharray="6 4",
    )


def _band(
    hours: tuple[float, ...], band: tuple[tuple[float, ...], tuple[float, ...]], x: Scale
) -> str:
    low, high = band
    up = [(x(t), level(v)) for t, v in zip(hours, high, strict=True)]
    down = [(x(t), level(v)) for t, v in zip(hours, low, strict=True)]
    return straight([*up, *reversed(down)], close=True)


def _range_words(curve: Curve, x: Scale) -> Svg:
    """Name the range where it is widest, past the crown, so that nobody takes it for fog."""
    if curve.outer is None:
        return Svg("")
    high = curve.outer[1]
    falling = [
        (t, v) for t, v in zip(curve.hours, high, strict=True) if t > 48 and 0.3 < v < 0.62
    ]
    if not falling:
        return Svg("")
    t, v = falling[0]
    a, b = x(t), min(x(t) + 26, RIGHT - 170)
    return join(
        (
            line(a, level(v) + 5, b, CROWN + 42, cls="s-edge"),
            words(b + 4, CROWN + 40, "likely range: people differ", cls="f-ink2", size=12.5),
        )
    )


def _now(facts: WindowCurve, x: Scale, height: float) -> Svg:
    if facts.now is None or not x.holds(facts.now.at):
        return Svg("")
    drawn = marks.now_line(x(facts.now.at), TOP - 6, height - 8, facts.now.label, TOP - 4)
    return marks.moving(drawn, facts.now, x)


def _stops(facts: WindowCurve) -> Iterator[tuple[float, str]]:
    """Yield what the cursor reads, six hours apart, with what is planned near each."""
    hour = facts.start
    while hour <= facts.end and facts.curve is not None:
        phase = next((p.label for p in facts.phases if p.start <= hour < p.end), "")
        near = [f"{s.title} {s.when}" for s in facts.sessions if hour - 3 <= s.at < hour + 3]
        yield (
            hour,
            ", ".join([f"{hour:.0f} hours after the dose", *filter(None, [phase]), *near]),
        )
        hour += 6


def _twin(facts: WindowCurve) -> TableTwin:
    rows = sorted(_rows(facts))
    return table(
        facts.title,
        ("Hours after the dose", "What", "Detail"),
        ((f"{at:.0f}", what, detail) for at, what, detail in rows),
    )


def _rows(facts: WindowCurve) -> Iterator[tuple[float, str, str]]:
    for phase in facts.phases:
        yield phase.start, "Phase begins", f"{phase.label} {phase.note}".strip()
    for d in facts.doses:
        yield d.at, "Dose planned" if d.planned else "Dose given", d.words
    states = {"done": "done", "booked": "booked", "free": "free slot", "held": "being placed"}
    for s in facts.sessions:
        yield s.at, "Session", f"{s.title}, {s.when}, {states[s.state]}"
    for row in facts.practices:
        yield from ((t, "Practice done", row.label) for t in row.done)
        yield from ((t, "Practice planned", row.label) for t in row.planned)
    for night in facts.sleep:
        length = f"{night.end - night.start:.1f} h"
        yield night.start, "Sleep", f"{length}, late" if night.late else length
    for span in facts.life:
        yield span.start, "Life", f"{span.label}, {span.end - span.start:.0f} h"
