"""The pieces of the forest picture: ground, trees, fog, cairns, signs."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

from kapstone.core.ui.charts.forest import Tree
from kapstone.core.ui.charts.scenes import HEIGHT, WIDTH
from kapstone.core.ui.charts.svg import (
    Point,
    Svg,
    box,
    element,
    group,
    join,
    num,
    path,
    smooth,
    words,
)
from kapstone.core.ui.icons import STONES

SIGN_LINE = 20  # letters on one line of a sign
_CONIFER = (
    "M0 -27L4.2 -17.5H2.4L6.4 -9H4.1L8 -.5H-8L-4.1 -9H-6.4L-2.4 -17.5H-4.2Z",
    "M0 -27L4.2 -17.5H2.4L6.4 -9H4.1L8 -.5H1L0 -27Z",
)
_LEAFY = (
    "M0 -21C5 -21 8.2 -17.2 8 -12.6C7.8 -8 4.4 -5 0 -5S-7.8 -8 -8 -12.6"
    "C-8.2 -17.2 -5 -21 0 -21Z",
    "M0 -21C5 -21 8.2 -17.2 8 -12.6C7.8 -8 4.4 -5 0 -5C3 -9 3.6 -15 0 -21Z",
)


def definitions(uid: str) -> Svg:
    """Define the ground, the blurs and the six kinds of tree."""
    area = {"x": -60, "y": 0, "width": WIDTH + 120, "height": HEIGHT + 60}
    blurs = (
        element(
            "filter",
            element("feGaussianBlur", std_deviation=size),
            id=f"{uid}-{name}",
            filter_units="userSpaceOnUse",
            **area,
        )
        for name, size in (("fog", 13.0), ("soft", 9.0))
    )
    ground = element(
        "radialGradient",
        element("stop", offset="0", cls="stop-ground1"),
        element("stop", offset="1", cls="stop-ground2"),
        id=f"{uid}-ground",
        cx=0.52,
        cy=0.38,
        r=0.75,
    )
    kinds = (kind for shade in (1, 2, 3) for kind in _kinds(uid, shade))
    return element("defs", ground, *blurs, *kinds)


def _kinds(uid: str, shade: int) -> tuple[Svg, Svg]:
    conifer = element(
        "symbol",
        element("ellipse", cx=2.5, cy=0, rx=7.5, ry=2.4, cls="f-shade"),
        path(_CONIFER[0], cls=f"f-fir{shade}"),
        path(_CONIFER[1], cls="f-tree-dark", opacity=0.2),
        id=f"{uid}-c{shade}",
        view_box="-10 -28 20 30",
        overflow="visible",
    )
    leafy = element(
        "symbol",
        element("ellipse", cx=2.5, cy=0, rx=7, ry=2.2, cls="f-shade"),
        path("M-.9 0V-7H.9V0Z", cls="f-trunk"),
        path(_LEAFY[0], cls=f"f-leaf{shade}"),
        path(_LEAFY[1], cls="f-tree-dark", opacity=0.16),
        id=f"{uid}-r{shade}",
        view_box="-10 -24 20 26",
        overflow="visible",
    )
    return conifer, leafy


def trees(uid: str, standing: Iterable[Tree]) -> Svg:
    """Draw the trees, the back ones first."""
    return Svg("".join(_tree(uid, tree) for tree in standing))


def _tree(uid: str, tree: Tree) -> str:
    height = tree.height if tree.conifer else tree.height * 0.9
    kind = f"{uid}-{'c' if tree.conifer else 'r'}{tree.shade + 1}"
    return (
        f'<use href="#{kind}" x="{num(tree.x - height * 0.36)}" y="{num(tree.y - height)}" '
        f'width="{num(height * 0.72)}" height="{num(height * 1.07)}"/>'
    )


def contours(seed: int) -> Svg:
    """Draw faint lines of height around three hills."""
    chance = Random(seed)  # noqa: S311  a drawing
    drawn = []
    for x, y, rings in ((70, 210, 5), (300, 430, 5), (240, 160, 3)):
        turns = [chance.random() * 6 for _ in range(4)]
        drawn += [
            path(_ring(x, y, 22 * k, turns), cls="s-contour", fill="none")
            for k in range(1, rings + 1)
        ]
    return join(drawn)


def _ring(x: float, y: float, radius: float, turns: list[float]) -> str:
    points: list[Point] = []
    for i in range(20):
        a = i * math.tau / 20
        wide = 1 + 0.16 * math.sin(2 * a + turns[0]) + 0.09 * math.sin(3 * a + turns[1])
        high = 1 + 0.16 * math.sin(2 * a + turns[2]) + 0.09 * math.sin(5 * a + turns[3])
        points.append((x + radius * wide * math.cos(a) * 1.15, y + radius * high * math.sin(a)))
    return smooth(points, close=True)


def stream() -> Svg:
    """Draw the stream at the foot of the map."""
    d = smooth(
        [(-12, 512), (34, 528), (84, 520), (124, 538), (168, 546), (196, 572), (204, 600)]
    )
    round_ = {"fill": "none", "stroke_linecap": "round"}
    return join(
        (
            path(d, cls="s-bank", stroke_width=15, **round_),
            path(d, cls="s-water", stroke_width=9, **round_),
        )
    )


def fog(x: float, y: float, uid: str) -> Svg:
    """Lay fog on a stretch of an old trail."""
    return element(
        "ellipse",
        cx=x,
        cy=y,
        rx=57,
        ry=36,
        cls="f-fog",
        opacity=0.62,
        filter=f"url(#{uid}-fog)",
    )


def cairn(x: float, y: float, *, lit: bool, ringed: bool) -> Svg:
    """Set a cairn at a fork; the top stone is lit while the window is open."""
    shades = ("f-stone1", "f-stone2", "f-window" if lit else "f-stone2")
    ring = (
        (element("circle", cx=20, cy=22, r=25, cls="s-ink", fill="none", stroke_width=2.5),)
        if ringed
        else ()
    )
    return element(
        "svg",
        *ring,
        *(path(d, cls=shade) for d, shade in zip(STONES, shades, strict=True)),
        x=x - 15,
        y=y - 22,
        width=30,
        height=30,
        view_box="0 0 40 40",
        overflow="visible",
    )


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign in the patient's own words."""

    lines: tuple[str, ...]
    left: float
    top: float
    width: float
    ground: str
    ink: str
    corner: float
    stroke: float
    weight: int

    @property
    def height(self) -> float:
        """Give the height, one line or two."""
        return 8 + 19.0 * len(self.lines)

    def drawn(self) -> Svg:
        """Draw the sign."""
        return group(
            box(
                self.left,
                self.top,
                self.width,
                self.height,
                rx=self.corner,
                cls=self.ground,
                stroke_width=self.stroke,
            ),
            *(
                words(
                    self.left + self.width / 2,
                    self.top + 18.5 + 19 * i,
                    said,
                    cls=f"voice {self.ink}",
                    size=15.5,
                    anchor="middle",
                    weight=self.weight,
                )
                for i, said in enumerate(self.lines)
            ),
        )


