"""What must be on file before eligibility: every item with its reason, and the figures."""

from datetime import timedelta

import pytest

from kapstone.catalogue.baseline import Baseline, DoneBy, Need, load_baseline
from kapstone.catalogue.instruments import instruments
from kapstone.catalogue.shelf import DATA, parse
from kapstone.errors import CatalogueError

SHEET = load_baseline()
TEXT = (DATA / "baseline" / "core.v1.toml").read_text("utf-8")


def test_the_figures_of_the_design_paper():
    assert SHEET.fresh_for == timedelta(days=90)
    assert SHEET.vitals_fresh_for == timedelta(days=30)
    assert SHEET.lift_min_characters.value == 20
    assert SHEET.ecg_from_age.value == 50


def test_each_item_says_who_answers_for_it_and_from_where_it_is():
    assert [item.code for item in SHEET.items] == [f"B0{number}" for number in range(1, 10)]
    for item in SHEET.items:
        assert item.basis
        assert item.done_by in DoneBy
    required = {item.code for item in SHEET.items if item.need is Need.REQUIRED}
    assert required == {"B01", "B02", "B03", "B04", "B05"}


def test_the_measures_are_on_the_shelf():
    assert {measure.instrument for measure in SHEET.measures} <= set(instruments())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('code = "B02"', 'code = "B01"'),
        ('instrument = "gad-7"', 'instrument = "phq-9"'),
        ('need = "required"', 'need = "perhaps"'),
        ('basis = ["sourced APA17", "sourced APNA"]', "basis = []"),
        ("fresh_days =", "stale_days ="),
    ],
)
def test_a_slip_in_the_file_is_named(old, new):
    with pytest.raises(CatalogueError):
        parse(Baseline, TEXT.replace(old, new, 1), "core.v1.toml")
