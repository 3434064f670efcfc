"""Every theme is readable, and no two meanings look alike to anyone."""

from itertools import product

import pytest

from kapstone.core.ui.palette import (
    DARK,
    LIGHT,
    PAIRS,
    THEMES,
    TOKENS_FILE,
    contrast,
    luminance,
    tokens_css,
)
from kapstone.core.ui.vision import SIGHT, separations

LEAST_APART = 5.0  # CIE76; below it two colours pass for one, whatever their shape


def test_the_ratio_of_black_on_white_is_the_standards_own():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("theme", "pair"), product(THEMES, PAIRS))
def test_text_and_marks_stand_out_from_their_ground(theme, pair):
    front, ground, least = pair
    assert contrast(THEMES[theme][front], THEMES[theme][ground]) >= least


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_has_every_token(theme):
    assert set(THEMES[theme]) == set(LIGHT)


@pytest.mark.parametrize(("theme", "sight"), product((LIGHT, DARK), SIGHT))
def test_categories_stay_apart_however_colours_are_seen(theme, sight):
    distance, first, second = min(separations(theme, sight))
    assert distance >= LEAST_APART, f"{first} and {second}"


def test_a_poor_palette_would_be_caught():
    alike = {**LIGHT, "moss": LIGHT["bark"]}
    assert min(separations(alike, "deutan"))[0] < LEAST_APART


@pytest.mark.parametrize("theme", ["room", "deep"])
def test_no_ground_or_block_is_bright_in_a_dark_room(theme):
    for token in ("bg", "surface", "sunk", "paper", "solid", "solid-red", "inverse", "ket"):
        assert luminance(THEMES[theme][token]) < 0.05, token


def test_the_style_sheet_is_the_one_the_palette_writes():
    assert TOKENS_FILE.read_text(encoding="utf-8") == tokens_css()


def test_the_device_chooses_while_nobody_has():
    css = tokens_css()
    assert "@media (prefers-color-scheme: dark) {\n:root:not([data-theme]) {" in css
    assert "@media print {" in css
    assert "@media (forced-colors: active) {" in css
