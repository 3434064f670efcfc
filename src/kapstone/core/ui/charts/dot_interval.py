"""Rates as a dot and a 95 % interval, with published cohorts as small lettered marks below."""

from __future__ import annotations

from dataclasses import dataclass

from kapstone.core.ui.charts.drawing import Drawing, table
from kapstone.core.ui.charts.svg import Frame, Scale, Svg, dot, join, line, num, path, words

WIDTH = 430.0
LEFT, RIGHT = 8.0, 420.0
ROW = 78.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A published share under its letter; the letter is explained beside the chart."""

    letter: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of how many, and the interval that goes with it (Wilson)."""

    label: str
    count: int
    of: int
    low: float
    high: float
    worse: bool = False
    benchmarks: tuple[Benchmark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DotInterval:
    """Several rates over the same people."""

    uid: str
    title: str
    rates: tuple[Rate, ...]
    empty: str = "Fewer than 10 people: no rates are shown."


def draw_dot_interval(facts: DotInterval) -> Drawing:
    """Draw the rates."""
    rows = (
        (
            r.label,
            f"{r.count} of {r.of}",
            f"{100 * r.count / r.of:.0f}%",
            f"{100 * r.low:.0f} to {100 * r.high:.0f}%",
            ", ".join(f"{b.letter} {100 * b.share:.1f}%" for b in r.benchmarks),
        )
        for r in facts.rates
    )
    headers = ("Outcome", "People", "Share", "95% interval", "Published")
    twin = table(facts.title, headers, rows)
    if not facts.rates:
        return Drawing(facts.title, "", twin, empty=facts.empty)
    height = ROW * len(facts.rates) + 28
    x = Scale(0, 1, LEFT, RIGHT)
    said = ", ".join(f"{r.label} {r.count} of {r.of}" for r in facts.rates)
    frame = Frame(
        uid=facts.uid,
        title=facts.title,
        description=f"{said}, each with its 95 percent interval.",
        width=WIDTH,
        height=height,
    )
    svg = frame.wrap(
        _grid(x, height), join(_rate(r, 20 + ROW * i, x) for i, r in enumerate(facts.rates))
    )
    return Drawing(facts.title, svg, twin)


def _grid(x: Scale, height: float) -> Svg:
    drawn: list[Svg] = []
    for share, anchor in (
        (0, "start"),
        (0.25, "middle"),
        (0.5, "middle"),
        (0.75, "middle"),
        (1, "end"),
    ):
        drawn.append(line(x(share), 6, x(share), height - 24, cls="s-line"))
        drawn.append(
            words(x(share), height - 8, f"{100 * share:.0f}%", size=12.5, anchor=anchor)
        )
    return join(drawn)


def _rate(r: Rate, y: float, x: Scale) -> Svg:
    colour = "red" if r.worse else "fir"
    share = r.count / r.of
    return join(
        (
            words(LEFT, y, r.label, cls="f-ink", size=14.5, weight=680),
            words(
                LEFT + 12 + 8.2 * len(r.label),
                y,
                f"{r.count} of {r.of}, {100 * share:.0f}%",
                cls="f-ink2",
                size=14.5,
                weight=450,
            ),
            line(
                x(r.low),
                y + 18,
                x(r.high),
                y + 18,
                cls=f"s-{colour}",
                stroke_width=8,
                stroke_linecap="round",
                opacity=0.28,
            ),
            dot(x(share), y + 18, 7, cls=f"f-{colour}"),
            *(_benchmark(b, y, x) for b in r.benchmarks),
        )
    )


def _benchmark(b: Benchmark, y: float, x: Scale) -> Svg:
    return join(
        (
            path(f"M{num(x(b.share))} {num(y + 32)}l5 9h-10Z", cls="f-edge"),
            words(
                x(b.share),
                y + 54,
                b.letter,
                cls="f-ink2",
                size=12.5,
                anchor="middle",
                weight=600,
            ),
        )
    )
