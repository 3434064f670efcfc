"""The lanes of the timeline, each drawn from its own top edge."""

from __future__ import annotations

from collections.abc import Callable

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.svg import (
    Point,
    Scale,
    Svg,
    area,
    box,
    clip,
    dot,
    group,
    join,
    line,
    path,
    smooth,
    straight,
    words,
)
from kapstone.core.ui.charts.timeline_facts import WEATHER, Ribbon, Scores, Timeline


def named(y: float, name: str, note: str = "") -> Svg:
    """Name a lane at its left."""
    parts = [words(0, y + 14, name, cls="f-ink", size=13.5, weight=650)]
    if note:
        parts.append(words(0, y + 30, note))
    return join(parts)


def windows(facts: Timeline, x: Scale, y: float) -> Svg:
    """Draw the combined window: solid past, pale future, doses by number."""
    floor, rise = y + 78, 66.0
    # Doses close together add up to more than one dose alone; nothing is cut off at the top.
    top = max(
        [1.0, *(level for curve in (facts.curve, facts.planned_curve) for _, level in curve)]
    )

    def ridge(curve: tuple[tuple[float, float], ...], opacity: float, edge: float) -> Svg:
        points = [
            (x(day), floor - rise * max(0.0, level / top))
            for day, level in curve
            if x.holds(day)
        ]
        if len(points) < 2:
            return Svg("")
        return join(
            (
                path(area(points, floor), cls="f-window", opacity=opacity),
                path(
                    straight(points),
                    cls="s-window-ink",
                    fill="none",
                    stroke_width=1.3,
                    opacity=edge,
                ),
            )
        )

    uid, until = facts.uid, x.clamp(facts.now.at) if facts.now else x.end
    drawn = [
        named(y, "Windows", "modelled"),
        clip(f"{uid}-past", 0, 0, until, floor + 40),
        clip(f"{uid}-next", until, 0, x.end - until, floor + 40),
        group(ridge(facts.curve, 1, 0.8), clip_path=f"url(#{uid}-past)"),
        group(
            ridge(facts.planned_curve or facts.curve, 0.34, 0.5), clip_path=f"url(#{uid}-next)"
        ),
        line(x.start, floor, x.end, floor, cls="s-edge"),
    ]
    drawn += [
        marks.dose(x(d.day), floor, 9, planned=d.planned, label=str(d.number))
        for d in facts.doses
        if x.holds(d.day)
    ]
    if not facts.doses:
        drawn.append(words(x.start + 12, floor - 12, facts.no_dose, cls="f-ink2", size=13))
    return join(drawn)


def sessions(facts: Timeline, x: Scale, y: float) -> Svg:
    """Draw sessions, a label under each where there is room."""
    drawn, last = [named(y, "Sessions")], -100.0
    now = x(facts.now.at) if facts.now else x.end
    for one in sorted(facts.sessions, key=lambda one: one.day):
        if not x.holds(one.day):
            continue
        place = x(one.day)
        drawn.append(marks.session(place, y + 10, done=one.done))
        half = 3.1 * len(one.label) + 3
        middle = min(place, now - half) if place < now else place
        if one.label and middle - half > last:
            drawn.append(words(middle, y + 33, one.label, cls="f-heather", anchor="middle"))
            last = middle + half
    return join(drawn)


def scores(i: int) -> Callable[[Timeline, Scale, float], Svg]:
    """Give the drawer of the i-th instrument's lane."""

    def draw(facts: Timeline, x: Scale, y: float) -> Svg:
        return _scores(facts.scores[i], x, y)

    return draw


def _scores(one: Scores, x: Scale, y: float) -> Svg:
    up = Scale(one.low, one.high, y + 112, y - 6)
    drawn = [named(y, one.name, f"{one.low:.0f} to {one.high:.0f}")]
    if one.remission_under is not None:
        top = up(one.remission_under)
        drawn += [
            box(x.start, top, x.end - x.start, up(one.low) - top, cls="f-moss-weak"),
            words(
                x.end - 6,
                top + 15,
                f"remission, under {one.remission_under:.0f}",
                cls="f-moss",
                anchor="end",
                weight=600,
            ),
        ]
    if one.response_at is not None:
        level = up(one.response_at)
        drawn += [
            line(x.start, level, x.end, level, cls="s-edge", stroke_dasharray="4 4"),
            words(x.end - 6, level - 5, f"response, {one.response_at:g} or less", anchor="end"),
        ]
    places = [(x(day), up.clamp(value), value) for day, value in one.points if x.holds(day)]
    if len(places) > 1:
        drawn.append(
            path(
                straight([(a, b) for a, b, _ in places]),
                cls="s-fir",
                fill="none",
                stroke_width=2.6,
                stroke_linejoin="round",
            )
        )
    for a, b, value in places:
        drawn.append(dot(a, b, 5, cls="f-surface s-fir", stroke_width=2.6))
        drawn.append(words(a + 9, b - 8, f"{value:.0f}", cls="f-ink", size=14, weight=650))
    for day in one.due:
        if x.holds(day):
            a, b = x(day), up(one.low) - 8
            drawn.append(
                dot(
                    a,
                    b,
                    5,
                    cls="s-edge",
                    fill="none",
                    stroke_width=1.6,
                    stroke_dasharray="2 2.4",
                )
            )
            drawn.append(words(a + 9, b + 4, "due"))
    if not one.points and not one.due:
        drawn.append(words(x.start + 12, y + 60, "No score yet", cls="f-ink2", size=13))
    return join(drawn)


