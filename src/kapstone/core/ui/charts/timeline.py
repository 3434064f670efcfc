"""The patient's timeline: windows, sessions, scores, weather, trails and sleep on one axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts import timeline_lanes as lanes
from kapstone.core.ui.charts.drawing import CursorStop, Drawing, TableTwin, table
from kapstone.core.ui.charts.svg import Frame, Scale, Svg, box, join, line, words
from kapstone.core.ui.charts.timeline_facts import WEATHER, Timeline

WIDTH = 1188.0
LEFT, RIGHT = 96.0, 1176.0
HEAD = 24.0

Lane = Callable[[Timeline, Scale, float], Svg]


def draw_timeline(facts: Timeline) -> Drawing:
    """Draw every lane, those without data too: an empty lane is a fact."""
    title = f"Timeline of {facts.name}"
    x = Scale(facts.start, facts.end, LEFT, RIGHT)
    placed, height = _placed(facts)
    frame = Frame(
        uid=facts.uid,
        title=title,
        description="Windows, sessions, scores, daily weather, trails and sleep on one axis of "
        "days. The table holds the same data.",
        width=WIDTH,
        height=height,
    )
    svg = frame.wrap(
        _ground(facts, x, height),
        join(draw(facts, x, y) for draw, y in placed),
        _now(facts, x, height),
        cls="widest",
    )
    stops = tuple(CursorStop(round(x(day + 0.5), 1), said) for day, said in _stops(facts))
    return Drawing(title, svg, _twin(facts), width=WIDTH, stops=stops)


def _placed(facts: Timeline) -> tuple[list[tuple[Lane, float]], float]:
    """Set the lanes one under another; their order never changes."""
    wanted: list[tuple[Lane, float]] = [(lanes.windows, 106), (lanes.sessions, 50)]
    wanted += [(lanes.scores(i), 136) for i in range(len(facts.scores))]
    trails = max(1, len(facts.trails))
    wanted += [(lanes.weather, 52), (lanes.trails, 22 + 44 * trails), (lanes.sleep, 50)]
    y, placed = 40.0, []
    for draw, height in wanted:
        placed.append((draw, y))
        y += height
    return placed, y


def _ground(facts: Timeline, x: Scale, height: float) -> Svg:
    drawn: list[Svg] = []
    if facts.now is not None:
        a = x.clamp(facts.now.at)
        drawn.append(box(a, HEAD, RIGHT - a, height - HEAD, cls="f-sunk", opacity=0.5))
    for tick in facts.ticks:
        if not x.holds(tick.at):
            continue
        drawn.append(line(x(tick.at), HEAD, x(tick.at), height - 4, cls="s-line"))
        crowded = facts.now is not None and abs(x(tick.at) + 26 - x(facts.now.at)) < 62
        if not crowded and x(tick.at) < RIGHT - 30:
            drawn.append(words(x(tick.at) + 5, 16, tick.label, size=12.5))
    return join(drawn)


def _now(facts: Timeline, x: Scale, height: float) -> Svg:
    if facts.now is None or not x.holds(facts.now.at):
        return Svg("")
    return marks.now_line(x(facts.now.at), HEAD, height - 4, facts.now.label or "today", 2)


def _days(facts: Timeline) -> Iterator[int]:
    yield from range(int(facts.start), int(facts.end) + 1)


def _stops(facts: Timeline) -> Iterator[tuple[float, str]]:
    """Yield what the cursor says of each day: every lane that has something on it."""
    for day in _days(facts):
        said = [f"{what}: {detail}" for at, what, detail in _rows(facts) if day <= at < day + 1]
        yield day, ". ".join([facts.day_words(day), *said])


def _rows(facts: Timeline) -> Iterator[tuple[float, str, str]]:
    for dose in facts.doses:
        yield dose.day, "Dose", f"{dose.number}, {'planned' if dose.planned else 'given'}"
    for session in facts.sessions:
        yield session.day, "Session", f"{session.label}, {'done' if session.done else 'booked'}"
    for scores in facts.scores:
        yield from ((day, scores.name, f"{value:.0f}") for day, value in scores.points)
        yield from ((day, scores.name, "due") for day in scores.due)
    for day, kind in facts.weather:
        yield day, "Weather", WEATHER[kind][3] if kind else "missing"
    for day, hours in facts.sleep:
        yield day, "Sleep", "missing" if hours is None else f"{hours:.1f} h"
    for ribbon in facts.trails:
        kind = "New trail" if ribbon.is_new else "Old trail"
        yield from (
            (day, f"{kind}, {ribbon.name}", f"strength {strength:.2f}")
            for day, strength in ribbon.points
            if day == int(day)
        )


def _twin(facts: Timeline) -> TableTwin:
    rows = sorted(_rows(facts), key=lambda row: (row[0], row[1]))
    return table(
        f"Timeline of {facts.name}",
        ("Day", "Lane", "Value"),
        ((facts.day_words(day), what, detail) for day, what, detail in rows),
    )
