"""Every published value has a row, and no row is worse than is stated of it."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from kapstone.science.people import typical
from kapstone.science.validation import levels
from kapstone.science.validation.report import (
    all_rows,
    markdown,
    off_text,
    summary_lines,
    table_text,
)
from kapstone.science.validation.targets import (
    LITERATURE,
    Row,
    Verdict,
    kamp_series,
    targets,
)

KNOWN_MISFITS = {
    "PK07", "PK10", "PK13", "PD11 systolic", "PD11 diastolic", "PD14", "PD17",
    "CL04 remission", "CL05 remission", "CL06 remission", "CL07", "CL08", "CL09",
    "CL34", "CL35",
}  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    return all_rows()


def test_every_published_value_has_a_row(rows):
    listed = {row.code.split(" ")[0] for row in rows}
    assert set(targets()) <= listed
    assert len(targets()) == 39 + 19 + 37


def test_no_row_is_worse_than_stated(rows):
    assert [row.code for row in rows if row.verdict is Verdict.WORSE] == []


def test_the_misfits_are_listed_and_no_others(rows):
    assert {row.code for row in rows if row.verdict is Verdict.MISFIT} == KNOWN_MISFITS


def test_what_is_not_compared_says_why(rows):
    apart = [row for row in rows if row.verdict is Verdict.BACKGROUND]
    assert apart
    assert all(row.note for row in apart)


def test_numbers_from_memory_are_marked(rows):
    marked = {row.code.split(" ")[0] for row in rows if "memory" in row.source}
    assert marked == {code for code, one in targets().items() if one.verified == "memory"}


def test_blood_levels_are_off_by_7_percent_in_the_middle_and_29_at_worst(rows):
    assert "blood levels: median error 7 %, worst 29 %" in summary_lines(rows)


def test_the_table_sees_a_liver_that_is_a_fifth_too_quick(monkeypatch):
    def quicker(*args, **rest):
        body = typical(*args, **rest)
        return replace(body, liver_flow=body.liver_flow * 1.2)

    monkeypatch.setattr(levels, "typical", quicker)
    worse = {row.code for row in levels.level_rows() if row.verdict is Verdict.WORSE}
    assert {"PK01", "PK14", "PK15"} <= worse


def test_the_kamp_series_are_the_digitised_points():
    series = kamp_series()
    assert {name: len(hours) for name, (hours, _) in series.items()} == {
        "K": 16, "N": 15, "H": 15
    }  # fmt: skip
    assert all(np.all(levels > 0) for _, levels in series.values())


ROW = Row(
    code="X1", quantity="a | b", regimen="r", published="1 mg", model="2", off=5.0, measure="%",
    stated=-4.0, slack=0.5, source="s",
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, Verdict.WORSE),
        ({"off": -4.4}, Verdict.HOLDS),
        ({"off": 4.0, "misfit": "known"}, Verdict.MISFIT),
        ({"stated": None}, Verdict.HOLDS),
        ({"off": None}, Verdict.BACKGROUND),
        ({"off": None, "misfit": "known"}, Verdict.MISFIT),
    ],
)
def test_a_row_is_judged_by_what_is_stated(change, verdict):
    assert replace(ROW, **change).verdict is verdict


def test_how_far_off_is_written_with_its_unit():
    assert off_text(ROW) == "+5 %"
    assert off_text(replace(ROW, off=None)) == ""


def test_the_printed_table_holds_every_row(rows):
    text = table_text(rows)
    print(text)  # noqa: T201 -- `make validation` shows the table
    for row in rows:
        assert f"\n{row.code} | " in text


def test_the_page_lists_misfits_before_successes(rows):
    page = markdown([*rows, ROW], ["window-and-evidence.svg"])
    assert page.index("## Misfits") < page.index("## Every row compared")
    assert "worse than stated: +5 %" in page
    assert "a / b" in page
    for row in rows:
        assert row.code in page


def test_esketamine_alone_and_out_of_the_racemate_coincide():
    found = {}
    path = LITERATURE / "kamp2020_enantiomers_arterial.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            found.setdefault(row["species"], []).append(
                (float(row["time_h"]), float(row["conc_ng_mL"]))
            )
    alone, within = np.array(found["ES_K"]).T, np.array(found["S_K"]).T
    ratio = np.interp(within[0], *alone) / within[1]
    assert np.median(ratio) == pytest.approx(1.0, abs=0.1)
