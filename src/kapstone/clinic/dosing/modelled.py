"""
The modelled level of a session beside what was seen in it.

For looking back and for teaching. It is drawn on the record alone: no limit, no reminder and no
step of going home reads it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from kapstone.clinic.dosing.models import DoseGiven
from kapstone.clinic.dosing.record import DoseStanding, Record
from kapstone.core.ui.charts.beside import Beside, Noted, draw_beside
from kapstone.core.ui.charts.drawing import Drawing, table
from kapstone.errors import KapstoneError
from kapstone.science.events import DoseEvent
from kapstone.science.people import typical
from kapstone.science.pharmacokinetics import profile
from kapstone.science.quantities import Grade

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BEFORE_MIN, AFTER_MIN, POINTS = 10.0, 180.0, 190
HOLD_MIN = 10.0  # where nobody wrote how long it was held
NAME = "Modelled level beside what was seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A sign that may stand beside the curve."""

    name: str
    words: str
    high: float


SHOWN = (
    Shown(name="perception", words="Changed perception, 0 to 10", high=10.0),
    Shown(name="alertness", words="Alertness, 5 to 0", high=5.0),
)


def _values(record: Record, name: str) -> list[tuple[datetime, int]]:
    known = [(one.at, getattr(one.vitals, name)) for one in record.seen]
    return [(at, value) for at, value in known if value is not None]


def grade_words(grade: Grade) -> str:
    """Say how the curve is known, and for whom."""
    return f"Grade {grade.value}, {grade.meaning}; a typical adult, in the artery."


def draw_modelled(
    record: Record, doses: tuple[DoseGiven, ...], zone: ZoneInfo
) -> Drawing | None:
    """Draw the level that the doses would leave in a typical adult; None before a dose."""
    if record.first_dose_at is None or not doses:
        return None
    try:
        facts = _facts(record, float(doses[-1].weight_kg), zone)
    except KapstoneError as refusal:
        return Drawing(NAME, "", table(NAME, ("Why",), ((str(refusal),),)), empty=str(refusal))
    return draw_beside(facts)


def _facts(record: Record, weight_kg: float, zone: ZoneInfo) -> Beside:
    zero = record.doses[0].at
    last = (record.doses[-1].at - zero) / MINUTE
    minutes = np.linspace(-BEFORE_MIN, last + AFTER_MIN, POINTS + 1)
    events = [_event(one, (one.at - zero) / HOUR) for one in record.doses]
    found = profile(events, minutes / 60.0, body=typical(weight_kg=weight_kg))
    local = zero.astimezone(zone)
    sign = next((one for one in SHOWN if _values(record, one.name)), SHOWN[-1])
    seen = tuple(
        Noted(at=(at - zero) / MINUTE, value=value, says=f"{value} of {sign.high:g}")
        for at, value in _values(record, sign.name)
    )
    return Beside(
        uid="modelled",
        minutes=tuple(float(at) for at in minutes),
        levels=tuple(float(level) for level in found.ketamine_ng_ml),
        unit="ng/mL",
        grade=grade_words(found.grade),
        doses=tuple((one.at - zero) / MINUTE for one in record.doses),
        seen=seen,
        seen_name=sign.words,
        seen_high=sign.high,
        zero_clock=local.hour * 60 + local.minute,
    )


def _event(one: DoseStanding, time_h: float) -> DoseEvent:
    dose = one.dose
    return DoseEvent(
        time_h=time_h,
        amount_mg=float(dose.amount_mg),
        route=dose.route,
        duration_h=float(dose.duration_min or 0) / 60.0,
        hold_min=HOLD_MIN if dose.hold_min is None else float(dose.hold_min),
        swallow=0.0 if dose.is_swallowed is False else 1.0,
        product=dose.product,
    )
