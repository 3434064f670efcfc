"""
A person's forest: forks, old trails that grow over, new trails that widen where feet go.

Drawn from strengths alone. Equal strengths and an equal seed give equal bytes; before, after a
dose and today are one function with other strengths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from kapstone.core.ui.charts import trail_art as art
from kapstone.core.ui.charts.drawing import Drawing, TableTwin, table
from kapstone.core.ui.charts.forest import Clearing, Track, along, standing
from kapstone.core.ui.charts.scenes import HEIGHT, MOST_FORKS, WIDTH, Scene, scene_for
from kapstone.core.ui.charts.svg import Frame, Point, Svg, box, dot, join, path, smooth

UNSEEN = 0.02  # a new trail weaker than this is not there yet
DOTTED = 0.12  # weaker than this it is a line of dots
WORDS = ("just begun", "faint", "clear", "wide", "very wide")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """One way on from a fork, in the patient's words, and how strong it is, 0 to 1."""

    name: str
    strength: float

    @property
    def word(self) -> str:
        """Say the strength in a word, never as a number."""
        return WORDS[min(4, max(0, int(self.strength * 5)))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """One fork: what brings it on, the old trail, and the new ones."""

    cue: str
    old: Trail
    new: tuple[Trail, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailMap:
    """
    The forest of one patient.

    ``window_open`` lays fog on the old trails and lights the cairns; ``top`` leaves out the
    upper edge, where a heading stands over the picture. Of more than three forks the first
    three are drawn; all are in the table.
    """

    uid: str
    seed: int
    forks: tuple[Fork, ...]
    window_open: bool = False
    selected: int | None = None
    top: float = 0.0
    empty: str = "No fork yet. Name a new trail, and it begins here."


@dataclass(frozen=True, slots=True)
class _Way:
    """A trail with its course through the scene."""

    trail: Trail
    is_new: bool
    course: tuple[Point, ...]
    key: int

    @property
    def strength(self) -> float:
        return min(1.0, max(0.0, self.trail.strength))

    @property
    def width(self) -> float:
        return 1.5 + 25 * self.strength

    @property
    def shown(self) -> bool:
        return not self.is_new or self.strength >= UNSEEN

    @property
    def dotted(self) -> bool:
        return self.strength < DOTTED


def draw_trail_map(facts: TrailMap) -> Drawing:
    """Draw the forest."""
    twin = _twin(facts)
    if not facts.forks:
        return Drawing("Your forest", "", twin, empty=facts.empty)
    forks = facts.forks[:MOST_FORKS]
    scene = scene_for(len(forks), facts.seed)
    ways = tuple(way for way in _ways(forks, scene) if way.shown)
    signs = art.spread(_signs(facts, forks, scene, ways))
    frame = Frame(
        uid=facts.uid,
        title="Your forest",
        description=_description(forks),
        width=WIDTH,
        height=HEIGHT - facts.top,
        top=facts.top,
    )
    svg = frame.wrap(
        art.definitions(facts.uid),
        box(0, 0, WIDTH, HEIGHT, fill=f"url(#{facts.uid}-ground)"),
        art.contours(facts.seed),
        art.stream(),
        join(_light(way, facts.uid) for way in ways if way.is_new),
        join(_way(way) for way in sorted(ways, key=lambda way: way.is_new)),
        _trees(facts, scene, ways, signs),
        _fog(facts, ways),
        join(
            art.cairn(x, y, lit=facts.window_open, ringed=i == facts.selected)
            for i, (x, y) in enumerate(place.cairn for place in scene.places)
        ),
        join(sign.drawn() for sign in signs),
        cls="trail-map",
    )
    return Drawing("Your forest", svg, twin)


def _ways(forks: tuple[Fork, ...], scene: Scene) -> Iterator[_Way]:
    for i, (fork, place) in enumerate(zip(forks, scene.places, strict=True)):
        yield _Way(fork.old, False, place.old, 10 * i)
        for j, (trail, course) in enumerate(zip(fork.new, place.new, strict=False)):
            yield _Way(trail, True, course, 10 * i + j + 1)


def _light(way: _Way, uid: str) -> Svg:
    return path(
        smooth(way.course),
        cls="s-light",
        fill="none",
        stroke_width=way.width + 26,
        stroke_linecap="round",
        opacity=0.28 + 0.5 * way.strength,
        filter=f"url(#{uid}-soft)",
    )


def _way(way: _Way) -> Svg:
    d = smooth(way.course)
    bed, edge = ("s-new", "s-new-edge") if way.is_new else ("s-old", "s-old-edge")
    if way.dotted:
        return path(
            d,
            cls=edge,
            fill="none",
            stroke_width=4,
            stroke_linecap="round",
            stroke_dasharray=".1 8.5",
        )
    round_ = {"fill": "none", "stroke_linecap": "round"}
    parts = [
        path(d, cls=edge, stroke_width=way.width + 3.2, **round_),
        path(d, cls=bed, stroke_width=way.width, **round_),
    ]
    if not way.is_new:
        parts.extend(_seedlings(way))
    elif way.strength > 0.3:
        parts.append(
            path(d, cls=edge, stroke_width=1.6, stroke_dasharray="3 9", opacity=0.55, **round_)
        )
    return join(parts)


def _seedlings(way: _Way) -> Iterator[Svg]:
    """Grow over an old trail: the weaker it is, the more seedlings, the first ones staying."""
    chance = Random(way.key * 7 + 3)  # noqa: S311  a drawing
    course = along(way.course, 22)
    for _ in range(int((1 - way.strength) * 58)):
        x, y = course[int(chance.random() * len(course))]
        aside = (chance.random() - 0.5) * way.width * 1.05
        jump = chance.random() * 6 - 3
        size, shade = 1.1 + 1.4 * chance.random(), int(chance.random() * 3) + 1
        yield dot(x + aside, y + jump, size, cls=f"f-leaf{shade}", opacity=0.95)


def _trees(
    facts: TrailMap, scene: Scene, ways: tuple[_Way, ...], signs: tuple[art.Sign, ...]
) -> Svg:
    tracks = (
        Track(along(way.course), way.width / 2 + 5.5 + (3 if way.strength > 0.3 else 0))
        for way in ways
    )
    clearings = [
        Clearing(s.left - 9, s.top - 2, s.left + s.width + 9, s.top + s.height + 20)
        for s in signs
    ]
    clearings += [
        Clearing(x - 19, y - 22, x + 19, y + 20) for x, y in (p.cairn for p in scene.places)
    ]
    return art.trees(facts.uid, standing(facts.seed, tracks, clearings))


def _fog(facts: TrailMap, ways: tuple[_Way, ...]) -> Svg:
    if not facts.window_open:
        return Svg("")
    spots = []
    for way in ways:
        if not way.is_new:
            course = along(way.course)
            spots += [course[len(course) * k // 10] for k in (4, 7)]
    return join(art.fog(x, y, facts.uid) for x, y in spots)


def _signs(
    facts: TrailMap, forks: tuple[Fork, ...], scene: Scene, ways: tuple[_Way, ...]
) -> Iterator[art.Sign]:
    for i, (fork, place) in enumerate(zip(forks, scene.places, strict=True)):
        yield art.cue_sign(fork.cue, place.cairn, place.side, picked=i == facts.selected)
    for way in ways:
        upward = way.course[-1][1] < way.course[-2][1]
        yield art.trail_sign(way.trail.name, way.course[-1], is_new=way.is_new, upward=upward)


def _description(forks: tuple[Fork, ...]) -> str:
    said = []
    for fork in forks:
        said.append(f"At {fork.cue}: old trail {fork.old.name}, {fork.old.word};")
        seen = [trail for trail in fork.new if trail.strength >= UNSEEN]
        said += [f"new trail {trail.name}, {trail.word};" for trail in seen]
    return " ".join(said).removesuffix(";") + "."


def _twin(facts: TrailMap) -> TableTwin:
    return table(
        "Your forks and trails",
        ("At this fork", "Trail", "Old or new", "How wide"),
        (
            (fork.cue, trail.name, kind, trail.word)
            for fork in facts.forks
            for trail, kind in ((fork.old, "old"), *((t, "new") for t in fork.new))
            if kind == "old" or trail.strength >= UNSEEN
        ),
    )
