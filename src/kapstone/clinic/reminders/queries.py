"""What decides about everybody's reminders, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kapstone.clinic.dosing.models import HomeLetter
from kapstone.clinic.dosing.queries import doses_standing
from kapstone.clinic.practice.models import CheckIn, ForkWalk, PracticeLog, PracticePlan
from kapstone.clinic.reminders.rules import Dosed, ReminderFacts, Visit, Written
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.window.queries import windows_open
from kapstone.clinic.window.rules import rest_until
from kapstone.core.people.models import Clinic, Patient
from kapstone.core.people.subjects import all_of, dealt, sets_with_each
from kapstone.core.post.models import ContactWish, Message
from kapstone.core.post.queries import quiet_of, wishes_by_patient

LOOK_BACK = timedelta(days=5)  # the last reminder of a dose is useless before
LOOK_AHEAD = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded:
    """One patient who wants reminders, and the facts."""

    patient: Patient
    facts: ReminderFacts


def reminded(clinic: Clinic, at: datetime) -> Sequence[Reminded]:
    """Give everybody of a clinic who wants to be reminded, and what decides about it."""
    everyone = Patient.objects.filter(clinic=clinic, user__is_active=True)
    wishes = {
        pk: wish
        for pk, wish in wishes_by_patient(everyone).items()
        if wish.channel == ContactWish.Channel.MAIL and wish.kinds
    }
    patients = list(everyone.filter(pk__in=wishes).select_related("clinic", "alone"))
    if not patients:
        return ()
    known = _Known.read(patients, at)
    return [
        Reminded(patient=one, facts=known.facts(one, wishes[one.pk], at)) for one in patients
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was read about everybody, by their patient's key."""

    in_window: frozenset[int]
    dosed: Mapping[int, Sequence[Dosed]]
    visits: Mapping[int, Sequence[Visit]]
    checked_in: Mapping[int, Sequence[datetime]]
    practised: Mapping[int, Sequence[datetime]]
    agreed: frozenset[int]
    written: Mapping[int, Sequence[Written]]

    @classmethod
    def read(cls, patients: Sequence[Patient], at: datetime) -> _Known:
        owner = {one.alone_id: one.pk for one in patients}
        mine = {"subjects_id__in": owner}
        since = at - LOOK_BACK
        walks = ForkWalk.objects.filter(
            **mine, which=ForkWalk.Which.NEW, walked_at__gte=since, undone_at__isnull=True
        )
        logs = PracticeLog.objects.filter(**mine, done_at__gte=since)
        check_ins = CheckIn.objects.filter(**mine, checked_in_at__gte=since)
        plans = PracticePlan.objects.filter(**mine, stopped_at__isnull=True)
        done = (
            *walks.values_list("subjects_id", "walked_at"),
            *logs.values_list("subjects_id", "done_at"),
        )
        opened = windows_open(patients, at, points=1, with_planned=False)
        return cls(
            in_window=frozenset(window.patient.pk for window in opened),
            dosed=_dosed(patients, owner, at),
            visits=_visits(patients, at),
            checked_in=_times(owner, check_ins.values_list("subjects_id", "checked_in_at")),
            practised=_times(owner, done),
            agreed=frozenset(owner[one] for one in plans.values_list("subjects_id", flat=True)),
            written=_written(owner.values(), since),
        )

    def facts(self, patient: Patient, wish: ContactWish, at: datetime) -> ReminderFacts:
        pk = patient.pk
        dosed = self.dosed.get(pk, ())
        last = max((one.last_dose_at for one in dosed), default=None)
        return ReminderFacts(
            at=at,
            patient=pk,
            quiet=quiet_of(wish),
            kinds=frozenset(wish.kinds),
            in_window=pk in self.in_window,
            rests_until=rest_until(last, patient.clinic.zone) if last else None,
            dosed=dosed,
            visits=self.visits.get(pk, ()),
            checked_in=self.checked_in.get(pk, ()),
            has_practice=pk in self.agreed,
            practised=self.practised.get(pk, ()),
            written=self.written.get(pk, ()),
        )


def _times(
    owner: Mapping[int, int], rows: Iterable[tuple[int, datetime]]
) -> Mapping[int, Sequence[datetime]]:
    found: dict[int, list[datetime]] = defaultdict(list)
    for subjects, moment in rows:
        found[owner[subjects]].append(moment)
    return found


def _dosed(
    patients: Sequence[Patient], owner: Mapping[int, int], at: datetime
) -> Mapping[int, Sequence[Dosed]]:
    doses = doses_standing(patients).filter(given_at__gt=at - LOOK_BACK, given_at__lte=at)
    letters = dict(
        HomeLetter.objects.filter(subjects_id__in=owner, given_at__gt=at - LOOK_BACK)
        .order_by("given_at", "pk")
        .values_list("session_id", "given_at")
    )
    last = {dose.session_id: dose for dose in doses}  # the earliest first: the last one stays
    found: dict[int, list[Dosed]] = defaultdict(list)
    for session, dose in last.items():
        found[owner[dose.subjects_id]].append(
            Dosed(
                session=str(dose.session.key),
                last_dose_at=dose.given_at,
                letter_at=letters.get(session),
            )
        )
    return found


def _visits(patients: Sequence[Patient], at: datetime) -> Mapping[int, Sequence[Visit]]:
    sets = sets_with_each(patients)
    booked = Appointment.objects.filter(
        subjects_id__in=all_of(sets),
        starts_at__gt=at,
        starts_at__lt=at + LOOK_AHEAD,
        cancelled_at__isnull=True,
    )
    return {
        patient: [Visit(key=str(slot.key), starts_at=slot.starts_at) for slot in mine]
        for patient, mine in dealt(booked, sets).items()
    }


def _written(patients: Iterable[int], since: datetime) -> Mapping[int, Sequence[Written]]:
    rows = Message.objects.filter(
        patient__in=list(patients),
        reminds=True,
        queued_at__gte=since,
        withdrawn_at__isnull=True,
    )
    found: dict[int, list[Written]] = defaultdict(list)
    for patient, once, queued_at in rows.values_list("patient_id", "once", "queued_at"):
        found[patient].append(Written(once=once, at=queued_at))
    return found
