"""Answer a check, lift one with a reason, and sign."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from kapstone.catalogue.plausibility import load_plausibility
from kapstone.clinic.dosing.check_lists import check_of, not_today_reasons, reason_class
from kapstone.clinic.dosing.checks import Asked, Check, read_check
from kapstone.clinic.dosing.facts import worked_out
from kapstone.clinic.dosing.gate import check_gate
from kapstone.clinic.dosing.models import CheckAnswer, DosingSession, SessionSignature
from kapstone.clinic.dosing.queries import Chart, patient_of
from kapstone.clinic.dosing.record import Stage
from kapstone.clinic.dosing.rules import REASON_LEAST
from kapstone.clinic.dosing.steps import (
    AHEAD,
    open_chart,
    refuse_if_closed,
    row_of,
    write_signature,
)
from kapstone.clinic.scheduling.actions import call_off_appointment
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.models import User
from kapstone.errors import Finding, InvalidInput, NotAllowed, Refused, Weight

_COMPUTED = ("G2", "G12")  # their values are kept when the gate is signed


def _allow(*, by: User, at: datetime, session: DosingSession, action: Action) -> int:
    """Ask the policy about a session, and give the patient's id."""
    patient = patient_of(session)
    require(by=by, at=at, record_class="dosing_session", action=action, subjects=[patient.pk])
    return patient.pk


@transaction.atomic
def answer_check(
    *,
    by: User,
    at: datetime,
    session: DosingSession,
    phase: str,
    check_code: str,
    value: Mapping[str, Any],
    entry_id: UUID | None = None,
) -> CheckAnswer:
    """
    Keep the answer to one check: every question of it, and of no other.

    Raises
    ------
    NotAllowed
        If the user may not write in this session.
    InvalidInput
        If a question is left open or cannot be read.
    Refused
        If the session is over, or the gate is answered after a dose.
    """
    patient_id = _allow(by=by, at=at, session=session, action=Action.CREATE)
    chart = open_chart(session, at)
    done = CheckAnswer.objects.filter(entry_id=entry_id).first() if entry_id else None
    if done is not None:
        return done
    refuse_if_closed(chart)
    order = chart.order
    check = check_of(phase, check_code, order.route if order else "")
    kept = read_check(check, value)
    _refuse_ahead(check, kept, at)
    if phase == CheckAnswer.Phase.GATE and chart.stage is Stage.DOSED:
        words = "The dose was given; the gate is closed. Write it in the room."
        raise Refused([Finding("gate-is-over", Weight.BLOCK, words)])
    if check_code == "G3":
        kept |= _consent(chart)
    if check_code == "G15":
        kept = _second_person(kept, chart)
    row = CheckAnswer.objects.create(
        **row_of(session, by, at, entry_id),
        phase=phase,
        check_code=check_code,
        value=kept,
        answered_at=at,
    )
    note(
        by=by,
        at=at,
        deed="check-answered",
        record=row,
        clinic_id=session.clinic_id,
        subjects=[patient_id],
        check=check_code,
    )
    return row


def _refuse_ahead(check: Check, kept: Mapping[str, Any], at: datetime) -> None:
    """Refuse a time that lies ahead: nobody has eaten tomorrow's breakfast."""
    far = timedelta(hours=load_plausibility().time.escort_hours.value)
    faults: dict[str, str] = {}
    for asked in check.questions:
        if asked.asked is not Asked.TIME:
            continue
        moment = datetime.fromisoformat(str(kept[asked.name]))
        if not asked.is_ahead and moment > at + AHEAD:
            faults[asked.name] = f"{asked.words}: that time lies ahead. Check the day."
        elif asked.is_ahead and abs(moment - at) > far:
            faults[asked.name] = f"{asked.words}: that is not today. Check the day."
    if faults:
        raise InvalidInput(faults)


def _consent(chart: Chart) -> dict[str, Any]:
    """Give which consent was in force when the patient was asked again."""
    consent = chart.consent
    return {
        "consent_in_force": consent is not None,
        "version": str(consent.version) if consent else "",
        "signed_at": consent.signed_at.isoformat() if consent else "",
    }


def _second_person(kept: dict[str, Any], chart: Chart) -> dict[str, Any]:
    """Tie a check of the drug to the very order that was checked."""
    if chart.order is None:
        words = "No order is signed for this dose. The prescriber signs it first."
        raise Refused([Finding("no-order", Weight.BLOCK, words)])
    return {
        **kept,
        "order": str(chart.order.key),
        "amount_mg": str(chart.order.amount_mg),
        "route_code": chart.order.route,
    }


