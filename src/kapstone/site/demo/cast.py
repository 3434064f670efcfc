"""The whole cast of the synthetic clinic."""

from __future__ import annotations

from kapstone.site.demo.cast_living import BEFORE_THE_FIRST, IN_THE_WINDOW
from kapstone.site.demo.cast_past import OVER, REQUESTS
from kapstone.site.demo.character import Character

__all__ = ["CAST", "REQUESTS"]
CAST: tuple[Character, ...] = (*IN_THE_WINDOW, *BEFORE_THE_FIRST, *OVER)
