"""Trees: where they would stand if nobody walked, and which are left beside the trails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

import numpy as np
from numpy.typing import NDArray

from kapstone.core.ui.charts.scenes import HEIGHT, WIDTH
from kapstone.core.ui.charts.svg import Point

TRIES = 5200
MOST = 720
APART = 11.5
CELL_X, CELL_Y = 12.0, 9.0
NEAR = tuple((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1))


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree: its foot, its height, whether it keeps its needles, and its shade."""

    x: float
    y: float
    height: float
    conifer: bool
    shade: int


@dataclass(frozen=True, slots=True)
class Track:
    """A trail as it clears trees: points along it, and how far from them none may stand."""

    points: tuple[Point, ...]
    clear: float


@dataclass(frozen=True, slots=True)
class Clearing:
    """A rectangle where no tree may stand, for a sign or a cairn."""

    left: float
    top: float
    right: float
    bottom: float


@lru_cache(maxsize=128)
def grown(seed: int) -> tuple[Tree, ...]:
    """Grow a whole forest from a seed, no two trees too close, the back ones first."""
    chance = Random(seed)  # noqa: S311  a drawing that must come out the same each time
    taken: dict[tuple[int, int], Point] = {}
    trees: list[Tree] = []
    for _ in range(TRIES):
        tree = Tree(
            x=chance.random() * (WIDTH + 12) - 6,
            y=chance.random() * (HEIGHT + 2) + 8,
            height=15 + 12 * chance.random(),
            conifer=chance.random() < 0.62,
            shade=int(chance.random() * 3),
        )
        cell = (int(tree.x // CELL_X), int(tree.y // CELL_Y))
        if _crowded(tree, cell, taken):
            continue
        taken[cell] = (tree.x, tree.y)
        trees.append(tree)
        if len(trees) == MOST:
            break
    return tuple(sorted(trees, key=lambda tree: (tree.y, tree.x)))


def _crowded(tree: Tree, cell: tuple[int, int], taken: dict[tuple[int, int], Point]) -> bool:
    for i, j in NEAR:
        other = taken.get((cell[0] + i, cell[1] + j))
        if other is None:
            continue
        dx, dy = tree.x - other[0], (tree.y - other[1]) * 1.5
        if dx * dx + dy * dy < APART * APART:
            return True
    return False


def standing(
    seed: int, tracks: Iterable[Track], clearings: Sequence[Clearing]
) -> tuple[Tree, ...]:
    """
    Keep the trees that no trail and no sign has cleared.

    The forest itself does not depend on the trails: a trail that widens takes trees away, one
    that fades gives the same trees back.
    """
    trees = grown(seed)
    places = _places(seed)
    keep = np.ones(len(trees), dtype=bool)
    for track in tracks:
        keep &= _away(places, track)
    for spot in clearings:
        x, y = places[:, 0], places[:, 1]
        inside = (x > spot.left) & (x < spot.right) & (y > spot.top) & (y < spot.bottom)
        keep &= ~inside
    return tuple(tree for tree, stays in zip(trees, keep, strict=True) if stays)


@lru_cache(maxsize=128)
def _places(seed: int) -> NDArray[np.float64]:
    return np.array([(tree.x, tree.y - 3) for tree in grown(seed)], dtype=np.float64)


def _away(places: NDArray[np.float64], track: Track) -> NDArray[np.bool_]:
    course = np.array(track.points, dtype=np.float64)
    gaps = places[:, None, :] - course[None, :, :]
    nearest: NDArray[np.float64] = np.min(np.einsum("ijk,ijk->ij", gaps, gaps), axis=1)
    return nearest >= track.clear**2


def along(course: Sequence[Point], steps: int = 10) -> tuple[Point, ...]:
    """Give points along the smooth course that the drawn path takes (Catmull-Rom)."""
    padded = [course[0], *course, course[-1]]
    points: list[Point] = []
    for i in range(1, len(padded) - 2):
        points += [_between(padded[i - 1 : i + 3], k / steps) for k in range(steps)]
    points.append(course[-1])
    return tuple(points)


def _between(four: Sequence[Point], t: float) -> Point:
    x, y = (
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t * t
            + (3 * b - a - 3 * c + d) * t * t * t
        )
        for a, b, c, d in ([point[axis] for point in four] for axis in (0, 1))
    )
    return x, y
