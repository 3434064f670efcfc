"""The page about access says what the matrix says, and why."""

import re
from pathlib import Path

import pytest

from kapstone.core.access.policy import Relation, matrix

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "access.md"
COLUMNS = (
    ("patient", Relation.SELF),
    ("patient", Relation.PARTNER),
    ("therapist", Relation.AUTHOR),
    ("therapist", Relation.TEAM),
    ("therapist", Relation.CLINIC),
    ("prescriber", Relation.TEAM),
    ("prescriber", Relation.CLINIC),
    ("nurse", Relation.ROOM),
    ("nurse", Relation.CLINIC),
    ("front-desk", Relation.CLINIC),
    ("administrator", Relation.CLINIC),
    ("researcher", Relation.CLINIC),
    ("auditor", Relation.CLINIC),
)


def tables():
    """Give the rows about classes, table by table, by how many columns they have."""
    found = {}
    for line in PAGE.read_text().splitlines():
        if match := re.match(r"\| `(\w+)` \|(.*)\|$", line):
            cells = [cell.strip() for cell in match[2].split(" | ")]
            found.setdefault(len(cells), {})[match[1]] = cells
    return found


def test_no_cell_of_the_matrix_is_outside_the_table():
    assert {column for row in matrix().values() for column in row.cells} <= set(COLUMNS)


@pytest.mark.parametrize("code", matrix())
def test_the_table_says_what_the_matrix_says(code):
    row = matrix()[code]
    expected = [row.letters(role, relation) or "\u2013" for role, relation in COLUMNS]
    assert tables()[len(COLUMNS)][code] == expected


def test_the_table_has_no_class_that_does_not_exist():
    for rows in tables().values():
        assert set(rows) <= set(matrix())


@pytest.mark.parametrize("code", matrix())
def test_every_class_has_a_reason(code):
    (reason,) = tables()[1][code]
    assert len(reason) >= 6


@pytest.mark.parametrize(
    "code",
    [code for code, row in matrix().items() if row.limited_fields or row.never_by_glass],
)
def test_limits_and_seals_are_told(code):
    row = matrix()[code]
    limited, also = tables()[2][code]
    assert len(limited.split(", ")) == len(row.limited_fields) or not row.limited_fields
    assert ("never by broken glass" in also) == row.never_by_glass
    assert ("sealed" in also) == row.sealed