def _wrapped(said: str) -> tuple[tuple[str, ...], float]:
    lines = tuple(
        textwrap.wrap(said, SIGN_LINE, max_lines=2, placeholder="…", break_long_words=True)
    ) or ("",)
    return lines, max(len(one) for one in lines) * 7.9 + 22


def _held(left: float, width: float) -> float:
    return max(8.0, min(WIDTH - width - 8, left))


def cue_sign(said: str, cairn_at: Point, side: str, *, picked: bool) -> Sign:
    """Set up the sign that names a fork, beside or below its cairn."""
    lines, width = _wrapped(said)
    x, y = cairn_at
    left = {"right": x + 18, "left": x - 18 - width, "below": x + 8 - width / 2}[side]
    return Sign(
        lines=lines,
        left=_held(left, width),
        top=y + 16 if side == "below" else y - 2 - 9.5 * (len(lines) - 1),
        width=width,
        ground="f-sign s-ink",
        ink="f-ink",
        corner=6,
        stroke=3 if picked else 1.4,
        weight=600,
    )


def trail_sign(said: str, end: Point, *, is_new: bool, upward: bool) -> Sign:
    """Set up the sign at the far end of a trail."""
    lines, width = _wrapped(said)
    height = 8 + 19.0 * len(lines)
    x, y = end
    return Sign(
        lines=lines,
        left=_held(x - width / 2, width),
        top=max(4.0, y - height + 2) if upward else min(HEIGHT - height - 4, y - 2),
        width=width,
        ground="f-sign-new s-new-edge" if is_new else "f-sign-old s-old-edge",
        ink="f-sign-ink" if is_new else "f-ink",
        corner=13.5,
        stroke=1.6 if is_new else 1.2,
        weight=600 if is_new else 500,
    )


def spread(signs: Iterable[Sign]) -> tuple[Sign, ...]:
    """
    Move signs up or down, as little as can be, until none covers another.

    The first keep their places; a sign that finds no free place within reach stays where it is.
    """
    placed: list[Sign] = []
    for sign in signs:
        tries = (replace(sign, top=sign.top + shift) for shift in _SHIFTS)
        free = (one for one in tries if _is_free(one, placed))
        placed.append(next(free, sign))
    return tuple(placed)


_SHIFTS = tuple(sign * step for step in range(0, 66, 6) for sign in (1, -1))


def _is_free(sign: Sign, placed: Iterable[Sign]) -> bool:
    if not 4 <= sign.top <= HEIGHT - sign.height - 4:
        return False
    return not any(
        abs(2 * sign.left + sign.width - 2 * other.left - other.width)
        < sign.width + other.width + 6
        and abs(2 * sign.top + sign.height - 2 * other.top - other.height)
        < sign.height + other.height + 6
        for other in placed
    )
