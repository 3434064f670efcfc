"""The modelled curve: drawn beside what was seen, named for what it is, and read by nothing."""

import ast
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from kapstone.clinic import dosing
from kapstone.clinic.dosing.entries import Dose, Kind, Vitals
from kapstone.clinic.dosing.modelled import draw_modelled, grade_words
from kapstone.clinic.dosing.models import DoseGiven
from kapstone.clinic.dosing.record import Written, read_record
from kapstone.science.events import Product, Route
from kapstone.science.quantities import Grade

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HERE = ZoneInfo("Europe/Berlin")
GIVEN = (DoseGiven(weight_kg=Decimal(81)),)


def written(payload, minute):
    at = NOW + timedelta(minutes=minute)
    return Written(
        entry=uuid4(),
        kind=Kind(payload.kind),
        payload=payload,
        observed_at=at,
        device_at=at,
        recorded_at=at,
        by="Nurse",
        role="nurse",
    )


def dose(amount="53"):
    return Dose(product=Product.RACEMIC, route=Route.INTRAMUSCULAR, amount_mg=Decimal(amount))


def test_it_stands_beside_what_was_seen_and_says_what_it_is():
    record = read_record([written(dose(), 0), written(Vitals(perception=8), 15)])
    drawing = draw_modelled(record, GIVEN, HERE)
    assert "Modelled, not measured. Grade F" in drawing.svg
    assert "a typical adult, in the artery" in drawing.svg
    assert "stroke-dasharray" in drawing.svg
    ((when, seen, level),) = drawing.table.rows
    assert (when, seen) == ("11:15", "8 of 10")
    assert float(level) > 0


def test_without_a_word_on_perception_alertness_stands_there():
    record = read_record([written(dose(), 0), written(Vitals(alertness=4), 15)])
    ((_, seen, _),) = draw_modelled(record, GIVEN, HERE).table.rows
    assert seen == "4 of 5"


def test_before_a_dose_there_is_none():
    assert draw_modelled(read_record([written(Vitals(perception=0), 0)]), (), HERE) is None


def test_outside_what_was_studied_it_says_why_and_draws_nothing():
    drawing = draw_modelled(read_record([written(dose("900"), 0)]), GIVEN, HERE)
    assert drawing.svg == ""
    assert "above the 4 mg/kg" in drawing.empty


def test_a_struck_dose_has_no_curve():
    first = written(dose(), 0)
    twice = read_record([first, written(dose(), 10)])
    once = read_record([first])
    level = [draw_modelled(one, GIVEN, HERE).svg for one in (twice, once)]
    assert level[0] != level[1]


@pytest.mark.parametrize("grade", list(Grade))
def test_every_grade_is_said_in_words(grade):
    assert grade_words(grade).startswith(f"Grade {grade.value}, ")


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _readers(of):
    folder = Path(dosing.__file__).parent
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if any(name.startswith(of) for name in _imports(path))
    }


def test_no_limit_no_reminder_and_no_release_reads_it():
    assert _readers("kapstone.science.pharmacokinetics") == {"modelled.py"}
    assert _readers("kapstone.clinic.dosing.modelled") == {"views/orders.py"}
