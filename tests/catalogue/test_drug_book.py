"""The products of the drug book, and what its files must say."""

from decimal import Decimal

import pytest

from kapstone.catalogue.drug_book import DrugBook, load_drug_book
from kapstone.catalogue.orders import load_order_checks
from kapstone.catalogue.shelf import DATA, parse
from kapstone.errors import CatalogueError
from kapstone.science.events import Product

BOOK = load_drug_book()
FILE = "standard.v1.toml"
TEXT = (DATA / "drug-book" / FILE).read_text("utf-8")


@pytest.mark.parametrize(
    ("code", "strength", "measure", "whole"),
    [
        ("ketamine-10", "10", "mL", False),
        ("ketamine-50", "50", "mL", False),
        ("ketamine-100", "100", "mL", False),
        ("ketamine-lozenge-100", "100", "lozenge", True),
        ("ketamine-nasal-100", "100", "mL", False),
        ("esketamine-28", "28", "device", True),
    ],
)
def test_a_product(code, strength, measure, whole):
    product = BOOK.product(code)
    assert product.strength == Decimal(strength)
    assert (product.measure, product.whole_only) == (measure, whole)
    assert product.schedule == "III"


def test_every_product_is_dosed_as_something_an_order_may_name():
    assert {one.dosed_as for one in BOOK.products} == set(Product)


def test_the_vials_are_those_whose_strengths_are_confused():
    vials = {one.mg_per_measure for one in BOOK.products if "vial" in one.name}
    assert vials == set(load_order_checks().vial_mg_per_ml)


def test_a_loss_is_told_within_a_business_day_and_records_kept_two_years():
    assert BOOK.loss_notice_business_days.value == 1
    assert BOOK.keep_years.value == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mg_per_measure = 28", "mg_per_measure = 0"),
        ("usual_contents = 30", "usual_contents = -1"),
        ('code = "ketamine-100"', 'code = "ketamine-50"'),
        ('code = "refused"', 'code = "rest"'),
        ('code = "sharps"', 'code = "denatured"'),
        ('basis = ["sourced LABEL-US"]', "basis = []"),
    ],
)
def test_a_book_that_contradicts_itself_is_not_read(old, new):
    assert old in TEXT
    with pytest.raises(CatalogueError):
        parse(DrugBook, TEXT.replace(old, new), FILE)


def test_a_product_that_does_not_exist():
    with pytest.raises(CatalogueError):
        BOOK.product("morphine")
