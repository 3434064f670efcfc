"""Order a dose, take an order back, and plan the session at which it may be given."""

import uuid
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kapstone.catalogue.orders import load_order_checks
from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.models import DoseOrder, DosingSession
from kapstone.clinic.dosing.order_facts import OrderWanted, judge_order
from kapstone.clinic.dosing.queries import (
    order_in_force,
    patient_of,
    session_states,
    sessions_of,
)
from kapstone.clinic.dosing.record import Stage
from kapstone.clinic.dosing.rules import REASON_LEAST
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import User
from kapstone.errors import Finding, InvalidInput, Refused, Weight


def _check_shape(wanted: OrderWanted) -> None:
    checks = load_order_checks()
    if wanted.rationale not in {one.code for one in checks.rationales}:
        raise InvalidInput({"rationale": "Choose why this amount."})
    if wanted.may_give not in {one.code for one in checks.givers}:
        raise InvalidInput({"may_give": "Choose who may give it."})
    if min(wanted.amount_mg, wanted.weight_kg) <= 0 or wanted.number < 1:
        raise InvalidInput({"amount_mg": "Amount, weight and dose number are above zero."})


def _refuse_unexplained(findings: list[Finding], reason: str) -> None:
    blocks = [finding for finding in findings if finding.weight is Weight.BLOCK]
    if blocks:
        raise Refused(blocks)
    if findings and len(reason.strip()) < REASON_LEAST:
        raise Refused(findings)


@transaction.atomic
def order_dose(
    *, by: User, at: datetime, course: Course, wanted: OrderWanted, entry_id: UUID | None = None
) -> DoseOrder:
    """
    Sign an order for one dose of a course. It takes the place of the order before it.

    Raises
    ------
    NotAllowed
        If the user may not order for this patient: only a prescriber of the care team.
    InvalidInput
        If the reason for the amount is not one of the catalogue's, or a number makes no sense.
    Refused
        If a hard limit is passed, or a soft one without a reason of at least 20 characters.
    """
    patient = patient_of(course)
    require(by=by, at=at, record_class="dose_order", action=Action.SIGN, subjects=[patient.pk])
    hold("course", course.pk)
    done = DoseOrder.objects.filter(entry_id=entry_id).first() if entry_id else None
    if done is not None:
        return done
    _check_shape(wanted)
    findings = list(judge_order(patient, wanted, at))
    _refuse_unexplained(findings, wanted.reason)
    before = order_in_force(course, wanted.number)
    if before is not None:
        _take_back(before, at)
    order = DoseOrder.objects.create(
        clinic_id=course.clinic_id,
        subjects=course.subjects,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        course=course,
        number=wanted.number,
        product=wanted.product,
        route=wanted.route,
        amount_mg=wanted.amount_mg,
        max_session_mg=wanted.max_session_mg,
        duration_min=wanted.duration_min,
        weight_kg=wanted.weight_kg,
        weighed_at=wanted.weighed_at,
        may_give=wanted.may_give,
        mg_per_ml=wanted.mg_per_ml,
        volume_ml=wanted.volume_ml,
        rationale=wanted.rationale,
        passed=[finding.code for finding in findings],
        reason=wanted.reason.strip() if findings else "",
        signed_at=at,
    )
    note(
        by=by,
        at=at,
        deed="dose-ordered",
        record=order,
        clinic_id=course.clinic_id,
        subjects=[patient.pk],
        cautions=[finding.code for finding in findings],
        replaces=str(before.key) if before else "",
    )
    return order


def _take_back(order: DoseOrder, at: datetime) -> None:
    order.revoked_at = at
    order.save(update_fields=["revoked_at"])


@transaction.atomic
def revoke_order(*, by: User, at: datetime, order: DoseOrder) -> DoseOrder:
    """
    Take an order back; taking it back twice changes nothing.

    Raises
    ------
    NotAllowed
        If the user may not order for this patient.
    """
    patient = patient_of(order)
    require(by=by, at=at, record_class="dose_order", action=Action.SIGN, subjects=[patient.pk])
    if order.revoked_at is None:
        _take_back(order, at)
        note(
            by=by,
            at=at,
            deed="order-revoked",
            record=order,
            clinic_id=order.clinic_id,
            subjects=[patient.pk],
        )
    return order


@transaction.atomic
def plan_session(
    *,
    by: User,
    at: datetime,
    course: Course,
    number: int,
    planned_at: datetime,
    appointment: Appointment | None = None,
    entry_id: UUID | None = None,
) -> DosingSession:
    """
    Plan the monitored visit for one dose of a course.

    Raises
    ------
    NotAllowed
        If the user may not write in this patient's sessions.
    InvalidInput
        If the number lies outside the course.
    Refused
        If a session for this dose is already planned or done.
    """
    patient = patient_of(course)
    require(
        by=by, at=at, record_class="dosing_session", action=Action.CREATE, subjects=[patient.pk]
    )
    hold("course", course.pk)
    done = DosingSession.objects.filter(entry_id=entry_id).first() if entry_id else None
    if done is not None:
        return done
    if not 1 <= number <= course.planned_sessions:
        raise InvalidInput({"number": f"This course has {course.planned_sessions} doses."})
    same = [session for session in sessions_of(course) if session.number == number]
    states = session_states(same)
    if any(states[session.pk] is not Stage.NOT_TODAY for session in same):
        words = f"Dose {number} of this course already has a session."
        raise Refused([Finding("session-exists", Weight.BLOCK, words)])
    session = DosingSession.objects.create(
        clinic_id=course.clinic_id,
        subjects=course.subjects,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        course=course,
        number=number,
        appointment=appointment,
        order=order_in_force(course, number),
        planned_at=planned_at,
    )
    note(
        by=by,
        at=at,
        deed="session-planned",
        record=session,
        clinic_id=course.clinic_id,
        subjects=[patient.pk],
    )
    return session
