"""A window-like shape, for show only: the models draw the real ones."""

from __future__ import annotations

import math

from kapstone.core.ui.charts.window_facts import Curve

NOW_HOUR = 10.7  # 10:42
DOSE_HOUR = 10.08  # Tuesday 10:05


def bump(t: float, rise: float = 11.0, fall: float = 96.0, slope: float = 15.0) -> float:
    """Give a window-like shape for show: nothing before zero, a plateau, a slow fall."""
    if t <= 0:
        return 0.0
    up = 1 / (1 + math.exp(-(t - rise) / 3.2))
    down = 1 / (1 + math.exp(-(fall - t) / slope))
    return up * down * (1 - math.exp(-t / 3))


def sample_curve(end: float = 168.0, step: float = 0.75) -> Curve:
    """Give a sample curve with its ranges."""
    hours = tuple(i * step for i in range(int(end / step) + 1))
    return Curve(
        hours=hours,
        mid=tuple(bump(t) for t in hours),
        inner=(
            tuple(bump(t, 12.2, 88, 14.5) * 0.93 for t in hours),
            tuple(min(1.0, bump(t, 10, 106, 16) * 1.02) for t in hours),
        ),
        outer=(
            tuple(bump(t, 13.5, 80, 14) * 0.86 for t in hours),
            tuple(min(1.0, bump(t, 9, 116, 17) * 1.04) for t in hours),
        ),
    )
