"""The words that charts are written in: escaped, finite, and always the same."""

import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kapstone.core.ui.charts.svg import Frame, Scale, Svg, area, element, join, num, smooth
from kapstone.core.ui.charts.svg import words as text

FINITE = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("value", "written"),
    [(1.0, "1"), (0.25, "0.2"), (-0.01, "0"), (100.0, "100"), (12.34, "12.3"), (-7.5, "-7.5")],
)
def test_a_number_is_written_short(value, written):
    assert num(value) == written


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_is_refused(value):
    with pytest.raises(ValueError, match="cannot draw"):
        num(value)


@given(FINITE)
def test_a_number_comes_back_within_a_twentieth(value):
    assert float(num(value)) == pytest.approx(value, abs=0.051)


@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))
)
def test_any_words_come_back_as_they_were_said(said):
    tree = ElementTree.fromstring(text(0, 0, said))  # noqa: S314  our own drawing
    assert (tree.text or "") == said


def test_plain_text_is_escaped_and_drawn_text_is_not():
    assert join(["<b>", Svg("<g/>")]) == "&lt;b&gt;<g/>"
    assert element("g", '"&', data_name='"&') == '<g data-name="&quot;&amp;">&quot;&amp;</g>'


def test_an_absent_attribute_is_left_out():
    assert element("rect", rx=None, width=2, cls="f-ink") == '<rect width="2" class="f-ink"/>'


@given(st.lists(st.tuples(FINITE, FINITE), min_size=2, max_size=30), FINITE)
def test_paths_hold_nothing_but_numbers(points, floor):
    for d in (area(points, floor), smooth(points), smooth(points, close=True)):
        assert "nan" not in d
        assert "inf" not in d


@given(FINITE, FINITE, FINITE)
def test_a_scale_reaches_both_of_its_ends(low, start, end):
    scale = Scale(low, low + 10, start, end)
    assert scale(low) == pytest.approx(start, abs=1e-6)
    assert scale(low + 10) == pytest.approx(end, abs=1e-6)
    assert scale.clamp(low + 11) == pytest.approx(end, abs=1e-6)
    assert scale.holds(low)
    assert not scale.holds(low - 1)


def test_a_scale_without_length_is_refused():
    with pytest.raises(ValueError, match="no length"):
        Scale(3, 3, 0, 100)


@pytest.mark.parametrize("uid", ["", "7", "a b", 'a"', "A"])
def test_an_id_that_would_break_the_page_is_refused(uid):
    with pytest.raises(ValueError, match="chart id"):
        Frame(uid=uid, title="t", description="d", width=1, height=1)
