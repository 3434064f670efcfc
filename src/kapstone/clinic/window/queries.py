"""What is asked of the window: one patient's, or all that are open, in few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from kapstone.clinic.dosing.models import DoseGiven, DoseOrder
from kapstone.clinic.dosing.queries import doses_standing
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.window.curve import WindowDose
from kapstone.clinic.window.forecast import Forecast, WindowFacts, forecast
from kapstone.clinic.window.rules import IN_WINDOW
from kapstone.core.people.models import Patient

# Of a dose sixty days old less than a billionth is left: leaving it out changes no digit.
LOOK_BACK = timedelta(days=60)
LIFE = timedelta(days=3650)  # ten years: as far as the science counts
OPEN_LOOK_BACK = timedelta(days=14)  # no window of a single dose is open longer
PLANNED_AHEAD = timedelta(days=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientWindow(Forecast):
    """A forecast, and whose it is."""

    patient: Patient


def window_of(
    patient: Patient,
    at: datetime,
    *,
    with_band: bool = False,
    frame: tuple[datetime, datetime] | None = None,
    points: int = 224,
) -> PatientWindow:
    """
    Compute a patient's window from the doses that stand now.

    Parameters
    ----------
    with_band : also draw the likely range (a millisecond more)
    frame : the stretch to trace; by default the week of the last dose
    points : how many steps to trace the frame in
    """
    given = doses_by_patient([patient], since=at - LIFE, until=at)
    planned = planned_by_patient([patient], at)
    facts = WindowFacts(
        doses=given.get(patient.pk, ()),
        planned=planned.get(patient.pk, ()),
        at=at,
        zone=zones_of([patient])[patient.clinic_id],
        frame=frame,
        with_band=with_band,
        points=points,
    )
    return _of(patient, forecast(facts))


def windows_open(
    patients: Iterable[Patient],
    at: datetime,
    *,
    points: int = 96,
    frame: tuple[datetime, datetime] | None = None,
    with_planned: bool = True,
) -> list[PatientWindow]:
    """
    Compute the window of each of these patients whose last dose still acts.

    Four queries, whatever the number of patients, and two without the planned doses, which
    move no phase and no open time. A window that the science refuses to compute
    is in the list, with its reason. The latest dose comes first. With ``frame`` all are traced
    over the same stretch of time.
    """
    everyone = list(patients)
    given = doses_by_patient(everyone, since=at - LOOK_BACK, until=at)
    recent = [one for one in everyone if _is_recent(given.get(one.pk, ()), at)]
    planned = planned_by_patient(recent, at) if with_planned else {}
    zones = zones_of(recent)
    found = [
        _of(
            patient,
            forecast(
                WindowFacts(
                    doses=given[patient.pk],
                    planned=planned.get(patient.pk, ()),
                    at=at,
                    zone=zones[patient.clinic_id],
                    points=points,
                    frame=frame,
                )
            ),
        )
        for patient in recent
    ]
    kept = [window for window in found if window.phase in IN_WINDOW]
    return sorted(kept, key=lambda window: window.doses[-1].given_at, reverse=True)


def _is_recent(doses: Sequence[WindowDose], at: datetime) -> bool:
    return bool(doses) and doses[-1].given_at > at - OPEN_LOOK_BACK


def _of(patient: Patient, computed: Forecast) -> PatientWindow:
    values = {field.name: getattr(computed, field.name) for field in fields(Forecast)}
    return PatientWindow(patient=patient, **values)


def zones_of(patients: Sequence[Patient]) -> Mapping[int, ZoneInfo]:
    """Give the time zone of each clinic that these patients belong to."""
    one_of_each = {patient.clinic_id: patient for patient in patients}
    return {key: one.clinic.zone for key, one in one_of_each.items()}


def doses_by_patient(
    patients: Sequence[Patient], *, since: datetime, until: datetime
) -> dict[int, tuple[WindowDose, ...]]:
    """Give each patient's standing doses in a stretch of time, earliest first; one query."""
    owner = {patient.alone_id: patient.pk for patient in patients}
    rows = (
        doses_standing(patients)
        .select_related(None)
        .annotate(number=F("session__number"))
        .filter(given_at__gte=since, given_at__lte=until)
    )
    found: dict[int, list[WindowDose]] = defaultdict(list)
    for row in rows:
        found[owner[row.subjects_id]].append(_given(row))
    return {pk: tuple(doses) for pk, doses in found.items()}


def _given(row: DoseGiven) -> WindowDose:
    return WindowDose(
        given_at=row.given_at,
        amount_mg=float(row.amount_mg),
        route=row.route,
        product=row.product,
        duration_min=None if row.duration_min is None else float(row.duration_min),
        hold_min=None if row.hold_min is None else float(row.hold_min),
        swallowed=row.swallowed,
        weight_kg=float(row.weight_kg),
        number=row.number,  # type: ignore[attr-defined]  # annotated
        dose_id=row.pk,
    )


def planned_by_patient(
    patients: Sequence[Patient], at: datetime
) -> dict[int, tuple[WindowDose, ...]]:
    """
    Give each patient's planned doses: appointments ahead, and the order signed for each.

    Without an order there is a time and no amount: Kapstone does not guess a dose. Two queries.
    """
    owner = {patient.alone_id: patient.pk for patient in patients}
    booked = Appointment.objects.filter(
        subjects_id__in=owner,
        kind=Appointment.Kind.DOSING,
        starts_at__gt=at,
        starts_at__lt=at + PLANNED_AHEAD,
        cancelled_at__isnull=True,
        attended_at__isnull=True,
        missed_at__isnull=True,
    ).order_by("starts_at")
    orders = _orders(owner)
    found: dict[int, list[WindowDose]] = defaultdict(list)
    for slot in booked:
        order = orders.get((slot.subjects_id, slot.number))
        found[owner[slot.subjects_id]].append(_planned(slot, order))
    return {pk: tuple(doses) for pk, doses in found.items()}


def _orders(owner: Mapping[int, int]) -> dict[tuple[int, int | None], DoseOrder]:
    standing = DoseOrder.objects.filter(
        Q(course__ended_at__isnull=True), subjects_id__in=owner, revoked_at__isnull=True
    ).order_by("signed_at")
    return {(order.subjects_id, order.number): order for order in standing}


def _planned(slot: Appointment, order: DoseOrder | None) -> WindowDose:
    if order is None:
        return WindowDose(
            given_at=slot.starts_at, amount_mg=None, number=slot.number, planned=True
        )
    return WindowDose(
        given_at=slot.starts_at,
        amount_mg=float(order.amount_mg),
        route=order.route,
        product=order.product,
        duration_min=None if order.duration_min is None else float(order.duration_min),
        weight_kg=float(order.weight_kg),
        number=slot.number,
        planned=True,
    )
