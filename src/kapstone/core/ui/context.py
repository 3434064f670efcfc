"""What every page needs to know about how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from kapstone.core.ui.palette import THEMES

THEME_COOKIE = "theme"


@dataclass(frozen=True, slots=True)
class ThemeChoice:
    """One theme that a person may choose, with its icon."""

    code: str
    label: str
    icon: str


THEME_CHOICES = (
    ThemeChoice("light", "Light", "sun"),
    ThemeChoice("dark", "Dark", "moon"),
    ThemeChoice("room", "Room", "sun-dim"),
    ThemeChoice("deep", "Deep", "moon-star"),
)


def chosen_theme(request: HttpRequest) -> str:
    """Name the theme the person chose, or nothing: the device's own choice then counts."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else ""


def appearance(request: HttpRequest) -> dict[str, Any]:
    """Give templates the chosen theme, the choices, and the address of the page itself."""
    return {
        "theme": chosen_theme(request),
        "theme_choices": THEME_CHOICES,
        "here": request.get_full_path(),
    }
