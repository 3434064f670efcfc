"""Equal facts give equal bytes, and the bytes that were looked at."""

import pytest
from tests.core.ui.golden import FOLDER, drawn, laid_out

DRAWN = drawn()


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_is_drawn_as_it_was_looked_at(name):
    assert laid_out(DRAWN[name]) == (FOLDER / f"{name}.svg").read_text(encoding="utf-8")


def test_every_golden_drawing_still_has_its_chart():
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(DRAWN)


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_names_itself_and_describes_itself(name):
    assert "<title " in DRAWN[name]
    assert "<desc " in DRAWN[name]
    assert 'role="img"' in DRAWN[name]


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_needs_no_style_of_its_own(name):
    assert "style=" not in DRAWN[name]
    assert "<style" not in DRAWN[name]
    assert "var(" not in DRAWN[name]
