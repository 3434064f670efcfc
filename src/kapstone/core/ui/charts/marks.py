"""The marks that mean the same in every chart: shape first, colour second."""

from __future__ import annotations

from kapstone.core.ui.charts.axis import NowMark
from kapstone.core.ui.charts.svg import (
    Scale,
    Svg,
    box,
    dot,
    element,
    join,
    line,
    num,
    path,
    words,
)
from kapstone.core.ui.icons import icon_bodies


def dose(x: float, y: float, size: float = 7, *, planned: bool = False, label: str = "") -> Svg:
    """Draw a dose: a diamond, dashed while it is only planned."""
    s = num(size)
    d = f"M{num(x)} {num(y - size)}l{s} {s}l-{s} {s}l-{s} -{s}Z"
    mark = path(
        d,
        cls="f-surface s-ink" if planned else "f-ket s-ket-ink",
        stroke_width=1.4,
        stroke_dasharray="3 2" if planned else None,
    )
    if not label:
        return mark
    ink = "f-ink" if planned else "f-ket-ink"
    return join((mark, words(x, y + 4, label, cls=ink, size=11.5, anchor="middle", weight=700)))


def session(x: float, y: float, size: float = 6, *, done: bool) -> Svg:
    """Draw a session: a filled circle when it is done, a ring while it is booked."""
    fill = "f-heather" if done else "f-surface"
    return dot(x, y, size, cls=f"{fill} s-heather", stroke_width=2.2)


def practice(x: float, y: float, *, done: bool) -> Svg:
    """Draw a practice: a small dot, hollow while it is planned."""
    return dot(x, y, 4.6, cls=f"{'f-moss' if done else 'f-surface'} s-moss", stroke_width=1.8)


def missing(x: float, y: float, width: float, height: float) -> Svg:
    """Draw what is not known: a dashed outline, never a gap."""
    return box(
        x,
        y,
        width,
        height,
        rx=min(6, height / 4),
        cls="s-edge",
        fill="none",
        stroke_dasharray="2 3",
    )


def due(x: float, y: float, *, next_one: bool = False, size: float = 6) -> Svg:
    """Draw something due: a triangle, solid for the next one."""
    s, s2, rise = num(size), num(2 * size), num(size * 5 / 3)
    return path(
        f"M{num(x - size)} {num(y)}h{s2}l-{s} {rise}Z",
        cls="f-ink s-ink" if next_one else "s-edge",
        fill=None if next_one else "none",
        stroke_width=1.5,
        stroke_linejoin="round",
    )


def icon(name: str, x: float, y: float, size: float = 18, cls: str = "s-ink2") -> Svg:
    """Draw an icon with its top left corner at a place."""
    return element(
        "svg",
        Svg(icon_bodies()[name]),
        x=x,
        y=y,
        width=size,
        height=size,
        view_box="0 0 24 24",
        cls=cls,
        fill="none",
        stroke_width=1.75,
        stroke_linecap="round",
        stroke_linejoin="round",
    )


def now_line(x: float, top: float, bottom: float, label: str = "", tag_y: float = 0) -> Svg:
    """Draw the now line, with its time on a tag."""
    width = 12 + text_width(label)
    tag = (
        (
            box(-width / 2, tag_y, width, 18, rx=4, cls="f-ink"),
            words(0, tag_y + 13, label, cls="f-surface", size=12, anchor="middle", weight=650),
        )
        if label
        else ()
    )
    mark = line(0, top, 0, bottom, cls="s-ink", stroke_width=1.6)
    return element("svg", mark, *tag, x=x, cls="now", overflow="visible")


_NARROW = frozenset("ijltfrI.,:;'|!()[] 1")
_WIDE = frozenset("mwMW@%")


def text_width(said: str, size: float = 12) -> float:
    """Estimate how wide a line of text is drawn, in the unit of its size."""
    letters = (
        0.32 if c in _NARROW else 0.82 if c in _WIDE else 0.63 if c.isupper() else 0.53
        for c in said
    )
    return size * sum(letters)


def shorten(said: str, width: float, size: float = 12) -> str:
    """Cut text to a width, and say so with an ellipsis."""
    if text_width(said, size) <= width:
        return said
    while said and text_width(said, size) + size * 0.6 > width:
        said = said[:-1]
    return f"{said.rstrip()}…" if said.strip() else ""


def moving(drawn: Svg, now: NowMark, x: Scale, *, unit: str = "") -> Svg:
    """Let the page's clock move a now line, where the axis knows its moment of zero."""
    if not now.origin:
        return drawn
    return element(
        "g",
        drawn,
        data_now_origin=now.origin,
        data_now_zone=now.zone or None,
        data_now_base=x(0),
        data_now_step=num(x.step, 6),
        data_now_unit=unit or None,
    )


def within(outer: Svg, *more: Svg) -> Svg:
    """Put more marks inside a drawn element, before its end."""
    head, _, name = outer.rpartition("</")
    return Svg(f"{head}{join(more)}</{name}")
