"""The science pages say what the code says."""

import re
from pathlib import Path

import pytest

from kapstone.science.parameters import load_parameters
from kapstone.science.quantities import Grade
from kapstone.science.validation.report import parameter_page
from kapstone.science.wording import ALWAYS, Shown, how_we_know

PAGES = Path(__file__).parents[2] / "docs" / "science"
SOURCES = Path(__file__).parents[2] / "src" / "kapstone" / "science"
NAMED = re.compile(
    r"docs/science/(\w+)\.md(?:, equations? (\d)(?: (?:and|to) (\d))?)?",
)


def plain(path):
    return " ".join(path.read_text(encoding="utf-8").split())


@pytest.mark.parametrize("shown", list(Shown))
def test_the_page_of_evidence_holds_every_sentence(shown):
    assert how_we_know(shown).sentence in plain(PAGES / "evidence.md")


def test_the_page_of_evidence_holds_the_rest():
    page = plain(PAGES / "evidence.md")
    assert ALWAYS in page
    for grade in Grade:
        assert f"| {grade} | {grade.meaning} |" in page


def test_the_table_of_parameters_is_the_file():
    page = (PAGES / "validation" / "parameters.md").read_text(encoding="utf-8")
    assert page == parameter_page()


def test_the_page_of_validation_was_made_with_these_parameters():
    assert load_parameters().sha256 in plain(PAGES / "validation" / "index.md")


def test_every_page_and_equation_that_the_code_names_is_there():
    named = set()
    for path in SOURCES.rglob("*.py"):
        text = " ".join(path.read_text(encoding="utf-8").split())
        named |= set(
            re.findall(
                r"docs/science/(\w+)\.md(?:, equations? (\d)(?: (?:and|to) (\d))?)?", text
            )
        )
    assert {page for page, _, _ in named} <= {path.stem for path in PAGES.glob("*.md")}
    for page, first, last in named:
        labels = re.findall(r"^.*\$\$ \(([\w-]+)\)$", (PAGES / f"{page}.md").read_text(), re.M)
        assert max(int(number or 0) for number in (first, last)) <= len(labels)
