"""
The palette: one source for the colour tokens of every theme and for the checks on them.

Run ``python -m kapstone.core.ui.palette`` to write ``static/ui/css/tokens.css`` anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

TOKENS_FILE = Path(__file__).parent / "static/ui/css/tokens.css"

Theme = Mapping[str, str]


def _theme(table: str) -> Theme:
    """Read ``name value`` pairs, set out in lines for the eye."""
    words = table.split()
    return MappingProxyType(dict(zip(words[::2], words[1::2], strict=True)))


LIGHT = _theme("""
    bg #F1F4F0  surface #FCFDFB  sunk #E6EBE5  line #D2DAD2  edge #78877D  paper #F6F8F4
    ink #15231C  ink2 #3F4F46  ink3 #58675E
    fir #1D5A46  fir-weak #D9E9E0  on-fir #FFFFFF  solid-wash #457867
    solid #1D5A46  on-solid #FFFFFF  solid-red #A8201A  on-solid-red #FFFFFF
    inverse #15231C  on-inverse #FCFDFB
    window #F0B23E  window-ink #7A4A00  window-weak #FBECCB  on-window #15231C
    heather #5A3A80  heather-weak #EAE2F2  moss #356B2B  moss-weak #DDEBD5
    bark #6E4A38  bark-weak #EBDFD8  lake #1C70A0  lake-weak #E0EDF5
    red #A8201A  red-weak #F9E1DE  on-red #FFFFFF  amber #8A5200  amber-weak #FBEBCB
    focus #0B57D0  ket #FFE600  ket-ink #15231C  ket-line #A89400
    sky1 #DCE9EC  sky2 #FBEFD6  far #B9CDBF  mid #93B09C  near #2F5344  nearer #1C3A2E
    glow #FFE7AE  sun #FFF6DF  day #CFE0D6  day-on #FFFFFF
    ground1 #DDE7D2  ground2 #BFD2B4  contour #CFDDC6  shade #A9C0A3  trunk #6E4A38
    fir1 #2F6149  fir2 #3A7155  fir3 #26523F  leaf1 #6F9E58  leaf2 #84AF66  leaf3 #5C8B4E
    tree-dark #10261C  bank #A9C6CE  water #CFE3E6  fog #F3F6F2  light #FFE9A8
    old #C9AC8E  old-edge #8D6A50  new #FBE3A6  new-edge #A8690A
    sign #FCFDFB  sign-new #FFF3D2  sign-old #EFE6DC  sign-ink #4A2D00
    stone1 #15231C  stone2 #58675E  new-ink #4A2D00  old-ink #2A1A10
""")

DARK = _theme("""
    bg #0E1512  surface #161F1A  sunk #0A100D  line #2A362F  edge #76877C  paper #0E1512
    ink #E9F0EA  ink2 #BECBC2  ink3 #97A69C
    fir #7CCBA7  fir-weak #1B382C  on-fir #0A1A13  solid-wash #6DB393
    solid #7CCBA7  on-solid #0A1A13  solid-red #FF7B70  on-solid-red #2A0705
    inverse #E9F0EA  on-inverse #161F1A
    window #F0B23E  window-ink #F5C56A  window-weak #3A2C10  on-window #15231C
    heather #B48DE0  heather-weak #281E38  moss #B0E09D  moss-weak #1F331A
    bark #CFA48D  bark-weak #36271F  lake #A2DAF7  lake-weak #152B3A
    red #FF7B70  red-weak #3A1316  on-red #2A0705  amber #F5C56A  amber-weak #3A2C10
    focus #A8C7FA  ket #FFE600  ket-ink #15231C  ket-line #FFE600
    sky1 #0B1620  sky2 #1E2C33  far #1B2E2A  mid #20382F  near #0F201A  nearer #091510
    glow #5A4413  sun #FFF6DF  day #CFE0D6  day-on #FFFFFF
    ground1 #1C2B23  ground2 #111C16  contour #24332B  shade #0B1410  trunk #503628
    fir1 #2B5743  fir2 #33664E  fir3 #234737  leaf1 #48703D  leaf2 #557E48  leaf3 #3D6136
    tree-dark #000000  bank #21414C  water #2F5A68  fog #25332C  light #7A5B1A
    old #6B5443  old-edge #9A7A60  new #EBC068  new-edge #F7D78F
    sign #161F1A  sign-new #3A2C10  sign-old #2A211B  sign-ink #F7D78F
    stone1 #E9F0EA  stone2 #97A69C  new-ink #4A2D00  old-ink #FFFFFF
