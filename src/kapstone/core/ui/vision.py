"""
How far apart the category colours stay for people who see colours differently.

Simulation: Machado, Oliveira and Fernandes 2009 (doi 10.1109/TVCG.2009.113), matrices at full
severity. Distance: CIE76 in Lab under D65. Not for: anomalous trichromacy of lesser degree.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from kapstone.core.ui.palette import Theme, linear

Matrix = tuple[tuple[float, float, float], ...]
Triple = tuple[float, float, float]

CATEGORIES = ("window", "heather", "moss", "bark", "lake", "red", "fir")

SIGHT: Mapping[str, Matrix] = MappingProxyType(
    {
        "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        "deutan": (
            (0.367322, 0.860646, -0.227968),
            (0.280085, 0.672501, 0.047413),
            (-0.011820, 0.042940, 0.968881),
        ),
        "protan": (
            (0.152286, 1.052583, -0.204868),
            (0.114503, 0.786281, 0.099216),
            (-0.003882, -0.048116, 1.051998),
        ),
        "tritan": (
            (1.255528, -0.076749, -0.178779),
            (-0.078411, 0.930809, 0.147602),
            (0.004733, 0.691367, 0.303900),
        ),
    }
)


def separations(theme: Theme, sight: str) -> Iterator[tuple[float, str, str]]:
    """Yield the distance between each two category colours, as one kind of sight has it."""
    seen = {name: _lab(_simulate(theme[name], SIGHT[sight])) for name in CATEGORIES}
    for first, second in itertools.combinations(CATEGORIES, 2):
        yield math.dist(seen[first], seen[second]), first, second


def _simulate(colour: str, matrix: Matrix) -> Triple:
    light = linear(colour)
    red, green, blue = (
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, light, strict=True))))
        for row in matrix
    )
    return red, green, blue


def _lab(light: Triple) -> Triple:
    red, green, blue = light
    x = _root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047)
    y = _root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = _root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(ratio: float) -> float:
    return math.cbrt(ratio) if ratio > 0.008856 else 7.787 * ratio + 16 / 116
