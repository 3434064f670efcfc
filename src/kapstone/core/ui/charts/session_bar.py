"""One session as a bar: check-in, dose, vital signs done and due, now."""

from __future__ import annotations

from dataclasses import dataclass

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.axis import NowMark
from kapstone.core.ui.charts.drawing import Drawing, table
from kapstone.core.ui.charts.record_facts import clock
from kapstone.core.ui.charts.svg import Frame, Scale, Svg, box, dot, join, line, words

WIDTH, HEIGHT = 420.0, 46.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionBar:
    """Minutes from the first dose; before it has been given, ``dosed`` is false."""

    uid: str
    now: NowMark
    zero_clock: int
    done: tuple[float, ...] = ()
    due: tuple[float, ...] = ()
    dosed: bool = True
    start: float = -20.0
    end: float = 120.0


def draw_session_bar(facts: SessionBar) -> Drawing:
    """Draw the bar of a room card."""
    x = Scale(facts.start, facts.end, 0, WIDTH)
    now, zero = x.clamp(facts.now.at), x.clamp(0)
    next_due = next((t for t in sorted(facts.due) if t > facts.now.at), None)
    said = (
        f"{max(0, facts.now.at):.0f} minutes since the dose. "
        if facts.dosed
        else "The dose has not been given. "
    ) + f"{len(facts.done)} sets of vital signs done"
    said += (
        f", next due at {clock(facts.zero_clock, next_due)}." if next_due is not None else "."
    )
    frame = Frame(
        uid=facts.uid, title="Session so far", description=said, width=WIDTH, height=HEIGHT
    )
    svg = frame.wrap(
        box(0, 16, WIDTH, 10, rx=5, cls="f-sunk"),
        box(zero, 16, now - zero, 10, cls="f-fir") if facts.dosed else Svg(""),
        box(0, 16, min(zero, now), 10, rx=5, cls="f-edge", opacity=0.45),
        join(dot(x(t), 21, 3.4, cls="f-surface") for t in facts.done if x.holds(t)),
        join(
            dot(x(t), 21, 3, cls="s-edge", fill="none", stroke_width=1.4)
            for t in facts.due
            if x.holds(t) and t > facts.now.at
        ),
        marks.dose(zero, 21, 8, planned=not facts.dosed),
        line(now, 9, now, 33, cls="s-ink", stroke_width=2),
        words(zero, 44, clock(facts.zero_clock, 0), anchor="middle"),
        _hours(x),
        cls="bar-chart",
    )
    rows = [(clock(facts.zero_clock, t), "done") for t in facts.done]
    rows += [(clock(facts.zero_clock, t), "due") for t in facts.due]
    twin = table("Vital signs of this session", ("Time", "State"), rows)
    return Drawing("Session so far", svg, twin)


def _hours(x: Scale) -> Svg:
    hours = range(1, int(x.high // 60) + 1)
    return join(
        words(x(60 * h), 44, f"{h} h", anchor="end" if 60 * h >= x.high else "middle")
        for h in hours
    )
