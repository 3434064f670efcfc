"""What lies under the marks of the session record: scales, lanes, zones, grid, clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kapstone.core.ui.charts.record_facts import SessionRecord, clock
from kapstone.core.ui.charts.svg import Scale, Svg, box, join, line, words

WIDTH = 742.0
LEFT, RIGHT = 46.0, 730.0
EVENTS = 2.0
HEAD, BODY = 80.0, 170.0
PULSE_TOP, PULSE_HEIGHT = 276.0, 74.0
SPO2_TOP, SPO2_HEIGHT = 376.0, 40.0
FOOT = SPO2_TOP + SPO2_HEIGHT
ALERT = FOOT + 22
HEIGHT = FOOT + 62
CLEAR = 14.0  # so that a limit's words stand left of the last line of the clock
APART = 12.0  # two numbers of a scale need at least this much between them


@dataclass(frozen=True, slots=True)
class Scales:
    """The four scales of one record, and what to say where one is wider than usual."""

    x: Scale
    pressure: Scale
    pulse: Scale
    saturation: Scale
    widened: str


def widen(values: list[float], low: float, high: float) -> tuple[float, float]:
    """Move the ends of a scale outwards by steps of 20 until every value has room."""
    while values and min(values) < low:
        low -= 20
    while values and max(values) > high:
        high += 20
    return low, high


def scales_for(facts: SessionRecord) -> Scales:
    """Choose the scales, wider than usual only where a value needs it."""

    def seen(*names: str) -> list[float]:
        found = (getattr(v, name) for v in facts.vitals for name in names)
        return [value for value in found if value is not None]

    p_low, p_high = widen(seen("systolic", "diastolic"), 60, 190)
    h_low, h_high = widen(seen("pulse"), 50, 130)
    s_low, s_high = widen(seen("saturation"), 88, 100)
    said = [
        name
        for name, ends, usual in (
            ("blood pressure", (p_low, p_high), (60, 190)),
            ("heart rate", (h_low, h_high), (50, 130)),
            ("saturation", (s_low, s_high), (88, 100)),
        )
        if ends != usual
    ]
    return Scales(
        x=Scale(facts.start, facts.end, LEFT, RIGHT),
        pressure=Scale(p_low, p_high, HEAD + BODY, HEAD),
        pulse=Scale(h_low, h_high, PULSE_TOP + PULSE_HEIGHT, PULSE_TOP),
        saturation=Scale(s_low, s_high, SPO2_TOP + SPO2_HEIGHT, SPO2_TOP),
        widened=f"Scale widened: {', '.join(said)}." if said else "",
    )


def lanes() -> Svg:
    """Draw the three lanes."""
    return join(
        box(LEFT, y, RIGHT - LEFT, height, rx=4, cls="f-surface s-line")
        for y, height in (
            (HEAD, BODY),
            (PULSE_TOP, PULSE_HEIGHT),
            (SPO2_TOP, SPO2_HEIGHT),
        )
    )


def _zone(scale: Scale, a: float, b: float, opacity: float) -> Svg:
    top, foot = sorted((scale.clamp(a), scale.clamp(b)))
    return box(LEFT, top, RIGHT - LEFT, foot - top, cls="f-amber", opacity=opacity)


def _limit(scale: Scale, value: float, said: str, below: bool = False) -> Svg:
    if not scale.holds(value):
        return Svg("")
    y = scale(value)
    return join(
        (
            line(
                LEFT, y, RIGHT, y, cls="s-amber", stroke_dasharray="1 4", stroke_linecap="round"
            ),
            words(
                RIGHT - CLEAR,
                y + 13 if below else y - 4,
                said,
                cls="f-amber",
                size=11.5,
                anchor="end",
                weight=550,
            ),
        )
    )


def zones(facts: SessionRecord, s: Scales) -> Svg:
    """Shade the limits where they cannot be misread; the floor of systolic is only a tick."""
    lim, drawn = facts.limits, []
    if lim.act_systolic is not None:
        drawn += [
            _zone(s.pressure, lim.act_systolic, s.pressure.high, 0.2),
            _limit(s.pressure, lim.act_systolic, f"act {lim.act_systolic:.0f}"),
        ]
    if lim.tell_systolic is not None:
        upper = lim.act_systolic if lim.act_systolic is not None else s.pressure.high
        drawn += [
            _zone(s.pressure, lim.tell_systolic, upper, 0.11),
            _limit(s.pressure, lim.tell_systolic, f"tell {lim.tell_systolic:.0f}"),
        ]
    if lim.low_systolic is not None:
        y = s.pressure.clamp(lim.low_systolic)
        drawn += [
            line(RIGHT, y, RIGHT - 26, y, cls="s-amber", stroke_width=1.6),
            words(
                RIGHT - 31,
                y + 4,
                f"systolic under {lim.low_systolic:.0f}",
                cls="f-amber",
                size=11.5,
                anchor="end",
                weight=550,
            ),
        ]
    return join((*drawn, *_side_zones(facts, s)))


def _side_zones(facts: SessionRecord, s: Scales) -> Iterator[Svg]:
    lim = facts.limits
    if lim.tell_pulse is not None:
        yield _zone(s.pulse, lim.tell_pulse, s.pulse.high, 0.14)
    if lim.low_pulse is not None:
        yield _zone(s.pulse, lim.low_pulse, s.pulse.low, 0.14)
    if lim.tell_saturation is not None:
        yield _zone(s.saturation, lim.tell_saturation, s.saturation.low, 0.14)
        said = f"tell {lim.tell_saturation:.0f}"
        yield _limit(s.saturation, lim.tell_saturation, said, below=True)
    if lim.act_saturation is not None:
        yield _zone(s.saturation, lim.act_saturation, s.saturation.low, 0.16)


def grid(facts: SessionRecord, s: Scales) -> Svg:
    """Rule the lanes, and number them and the clock."""
    drawn: list[Svg] = []
    first = -(-int(facts.start) // 15) * 15
    for minute in range(first, int(facts.end) + 1, 15):
        x, thick = s.x(minute), 1.2 if minute % 30 == 0 else 0.6
        for top, height in ((HEAD, BODY), (PULSE_TOP, PULSE_HEIGHT), (SPO2_TOP, SPO2_HEIGHT)):
            drawn.append(line(x, top, x, top + height, cls="s-line", stroke_width=thick))
    drawn += _scale_marks(s.pressure, 20, 60)
    drawn += _scale_marks(s.pulse, 30, 60)
    drawn += _scale_marks(s.saturation, 5, 90, ruled=False)
    for top, name in (
        (HEAD, "Blood pressure"),
        (PULSE_TOP, "Heart rate"),
        (SPO2_TOP, "Saturation"),
    ):
        drawn.append(words(LEFT, top - 7, name, cls="f-ink2", size=12.5, weight=650))
    if s.widened:
        drawn.append(words(RIGHT, HEAD - 7, s.widened, cls="f-amber", size=12, anchor="end"))
    return join((*drawn, *_clock_marks(facts, s, first)))


def _scale_marks(scale: Scale, step: int, first: int, ruled: bool = True) -> list[Svg]:
    drawn = []
    while step * abs(scale.step) < APART:
        step *= 2
    low = first - step * (int(first - scale.low) // step if scale.low < first else 0)
    for value in range(low, int(scale.high) + 1, step):
        y = scale(value)
        drawn.append(words(LEFT - 8, y + 4, str(value), anchor="end"))
        if ruled:
            drawn.append(line(LEFT, y, RIGHT, y, cls="s-line", stroke_width=0.6))
    return drawn


def _clock_marks(facts: SessionRecord, s: Scales, first: int) -> Iterator[Svg]:
    for minute in range(0, int(facts.end) + 1, 30):
        anchor = "middle" if s.x(minute) < RIGHT - 16 else "end"
        yield words(
            s.x(minute),
            ALERT + 24,
            clock(facts.zero_clock, minute),
            cls="f-ink2",
            size=12.5,
            anchor=anchor,
            weight=550,
        )
    if first < 0:
        said = clock(facts.zero_clock, first)
        yield words(s.x(first), ALERT + 24, said, size=12.5, anchor="middle")
