"""
What happens when nobody answers a crossing: after a minute the prescribers are told.

The bar in the room grows louder by itself; this reaches those who are not in the room. It is a
reminder and never an alarm. A notice has a key made from the crossing and its reader, so that
telling twice, or late, tells once.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from kapstone.clinic.dosing.models import DosingSession
from kapstone.clinic.dosing.monitoring import Raised
from kapstone.clinic.dosing.queries import Chart, charts_of, staged
from kapstone.clinic.dosing.record import Stage
from kapstone.clinic.dosing.shelf import Shelf
from kapstone.core.audit.actions import Actor, note
from kapstone.core.people.models import CareTeamMember, Clinic, Notice, Patient, Role, User

LOOKS_BACK = timedelta(hours=24)
KIND = "crossing-unanswered"
_KEYS = uuid.UUID("6b61705f-6372-4f73-8369-6e675f746f6c")


def prescribers_of(patient: Patient, at: datetime) -> tuple[User, ...]:
    """List the prescribers of a patient's care team at a moment."""
    members = CareTeamMember.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        patient=patient,
        user__role=Role.PRESCRIBER,
        user__is_active=True,
        starts_at__lte=at,
    )
    return tuple(member.user for member in members.select_related("user"))


@transaction.atomic
def escalate_crossings(*, by: Actor, at: datetime, clinic: Clinic) -> int:
    """
    Tell the prescribers of every crossing that nobody answered in time.

    Returns
    -------
    the number of notices written
    """
    begun = DosingSession.objects.filter(
        clinic=clinic, doses__given_at__gt=at - LOOKS_BACK, doses__given_at__lte=at
    )
    live = DosingSession.objects.filter(pk__in=begun.values("pk"))
    rows = live.select_related("course", "clinic", "subjects__only_patient")
    dosed = [session for session, stage in staged(rows) if stage is Stage.DOSED]
    return sum(_tell(by, at, chart) for chart in charts_of(Shelf(dosed, at)))


def _tell(by: Actor, at: datetime, chart: Chart) -> int:
    waiting = [one for one in chart.record.open_crossings if one.is_late(at)]
    readers = prescribers_of(chart.patient, at) if waiting else ()
    keys = {_key(one, user): user for one in waiting for user in readers}
    known = set(Notice.objects.filter(key__in=keys).values_list("key", flat=True))
    new = {key: user for key, user in keys.items() if key not in known}
    _write(new.items(), chart, at)
    if new:
        note(
            by=by,
            at=at,
            deed="crossing-escalated",
            record=chart.session,
            clinic_id=chart.session.clinic_id,
            subjects=[chart.patient.pk],
            told=len(new),
        )
    return len(new)


def _write(new: Iterable[tuple[uuid.UUID, User]], chart: Chart, at: datetime) -> None:
    for key, user in new:
        Notice.objects.create(
            clinic_id=chart.session.clinic_id,
            key=key,
            to=user,
            about=chart.patient,
            kind=KIND,
            text=f"Nobody has answered in the room of {chart.patient.number}. Look there now.",
            at=at,
        )


def _key(one: Raised, user: User) -> uuid.UUID:
    return uuid.uuid5(_KEYS, f"{one.entry}/{one.parameter}/{user.key}")
