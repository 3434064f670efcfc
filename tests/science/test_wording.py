import re

import pytest

from kapstone.science.quantities import Grade
from kapstone.science.wording import ALWAYS, HOW_WE_KNOW, Shown, how_we_know

GRADES = {
    Shown.LEVEL: "AF",
    Shown.OCCUPANCY: "C",
    Shown.ACUTE: "BF",
    Shown.WINDOW: "DC",
    Shown.TIMING: "D",
    Shown.TRAILS: "D",
    Shown.FORECAST: "F",
    Shown.LIFESTYLE: "D",
}
FORBIDDEN = r"your brain is|guarantee|rewire|magic|breakthrough|optimal dose|cure|!"


@pytest.mark.parametrize("shown", list(Shown))
def test_every_quantity_shown_has_its_grades_and_its_sentence(shown):
    entry = how_we_know(shown)
    assert "".join(entry.grades) == GRADES[shown]
    assert entry.sentence.endswith(".")
    assert not re.search(FORBIDDEN, entry.sentence, re.IGNORECASE)


def test_the_whole_shelf_is_covered():
    assert set(HOW_WE_KNOW) == set(Shown) == set(GRADES)
    assert "does not choose doses" in ALWAYS


def test_the_negative_findings_are_said():
    assert "no overall change" in how_we_know(Shown.WINDOW).sentence
    assert "not clearly better than midazolam" in how_we_know(Shown.FORECAST).sentence
    assert "between 0 and 10 points" in how_we_know(Shown.TIMING).sentence
    assert Grade.ASSUMPTION.meaning == "an assumption"
