"""The marks that every chart shares, one of each, with its meaning."""

from __future__ import annotations

from dataclasses import dataclass

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.svg import Svg, box, dot, element, join, line, path


@dataclass(frozen=True, slots=True)
class MarkSample:
    """One mark, its name and what to know of it."""

    svg: str
    name: str
    note: str


def _sample(name: str, note: str, *drawn: Svg) -> MarkSample:
    svg = element(
        "svg", join(drawn), width=56, height=40, view_box="0 0 56 40", aria_hidden="true"
    )
    return MarkSample(svg, name, note)


_PULSE = ((8, 26), (28, 16), (48, 20))
_SPO2 = ((8, 16), (28, 18), (48, 16))

MARKS = (
    _sample("Dose given", "yellow, as on syringe labels", marks.dose(28, 20, 11)),
    _sample("Dose planned", "same shape, dashed", marks.dose(28, 20, 11, planned=True)),
    _sample("Session done", "filled circle", marks.session(28, 20, 8, done=True)),
    _sample("Session booked", "ring", marks.session(28, 20, 8, done=False)),
    _sample(
        "Practice",
        "done, planned",
        marks.practice(20, 20, done=True),
        marks.practice(38, 20, done=False),
    ),
    _sample(
        "Window",
        "only ever amber",
        path("M4 32C14 32 14 10 26 10S44 30 54 31V34H4Z", cls="f-window"),
    ),
    _sample(
        "Blood pressure",
        "points meet the value",
        line(28, 12, 28, 28, cls="s-ink", opacity=0.45),
        path(
            "M20 4L28 12L36 4M20 36L28 28L36 36",
            cls="s-ink",
            fill="none",
            stroke_width=2.6,
            stroke_linejoin="round",
            stroke_linecap="round",
        ),
    ),
    _sample(
        "Heart rate",
        "dots, own lane",
        path("M8 26L28 16L48 20", cls="s-moss", fill="none", stroke_width=1.8),
        *(dot(x, y, 4.4, cls="f-moss") for x, y in _PULSE),
    ),
    _sample(
        "Saturation",
        "squares, own lane",
        path("M8 16L28 18L48 16", cls="s-lake", fill="none", stroke_width=1.8),
        *(box(x - 3.6, y - 3.6, 7.2, 7.2, cls="f-lake") for x, y in _SPO2),
    ),
    _sample("Due", "next, later", marks.due(20, 14, next_one=True), marks.due(40, 14)),
    _sample("Missing", "always drawn, never skipped", marks.missing(18, 10, 20, 20)),
    _sample(
        "Trail",
        "width is strength",
        path("M4 14C20 10 36 20 52 16V24C36 28 20 20 4 24Z", cls="f-window s-window-ink"),
    ),
)
