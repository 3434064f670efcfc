"""The command that prints the table and draws the page."""

import sys
from dataclasses import replace

import pytest

from kapstone.science.command import main
from kapstone.science.validation import report
from kapstone.science.validation.targets import Row


@pytest.fixture
def good_rows(monkeypatch):
    row = Row(
        code="PK01", quantity="clearance", regimen="IV", published="79 L/h", model="82.2",
        off=4.0, measure="%", stated=4.0, slack=1.0, source="Kamp 2020",
    )  # fmt: skip
    monkeypatch.setattr(report, "all_rows", lambda: (row,))
    return row


def test_validate_prints_the_table_and_writes_the_page(good_rows, capsys, tmp_path):
    assert main(["validate", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "PK01 | clearance" in out
    page = (tmp_path / "index.md").read_text(encoding="utf-8")
    pictures = sorted(path.name for path in tmp_path.glob("*.svg"))
    assert len(pictures) == 5
    for name in pictures:
        assert name in page
        assert name in out


def test_a_picture_is_the_same_on_every_run(good_rows, capsys, tmp_path):
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        assert main(["validate", "--out", str(folder)]) == 0
    for path in folders[0].iterdir():
        assert path.read_bytes() == (folders[1] / path.name).read_bytes()


def test_the_table_alone_needs_no_matplotlib(good_rows, capsys, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "kapstone.science.validation.figures", None)
    assert main(["validate", "--no-figures"]) == 0
    assert main(["validate", "--out", str(tmp_path)]) == 2
    streams = capsys.readouterr()
    assert "the figures need matplotlib" in streams.err
    assert "PK01" in streams.out


def test_a_row_worse_than_stated_ends_in_1(good_rows, capsys, monkeypatch):
    worse = replace(good_rows, off=9.0)
    monkeypatch.setattr(report, "all_rows", lambda: (worse,))
    assert main(["validate", "--no-figures"]) == 1
    assert "WORSE THAN STATED" in capsys.readouterr().out
