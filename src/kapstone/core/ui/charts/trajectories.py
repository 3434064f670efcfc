"""Scores over time: everybody on one chart, or one person each on many small ones."""

from __future__ import annotations

from dataclasses import dataclass

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.drawing import Drawing, table
from kapstone.core.ui.charts.svg import (
    Frame,
    Scale,
    Svg,
    box,
    dot,
    join,
    line,
    path,
    straight,
    words,
)

Series = tuple[tuple[float, float], ...]  # (day, score), by day

WIDTH, HEIGHT = 664.0, 316.0
LEFT, RIGHT, TOP, FOOT = 104.0, 650.0, 12.0, 270.0
SMALL_WIDTH, SMALL_HEIGHT = 172.0, 104.0

# An outcome: its colour; a word and an icon always stand beside it.
OUTCOMES = {"remission": "moss", "response": "moss", "none": "ink3", "worse": "red"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """One person's scores and how they did; ``outcome`` is one of ``OUTCOMES``."""

    points: Series
    outcome: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityBand:
    """A named range of scores, from low up to high."""

    low: float
    high: float
    label: str
    remission: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectories:
    """Everybody who has a first and a last score, the median and the middle half."""

    uid: str
    measure: str
    high: float
    people: tuple[Trajectory, ...]
    bands: tuple[SeverityBand, ...] = ()
    median: Series = ()
    lower: Series = ()
    upper: Series = ()
    dose_days: tuple[float, ...] = ()
    ticks: tuple[tuple[float, str], ...] = ()
    days: float = 60.0
    low: float = 0.0
    empty: str = "Nobody has two scores yet."


def draw_trajectories(facts: Trajectories) -> Drawing:
    """Draw everybody, faint, with the median over them."""
    title = f"{facts.measure} over {facts.days:.0f} days"
    half = zip(facts.median, facts.lower, facts.upper, strict=True)
    rows = [
        (f"{day:.0f}", f"{middle:.1f}", f"{low:.1f} to {high:.1f}")
        for (day, middle), (_, low), (_, high) in half
    ]
    twin = table(title, ("Day", "Median", "Middle half"), rows)
    if not facts.people:
        return Drawing(title, "", twin, empty=facts.empty)
    x = Scale(0, facts.days, LEFT, RIGHT)
    y = Scale(facts.low, facts.high, FOOT, TOP)
    fall = (
        f" Median from {facts.median[0][1]:.0f} to {facts.median[-1][1]:.0f}."
        if facts.median
        else ""
    )
    frame = Frame(
        uid=facts.uid,
        title=title,
        description=f"{len(facts.people)} people.{fall}",
        width=WIDTH,
        height=HEIGHT,
    )
    svg = frame.wrap(
        _bands(facts, y),
        join(_person(one, x, y) for one in facts.people),
        _middle(facts, x, y),
        line(LEFT, FOOT, RIGHT, FOOT, cls="s-edge"),
        join(marks.dose(x(day), FOOT, 6) for day in facts.dose_days if x.holds(day)),
        _ticks(facts, x),
        words(
            LEFT,
            FOOT + 42,
            "Diamonds: the usual dose days. Thick line: median. Shade: middle half.",
            size=12.5,
        ),
        cls="wide",
    )
    return Drawing(title, svg, twin, width=WIDTH)


def _bands(facts: Trajectories, y: Scale) -> Svg:
    drawn: list[Svg] = []
    for band in facts.bands:
        high = y.clamp(band.high)
        if band.remission:
            drawn.append(box(LEFT, high, RIGHT - LEFT, y(band.low) - high, cls="f-moss-weak"))
        if band.low > facts.low:
            drawn.append(line(LEFT, y(band.low), RIGHT, y(band.low), cls="s-line"))
        ink, weight = ("f-moss", 600) if band.remission else ("f-ink3", 400)
        drawn.append(
            words(
                LEFT - 34,
                (y(band.low) + high) / 2 + 4,
                band.label,
                cls=ink,
                size=12.5,
                anchor="end",
                weight=weight,
            )
        )
        drawn.append(
            words(LEFT - 8, y(band.low) + 4, f"{band.low:.0f}", cls="f-ink2", anchor="end")
        )
    drawn.append(words(LEFT - 8, TOP + 4, f"{facts.high:.0f}", cls="f-ink2", anchor="end"))
    return join(drawn)


def _person(one: Trajectory, x: Scale, y: Scale) -> Svg:
    worse = one.outcome == "worse"
    points = [(x(day), y.clamp(score)) for day, score in one.points if x.holds(day)]
    return (
        path(
            straight(points),
            cls=f"s-{OUTCOMES[one.outcome]}",
            fill="none",
            stroke_width=1.8 if worse else 1.1,
            opacity=0.9 if worse else 0.34,
        )
        if points
        else Svg("")
    )


def _middle(facts: Trajectories, x: Scale, y: Scale) -> Svg:
    if not facts.median:
        return Svg("")
    places = [(x(day), y.clamp(score)) for day, score in facts.median]
    up = [(x(day), y.clamp(score)) for day, score in facts.upper]
    down = [(x(day), y.clamp(score)) for day, score in facts.lower]
    shade = (
        path(straight([*up, *reversed(down)], close=True), cls="f-fir", opacity=0.13)
        if up and down
        else Svg("")
    )
    return join(
        (
            shade,
            path(
                straight(places),
                cls="s-fir",
                fill="none",
                stroke_width=3.4,
                stroke_linejoin="round",
            ),
            *(dot(a, b, 4, cls="f-surface s-fir", stroke_width=2.4) for a, b in places),
        )
    )


def _ticks(facts: Trajectories, x: Scale) -> Svg:
    anchors = {0.0: "start", facts.days: "end"}
    return join(
        words(
            x(day), FOOT + 24, said, cls="f-ink2", size=12.5, anchor=anchors.get(day, "middle")
        )
        for day, said in facts.ticks
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallMultiple:
    """One person: scores, the line of half the first score, the zone of remission, doses."""

    uid: str
    name: str
    measure: str
    points: Series
    high: float
    remission_under: float
    outcome: str = "none"
    dose_days: tuple[float, ...] = ()
    days: float = 60.0
    empty: str = "No score yet."


def draw_small_multiple(facts: SmallMultiple) -> Drawing:
    """Draw one person's scores, on the same scale as everybody else's."""
    title = f"{facts.name}, {facts.measure}"
    twin = table(title, ("Day", "Score"), ((f"{d:.0f}", f"{s:.0f}") for d, s in facts.points))
    if not facts.points:
        return Drawing(title, "", twin, empty=facts.empty)
    x = Scale(0, facts.days, 2, SMALL_WIDTH - 24)
    y = Scale(0, facts.high, SMALL_HEIGHT - 16, 10)
    foot, colour = SMALL_HEIGHT - 16, OUTCOMES[facts.outcome]
    first, last = facts.points[0][1], facts.points[-1][1]
    end_x, end_y = x.clamp(facts.points[-1][0]), y.clamp(last)
    places = [(x.clamp(day), y.clamp(score)) for day, score in facts.points]
    frame = Frame(
        uid=facts.uid,
        title=title,
        description=f"From {first:.0f} to {last:.0f}.",
        width=SMALL_WIDTH,
        height=SMALL_HEIGHT,
    )
    svg = frame.wrap(
        box(
            2,
            y(facts.remission_under),
            SMALL_WIDTH - 26,
            foot - y(facts.remission_under),
            cls="f-moss-weak",
        ),
        line(
            2,
            y(first / 2),
            SMALL_WIDTH - 24,
            y(first / 2),
            cls="s-edge",
            stroke_dasharray="3 3",
        ),
        line(2, foot, SMALL_WIDTH - 24, foot, cls="s-line"),
        join(marks.dose(x(day), foot + 6.4, 3.4) for day in facts.dose_days if x.holds(day)),
        path(
            straight(places),
            cls=f"s-{colour}",
            fill="none",
            stroke_width=2.2,
            stroke_linejoin="round",
        ),
        dot(end_x, end_y, 4, cls=f"f-{colour}"),
        words(end_x + 8, end_y + 5, f"{last:.0f}", cls="f-ink", size=15, weight=680),
        cls="small",
    )
    return Drawing(title, svg, twin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """How many of those who started answered at each time point."""

    uid: str
    started: int
    points: tuple[tuple[str, int], ...]
    due: tuple[int, ...] = ()  # how many have come so far, where that is fewer
    empty: str = "Nobody has started yet."


def draw_completeness(facts: Completeness) -> Drawing:
    """Draw a bar a time point, against everybody who started and has come so far."""
    title = f"Measures filled in, out of {facts.started} who started"
    due = facts.due or (facts.started,) * len(facts.points)
    rows = (
        (said, f"{count} of {of}") for (said, count), of in zip(facts.points, due, strict=True)
    )
    twin = table(title, ("Time point", "Filled in"), rows)
    if not facts.points or facts.started <= 0:
        return Drawing(title, "", twin, empty=facts.empty)
    width, bar = 430.0, 430.0 / len(facts.points)
    frame = Frame(uid=facts.uid, title=title, description=title + ".", width=width, height=84)
    drawn = []
    for i, ((said, count), of) in enumerate(zip(facts.points, due, strict=True)):
        height = 52 * min(1.0, count / max(of, 1))
        drawn += [
            box(bar * i + 3, 10, bar - 6, 52, rx=3, cls="f-sunk"),
            box(bar * i + 3, 62 - height, bar - 6, height, rx=3, cls="f-lake"),
            words(bar * (i + 0.5), 78, said, anchor="middle"),
            words(
                bar * (i + 0.5),
                54 if height > 18 else 54 - height,
                str(count),
                cls="f-surface" if height > 18 else "f-ink",
                size=12.5,
                anchor="middle",
                weight=650,
            ),
        ]
    return Drawing(title, frame.wrap(join(drawn)), twin)
