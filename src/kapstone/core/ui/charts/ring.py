"""A ring that fills until something is due."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kapstone.core.ui.charts.drawing import Drawing, table
from kapstone.core.ui.charts.svg import Frame, dot, num

SIZE = 74.0
RADIUS = 31.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """``share`` of the wait that has gone, 0 to 1; more is overdue."""

    uid: str
    share: float
    words: str


def draw_ring(facts: Ring) -> Drawing:
    """Draw the ring; the words beside it say the time."""
    share = min(1.0, max(0.0, facts.share))
    round_ = 2 * math.pi * RADIUS
    overdue = facts.share > 1
    frame = Frame(
        uid=facts.uid, title="Countdown", description=facts.words, width=SIZE, height=SIZE
    )
    middle = SIZE / 2
    svg = frame.wrap(
        dot(middle, middle, RADIUS, cls="s-line", fill="none", stroke_width=7),
        dot(
            middle,
            middle,
            RADIUS,
            cls="s-amber" if overdue else "s-ink",
            fill="none",
            stroke_width=7,
            stroke_linecap="round",
            stroke_dasharray=f"{num(round_ * share)} {num(round_ + 1)}",
            transform=f"rotate(-90 {num(middle)} {num(middle)})",
        )
        if share > 0
        else "",
        cls="ring",
    )
    return Drawing("Countdown", svg, table(facts.words, ("Countdown",), ((facts.words,),)))