@transaction.atomic
def lift_check(
    *,
    by: User,
    at: datetime,
    session: DosingSession,
    check_code: str,
    reason: str,
    entry_id: UUID | None = None,
) -> CheckAnswer:
    """
    Lift a check of the gate that holds, as the role that the catalogue names, with a reason.

    The lift covers the values as they are; a newer answer needs a new lift.

    Raises
    ------
    NotAllowed
        If the user's role is not the one named.
    Refused
        If the check does not hold, or nobody may lift it.
    InvalidInput
        If the reason says too little.
    """
    patient_id = _allow(by=by, at=at, session=session, action=Action.SIGN)
    chart = open_chart(session, at)
    done = CheckAnswer.objects.filter(entry_id=entry_id).first() if entry_id else None
    if done is not None:
        return done
    refuse_if_closed(chart)
    order = chart.order
    check = check_of(CheckAnswer.Phase.GATE, check_code, order.route if order else "")
    judged = chart.gate.of(check_code)
    if not judged.ruling.may_be_lifted(check.lift_by):
        words = f"{check.code} cannot be lifted as it stands: {judged.ruling.words}"
        raise Refused([Finding("not-liftable", Weight.BLOCK, words)])
    if by.role not in check.lifters:
        raise NotAllowed(f"Only the {' and the '.join(check.lifters)} may lift {check.code}.")
    if len(reason.strip()) < REASON_LEAST:
        raise InvalidInput({"reason": f"Say why in at least {REASON_LEAST} characters."})
    answers = [row for row in chart.answers_in("gate").get(check_code, ()) if not row.is_lift]
    row = CheckAnswer.objects.create(
        **row_of(session, by, at, entry_id),
        phase=CheckAnswer.Phase.GATE,
        check_code=check_code,
        value=dict(answers[-1].value) if answers else {"words": judged.ruling.words},
        lift_reason=reason.strip(),
        answered_at=at,
    )
    note(
        by=by,
        at=at,
        deed="check-lifted",
        record=row,
        clinic_id=session.clinic_id,
        subjects=[patient_id],
        check=check_code,
    )
    return row


@transaction.atomic
def sign_session(
    *,
    by: User,
    at: datetime,
    session: DosingSession,
    meaning: str,
    reason: str = "",
    entry_id: UUID | None = None,
) -> SessionSignature:
    """
    Sign the gate, or say not today. Signing twice gives the first signature.

    Not today also calls the booking off, so that the room is free again; the booking says no
    more than the class of the reason, because the desk reads it.

    Raises
    ------
    NotAllowed
        If the user may not sign in this session.
    InvalidInput
        If "not today" names no reason, or the meaning is not one of these two.
    Refused
        If a check of the gate is not go, a dose was given, or the session is over.
    """
    patient_id = _allow(by=by, at=at, session=session, action=Action.SIGN)
    chart = open_chart(session, at)
    meanings = SessionSignature.Meaning
    done = session.signatures.filter(meaning=meaning, recorded_by=by).first()
    if done is not None:
        return done
    refuse_if_closed(chart)
    if meaning == meanings.GATE:
        findings = list(check_gate(chart.gate))
        if findings:
            raise Refused(findings)
        _keep_computed(chart, by, at)
    elif meaning == meanings.NOT_TODAY:
        _check_not_today(chart, reason)
    else:
        raise InvalidInput({"meaning": "Here one signs the gate, or says not today."})
    row = write_signature(
        by=by, at=at, chart=chart, meaning=meaning, reason=reason, entry_id=entry_id
    )
    note(
        by=by,
        at=at,
        deed="session-signed",
        record=row,
        clinic_id=session.clinic_id,
        subjects=[patient_id],
        meaning=meaning,
    )
    if meaning == meanings.NOT_TODAY:
        _call_off(session, by, at, reason)
    return row


def _call_off(session: DosingSession, by: User, at: datetime, reason: str) -> None:
    if session.appointment is None:
        return
    said = f"Dose not given: {reason_class(reason.partition(': ')[0])}"
    call_off_appointment(by=by, at=at, appointment=session.appointment, reason=said)


def _check_not_today(chart: Chart, reason: str) -> None:
    code, _, words = reason.partition(": ")
    if code not in not_today_reasons():
        raise InvalidInput({"reason": "Choose one reason."})
    if code == "other" and not words.strip():
        raise InvalidInput({"reason": "Say which other reason."})
    if chart.stage is Stage.DOSED:
        message = "A dose was given. Go on in the room, then going home."
        raise Refused([Finding("dose-was-given", Weight.BLOCK, message)])


def _keep_computed(chart: Chart, by: User, at: datetime) -> None:
    """Keep the values of the checks that were worked out, as they were when signed."""
    for code in _COMPUTED:
        judged = chart.gate.of(code)
        if judged.lift is not None:
            continue
        CheckAnswer.objects.create(
            **row_of(chart.session, by, at, None),
            phase=CheckAnswer.Phase.GATE,
            check_code=code,
            value=worked_out(chart, code) | {"words": judged.ruling.words},
            answered_at=at,
        )
