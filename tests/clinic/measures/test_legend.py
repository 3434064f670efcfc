"""The words under the chart explain the marks that are there, and no others."""

from datetime import date

import pytest

from kapstone.clinic.measures.charts import ScoreMark, Scores, draw_scores

DAY = date(2026, 3, 2)


def drawn(**change):
    given = {
        "uid": "scores",
        "measure": "PHQ-9",
        "highest": 27,
        "bands": (),
        "marks": (ScoreMark(on=DAY, total=14, band="moderate", interim=False),),
    }
    return str(draw_scores(Scores(**given | change)).svg)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"marks": (ScoreMark(on=DAY, total=9, band="mild", interim=True),)}, "Ring:"),
        ({"marks": (ScoreMark(on=DAY, total=None, band="", interim=False),)}, "Dashed box:"),
        ({"missed_on": (date(2026, 3, 9),)}, "Dashed box:"),
        ({"doses_on": (date(2026, 3, 9),)}, "Diamond:"),
        ({"half_of": 14}, "Dashed line:"),
    ],
)
def test_a_mark_is_explained_where_it_is_drawn_and_nowhere_else(change, words):
    assert words in drawn(**change)
    assert words not in drawn()
