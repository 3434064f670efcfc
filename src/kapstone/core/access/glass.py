"""Break the glass, tell those who must know, at once and in the evening, and review it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from kapstone.catalogue.access_reasons import load_access_reasons
from kapstone.core.access.models import BrokenGlass, GlassReview
from kapstone.core.access.policy import Action, may_anywhere
from kapstone.core.access.queries import looks_through
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import Actor, note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import CareTeamMember, Clinic, Notice, Patient, Role, User
from kapstone.errors import InvalidInput, NotAllowed, Stale

SATURDAY = 5
LEAST_REASON = 20  # characters; judgement: shorter says nothing that could be reviewed
EVENING = time(18, 0)  # the clinic's own clock
# A notice the same evening cut repeat access without need from 40 % to 2 % (JAMA Network Open
# 2022, 2791007). One that comes a week late would only puzzle its reader.
EVENING_LOOKS_BACK = timedelta(days=7)
_EVENING_KEYS = uuid.UUID("5b1d8a52-8f5d-4a5e-9d0c-2f3b1c7a9e64")


@dataclass(frozen=True, slots=True)
class ByTheClock:
    """The clinic itself, at a time it keeps: the name that the trail knows it by."""

    username: str = "by the clock"
    pk: None = None


BY_THE_CLOCK = ByTheClock()


@transaction.atomic
def seek_outside(*, by: User, at: datetime, number: str, born_on: date) -> Patient | None:
    """
    Find the patient that a number and a birth date name together; each try is on record.

    Nobody can list whom they may not see: without both there is no answer, and a wrong one of
    either looks like the other.

    Raises
    ------
    NotAllowed
        If the role never breaks the glass.
    """
    if not may_anywhere(by.role, "break_glass", Action.CREATE):
        raise NotAllowed("Your role does not open records outside a care team.")
    found = Patient.objects.filter(
        clinic_id=by.clinic_id, number__iexact=number.strip(), born_on=born_on
    ).first()
    note(
        by=by,
        at=at,
        deed="record-sought",
        record=found or by,
        clinic_id=by.clinic_id,
        subjects=[found.pk] if found else [],
        found=found is not None,
    )
    return found


@transaction.atomic
def break_glass(
    *, by: User, at: datetime, patient: Patient, reason_code: str, reason: str, password: str
) -> BrokenGlass:
    """
    Open one patient's chart for reading, for one hour, and tell who must know.

    The care team's leads and the clinic's auditors are told in the same transaction.

    Raises
    ------
    NotAllowed
        If the role may not, or the password is wrong: breaking the glass needs a fresh proof.
    InvalidInput
        If the reason is none of the catalogue's, or says too little to be reviewed.
    """
    require(
        by=by, at=at, record_class="break_glass", action=Action.CREATE, subjects=[patient.pk]
    )
    if not by.check_password(password):
        raise NotAllowed("The password is not right. Nothing was opened.")
    sheet = load_access_reasons()
    if reason_code not in {one.code for one in sheet.break_glass}:
        raise InvalidInput({"reason_code": "Choose one of the reasons."})
    if len(reason.strip()) < LEAST_REASON:
        words = f"Say in at least {LEAST_REASON} characters why you need this now."
        raise InvalidInput({"reason": words})
    glass = BrokenGlass.objects.create(
        clinic_id=patient.clinic_id,
        user=by,
        patient=patient,
        reason_code=reason_code,
        reason=reason.strip(),
        opened_at=at,
        expires_at=at + timedelta(minutes=sheet.minutes.value),
        review_due_at=_working_days_after(
            at, sheet.review_working_days.value, patient.clinic.zone
        ),
    )
    for told in {*_leads(patient, at), *_auditors(patient.clinic_id)} - {by}:
        Notice.objects.create(
            clinic_id=patient.clinic_id,
            to=told,
            about=patient,
            kind="glass-broken",
            text=f"{by} opened the record of {patient.number} outside the care team.",
            at=at,
        )
    note(
        by=by,
        at=at,
        deed="glass-broken",
        record=glass,
        clinic_id=patient.clinic_id,
        subjects=[patient.pk],
        reason_code=reason_code,
    )
    return glass


def _working_days_after(at: datetime, days: float, zone: ZoneInfo) -> datetime:
    """Give the same hour so many days on, Saturdays and Sundays not counted."""
    due, left = at.astimezone(zone), days
    while left > 0:
        due += timedelta(days=1)
        left -= due.weekday() < SATURDAY
    return due


def _leads(patient: Patient, at: datetime) -> Iterable[User]:
    """Give who leads the patient's care: all of the team where nobody is named its lead."""
    still = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
    places = CareTeamMember.objects.filter(still, patient=patient, starts_at__lte=at)
    members = list(places.filter(user__is_active=True).select_related("user"))
    leads = [place.user for place in members if place.is_lead]
    return leads or [place.user for place in members]


