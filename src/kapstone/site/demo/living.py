"""Vital signs that arrive while the demo is watched, from the same model as those before."""

from __future__ import annotations

from datetime import datetime, timedelta

from kapstone.clinic.dosing.actions import Stamp, record_entry
from kapstone.clinic.dosing.models import DoseGiven
from kapstone.clinic.dosing.queries import chart_of
from kapstone.clinic.dosing.record import Stage
from kapstone.core.people.models import Clinic, RoomDuty
from kapstone.site.demo.doses import Body, Person

WATCHED = timedelta(minutes=150)
MINUTE = timedelta(minutes=1)
GLANCE = timedelta(minutes=3) - timedelta(seconds=10)  # the clock ticks each minute


def take_vitals(*, clinic: Clinic, at: datetime) -> int:
    """
    Read the monitor in each session that is under way.

    A whole set when one is due, otherwise pulse and saturation, as a nurse glances at them.

    Returns
    -------
    the number of sets written
    """
    given = DoseGiven.objects.filter(
        clinic=clinic, given_at__gt=at - WATCHED, given_at__lt=at, corrected_by__isnull=True
    ).select_related("session__course", "session__clinic", "session__subjects__only_patient")
    written = 0
    for dose in given.order_by("given_at").distinct():
        chart = chart_of(dose.session, at)
        duty = (
            RoomDuty.objects.filter(session_key=dose.session.key).select_related("user").first()
        )
        if chart.stage is not Stage.DOSED or duty is None:
            continue
        due = chart.record.next_due(at)
        is_due = due is not None and due.due_at <= at
        newest = max((seen.at for seen in chart.record.seen), default=dose.given_at)
        if not is_due and at - newest < GLANCE:
            continue
        person = Person(
            name=chart.patient.screen_name,
            systolic=(chart.record.baseline.systolic_mmhg or 126)
            if chart.record.baseline
            else 126,
            amount_mg=float(dose.amount_mg),
            route=dose.route,
            number=dose.session.number,
        )
        minute = (at - dose.given_at) / MINUTE
        body = Body(person, turn=int(minute))
        record_entry(
            by=duty.user,
            at=at,
            session=dose.session,
            payload=body.vitals(minute, full=is_due),
            stamp=Stamp(observed_at=at, device_at=at, device_id="demo-tablet"),
        )
        written += 1
    return written
