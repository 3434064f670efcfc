"""The twelve scenes in which a person's forks may lie."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kapstone.core.ui.charts.svg import Point

WIDTH, HEIGHT = 390.0, 570.0
SCENES_FILE = Path(__file__).with_name("scenes.toml")
MOST_FORKS = 3

Course = tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one fork lies: its cairn, where its name stands, the old path and the new ones."""

    cairn: Point
    side: str
    old: Course
    new: tuple[Course, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """One forest floor with its forks."""

    places: tuple[Place, ...]


def scene_for(forks: int, seed: int) -> Scene:
    """
    Choose a scene for a number of forks; a seed always chooses the same one.

    Raises
    ------
    ValueError : no scene holds so many forks
    """
    fitting = [scene for scene in all_scenes() if len(scene.places) == forks]
    if not fitting:
        message = f"No scene holds {forks} forks; the most is {MOST_FORKS}."
        raise ValueError(message)
    return fitting[seed % len(fitting)]


@cache
def all_scenes() -> tuple[Scene, ...]:
    """Read the scenes, each as drawn and as in a mirror."""
    with SCENES_FILE.open("rb") as file:
        drawn = [_scene(entry) for entry in tomllib.load(file)["scene"]]
    return tuple(scene for one in drawn for scene in (one, _mirrored(one)))


def _scene(entry: dict[str, Any]) -> Scene:
    return Scene(
        tuple(
            Place(
                cairn=_point(fork["cairn"]),
                side=fork["side"],
                old=tuple(map(_point, fork["old"])),
                new=tuple(tuple(map(_point, one)) for one in fork["new"]),
            )
            for fork in entry["fork"]
        )
    )


def _point(pair: list[float]) -> Point:
    x, y = pair
    return float(x), float(y)


def _mirrored(scene: Scene) -> Scene:
    turned = {"left": "right", "right": "left", "below": "below"}

    def flip(path: Course) -> Course:
        return tuple((WIDTH - x, y) for x, y in path)

    return Scene(
        tuple(
            Place(
                cairn=(WIDTH - place.cairn[0], place.cairn[1]),
                side=turned[place.side],
                old=flip(place.old),
                new=tuple(map(flip, place.new)),
            )
            for place in scene.places
        )
    )
