"""
Pages on paper: PDF made from facts and from the charts of the screen, with nothing fetched.

A page is a Typst file of ours and one frozen dataclass of facts, handed over as JSON: what a
person wrote is data there, never markup. A chart is the screen's own SVG in the light theme.
A chart that names anything outside itself is refused before it comes near the compiler.
"""

import json
import re
import tempfile
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typst

from kapstone.core.ui.palette import LIGHT
from kapstone.errors import KapstoneError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_WHITE = {"surface": "#FFFFFF", "bg": "#FFFFFF", "sunk": "#FFFFFF"}  # ink is for words
# Whatever in a picture could name something elsewhere. A picture of ours needs none of it.
_OUTWARD = re.compile(
    r"""(?ix)
    (?:xlink:)?href \s*=\s* (?!\s*["']\#)       # a link to anything but a part of itself
    | \b src \s*=
    | url \s*\( (?!\s*["']?\#)
    | @import
    | <\s*(?:image|script|foreignObject|style|!DOCTYPE|!ENTITY|\?xml-stylesheet)
    """
)


class ReachesOut(KapstoneError):
    """A picture names something outside itself; it is not put on paper."""

    status = 500


@cache
def _style() -> str:
    """Write the light theme as plain rules, since paper knows no custom properties."""
    colours = {**LIGHT, **_WHITE}
    rules = (
        f".f-{name}{{fill:{colour}}}.s-{name}{{stroke:{colour}}}"
        for name, colour in sorted(colours.items())
    )
    return f"<style>{''.join(rules)}</style>"


def on_paper(svg: str) -> str:
    """
    Give a chart of the screen the colours of paper.

    Raises
    ------
    ReachesOut
        If it names anything outside itself.
    """
    found = _OUTWARD.search(svg)
    if found is not None:
        raise ReachesOut(f"This picture names something outside itself: {found[0]!r}.")
    head, close, rest = svg.partition(">")
    if "xmlns=" not in head:
        head += ' xmlns="http://www.w3.org/2000/svg"'
    return f"{head}{close}{_style()}{rest}"


def pdf_of(template: Path, told: "DataclassInstance") -> bytes:
    """
    Make the PDF of one page from its facts.

    The compiler sees the folder of the template and nothing else: no fonts of the system, no
    packages, and an empty folder where it would keep some.
    """
    facts = json.dumps(asdict(told), default=str)
    with tempfile.TemporaryDirectory(prefix="kapstone-paper-") as nothing:
        return typst.compile(
            template,
            root=template.parent,
            ignore_system_fonts=True,
            package_path=Path(nothing),
            package_cache_path=Path(nothing),
            sys_inputs={"told": facts},
            format="pdf",
            pdf_standards=["ua-1"],  # a screen reader can read it
        )