def _auditors(clinic_id: int) -> Iterable[User]:
    return User.objects.filter(clinic_id=clinic_id, role=Role.AUDITOR, is_active=True)


@transaction.atomic
def tell_same_evening(*, by: Actor, at: datetime, clinic: Clinic) -> int:
    """
    Tell whoever broke a glass, and the auditors, what was opened, on the evening of that day.

    Telling is due at 18:00 of the clinic's clock. A notice has a key made from the glass and
    its reader, so that telling twice, or late, tells once.

    Returns
    -------
    the number of notices written
    """
    told = 0
    since = at - EVENING_LOOKS_BACK
    rows = BrokenGlass.objects.filter(clinic=clinic, opened_at__gt=since, opened_at__lte=at)
    for glass in rows.select_related("user", "patient").order_by("opened_at"):
        if _evening_after(glass.opened_at, clinic.zone) <= at:
            told += _tell(by, at, glass)
    return told


def _evening_after(moment: datetime, zone: ZoneInfo) -> datetime:
    local = moment.astimezone(zone)
    evening = datetime.combine(local.date(), EVENING, zone)
    next_one = datetime.combine(local.date() + timedelta(days=1), EVENING, zone)
    return evening if local <= evening else next_one


def _tell(by: Actor, at: datetime, glass: BrokenGlass) -> int:
    number, opened = glass.patient.number, looks_through(glass).count()
    pages = f"{opened} page{'' if opened == 1 else 's'}"
    words = {
        glass.user: f"Today you opened {pages} of the record of {number} outside your care "
        "team. It is on record, the patient can see it, and the auditor reviews it.",
    }
    for auditor in _auditors(glass.clinic_id):
        words.setdefault(
            auditor, f"{glass.user} opened {pages} of the record of {number} by broken glass."
        )
    keys = {uuid.uuid5(_EVENING_KEYS, f"{glass.key}/{user.key}"): user for user in words}
    known = set(Notice.objects.filter(key__in=keys).values_list("key", flat=True))
    for key, user in keys.items():
        if key not in known:
            Notice.objects.create(
                clinic_id=glass.clinic_id,
                key=key,
                to=user,
                about=glass.patient,
                kind="glass-evening",
                text=words[user],
                at=at,
            )
    if new := len(keys.keys() - known):
        note(
            by=by,
            at=at,
            deed="glass-told",
            record=glass,
            clinic_id=glass.clinic_id,
            subjects=[glass.patient_id],
            told=new,
        )
    return new


@transaction.atomic
def review_glass(
    *, by: User, at: datetime, glass: BrokenGlass, was_justified: bool, comment: str
) -> GlassReview:
    """
    Write the auditor's finding on one breaking of the glass.

    Raises
    ------
    NotAllowed
        If the user is not an auditor, or reviews their own.
    Stale
        If another auditor has reviewed it already.
    """
    require(
        by=by,
        at=at,
        record_class="break_glass",
        action=Action.SIGN,
        subjects=[glass.patient_id],
    )
    if glass.user_id == by.pk:
        raise NotAllowed("Nobody reviews their own breaking of the glass.")
    hold("glass-review", glass.pk)
    if GlassReview.objects.filter(glass=glass).exists():
        raise Stale("This was reviewed already.")
    review = GlassReview.objects.create(
        clinic_id=glass.clinic_id,
        glass=glass,
        was_justified=was_justified,
        comment=comment,
        reviewed_by=by,
        reviewed_at=at,
    )
    note(
        by=by,
        at=at,
        deed="glass-reviewed",
        record=review,
        clinic_id=glass.clinic_id,
        subjects=[glass.patient_id],
        was_justified=was_justified,
    )
    return review
