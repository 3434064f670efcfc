"""The window in small, for the public page: middle, likely range, and days in words."""

from __future__ import annotations

from dataclasses import dataclass

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.drawing import Drawing, table
from kapstone.core.ui.charts.svg import Frame, Scale, Svg, join, line, path, straight, words
from kapstone.core.ui.charts.window_facts import Curve

WIDTH, HEIGHT = 560.0, 190.0
FLOOR, RISE = 150.0, 118.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSketch:
    """A curve, and (hour, words) to write under it; ``phases`` are its times in words."""

    uid: str
    curve: Curve
    ticks: tuple[tuple[float, str], ...] = ()
    phases: tuple[tuple[str, str], ...] = ()


def draw_window_sketch(facts: WindowSketch) -> Drawing:
    """Draw how open the window is thought to be, with a wide range."""
    title = "How open the window is thought to be"
    twin = table(title, ("When", "What is thought"), facts.phases)
    curve = facts.curve
    if not curve.hours:
        return Drawing(title, "", twin, empty="No curve to show.")
    x = Scale(curve.hours[0], curve.hours[-1], 8, WIDTH - 4)

    def row(values: tuple[float, ...]) -> list[tuple[float, float]]:
        return [
            (x(t), FLOOR - RISE * min(1.0, max(0.0, v)))
            for t, v in zip(curve.hours, values, strict=True)
        ]

    bands = [
        path(
            straight([*row(high), *reversed(row(low))], close=True),
            cls="f-window",
            opacity=share,
        )
        for (low, high), share in (
            (band, share) for band, share in ((curve.outer, 0.25), (curve.inner, 0.25)) if band
        )
    ]
    frame = Frame(
        uid=facts.uid,
        title=title,
        description="From the dose to the end of the window, with a wide likely range.",
        width=WIDTH,
        height=HEIGHT,
    )
    svg = frame.wrap(
        *bands,
        path(straight(row(curve.mid)), cls="s-window-ink", fill="none", stroke_width=3),
        line(0, FLOOR, WIDTH, FLOOR, cls="s-edge"),
        _ticks(facts, x),
        marks.dose(x(0) + 2, FLOOR, 9) if x.holds(0) else Svg(""),
        cls="sketch",
    )
    return Drawing(title, svg, twin)


def _ticks(facts: WindowSketch, x: Scale) -> Svg:
    return join(
        words(
            x.clamp(hour),
            180,
            said,
            cls="f-ink2",
            size=19,
            anchor="start" if x.clamp(hour) < 40 else "middle",
        )
        for hour, said in facts.ticks
    )
