"""Blood pressure so far, small, for the phone in one hand."""

from __future__ import annotations

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.drawing import Drawing, table
from kapstone.core.ui.charts.record_facts import SessionRecord, clock, pressure
from kapstone.core.ui.charts.record_ground import widen
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

WIDTH, HEIGHT = 358.0, 96.0


def draw_vitals_strip(facts: SessionRecord, *, ahead: float = 16.0) -> Drawing:
    """Draw the pressures from check-in to a little ahead of now."""
    taken = [v for v in facts.vitals if not v.struck and v.systolic and v.diastolic]
    rows = [(clock(facts.zero_clock, v.at), pressure(v)) for v in taken]
    twin = table("Blood pressure so far", ("Time", "Blood pressure"), rows)
    if not taken:
        return Drawing("Blood pressure so far", "", twin, empty="No blood pressure yet.")
    now = facts.now.at if facts.now else taken[-1].at
    x = Scale(facts.start + 2, max(now + ahead, 48.0), 6, WIDTH - 6)
    values = [value for v in taken for value in (v.systolic or 0, v.diastolic or 0)]
    low, high = widen(values, 60, 185)
    y = Scale(low, high, HEIGHT - 6, 4)
    frame = Frame(
        uid=f"{facts.uid}-strip",
        title="Blood pressure so far",
        description=f"Latest {rows[-1][1]} at {rows[-1][0]}.",
        width=WIDTH,
        height=HEIGHT,
    )
    svg = frame.wrap(
        _tell(facts, y),
        join(_chevrons(x(v.at), y(v.systolic or 0), y(v.diastolic or 0)) for v in taken),
        join(marks.dose(x(d.at), HEIGHT / 2, 6) for d in facts.doses if x.holds(d.at)),
        line(x(now), 2, x(now), HEIGHT, cls="s-ink", stroke_width=1.5),
        join(
            marks.due(x(t), HEIGHT - 12, next_one=True)
            for t in [t for t in sorted(facts.due) if t > now][:1]
            if x.holds(t)
        ),
        cls="strip",
    )
    return Drawing("Blood pressure so far", svg, twin)


def _tell(facts: SessionRecord, y: Scale) -> Svg:
    limit = facts.limits.tell_systolic
    if limit is None or not y.holds(limit):
        return Svg("")
    return join(
        (
            box(0, y(y.high), WIDTH, y(limit) - y(y.high), cls="f-amber", opacity=0.1),
            line(
                0,
                y(limit),
                WIDTH,
                y(limit),
                cls="s-amber",
                stroke_dasharray="1 4",
                stroke_linecap="round",
            ),
            words(
                WIDTH - 4,
                y(limit) - 4,
                f"tell {limit:.0f}",
                cls="f-amber",
                anchor="end",
                weight=550,
            ),
        )
    )


def _chevrons(x: float, high: float, low: float) -> Svg:
    d = (
        f"M{num(x - 6)} {num(high - 8)}L{num(x)} {num(high)}l6 -8"
        f"M{num(x - 6)} {num(low + 8)}L{num(x)} {num(low)}l6 8"
    )
    return group(
        line(x, high, x, low, cls="s-ink", opacity=0.45),
        path(
            d,
            cls="s-ink",
            fill="none",
            stroke_width=2.2,
            stroke_linecap="round",
            stroke_linejoin="round",
        ),
    )
