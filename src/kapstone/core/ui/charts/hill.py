"""The patient's window as a hill, the sun at now; flat land at dawn before the first dose."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from kapstone.core.ui.charts.axis import DAY_HOURS, DayMark, day_spans
from kapstone.core.ui.charts.drawing import Drawing, table
from kapstone.core.ui.charts.svg import (
    Frame,
    Point,
    Scale,
    Svg,
    area,
    box,
    clip,
    dot,
    element,
    join,
    path,
    straight,
    words,
)
from kapstone.core.ui.charts.window_facts import between

WIDTH, HEIGHT = 390.0, 318.0
BASE = HEIGHT - 62
STEP = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hill:
    """
    What the phone shows: no numbers, only when.

    ``sentence`` says in words what the picture shows; without ``values`` the land is flat.
    """

    uid: str
    sentence: str
    hours: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    now: float = 0.0
    start: float = -10.0
    end: float = 156.0
    days: tuple[DayMark, ...] = ()


def draw_hill(facts: Hill) -> Drawing:
    """Draw the hill, theme by theme through the style sheet alone."""
    x = Scale(facts.start, facts.end, 0, WIDTH)
    crest = [
        (x(t), _height(between(facts.hours, facts.values, t)))
        for t in _every(facts.start, facts.end, 0.75)
    ]
    sun_at = x.clamp(facts.now)
    sun_y = _height(between(facts.hours, facts.values, facts.now)) - 3
    frame = Frame(
        uid=facts.uid,
        title="Your window this week",
        description=facts.sentence,
        width=WIDTH,
        height=HEIGHT,
    )
    svg = frame.wrap(
        _defs(facts.uid, sun_at),
        box(0, 0, WIDTH, HEIGHT, fill=f"url(#{facts.uid}-sky)"),
        box(0, 0, WIDTH, HEIGHT, fill=f"url(#{facts.uid}-fade)"),
        dot(sun_at, sun_y - 1, 120, fill=f"url(#{facts.uid}-glow)"),
        path(_ridge(BASE - 62, 16, 4), cls="f-far", opacity=0.75),
        path(_ridge(BASE - 34, 13, 11), cls="f-mid", opacity=0.7),
        _window(facts, crest),
        dot(sun_at, sun_y, 16, cls="f-sun s-window-ink", stroke_width=2),
        _forest(),
        _days(facts, x),
        cls="hill",
    )
    rows = ((day.label, "today" if day.today else "") for day in facts.days)
    return Drawing("Your window this week", svg, table(facts.sentence, ("Day", ""), rows))


def _height(value: float) -> float:
    return BASE - 16 - 118 * min(1.0, max(0.0, value))


def _every(start: float, end: float, step: float) -> list[float]:
    return [start + step * i for i in range(math.ceil((end - start) / step) + 1)]


def _stop(offset: str, token: str, opacity: float | None = None) -> Svg:
    return element("stop", offset=offset, cls=f"stop-{token}", stop_opacity=opacity)


def _gradient(uid: str, *stops: Svg) -> Svg:
    return element("linearGradient", *stops, id=uid, x1=0, y1=0, x2=0, y2=1)


def _defs(uid: str, until: float) -> Svg:
    return element(
        "defs",
        _gradient(f"{uid}-sky", _stop("0", "sky1"), _stop("1", "sky2")),
        _gradient(f"{uid}-fade", _stop("0", "paper", 1), _stop(".25", "paper", 0)),
        _gradient(f"{uid}-win", _stop("0", "window"), _stop("1", "window", 0.55)),
        element(
            "radialGradient",
            _stop("0", "glow", 1),
            _stop(".45", "glow", 0.55),
            _stop("1", "glow", 0),
            id=f"{uid}-glow",
        ),
        clip(f"{uid}-past", 0, 0, until, HEIGHT),
        clip(f"{uid}-next", until, 0, WIDTH - until, HEIGHT),
    )


def _window(facts: Hill, crest: list[Point]) -> Svg:
    if not facts.values:
        return Svg("")
    uid, under = facts.uid, area(crest, HEIGHT)
    fill = f"url(#{uid}-win)"
    return join(
        (
            path(under, fill=fill, clip_path=f"url(#{uid}-past)"),
            path(under, fill=fill, opacity=0.45, clip_path=f"url(#{uid}-next)"),
            path(
                straight(crest), cls="s-window-ink", fill="none", stroke_width=2, opacity=0.55
            ),
        )
    )


def _ridge(y: float, rise: float, seed: int) -> str:
    """Describe a far line of hills: three waves whose places come from the seed."""
    a, b, c = (Random(seed + k).random() * math.tau for k in range(3))  # noqa: S311  a drawing
    points = [
        (
            i * STEP,
            y
            + rise
            * (
                0.6 * math.sin(i * 0.16 + a)
                + 0.4 * math.sin(i * 0.31 + b)
                + 0.2 * math.sin(i * 0.7 + c)
            ),
        )
        for i in range(int(WIDTH / STEP) + 1)
    ]
    return area(points, HEIGHT)


def _forest() -> Svg:
    """Draw the wood in front: the same for everybody, every day."""
    chance = Random(7)  # noqa: S311  a drawing
    ground = [
        (i * STEP, BASE + 2 + 7 * math.sin(i * 0.33 + 1) + 4 * math.sin(i * 0.9))
        for i in range(int(WIDTH / STEP) + 1)
    ]
    floor = [
        (i * STEP, BASE + 22 + 5 * math.sin(i * 0.4 + 2)) for i in range(int(WIDTH / STEP) + 1)
    ]
    trees = []
    for i in range(58):
        x = i * 6.9 + chance.uniform(-3, 3)
        y = BASE + 10 + 7 * math.sin(x / STEP * 0.33 + 1) + chance.uniform(0, 6)
        trees.append(
            _conifer(x, y, chance.uniform(13, 27) * (1.25 if abs(x - 200) > 130 else 0.9))
        )
    return join(
        (
            path(area(ground, HEIGHT) + "".join(trees), cls="f-near"),
            path(area(floor, HEIGHT), cls="f-nearer"),
        )
    )


def _conifer(x: float, y: float, height: float) -> str:
    w = height * 0.44
    tiers = (0.38, 0.24, 0.5, 0.34, 0.6)
    right = [x + w * t for t in tiers]
    left = [x - w * t for t in tiers]
    levels = [y - height * 0.58, y - height * 0.58, y - height * 0.24, y - height * 0.24, y]
    outline = [(x, y - height), *zip(right, levels, strict=True)]
    outline += list(zip(reversed(left), reversed(levels), strict=True))
    return straight(outline, close=True)


def _days(facts: Hill, x: Scale) -> Svg:
    drawn: list[Svg] = []
    end = facts.days[-1].at + DAY_HOURS if facts.days else facts.end
    for day, until in day_spans(facts.days, end):
        a, b = x.clamp(day.at), x.clamp(until)
        if b - a < 26:
            continue
        middle = min(WIDTH - 24, max(26.0, (a + b) / 2))
        ink, weight = ("f-day-on", 700) if day.today else ("f-day", 450)
        drawn.append(
            words(
                middle, HEIGHT - 13, day.label, cls=ink, size=15, anchor="middle", weight=weight
            )
        )
        if day.today:
            drawn.append(box(middle - 18, HEIGHT - 7, 36, 3, rx=1.5, cls="f-window"))
    return join(drawn)
