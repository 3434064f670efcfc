"""Icons are there when asked for, and named when they stand alone."""

import re
from pathlib import Path

import pytest

from kapstone.core.ui.icons import icon_bodies, icon_svg, mark_svg

SOURCE = Path(__file__).parents[3] / "src"
USED = re.compile(r"""{%\s*icon\s+["']([a-z0-9-]+)["']""")


def test_an_icon_beside_a_word_is_hidden_from_screen_readers():
    assert 'aria-hidden="true"' in icon_svg("sunrise")


def test_an_icon_alone_is_an_image_with_a_name():
    drawn = icon_svg("chevron-left", label='Leave "this"')
    assert 'role="img" aria-label="Leave &quot;this&quot;"' in drawn
    assert "aria-hidden" not in drawn


def test_an_unknown_icon_is_named_in_the_error():
    with pytest.raises(ValueError, match="unicorn"):
        icon_svg("unicorn")


def test_no_icon_brings_paint_script_or_style_of_its_own():
    for name, body in icon_bodies().items():
        assert not re.search(r"style|script|href|\son\w+=", body), name


def test_every_icon_that_a_template_asks_for_is_there():
    for template in SOURCE.rglob("templates/**/*.html"):
        for name in USED.findall(template.read_text()):
            assert name in icon_bodies(), f"{template.name} asks for {name}"


def test_the_top_stone_is_lit_only_while_the_window_is_open():
    assert "f-window" in mark_svg(lit=True)
    assert "f-window" not in mark_svg(lit=False)


def test_the_licence_lies_beside_the_icons():
    folder = SOURCE / "kapstone/core/ui"
    assert "ISC License" in (folder / "icons-LICENSE.txt").read_text()
    fonts = folder / "static/ui/fonts"
    assert len(list(fonts.glob("OFL-*.txt"))) == 2
