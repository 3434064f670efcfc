"""Break the glass, and review that it was broken."""

from datetime import datetime, timedelta

from django.db import transaction

from kapstone.core.access.models import BrokenGlass, GlassReview
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.models import Notice, Patient, Role, User
from kapstone.errors import InvalidInput, NotAllowed

GLASS_MINUTES = 60  # judgement: long enough for one visit, short enough to be noticed
GLASS_REVIEW_DAYS = 3  # three working days; calendar days are the stricter reading


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
        If the reason says too little to be reviewed.
    """
    require(
        by=by, at=at, record_class="break_glass", action=Action.CREATE, subjects=[patient.pk]
    )
    if not by.check_password(password):
        raise NotAllowed("The password is not right. Nothing was opened.")
    if len(reason.strip()) < 20:
        raise InvalidInput({"reason": "Say in at least 20 characters why you need this now."})
    glass = BrokenGlass.objects.create(
        clinic_id=patient.clinic_id,
        user=by,
        patient=patient,
        reason_code=reason_code,
        reason=reason.strip(),
        opened_at=at,
        expires_at=at + timedelta(minutes=GLASS_MINUTES),
        review_due_at=at + timedelta(days=GLASS_REVIEW_DAYS),
    )
    leads = User.objects.filter(
        care_teams__patient=patient, care_teams__is_lead=True, care_teams__ends_at__isnull=True
    )
    auditors = User.objects.filter(
        clinic_id=patient.clinic_id, role=Role.AUDITOR, is_active=True
    )
    for told in {*leads, *auditors} - {by}:
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
