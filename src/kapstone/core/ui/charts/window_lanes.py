"""The lanes under the window: sessions, practices, sleep and ordinary life."""

from __future__ import annotations

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.svg import Scale, Svg, box, dot, group, join, line, words
from kapstone.core.ui.charts.window_facts import PlannedSession, WindowCurve

WIDTH = 968.0
LEFT, RIGHT = 64.0, 960.0
TOP, FLOOR = 34.0, 272.0
CROWN = TOP + 36


def level(value: float) -> float:
    """Give the height of a level, 0 closed to 1 most open."""
    return FLOOR - 8 - (FLOOR - CROWN - 8) * min(1.0, max(0.0, value))


def lane_places(facts: WindowCurve) -> tuple[dict[str, float], float]:
    """Set the lanes that have something in them one under another."""
    wanted = {
        "Sessions": (facts.sessions, 58.0),
        "Practices": (facts.practices, 17.0 * len(facts.practices) + 14),
        "Sleep": (facts.sleep, 32.0),
        "Life": (facts.life, 34.0),
    }
    foot = FLOOR + 44
    placed: dict[str, float] = {}
    for name, (inside, height) in wanted.items():
        if inside:
            placed[name] = foot
            foot += height
    return placed, foot + (2 if placed else -8)


def lane_marks(facts: WindowCurve, x: Scale, lanes: dict[str, float], height: float) -> Svg:
    """Draw every lane under the curve, each session tied to it by a stem."""
    drawn: list[Svg] = []
    for name, y in lanes.items():
        drawn.append(line(LEFT, y - 6, RIGHT, y - 6, cls="s-line"))
        drawn.append(words(0, y + 17, name, cls="f-ink2", size=13, weight=600))
    if "Sleep" in lanes:
        drawn.append(_sleep(facts, x, lanes["Sleep"]))
    if "Life" in lanes:
        drawn.append(_life(facts, x, lanes["Life"]))
    if "Practices" in lanes:
        drawn.append(_practices(facts, x, lanes["Practices"]))
    if "Sessions" in lanes:
        drawn.extend(_session(facts, s, x, lanes["Sessions"], height) for s in facts.sessions)
    return join(drawn)


def _sleep(facts: WindowCurve, x: Scale, y: float) -> Svg:
    drawn = []
    for night in facts.sleep:
        a, b = x.clamp(night.start), x.clamp(night.end)
        past = facts.now is None or night.end <= facts.now.at
        shade = "f-amber" if night.late else "f-lake"
        drawn.append(box(a, y + 1, b - a, 16, rx=8, cls=shade, opacity=0.85 if past else 0.38))
        if night.label:
            ink = "f-amber" if night.late else "f-ink2"
            drawn.append(words(a - 6, y + 13.5, night.label, cls=ink, anchor="end", weight=600))
    return join(drawn)


def _life(facts: WindowCurve, x: Scale, y: float) -> Svg:
    drawn = []
    for span in facts.life:
        a, b = x.clamp(span.start), x.clamp(span.end)
        said = marks.shorten(span.label, b - a - 6)
        drawn.append(box(a, y, b - a, 22, rx=5, cls="f-sunk s-line"))
        drawn.append(words((a + b) / 2, y + 15.5, said, cls="f-ink2", anchor="middle"))
    return join(drawn)


def _practices(facts: WindowCurve, x: Scale, y: float) -> Svg:
    drawn = []
    for i, row in enumerate(facts.practices):
        foot = y + 11 + 17 * i
        drawn += [marks.practice(x(t), foot, done=True) for t in row.done if x.holds(t)]
        drawn += [marks.practice(x(t), foot, done=False) for t in row.planned if x.holds(t)]
        drawn.append(words(RIGHT, foot + 4, row.label, cls="f-ink2", anchor="end"))
    return join(drawn)


_SESSION_SHADES = {
    "done": ("f-heather s-heather", "f-surface", "f-surface"),
    "booked": ("f-heather-weak s-heather", "f-heather", "f-heather"),
    "free": ("s-edge", "f-ink2", "f-ink3"),
    "held": ("f-surface s-focus", "f-ink", "f-ink2"),
}


def _session(
    facts: WindowCurve, session: PlannedSession, x: Scale, y: float, height: float
) -> Svg:
    at, free, held = x.clamp(session.at), session.state == "free", session.state == "held"
    shade, ink, ink_when = _SESSION_SHADES[session.state]
    height_there = level(facts.curve.at(session.at)) if facts.curve else FLOOR
    width = max(78.0, 22 + 6.7 * max(len(session.title) * 1.1, len(session.when)))
    left = min(at - 10, RIGHT - width)
    stem = Svg("")
    if not free:
        colour = "s-focus" if held else "s-heather"
        filled = "f-heather" if session.state == "done" else "f-surface"
        stem = join(
            (
                line(
                    at,
                    TOP - 6 if held else height_there,
                    at,
                    height - 8 if held else y + 2,
                    cls=colour,
                    stroke_width=1.5,
                    stroke_dasharray="5 4" if held else None,
                ),
                dot(
                    at,
                    height_there,
                    8 if held else 6,
                    cls=f"{filled} {colour}",
                    stroke_width=2.6,
                ),
            )
        )
    return group(
        stem,
        box(
            left,
            y,
            width,
            40,
            rx=8,
            cls=shade,
            fill="none" if free else None,
            stroke_width=2.5 if held else 1,
            stroke_dasharray="4 4" if free else None,
        ),
        words(left + 10, y + 17, session.title, cls=ink, size=13.5, weight=680),
        words(left + 10, y + 32, session.when, cls=ink_when),
    )