""")

# One hue family, almost no blue: shape, text and luminance carry the meaning. What is a solid
# block elsewhere (solid, solid-red, inverse) is outlined here, so that no area is bright.
ROOM = _theme("""
    bg #0B0402  surface #170A05  sunk #060201  line #3B1D0E  edge #9A5A2C  paper #0B0402
    ink #F2A65E  ink2 #D98C48  ink3 #BC7438
    fir #F2A65E  fir-weak #2A1409  on-fir #160802  solid-wash #3B1D0E
    solid #2A1409  on-solid #F2A65E  solid-red #4A1C08  on-solid-red #FFC98A
    inverse #2A1409  on-inverse #F2A65E
    window #D98C48  window-ink #F2A65E  window-weak #2A1409  on-window #160802
    heather #D98C48  heather-weak #2A1409  moss #F2A65E  moss-weak #2A1409
    bark #BC7438  bark-weak #2A1409  lake #D98C48  lake-weak #2A1409
    red #FFC98A  red-weak #4A1C08  on-red #1A0802  amber #FFC98A  amber-weak #3A1A0A
    focus #FFD9A8  ket #2A1409  ket-ink #F2A65E  ket-line #D98C48
    sky1 #0B0402  sky2 #1F0D05  far #1A0B05  mid #241006  near #140804  nearer #0B0402
    glow #3A1A0A  sun #F2A65E  day #D98C48  day-on #F2A65E
    ground1 #170A05  ground2 #0B0402  contour #231006  shade #060201  trunk #3B1D0E
    fir1 #3B1D0E  fir2 #48240F  fir3 #2E160A  leaf1 #532A12  leaf2 #5F3115  leaf3 #46230F
    tree-dark #000000  bank #2A1409  water #3B1D0E  fog #1F0D05  light #4A1C08
    old #5F3115  old-edge #9A5A2C  new #D98C48  new-edge #F2A65E
    sign #170A05  sign-new #2A1409  sign-old #170A05  sign-ink #F2A65E
    stone1 #F2A65E  stone2 #BC7438  new-ink #160802  old-ink #F2A65E
""")

# Deep red, for a fully dark room.
DEEP = _theme("""
    bg #080000  surface #140202  sunk #040000  line #3A0B08  edge #B03C2B  paper #080000
    ink #FF5C45  ink2 #EC5341  ink3 #DC4A39
    fir #FF5C45  fir-weak #290705  on-fir #140202  solid-wash #3A0B08
    solid #290705  on-solid #FF5C45  solid-red #450E08  on-solid-red #FF8A70
    inverse #290705  on-inverse #FF5C45
    window #EC5341  window-ink #FF5C45  window-weak #290705  on-window #160802
    heather #EC5341  heather-weak #290705  moss #FF5C45  moss-weak #290705
    bark #DC4A39  bark-weak #290705  lake #EC5341  lake-weak #290705
    red #FF8A70  red-weak #450E08  on-red #1A0000  amber #FF5C45  amber-weak #290705
    focus #FF9C85  ket #290705  ket-ink #FF5C45  ket-line #EC5341
    sky1 #080000  sky2 #1C0403  far #160302  mid #200504  near #100201  nearer #080000
    glow #3A0B08  sun #FF5C45  day #EC5341  day-on #FF5C45
    ground1 #140202  ground2 #080000  contour #210504  shade #040000  trunk #3A0B08
    fir1 #3A0B08  fir2 #470E0A  fir3 #2D0806  leaf1 #52110C  leaf2 #5F140E  leaf3 #450E0A
    tree-dark #000000  bank #290705  water #3A0B08  fog #1C0403  light #450E08
    old #52110C  old-edge #B03C2B  new #EC5341  new-edge #FF5C45
    sign #140202  sign-new #290705  sign-old #140202  sign-ink #FF5C45
    stone1 #FF5C45  stone2 #DC4A39  new-ink #140202  old-ink #FF5C45
