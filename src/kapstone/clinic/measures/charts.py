"""One person's scores over time, drawn on the bands of the instrument. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.drawing import CursorStop, Drawing, table
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

WIDTH, HEIGHT = 860.0, 276.0
LEFT, RIGHT, TOP, FOOT = 148.0, 840.0, 16.0, 226.0
SHORTEST_DAYS = 28.0
NARROWEST_TICK = 58.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreMark:
    """One reply: a total, or None where too much was left open to give one."""

    on: date
    total: int | None
    band: str = ""
    interim: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreBand:
    """A named range of totals, both ends included."""

    low: int
    high: int
    name: str
    is_remission: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Everything the chart of one instrument needs."""

    uid: str
    measure: str
    highest: int
    marks: tuple[ScoreMark, ...]
    bands: tuple[ScoreBand, ...] = ()
    missed_on: tuple[date, ...] = ()  # asked for, and never answered
    doses_on: tuple[date, ...] = ()
    half_of: int | None = None  # the first score: a line at half of it
    empty: str = "No answers yet."


def draw_scores(facts: Scores) -> Drawing:
    """Draw the scores as dots on a line; what is missing is drawn, never joined over."""
    title = f"{facts.measure} over time"
    twin = table(title, ("Date", "Score", "Band", "Note"), _rows(facts))
    if not facts.marks:
        return Drawing(title, "", twin, empty=facts.empty)
    days = sorted({*(mark.on for mark in facts.marks), *facts.missed_on, *facts.doses_on})
    length = max(SHORTEST_DAYS, float((days[-1] - days[0]).days))
    x = Scale(0, length, LEFT + 22, RIGHT - 26)
    y = Scale(0, facts.highest, FOOT, TOP)
    start = days[0]
    scored = [(x((one.on - start).days), one) for one in facts.marks if one.total is not None]
    frame = Frame(
        uid=facts.uid,
        title=title,
        description=_said(facts),
        width=WIDTH,
        height=HEIGHT,
    )
    svg = frame.wrap(
        _bands(facts, y),
        _half(facts, y),
        line(LEFT, FOOT, RIGHT, FOOT, cls="s-edge"),
        join(marks.dose(x((on - start).days), FOOT, 6) for on in facts.doses_on),
        path(
            straight([(place, y(one.total or 0)) for place, one in scored]),
            cls="s-fir",
            fill="none",
            stroke_width=2.4,
            stroke_linejoin="round",
        )
        if len(scored) > 1
        else Svg(""),
        join(_mark(place, y(one.total or 0), one) for place, one in scored),
        join(_without_total(facts, x, start)),
        join(_ticks(days, x, start)),
        words(LEFT, HEIGHT - 8, _legend(facts), size=12.5),
        cls="wide",
    )
    stops = tuple(CursorStop(place, _one(one)) for place, one in scored)
    return Drawing(title, svg, twin, width=WIDTH, stops=stops)


def _legend(facts: Scores) -> str:
    """Explain the marks that are there, and no others."""
    shown = {
        "Ring: less than a week after the one before.": any(
            one.interim and one.total is not None for one in facts.marks
        ),
        "Dashed box: no score.": any(one.total is None for one in facts.marks)
        or bool(facts.missed_on),
        "Diamond: dose.": bool(facts.doses_on),
        "Dashed line: half of the first score.": bool(facts.half_of),
    }
    return " ".join(words for words, is_there in shown.items() if is_there)


def _half(facts: Scores, y: Scale) -> Svg:
    if not facts.half_of:
        return Svg("")
    place = y(facts.half_of / 2)
    return line(LEFT, place, RIGHT, place, cls="s-edge", stroke_dasharray="4 4")


def _rows(facts: Scores) -> Iterator[tuple[str, ...]]:
    rows: list[tuple[date, tuple[str, ...]]] = [
        (day, ("", "", "asked for, not answered")) for day in facts.missed_on
    ]
    rows += [(day, ("", "", "dose")) for day in facts.doses_on]
    for one in facts.marks:
        total = "" if one.total is None else str(one.total)
        rows.append((one.on, (total, one.band, _note(one))))
    for on, cells in sorted(rows):
        yield (f"{on:%-d %b %Y}", *cells)


def _note(one: ScoreMark) -> str:
    if one.total is None:
        return "too much left open for a score"
    return "interim" if one.interim else ""


def _one(one: ScoreMark) -> str:
    note = f", {_note(one)}" if _note(one) else ""
    return f"{one.on:%-d %B}: {one.total}, {one.band}{note}"


def _said(facts: Scores) -> str:
    totals = [one.total for one in facts.marks if one.total is not None]
    if not totals:
        return f"{len(facts.marks)} replies, none complete enough for a score."
    return f"{len(totals)} scores, from {totals[0]} to {totals[-1]} of {facts.highest}."


def _bands(facts: Scores, y: Scale) -> Svg:
    drawn: list[Svg] = []
    for band in facts.bands:
        top = y.clamp(band.high + 1)
        if band.is_remission:
            height = y(band.low) - top
            drawn.append(box(LEFT, top, RIGHT - LEFT, height, cls="f-moss-weak"))
        if band.low:
            drawn.append(line(LEFT, y(band.low), RIGHT, y(band.low), cls="s-line"))
        middle = (y(band.low) + top) / 2 + 4
        ink = "f-moss" if band.is_remission else "f-ink3"
        drawn.append(words(LEFT - 34, middle, band.name, cls=ink, size=12.5, anchor="end"))
        drawn.append(
            words(LEFT - 8, y(band.low) + 4, str(band.low), cls="f-ink2", anchor="end")
        )
    drawn.append(words(LEFT - 8, TOP + 4, str(facts.highest), cls="f-ink2", anchor="end"))
    return join(drawn)


def _mark(x: float, y: float, one: ScoreMark) -> Svg:
    fill = "f-surface" if one.interim else "f-fir"
    return join(
        (
            dot(x, y, 5, cls=f"{fill} s-fir", stroke_width=2),
            words(x, y - 11, str(one.total), cls="f-ink", size=13, anchor="middle", weight=650),
        )
    )


def _without_total(facts: Scores, x: Scale, start: date) -> Iterator[Svg]:
    """Draw a dashed box for each reply without a total, and for each that never came."""
    days = [one.on for one in facts.marks if one.total is None]
    for on in sorted({*days, *facts.missed_on}):
        yield marks.missing(x((on - start).days) - 6, FOOT - 20, 12, 16)


def _ticks(days: list[date], x: Scale, start: date) -> Iterator[Svg]:
    last = -NARROWEST_TICK
    for day in days:
        place = x((day - start).days)
        if place - last < NARROWEST_TICK:
            continue
        last = place
        yield line(place, FOOT, place, FOOT + 5, cls="s-edge")
        yield words(place, FOOT + 20, f"{day:%-d %b}", cls="f-ink2", size=12.5, anchor="middle")
