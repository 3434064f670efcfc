"""Icons and the Kapstone mark as SVG text."""

from __future__ import annotations

import tomllib
from functools import cache
from html import escape
from pathlib import Path

ICONS_FILE = Path(__file__).with_name("icons.toml")

STONES = (
    "M5 33.5c0-3.4 5.5-5.2 14.6-5.2S35 29.9 35 33.4c0 2.9-6.6 4.1-15.2 4.1S5 36.6 5 33.5Z",
    "M9.2 22.6c.2-3.4 4.9-5.3 11-5.1s10.6 2.1 10.4 5.4c-.2 2.9-4.7 4.2-10.8 4.1"
    "S9 25.6 9.2 22.6Z",
    "M13.4 11.4C13.6 6.5 16.6 2.7 20.5 2.9s6.4 4.3 6.2 9c-.1 3.1-2.6 4.1-6.6 4-4.3-.1-6.8-1.2"
    "-6.7-4.5Z",
)


@cache
def icon_bodies() -> dict[str, str]:
    """Read every icon's inside, by name."""
    return tomllib.loads(ICONS_FILE.read_text(encoding="utf-8"))


def icon_svg(
    name: str, *, size: int = 18, stroke: float = 1.75, label: str = "", classes: str = ""
) -> str:
    """
    Draw one icon.

    With a label it is an image with that name; without one it is hidden from screen readers,
    since a word stands beside it.

    Raises
    ------
    ValueError : no icon has this name
    """
    try:
        body = icon_bodies()[name]
    except KeyError:
        message = f"No icon is called {name!r}: add it to {ICONS_FILE.name}."
        raise ValueError(message) from None
    side = f"{size / 16:g}rem"  # grows with the reader's text
    named = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return (
        f'<svg class="i {escape(classes)}" {named} width="{side}" height="{side}" '
        f'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="{stroke}" '
        f'stroke-linecap="round" stroke-linejoin="round">{body}</svg>'
    ).replace('class="i "', 'class="i"')


def mark_svg(*, size: int = 28, lit: bool = True) -> str:
    """Draw the cairn: three stones at the fork, the top one lit while a window is open."""
    classes = ("f-stone1", "f-stone2", "f-window" if lit else "f-stone2")
    stones = "".join(
        f'<path class="{shade}" d="{d}"/>' for shade, d in zip(classes, STONES, strict=True)
    )
    return (
        f'<svg class="mark" viewBox="0 0 40 40" width="{size}" height="{size}" '
        f'aria-hidden="true">{stones}</svg>'
    )