def weather(facts: Timeline, x: Scale, y: float) -> Svg:
    """Draw one cell a day; a day without an answer is a dashed cell."""
    width = min(26.0, x.step - 3)
    drawn = [named(y, "Weather", "each evening")]
    for day, kind in facts.weather:
        if not x.holds(day) or not x.holds(day + 0.9):
            continue
        left = x(day) + (x.step - width) / 2
        if kind is None:
            drawn.append(marks.missing(left, y, width, 24))
            continue
        icon, ink, ground, _ = WEATHER[kind]
        drawn.append(
            box(
                left,
                y,
                width,
                24,
                rx=6,
                cls=f"f-{ground}",
                opacity=0.4 if kind == "bright" else 0.25,
            )
        )
        if width > 14:
            drawn.append(marks.icon(icon, left + width / 2 - 8, y + 4, 16, f"s-{ink}"))
    return join(drawn)


def trails(facts: Timeline, x: Scale, y: float) -> Svg:
    """Draw each trail as a ribbon as wide as it is strong, in the patient's words."""
    drawn = [named(y, "Trails", "at the fork")]
    drawn += [_ribbon(one, facts, x, y + 24 + 44 * i) for i, one in enumerate(facts.trails)]
    if not facts.trails:
        drawn.append(words(x.start + 12, y + 28, "No fork named yet", cls="f-ink2", size=13))
    return join(drawn)


def _ribbon(one: Ribbon, facts: Timeline, x: Scale, middle: float) -> Svg:
    shown = [(x(day), strength) for day, strength in one.points if x.holds(day)]
    if len(shown) < 2:
        return Svg("")
    upper: list[Point] = [(a, middle - max(0.6, 15 * s)) for a, s in shown]
    lower: list[Point] = [(a, middle + max(0.6, 15 * s)) for a, s in reversed(shown)]
    d = f"{smooth(upper)}L{smooth(lower)[1:]}Z"
    bed, edge = ("window", "window-ink") if one.is_new else ("bark", "bark")
    beside_now = x(facts.now.at) + 10 if facts.now and facts.now.at >= one.points[-1][0] else 0
    left = max(shown[-1][0] + 12, beside_now)
    name = marks.shorten(one.name, x.end - left - 4, 14.5)
    return join(
        (
            path(d, cls=f"f-{bed} s-{edge}", opacity=0.75 if one.is_new else 0.42),
            words(
                left,
                middle + 5,
                name,
                cls=f"voice f-{edge}",
                size=14.5,
                weight=600,
            ),
        )
    )


def sleep(facts: Timeline, x: Scale, y: float) -> Svg:
    """Draw a bar a night; a short one in amber, an unknown one dashed."""
    up = Scale(0, 10, y + 34, y)
    drawn = [named(y, "Sleep", "hours")]
    width = max(2.0, x.step - 10)
    for day, hours in facts.sleep:
        if not x.holds(day) or not x.holds(day + 0.9):
            continue
        left = x(day) + (x.step - width) / 2
        if hours is None:
            drawn.append(marks.missing(left, up(7), width, up(0) - up(7)))
            continue
        top = up.clamp(hours)
        shade = "f-amber" if hours < facts.short_night else "f-lake"
        drawn.append(box(left, top, width, up(0) - top, rx=2, cls=shade, opacity=0.7))
    goal = up(facts.sleep_goal)
    drawn.append(line(x.start, goal, x.end, goal, cls="s-edge", stroke_dasharray="2 4"))
    drawn.append(words(x.end - 6, goal - 4, f"{facts.sleep_goal:g} h", anchor="end"))
    return join(drawn)
