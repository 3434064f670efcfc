"""
A modelled curve above what was seen, on one axis of time and never on one scale.

The curve is dashed and carries its grade; what was seen is solid. Nothing joins the two.
"""

from __future__ import annotations

from dataclasses import dataclass

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.drawing import Drawing, TableTwin, table
from kapstone.core.ui.charts.record_facts import clock
from kapstone.core.ui.charts.svg import (
    Frame,
    Scale,
    Svg,
    dot,
    group,
    join,
    line,
    num,
    path,
    straight,
    words,
)

WIDTH, HEIGHT = 760.0, 250.0
LEFT, RIGHT = 92.0, WIDTH - 12
MODEL_TOP, MODEL_FOOT = 26.0, 118.0
SEEN_TOP, SEEN_FOOT = 142.0, 206.0
TITLE = "Modelled level beside what was seen"
HALF_HOUR = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One value that somebody saw or asked for, in minutes from the first dose."""

    at: float
    value: float
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """
    The curve and the observations of one session.

    ``levels`` belong to ``minutes``; ``grade`` is the sentence that stands beside the curve.
    """

    uid: str
    minutes: tuple[float, ...]
    levels: tuple[float, ...]
    unit: str
    grade: str
    doses: tuple[float, ...]
    seen: tuple[Noted, ...]
    seen_name: str
    seen_high: float
    zero_clock: int


def draw_beside(facts: Beside) -> Drawing:
    """Draw the model above, the observations below, the doses through both."""
    x = Scale(facts.minutes[0], facts.minutes[-1], LEFT, RIGHT)
    frame = Frame(
        uid=facts.uid,
        title=TITLE,
        description=(
            f"Above, dashed: a modelled level in {facts.unit}. {facts.grade} "
            f"Below: {facts.seen_name}, {len(facts.seen)} values seen."
        ),
        width=WIDTH,
        height=HEIGHT,
    )
    svg = frame.wrap(
        _clocks(facts, x),
        _model(facts, x),
        _seen(facts, x),
        join(marks.dose(x(at), SEEN_FOOT + 12, 6) for at in facts.doses if x.holds(at)),
        cls="wide beside",
    )
    return Drawing(TITLE, svg, _twin(facts), width=WIDTH)


def _twin(facts: Beside) -> TableTwin:
    def level(at: float) -> str:
        nearest = min(range(len(facts.minutes)), key=lambda i: abs(facts.minutes[i] - at))
        return f"{facts.levels[nearest]:.0f}"

    rows = [
        (clock(facts.zero_clock, one.at), one.says, level(one.at))
        for one in sorted(facts.seen, key=lambda one: one.at)
    ]
    return table(TITLE, ("Time", f"{facts.seen_name}, seen", f"Modelled, {facts.unit}"), rows)


def _clocks(facts: Beside, x: Scale) -> Svg:
    first = int(-(-x.low // HALF_HOUR) * HALF_HOUR)
    stops = range(first, int(x.high) + 1, HALF_HOUR)
    return join(
        group(
            line(x(at), MODEL_TOP, x(at), SEEN_FOOT, cls="s-line", stroke_width=1),
            words(x(at), HEIGHT - 6, clock(facts.zero_clock, at), anchor="middle"),
        )
        for at in stops
    )


def _model(facts: Beside, x: Scale) -> Svg:
    top = max(*facts.levels, 1.0)
    y = Scale(0, top * 1.08, MODEL_FOOT, MODEL_TOP)
    points = [(x(at), y(level)) for at, level in zip(facts.minutes, facts.levels, strict=True)]
    return group(
        words(LEFT, 14, f"Modelled, not measured. {facts.grade}", cls="f-ink2"),
        words(LEFT - 8, y(top) + 4, f"{num(top, 0)} {facts.unit}", anchor="end"),
        words(LEFT - 8, MODEL_FOOT, "0", anchor="end"),
        line(LEFT, MODEL_FOOT, RIGHT, MODEL_FOOT, cls="s-line"),
        path(
            straight(points),
            cls="s-ink2",
            fill="none",
            stroke_width=1.8,
            stroke_dasharray="5 4",
        ),
    )


def _seen(facts: Beside, x: Scale) -> Svg:
    y = Scale(0, facts.seen_high, SEEN_FOOT, SEEN_TOP)
    shown = [one for one in facts.seen if x.holds(one.at)]
    return group(
        words(LEFT, SEEN_TOP - 8, f"{facts.seen_name}: seen", cls="f-ink2"),
        words(LEFT - 8, SEEN_TOP + 8, num(facts.seen_high, 0), anchor="end"),
        words(LEFT - 8, SEEN_FOOT, "0", anchor="end"),
        line(LEFT, SEEN_FOOT, RIGHT, SEEN_FOOT, cls="s-line"),
        join(
            group(
                dot(x(one.at), y(one.value), 4.5, cls="f-ink"),
                words(x(one.at) + 8, y(one.value) + 4, num(one.value, 0), cls="f-ink"),
            )
            for one in shown
        ),
    )