""")

THEMES: Mapping[str, Theme] = MappingProxyType(
    {"light": LIGHT, "dark": DARK, "room": ROOM, "deep": DEEP}
)

# What must be readable on what: (text or mark, ground, least WCAG 2 ratio).
# 4.5 is success criterion 1.4.3 for text, 3 is 1.4.11 for controls and marks.
PAIRS: tuple[tuple[str, str, float], ...] = (
    ("ink", "bg", 4.5),
    ("ink", "surface", 4.5),
    ("ink", "sunk", 4.5),
    ("ink", "paper", 4.5),
    ("ink", "fir-weak", 4.5),
    ("ink2", "bg", 4.5),
    ("ink2", "surface", 4.5),
    ("ink2", "paper", 4.5),
    ("ink3", "bg", 4.5),
    ("ink3", "surface", 4.5),
    ("ink3", "sunk", 4.5),
    ("edge", "surface", 3),
    ("edge", "bg", 3),
    ("fir", "bg", 4.5),
    ("fir", "surface", 4.5),
    ("fir", "sunk", 4.5),
    ("fir", "fir-weak", 4.5),
    ("on-fir", "fir", 4.5),
    ("on-solid", "solid", 4.5),
    ("on-solid", "solid-wash", 3),
    ("on-solid-red", "solid-red", 4.5),
    ("on-inverse", "inverse", 4.5),
    ("window-ink", "window-weak", 4.5),
    ("window-ink", "surface", 4.5),
    ("window-ink", "bg", 4.5),
    ("on-window", "window", 4.5),
    ("heather", "surface", 4.5),
    ("heather", "heather-weak", 4.5),
    ("surface", "heather", 4.5),
    ("moss", "surface", 4.5),
    ("moss", "moss-weak", 4.5),
    ("bark", "surface", 4.5),
    ("bark", "bark-weak", 4.5),
    ("lake", "surface", 4.5),
    ("lake", "lake-weak", 4.5),
    ("red", "surface", 4.5),
    ("red", "bg", 4.5),
    ("red", "red-weak", 4.5),
    ("ink", "red-weak", 4.5),
    ("on-red", "red", 4.5),
    ("amber", "amber-weak", 4.5),
    ("amber", "surface", 4.5),
    ("focus", "bg", 3),
    ("focus", "surface", 3),
    ("focus", "sunk", 3),
    ("ket-ink", "ket", 4.5),
    ("day", "nearer", 4.5),
    ("day-on", "nearer", 4.5),
    ("sign-ink", "sign-new", 4.5),
    ("ink", "sign-old", 4.5),
    ("ink", "sign", 4.5),
    ("new-ink", "new", 4.5),
    ("old-ink", "old", 4.5),
)

# A device may paint with its own few colours (forced-colors): every token takes one of them.
_SYSTEM = MappingProxyType(
    {
        "CanvasText": """ink ink2 ink3 edge line window-ink heather moss bark lake red amber
            ket-ink ket-line on-window sign-ink stone1 stone2 old-edge new-edge day day-on""",
        "Highlight": "fir focus window sun new solid solid-red inverse",
        "HighlightText": "on-fir on-red new-ink on-solid on-solid-red on-inverse",
        "GrayText": """solid-wash far mid old fir1 fir2 fir3 leaf1 leaf2 leaf3 trunk bank
            water contour shade tree-dark old-ink""",
        "Canvas": """bg surface sunk paper fir-weak window-weak heather-weak moss-weak bark-weak
            lake-weak red-weak amber-weak ket sky1 sky2 near nearer glow ground1 ground2
            fog light sign sign-new sign-old""",
    }
)


_STOPS = "sky1 sky2 paper window glow ground1 ground2 light"


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#RRGGBB``, 0 black to 1 white (WCAG 2)."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(colour: str) -> tuple[float, float, float]:
    """Return the three linear-light parts of ``#RRGGBB``, each 0 to 1."""
    digits = colour.removeprefix("#")
    red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return _unbend(red), _unbend(green), _unbend(blue)


def _unbend(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def contrast(first: str, second: str) -> float:
    """Return the WCAG 2 contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def tokens_css() -> str:
    """Return the style sheet of tokens: every theme, print, and forced colours."""
    system = {t: value for value, names in _SYSTEM.items() for t in names.split()}
    return "\n".join(
        (
            "/* Written by kapstone.core.ui.palette: change the palette, not this file. */",
            _block(":root,\n[data-theme=light]", LIGHT, "light"),
            "@media (prefers-color-scheme: dark) {",
            _block(":root:not([data-theme])", DARK, "dark"),
            "}",
            _block("[data-theme=dark]", DARK, "dark"),
            _block("[data-theme=room]", ROOM, "dark"),
            _block("[data-theme=deep]", DEEP, "dark"),
            "@media print {",
            _block(":root,\n:root:not([data-theme]),\n[data-theme]", LIGHT, "light"),
            "}",
            "@media (forced-colors: active) {",
            _block(":root,\n:root:not([data-theme]),\n[data-theme]", system, "light dark"),
            "}",
            "/* Fill (f-) and stroke (s-) of SVG marks, by token. */",
            *(
                f".f-{n} {{ fill: var(--{n}); }}\n.s-{n} {{ stroke: var(--{n}); }}"
                for n in LIGHT
            ),
            *(f".stop-{n} {{ stop-color: var(--{n}); }}" for n in _STOPS.split()),
            "",
        )
    )


def _block(selector: str, theme: Theme, scheme: str) -> str:
    lines = [f"  --{name}: {theme[name].lower()};" for name in LIGHT]
    return "\n".join((f"{selector} {{", f"  color-scheme: {scheme};", *lines, "}"))


if __name__ == "__main__":
    TOKENS_FILE.write_text(tokens_css(), encoding="utf-8")
