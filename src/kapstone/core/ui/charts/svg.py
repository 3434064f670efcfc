"""
The few words of SVG that charts are written in.

Text is escaped unless it is already ``Svg``; numbers are written with fixed precision, so equal
facts give equal bytes; a number that is not finite is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

Point = tuple[float, float]
Attribute = str | float | None

_UID = re.compile(r"[a-z][a-z0-9-]*\Z")


class Svg(str):
    """SVG text that is whole and escaped."""

    __slots__ = ()


def num(value: float, places: int = 1) -> str:
    """
    Write a number with at most so many decimals, without trailing zeros.

    Raises
    ------
    ValueError : the number is not finite
    """
    if not math.isfinite(value):
        message = f"A chart cannot draw {value}."
        raise ValueError(message)
    written = f"{value:.{places}f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def element(name: str, *children: str, **attributes: Attribute) -> Svg:
    """
    Write one element.

    ``cls`` stands for ``class``, an underscore for a dash; None leaves the attribute out.
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is None:
            continue
        shown = escape(value) if isinstance(value, str) else num(value, 2)
        parts.append(f' {_NAMES.get(key) or key.replace("_", "-")}="{shown}"')
    if not children:
        return Svg("".join((*parts, "/>")))
    inside = "".join(c if isinstance(c, Svg) else escape(c) for c in children)
    return Svg("".join((*parts, ">", inside, f"</{name}>")))


_NAMES = {
    "cls": "class",
    "view_box": "viewBox",
    "clip_path_units": "clipPathUnits",
    "filter_units": "filterUnits",
    "std_deviation": "stdDeviation",
    "preserve_aspect_ratio": "preserveAspectRatio",
}


def group(*children: str, **attributes: Attribute) -> Svg:
    """Write a group; nothing at all if it would be empty."""
    inside = join(children)
    return element("g", inside, **attributes) if inside else Svg("")


def join(parts: Iterable[str]) -> Svg:
    """Set parts one after another, escaping those that are plain text."""
    return Svg("".join(p if isinstance(p, Svg) else escape(p) for p in parts))


def words(
    x: float | str,
    y: float,
    said: str,
    *,
    cls: str = "f-ink3",
    size: float = 12,
    anchor: str = "start",
    weight: int = 400,
) -> Svg:
    """Write a line of text with its foot at ``y``."""
    return element(
        "text",
        said,
        x=x,
        y=y,
        cls=cls,
        font_size=size,
        text_anchor=None if anchor == "start" else anchor,
        font_weight=None if weight == 400 else str(weight),
    )


def line(x1: float, y1: float, x2: float, y2: float, **attributes: Attribute) -> Svg:
    """Draw a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)


def box(x: float, y: float, width: float, height: float, **attributes: Attribute) -> Svg:
    """Draw a rectangle; one of negative size is drawn as nothing."""
    size = {"width": max(0.0, width), "height": max(0.0, height)}
    return element("rect", x=x, y=y, **size, **attributes)


def dot(x: float, y: float, radius: float, **attributes: Attribute) -> Svg:
    """Draw a circle."""
    return element("circle", cx=x, cy=y, r=radius, **attributes)


def path(d: str, **attributes: Attribute) -> Svg:
    """Draw a path."""
    return element("path", d=d, **attributes)


def straight(points: Sequence[Point], *, close: bool = False) -> str:
    """Describe a path of straight lines through the points."""
    # Each number as ``num`` writes it, but all of them at once: paths are most of a chart.
    if not math.isfinite(sum([x + y for x, y in points])):
        raise ValueError("A chart cannot draw a point that is nowhere.")
    steps = "L".join([f"{x:.1f} {y:.1f} " for x, y in points])
    steps = steps.replace(".0 ", " ").replace("-0 ", "0 ").replace(" L", "L").rstrip()
    return f"M{steps}{'Z' if close else ''}"


def area(points: Sequence[Point], floor: float) -> str:
    """Describe the area between the points and a floor."""
    return area_under(straight(points), points, floor)


def area_under(drawn: str, points: Sequence[Point], floor: float) -> str:
    """Describe the area between a floor and ``points`` whose ``straight`` path is drawn."""
    first, last, foot = num(points[0][0]), num(points[-1][0]), num(floor)
    return f"M{first} {foot}L{drawn[1:]}L{last} {foot}Z"


def smooth(points: Sequence[Point], *, close: bool = False) -> str:
    """Describe a smooth path through the points (Catmull-Rom, as Bezier curves)."""
    n = len(points)
    steps = [f"M{num(points[0][0])} {num(points[0][1])}"]
    for i in range(n if close else n - 1):
        before, here, there, after = _around(points, i, close=close)
        steps.append(
            f"C{num(here[0] + (there[0] - before[0]) / 6)}"
            f" {num(here[1] + (there[1] - before[1]) / 6)}"
            f" {num(there[0] - (after[0] - here[0]) / 6)}"
            f" {num(there[1] - (after[1] - here[1]) / 6)}"
            f" {num(there[0])} {num(there[1])}"
        )
    return "".join(steps) + ("Z" if close else "")


def _around(points: Sequence[Point], i: int, *, close: bool) -> tuple[Point, ...]:
    n = len(points)
    if close:
        return tuple(points[(i + k) % n] for k in (-1, 0, 1, 2))
    return tuple(points[min(n - 1, max(0, i + k))] for k in (-1, 0, 1, 2))


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from a quantity to a place in the picture."""

    low: float
    high: float
    start: float
    end: float

    def __post_init__(self) -> None:
        if self.low == self.high:
            message = f"A scale from {self.low} to {self.high} has no length."
            raise ValueError(message)

    def __call__(self, value: float) -> float:
        """Give the place of a value."""
        return self.start + (value - self.low) * self.step

    @property
    def step(self) -> float:
        """Give the length of one unit."""
        return (self.end - self.start) / (self.high - self.low)

    def holds(self, value: float) -> bool:
        """Say whether a value lies on the scale."""
        return self.low <= value <= self.high

    def clamp(self, value: float) -> float:
        """Give the place of a value, held to the ends of the scale."""
        return self(min(self.high, max(self.low, value)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The outside of a chart: its id, name, description and size."""

    uid: str
    title: str
    description: str
    width: float
    height: float
    top: float = 0.0

    def __post_init__(self) -> None:
        if not _UID.match(self.uid):
            message = (
                f"A chart id is a small letter, then letters, digits, dashes: {self.uid!r}."
            )
            raise ValueError(message)

    def wrap(self, *children: str, cls: str = "", **attributes: Attribute) -> Svg:
        """Write the whole SVG around its insides."""
        uid = self.uid
        return element(
            "svg",
            element("title", self.title, id=f"{uid}-title"),
            element("desc", self.description, id=f"{uid}-desc"),
            join(children),
            cls=cls or None,
            view_box=f"0 {num(self.top)} {num(self.width)} {num(self.height)}",
            width=self.width,
            height=self.height,
            role="img",
            aria_labelledby=f"{uid}-title {uid}-desc",
            **attributes,
        )


def clip(uid: str, x: float, y: float, width: float, height: float) -> Svg:
    """Define a rectangle to clip to; use it as ``clip_path="url(#uid)"``."""
    return element("clipPath", box(x, y, width, height), id=uid)
