"""The whole shelf: every file loads, says where it comes from, and speaks plainly."""

import importlib
import pkgutil
from dataclasses import fields, is_dataclass

import pytest

import kapstone.catalogue
from kapstone.catalogue import published
from kapstone.catalogue.basis import Basis, Provenance, sources
from kapstone.catalogue.lint import faults, patient_strings
from kapstone.catalogue.shelf import DATA, Sheet, shelf
from kapstone.errors import CatalogueError, KapstoneError

for module in pkgutil.iter_modules(kapstone.catalogue.__path__):
    importlib.import_module(f"kapstone.catalogue.{module.name}")

# a dataclass with slots is made twice; the last one made is the one in use
KINDS = {kind.KIND: kind for kind in Sheet.__subclasses__()}
FOLDERS = sorted(entry.name for entry in DATA.iterdir() if entry.is_dir())
SHEETS = [sheet for kind in KINDS.values() for sheet in shelf(kind).values()]


def bases_in(value):
    """Yield every basis in a sheet, however deep."""
    if isinstance(value, Basis):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            if field.init:
                yield from bases_in(getattr(value, field.name))
    elif isinstance(value, tuple):
        for entry in value:
            yield from bases_in(entry)


def test_every_folder_has_its_reader_and_every_file_is_read():
    assert sorted(KINDS) == FOLDERS
    files = [entry for folder in FOLDERS for entry in (DATA / folder).iterdir()]
    assert len(SHEETS) == len(files) >= 45


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: f"{sheet.KIND}/{sheet.code}")
def test_every_sheet_says_who_wrote_it_and_when_to_look_again(sheet):
    assert sheet.authored_by == "Kapstone maintainers"
    assert sheet.licence
    assert sheet.source
    assert sheet.is_checked is bool(sheet.checked_by)
    assert sheet.review_by > sheet.reviewed_on


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"words", "access-reasons"}))
def test_every_kind_with_numbers_says_where_they_come_from(kind):
    found = [basis for sheet in shelf(KINDS[kind]).values() for basis in bases_in(sheet)]
    assert found
    assert {basis.provenance for basis in found} <= set(Provenance)


def test_every_source_on_the_list_is_used():
    used = {basis.key for sheet in SHEETS for basis in bases_in(sheet)}
    assert set(sources()) - used == set()


def rows_in(value):
    """Yield every dataclass in a sheet, however deep."""
    if isinstance(value, tuple):
        for entry in value:
            yield from rows_in(entry)
    elif is_dataclass(value):
        yield value
        for field in fields(value):
            if field.init:
                yield from rows_in(getattr(value, field.name))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: f"{sheet.KIND}/{sheet.code}")
def test_every_row_that_has_a_basis_names_one(sheet):
    without = [row for row in rows_in(sheet) if getattr(row, "basis", "none asked") == ()]
    assert without == []


def test_a_basis_is_said_as_the_screen_shows_it():
    basis = Basis.from_words("sourced MCINNES22")
    assert str(basis) == (
        "sourced: McInnes and others, J Affect Disord, 2022, doi:10.1016/j.jad.2021.12.097"
    )
    assert Basis.from_words("judgement").key == "KAPSTONE"
    assert str(Basis.from_words("sourced APNA")).count(",") == 1


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: f"{sheet.KIND}/{sheet.code}")
def test_patient_words_are_plain_and_promise_nothing(sheet):
    found = {entry.path: faults(entry.text) for entry in patient_strings(sheet)}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_the_lint_reads_a_great_many_strings():
    assert sum(1 for sheet in SHEETS for _ in patient_strings(sheet)) > 500


def test_what_is_published_has_not_changed():
    assert len(published.published()) >= 50
    assert published.changed() == []


def shelf_of_one(tmp_path, words):
    (tmp_path / "words").mkdir(exist_ok=True)
    (tmp_path / "words" / "a.v1.toml").write_text(words)
    (tmp_path / published.LIST).touch()
    return tmp_path


def test_a_draft_is_published_once_and_then_frozen(tmp_path):
    data = shelf_of_one(tmp_path, "first")
    assert published.publish(data) == ["words/a.v1.toml"]
    assert published.publish(data) == []
    shelf_of_one(tmp_path, "second")
    assert published.changed(data) == ["words/a.v1.toml"]
    with pytest.raises(CatalogueError, match=r"changed since: words/a\.v1\.toml"):
        published.publish(data)


def test_a_clinicians_check_is_not_a_change_of_words(tmp_path):
    data = shelf_of_one(tmp_path, 'checked_by = ""\nwords = "first"')
    published.publish(data)
    shelf_of_one(tmp_path, 'checked_by = "Dr A. Linden"\nwords = "first"')
    assert published.changed(data) == []


def test_a_published_file_that_is_gone_is_noticed(tmp_path):
    data = shelf_of_one(tmp_path, "first")
    published.publish(data)
    (tmp_path / "words" / "a.v1.toml").unlink()
    assert published.changed(data) == ["words/a.v1.toml"]


def test_an_error_of_the_shelf_is_a_kapstone_error_and_a_value_error():
    assert issubclass(CatalogueError, KapstoneError)
    assert issubclass(CatalogueError, ValueError)
