"""
Slips of unit, point, range and clock: each is asked back or flagged.

None is kept in silence. Beside them what is legal, however extreme: none of it is refused.

The control takes the rules away, and the table must notice.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict

from kapstone.catalogue.plausibility import load_plausibility
from kapstone.clinic.dosing import plausible, rules
from kapstone.clinic.dosing.entries import Kind
from kapstone.clinic.dosing.forms import OrderForm
from kapstone.clinic.dosing.monitoring import Seen, raised
from kapstone.clinic.dosing.reading import read_payload
from kapstone.clinic.dosing.rules import (
    DoseFacts,
    OrderFacts,
    check_dose,
    check_order,
    check_vitals,
)
from kapstone.clinic.dosing.steps import Stamp, observed
from kapstone.errors import InvalidInput, Weight

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TYPED_ORDER = {
    "entry_id": "6b0a5b0e-5d2c-4b0b-9b43-5a5ce6f5d111",
    "product": "racemic",
    "route": "IM",
    "amount_mg": "53",
    "max_session_mg": "53",
    "weight_kg": "81",
    "weighed_at": "2026-03-01T09:00",
    "may_give": "nurse-or-prescriber",
    "rationale": "start-low",
}
KNOWN = {
    "age_years": 41,
    "last_mg": Decimal(50),
    "last_route": "IM",
    "last_product": "racemic",
    "last_weight_kg": Decimal(81),
}
TYPED_DOSE = {
    "product": "racemic",
    "route": "IM",
    "amount_mg": "53",
    "mg_per_ml": "50",
    "volume_ml": "1.06",
    "is_identity_checked": "true",
}
GATE_OPEN = DoseFacts(
    at=NOW,
    given_at=NOW,
    product="racemic",
    route="IM",
    amount_mg=Decimal(53),
    is_ordered=True,
    ordered_product="racemic",
    ordered_route="IM",
    ordered_mg=Decimal(53),
    max_session_mg=Decimal(53),
    gate_is_complete=True,
    consent_in_force=True,
    signatures=2,
    has_baseline=True,
    is_identity_checked=True,
)
USUAL = {
    "systolic_mmhg": "128",
    "diastolic_mmhg": "78",
    "heart_rate_per_min": "72",
    "spo2_percent": "98",
    "alertness": "5",
}


@dataclass(frozen=True)
class Outcome:
    """What became of what was typed: kept or not, and whether anybody was told."""

    is_kept: bool
    is_asked: bool
    is_flagged: bool = False

    @property
    def is_caught(self):
        return self.is_asked or self.is_flagged


def order(known=None, **typed):
    """Type an order: the form reads it, the rules judge it. A reason would let cautions by."""
    form = OrderForm(_posted(TYPED_ORDER | typed))
    if not form.is_valid():
        return Outcome(is_kept=False, is_asked=True)
    wanted = form.wanted(1)
    names = ("product", "route", "amount_mg", "max_session_mg", "duration_min")
    names += ("weight_kg", "weighed_at", "mg_per_ml", "volume_ml")
    given = {name: getattr(wanted, name) for name in names}
    found = list(check_order(OrderFacts(at=NOW, **given, **(KNOWN | (known or {})))))
    blocked = any(one.weight is Weight.BLOCK for one in found)
    return Outcome(is_kept=not blocked, is_asked=bool(found))


def dose(change=None, **typed):
    """Type a dose as given in the room; a second look would let cautions by."""
    try:
        read = read_payload(Kind.DOSE, TYPED_DOSE | typed)
    except InvalidInput:
        return Outcome(is_kept=False, is_asked=True)
    names = ("amount_mg", "duration_min", "hold_min", "mg_per_ml", "volume_ml")
    given = {name: getattr(read, name) for name in names}
    found = list(check_dose(replace(GATE_OPEN, **given, **(change or {}))))
    blocked = any(one.weight is Weight.BLOCK for one in found)
    return Outcome(is_kept=not blocked, is_asked=bool(found))


def vitals(**typed):
    """Type a set; a second look lets it by, and then the limits flag it."""
    try:
        read = read_payload(Kind.VITALS, USUAL | typed)
    except InvalidInput:
        return Outcome(is_kept=False, is_asked=True)
    base = read_payload(Kind.VITALS, USUAL)
    seen = [Seen(entry="x", at=NOW, vitals=read)]
    return Outcome(
        is_kept=True,
        is_asked=bool(list(check_vitals(read))),
        is_flagged=bool(list(raised(seen, [], base))),
    )


def clock(**away):
    """Say when something was seen."""
    try:
        observed(Stamp(observed_at=NOW + timedelta(**away)), NOW)
    except InvalidInput:
        return Outcome(is_kept=False, is_asked=True)
    return Outcome(is_kept=True, is_asked=False)


def _posted(values):
    data = QueryDict(mutable=True)
    data.update(values)
    return data


SLIPS = {
    # --- an order
    "order: tenfold, a point lost (5.3 as 53.0 the other way: 530)": lambda: order(
        amount_mg="530", max_session_mg="530"
    ),
    "order: a tenth, the point moved": lambda: order(amount_mg="5.3", max_session_mg="5.3"),
    "order: a hundredth": lambda: order(amount_mg="0.53", max_session_mg="0.53"),
    "order: mg/kg typed for mg": lambda: order(
        {"last_mg": None, "last_route": ""}, amount_mg="0.65", max_session_mg="0.65"
    ),
    "order: mL typed for mg": lambda: order(
        {"last_mg": None, "last_route": ""}, amount_mg="1.06", max_session_mg="1.06"
    ),
    "order: the volume of another vial": lambda: order(mg_per_ml="10", volume_ml="1.06"),
    "order: volume and strength changed about": lambda: order(
        mg_per_ml="1.06", volume_ml="50", known={"last_mg": Decimal(53)}
    ),
    "order: the strength without the volume": lambda: order(mg_per_ml="50"),
    "order: a decimal comma": lambda: order(amount_mg="53,5", max_session_mg="53,5"),
    "order: a comma for thousands": lambda: order(amount_mg="1,000", max_session_mg="1,000"),
    "order: no nought before the point": lambda: order(amount_mg=".53"),
    "order: an exponent": lambda: order(amount_mg="5e1"),
    "order: the most under the dose": lambda: order(max_session_mg="5.3"),
    "order: the mouth's dose into the muscle": lambda: order(
        amount_mg="300", max_session_mg="300"
    ),
    "order: as much by the muscle as last time under the tongue": lambda: order(
        {"last_mg": Decimal(100), "last_route": "SL"}, amount_mg="60", max_session_mg="60"
    ),
    "order: hours typed for minutes": lambda: order(
        {"last_route": "IV"}, route="IV", amount_mg="40", max_session_mg="40", duration_min="1"
    ),
    # --- the weight
    "weight: pounds for kilograms": lambda: order(weight_kg="178.6"),
    "weight: kilograms turned into pounds twice": lambda: order(weight_kg="36.7"),
    "weight: a point lost": lambda: order(weight_kg="810"),
    "weight: the point moved": lambda: order(weight_kg="8.1"),
    "weight: stones for kilograms": lambda: order(weight_kg="12.8"),
    "weight: two figures changed about": lambda: order(
        {"last_weight_kg": Decimal(64)}, weight_kg="46"
    ),
    "weight: height typed for weight, none on record": lambda: order(
        {"last_weight_kg": None}, weight_kg="1.7"
    ),
    "weight: weighed tomorrow": lambda: order(weighed_at="2026-03-03T09:00"),
    "weight: weighed a year ago": lambda: order(weighed_at="2025-03-01T09:00"),
    "weight: weighed in another century": lambda: order(
        {"last_mg": Decimal(100), "last_route": "SL"},
        route="SL",
        amount_mg="100",
        max_session_mg="100",
        weighed_at="1926-03-01T09:00",
    ),
    # --- a dose as given
    "dose: ten times the order": lambda: dose(amount_mg="530", mg_per_ml="", volume_ml=""),
    "dose: a tenth of the order": lambda: dose(amount_mg="5.3", mg_per_ml="", volume_ml=""),
    "dose: mL typed for mg": lambda: dose(amount_mg="1.06", mg_per_ml="", volume_ml=""),
    "dose: the volume of another vial": lambda: dose(mg_per_ml="100"),
    "dose: a decimal comma": lambda: dose(volume_ml="1,06"),
    "dose: seconds typed for minutes": lambda: dose(
        {"ordered_min": Decimal(40)}, duration_min="2400"
    ),
    "dose: the hold in seconds": lambda: dose(hold_min="900"),
    # --- vital signs
    "vitals: systolic and diastolic changed about": lambda: vitals(
        systolic_mmhg="78", diastolic_mmhg="128"
    ),
    "vitals: kilopascal for mmHg": lambda: vitals(systolic_mmhg="17", diastolic_mmhg="10"),
    "vitals: a figure short": lambda: vitals(systolic_mmhg="12"),
    "vitals: a figure too many": lambda: vitals(systolic_mmhg="1280"),
    "vitals: Fahrenheit for Celsius": lambda: vitals(temperature_c="98.6"),
    "vitals: a point lost in the temperature": lambda: vitals(temperature_c="366"),
    "vitals: saturation as a share of one": lambda: vitals(spo2_percent="0.98"),
    "vitals: saturation over a hundred": lambda: vitals(spo2_percent="102"),
    "vitals: pulse and saturation changed about": lambda: vitals(
        heart_rate_per_min="98", spo2_percent="72"
    ),
    "vitals: pulse a figure short": lambda: vitals(heart_rate_per_min="7"),
    "vitals: pulse typed for breaths": lambda: vitals(breaths_per_min="72"),
    "vitals: breaths in fifteen seconds": lambda: vitals(breaths_per_min="4"),
    "vitals: a decimal comma in a whole number": lambda: vitals(systolic_mmhg="128,5"),
    "vitals: alertness off its scale": lambda: vitals(alertness="6"),
    # --- the clock
    "clock: an hour ahead, summer time": lambda: clock(hours=1),
    "clock: tomorrow": lambda: clock(days=1),
    "clock: yesterday's date": lambda: clock(days=-1, minutes=-1),
    "clock: another year": lambda: clock(days=-365),
}

LEGAL = {
    "order: the usual": order,
    "order: 4 mg, the least published by the muscle": lambda: order(
        {"last_mg": None, "last_route": ""}, amount_mg="4", max_session_mg="4"
    ),
    "order: 10 mg under the tongue": lambda: order(
        {"last_mg": None, "last_route": ""}, route="SL", amount_mg="10", max_session_mg="10"
    ),
    "order: 450 mg under the tongue, with a reason": lambda: order(
        {"last_mg": Decimal(400), "last_route": "SL"},
        route="SL",
        amount_mg="450",
        max_session_mg="450",
    ),
    "order: 200 mg by the muscle, with a reason": lambda: order(
        {"last_mg": Decimal(180), "last_weight_kg": Decimal(120)},
        amount_mg="200",
        max_session_mg="200",
        weight_kg="120",
    ),
    "order: 1.5 mg/kg over 90 minutes, with a reason": lambda: order(
        {"last_mg": Decimal(100), "last_route": "IV"},
        route="IV",
        amount_mg="120",
        max_session_mg="120",
        duration_min="90",
    ),
    "order: 0.01 of a milligram more": lambda: order(amount_mg="53.01", max_session_mg="53.01"),
    "order: the strength and the volume that make it": lambda: order(
        mg_per_ml="50", volume_ml="1.06"
    ),
    "order: a strength made up by the pharmacy, with a reason": lambda: order(
        mg_per_ml="20", volume_ml="2.65"
    ),
    "order: with a nought at the end": lambda: order(amount_mg="53.0", max_session_mg="53.00"),
    "weight: 28.4 kg, with a reason": lambda: order(
        {"last_weight_kg": Decimal("28.4"), "last_mg": Decimal(20)},
        amount_mg="20",
        max_session_mg="20",
        weight_kg="28.4",
    ),
    "weight: 310 kg, with a reason": lambda: order(
        {"last_weight_kg": Decimal(308)}, weight_kg="310"
    ),
    "weight: 635 kg, with a reason": lambda: order({"last_weight_kg": None}, weight_kg="635"),
    "weight: doubled since, with a reason": lambda: order(weight_kg="160"),
    "weight: weighed this minute": lambda: order(weighed_at="2026-03-02T10:00"),
    "dose: as ordered": dose,
    "dose: half, the rest left in the syringe": lambda: dose(
        amount_mg="26.5", volume_ml="0.53"
    ),
    "dose: a tenth, stopped at once, looked at again": lambda: dose(
        {"is_confirmed": True}, amount_mg="5.3", volume_ml="0.106"
    ),
    "dose: no strength, a tablet": lambda: dose(mg_per_ml="", volume_ml=""),
    "dose: within two per cent": lambda: dose(volume_ml="1.08"),
    "vitals: the usual": vitals,
    "vitals: the highest pressure on record": lambda: vitals(
        systolic_mmhg="370", diastolic_mmhg="360"
    ),
    "vitals: no pressure at all": lambda: vitals(systolic_mmhg="0", diastolic_mmhg="0"),
    "vitals: shock": lambda: vitals(systolic_mmhg="44", diastolic_mmhg="22"),
    "vitals: no pulse": lambda: vitals(heart_rate_per_min="0"),
    "vitals: 24 beats a minute": lambda: vitals(heart_rate_per_min="24"),
    "vitals: 245 beats a minute": lambda: vitals(heart_rate_per_min="245"),
    "vitals: 41 % saturation": lambda: vitals(spo2_percent="41"),
    "vitals: full saturation": lambda: vitals(spo2_percent="100"),
    "vitals: no breath": lambda: vitals(breaths_per_min="0"),
    "vitals: 78 breaths a minute": lambda: vitals(breaths_per_min="78"),
    "vitals: 13.7 degrees": lambda: vitals(temperature_c="13.7"),
    "vitals: 42.6 degrees": lambda: vitals(temperature_c="42.6"),
    "vitals: a comma before one figure, as many write": lambda: vitals(temperature_c="36,6"),
    "vitals: unrousable": lambda: vitals(alertness="0", rass="-5"),
    "vitals: combative": lambda: vitals(rass="4", distress="10"),
    "vitals: out of body": lambda: vitals(perception="10", depth="3"),
    "clock: now": clock,
    "clock: a minute ahead": lambda: clock(minutes=1),
    "clock: written at the end of a long day": lambda: clock(hours=-23),
}
EXTREME = [name for name in LEGAL if name.startswith("vitals") and "usual" not in name]
QUIET = {
    "order: the usual",
    "order: 4 mg, the least published by the muscle",
    "order: 0.01 of a milligram more",
    "order: with a nought at the end",
    "weight: weighed this minute",
    "dose: as ordered",
    "dose: half, the rest left in the syringe",
    "dose: no strength, a tablet",
    "dose: within two per cent",
    "vitals: the usual",
    "clock: now",
}
HARMLESS = {
    "vitals: full saturation",
    "vitals: a comma before one figure, as many write",
    "vitals: out of body",
    "vitals: 42.6 degrees",  # no limit of the room is set on it; it is asked about
}


def test_there_are_forty_slips_at_least():
    assert len(SLIPS) >= 40
    assert {name.partition(":")[0] for name in SLIPS} == {
        "order",
        "weight",
        "dose",
        "vitals",
        "clock",
    }


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_asked_back_or_flagged(name):
    assert SLIPS[name]().is_caught


@pytest.mark.parametrize("name", LEGAL)
def test_nothing_legal_is_refused(name):
    assert LEGAL[name]().is_kept


@pytest.mark.parametrize("name", sorted(QUIET))
def test_the_usual_is_kept_without_a_question(name):
    outcome = LEGAL[name]()
    assert outcome.is_kept
    assert not outcome.is_caught


@pytest.mark.parametrize("name", [name for name in EXTREME if name not in HARMLESS])
def test_a_true_extreme_is_kept_and_seen(name):
    outcome = LEGAL[name]()
    assert outcome.is_kept
    assert outcome.is_caught


def test_the_table_notices_when_nothing_is_doubted(monkeypatch):
    """The control: without the doubts, slips of unit and point pass in silence."""
    for name in ("doubt_weight", "doubt_amount", "doubt_given", "doubt_strength"):
        monkeypatch.setattr(rules, name, lambda *args, **kwargs: iter(()))
    monkeypatch.setattr(rules, "doubts", lambda reading: [])
    silent = [name for name, slip in SLIPS.items() if not slip().is_caught]
    assert "weight: pounds for kilograms" in silent
    assert "dose: mL typed for mg" in silent
    assert "vitals: kilopascal for mmHg" not in silent  # the limits still flag it
    assert len(silent) >= 10


def test_every_doubt_says_where_it_comes_from():
    sheet = load_plausibility()
    marks = {str(one.basis[0].provenance) for one in sheet.other_units}
    assert marks <= {"judgement", "cited", "sourced"}
    assert "never refused" in sheet.note
    assert plausible.plain(Decimal("53.00")) == "53"
