"""What is sent from the room is read strictly, and extreme true values are let through."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from kapstone.clinic.dosing.entries import (
    Answer,
    Change,
    Correction,
    Dose,
    Event,
    Happening,
    Kind,
    Mistake,
    Note,
    NoValue,
    Reply,
    Speaker,
    State,
    Vitals,
    as_json,
)
from kapstone.clinic.dosing.reading import read_payload
from kapstone.clinic.dosing.rules import check_vitals
from kapstone.errors import InvalidInput
from kapstone.science.events import Product, Route

DOSE = Dose(
    product=Product.RACEMIC,
    route=Route.INTRAMUSCULAR,
    amount_mg=Decimal("53.00"),
    lot="A12",
    mg_per_ml=Decimal("50.00"),
    volume_ml=Decimal("1.060"),
    is_identity_checked=True,
)
PAYLOADS = [
    Vitals(systolic_mmhg=146, diastolic_mmhg=90, temperature_c=36.8, alertness=4),
    NoValue(reason="cuff-off"),
    DOSE,
    Happening(event=Event.NAUSEA, degree=1),
    Happening(event=Event.SIGN, sign="chest-pain"),
    Happening(event=Event.MEDICINE, medicine="ondansetron", amount="4 mg", ordered_by="Dr A"),
    Note(speaker=Speaker.PATIENT, text="I can see the house from above."),
    Answer(entry=uuid4(), parameter="systolic_mmhg", reply=Reply.TOLD, told="Dr A"),
    State(change=Change.CONTAINER, item="music", value="Still water"),
    State(change=Change.EMERGENCY, item="oxygen"),
    Correction(of=Kind.VITALS, mistake=Mistake.WRONG_KEY, instead=Vitals(alertness=5)),
    Correction(of=Kind.DOSE, mistake=Mistake.WRONG_PATIENT),
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: type(payload).__name__)
def test_a_payload_comes_back_as_it_was_written(payload):
    assert read_payload(payload.kind, as_json(payload)) == payload


@pytest.mark.parametrize(
    ("kind", "raw", "field"),
    [
        ("vitals", {"systolic_mmhg": "abc"}, "systolic_mmhg"),
        ("vitals", {"systolic_mmhg": 401}, "systolic_mmhg"),
        ("vitals", {"spo2_percent": 101}, "spo2_percent"),
        ("vitals", {"spo2_percent": -1}, "spo2_percent"),
        ("vitals", {"heart_rate_per_min": 72.5}, "heart_rate_per_min"),
        ("vitals", {"alertness": 6}, "alertness"),
        ("vitals", {"rass": -6}, "rass"),
        ("vitals", {"systolic_mmhg": True}, "systolic_mmhg"),
        ("vitals", {"systolic_mmhg": float("nan")}, "systolic_mmhg"),
        ("vitals", {"systolic_mmhg": [120]}, "systolic_mmhg"),
        ("vitals", {}, ""),
        ("vitals", {"alertness": 5, "pulse": 80}, "pulse"),
        ("vitals", {"systolic_mmhg": "120,5"}, "systolic_mmhg"),
        ("dose", {"product": "racemic", "route": "IM", "amount_mg": "1,000"}, "amount_mg"),
        ("no-value", {"reason": "bored"}, "reason"),
        ("no-value", {}, "reason"),
        ("dose", {"product": "racemic", "route": "IM"}, "amount_mg"),
        ("dose", {"product": "racemic", "route": "XX", "amount_mg": 5}, "route"),
        ("dose", {"product": "tea", "route": "IM", "amount_mg": 5}, "product"),
        ("dose", {"product": "racemic", "route": "IM", "amount_mg": "1e9"}, "amount_mg"),
        ("dose", {"product": "racemic", "route": "IM", "amount_mg": -5}, "amount_mg"),
        ("event", {"event": "dance"}, "event"),
        ("event", {"event": "nausea", "degree": 4}, "degree"),
        ("event", {"event": "medicine"}, "medicine"),
        ("event", {"event": "sign"}, "sign"),
        ("event", {"event": "sign", "sign": "hiccups"}, "sign"),
        ("event", {"event": "nausea", "sign": "chest-pain"}, "sign"),
        ("event", {"event": "other"}, "detail"),
        ("note", {"speaker": "patient", "text": "  "}, "text"),
        ("note", {"speaker": "ghost", "text": "boo"}, "speaker"),
        ("note", {"speaker": "patient", "text": "x" * 1001}, "text"),
        ("note", {"speaker": "patient", "text": ["a"]}, "text"),
        ("answer", {"entry": "x", "parameter": "rass", "reply": "told"}, "entry"),
        ("answer", {"entry": str(uuid4()), "parameter": "rass", "reply": "so?"}, "reply"),
        ("state", {"change": "emergency", "item": "panic"}, "item"),
        ("state", {"change": "weather", "item": "music"}, "change"),
        ("correction", {"of": "note", "mistake": "bad"}, "mistake"),
        ("correction", {"of": "answer", "mistake": "other", "instead": {}}, "instead"),
        ("correction", {"of": "vitals", "mistake": "other", "instead": "x"}, "instead"),
        ("poem", {}, "kind"),
    ],
)
def test_what_cannot_be_read_is_named(kind, raw, field):
    with pytest.raises(InvalidInput) as refusal:
        read_payload(kind, raw)
    assert field in refusal.value.fields
    assert all(sentence for sentence in refusal.value.fields.values())


@pytest.mark.parametrize("raw", [None, [], "x", 3])
def test_a_payload_is_named_values(raw):
    with pytest.raises(InvalidInput):
        read_payload("vitals", raw)


@pytest.mark.parametrize(
    "raw",
    [
        {"heart_rate_per_min": 0},
        {"heart_rate_per_min": 20},
        {"heart_rate_per_min": 250},
        {"systolic_mmhg": 40, "diastolic_mmhg": 20},
        {"systolic_mmhg": 300, "diastolic_mmhg": 180},
        {"spo2_percent": 40},
        {"breaths_per_min": 0},
    ],
)
def test_an_emergency_can_be_recorded(raw):
    vitals = read_payload("vitals", raw | {"is_confirmed": True})
    assert not list(check_vitals(vitals))


@pytest.mark.parametrize(
    ("raw", "asked"),
    [
        ({"systolic_mmhg": 90, "diastolic_mmhg": 146}, True),
        ({"systolic_mmhg": 90, "diastolic_mmhg": 90}, True),
        ({"systolic_mmhg": 100, "diastolic_mmhg": 90}, False),
        ({"heart_rate_per_min": 29}, True),
        ({"heart_rate_per_min": 30}, False),
        ({"heart_rate_per_min": 220}, False),
        ({"heart_rate_per_min": 221}, True),
        ({"spo2_percent": 69}, True),
        ({"spo2_percent": 70}, False),
        ({"systolic_mmhg": 250}, False),
        ({"systolic_mmhg": 251}, True),
        ({"breaths_per_min": 4}, True),
    ],
)
def test_a_likely_slip_is_asked_about_once(raw, asked):
    assert bool(list(check_vitals(read_payload("vitals", raw)))) is asked


def test_an_answer_names_its_entry():
    answer = read_payload(
        "answer",
        {"entry": "00000000-0000-0000-0000-000000000007", "parameter": "rass", "reply": "told"},
    )
    assert answer.entry == UUID(int=7)
