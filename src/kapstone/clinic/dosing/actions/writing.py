"""Write in the room: an entry, a dose, a correction. Nothing is changed and nothing removed."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from kapstone.clinic.dosing.entries import (
    Answer,
    Correction,
    Dose,
    Kind,
    Mistake,
    Payload,
    State,
    Vitals,
)
from kapstone.clinic.dosing.models import (
    DoseGiven,
    DosingSession,
    SessionEntry,
)
from kapstone.clinic.dosing.queries import Chart, patient_of
from kapstone.clinic.dosing.replica import is_leased_elsewhere, room_of
from kapstone.clinic.dosing.rules import (
    OVERRIDABLE,
    REASON_LEAST,
    check_dose,
    check_vitals,
)
from kapstone.clinic.dosing.steps import NOW, Stamp, already, observed, open_chart, write
from kapstone.clinic.dosing.writes import (
    check_correction,
    check_state,
    correct_dose,
    dose_facts,
    draw_named,
    refuse_if_corrected,
    take_from,
    write_dose,
)
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.models import Role, User
from kapstone.errors import Finding, InvalidInput, NotAllowed, Refused


def _allow(*, by: User, at: datetime, session: DosingSession, action: Action) -> int:
    """Ask the policy about a session, and give the patient's id."""
    patient = patient_of(session)
    require(by=by, at=at, record_class="dosing_session", action=action, subjects=[patient.pk])
    return patient.pk


@transaction.atomic
def record_entry(
    *,
    by: User,
    at: datetime,
    session: DosingSession,
    payload: Payload,
    stamp: Stamp = NOW,
) -> SessionEntry:
    """
    Write one entry: vitals, no value, event, note, answer to a crossing, or a change of state.

    The same entry sent twice is written once. Extreme values are written; those to look at
    again are refused until ``is_confirmed`` says that somebody did.

    Raises
    ------
    NotAllowed
        If the user may not write in this session.
    InvalidInput
        If a time lies ahead, or an answer names no crossing.
    Refused
        If a value is to be checked first, or the id was used for something else.
    """
    patient_id = _allow(by=by, at=at, session=session, action=Action.CREATE)
    chart = open_chart(session, at)
    if isinstance(payload, (Dose, Correction)):
        raise InvalidInput({"kind": "A dose or a correction is written by its own act."})
    done = already(session=session, payload=payload, stamp=stamp)
    if done is not None:
        return done
    if isinstance(payload, State):
        check_state(payload, by)
    if isinstance(payload, Vitals):
        findings = list(check_vitals(payload))
        if findings:
            raise Refused(findings)
    if isinstance(payload, Answer):
        _check_answer(chart, payload)
    row = write(by=by, at=at, chart=chart, payload=payload, stamp=stamp)
    note(
        by=by,
        at=at,
        deed="entry-written",
        record=row,
        clinic_id=session.clinic_id,
        subjects=[patient_id],
        kind=str(payload.kind),
    )
    return row


def _check_answer(chart: Chart, answer: Answer) -> None:
    known = {(crossing.entry, crossing.parameter) for crossing in chart.record.crossings}
    if (answer.entry, answer.parameter) not in known:
        raise InvalidInput({"entry": "There is no such crossing in this session."})


# --- Doses


@transaction.atomic
def give_dose(
    *,
    by: User,
    at: datetime,
    session: DosingSession,
    dose: Dose,
    stamp: Stamp = NOW,
    witness: User | None = None,
) -> DoseGiven:
    """
    Record a dose that reached the patient: its entry and its row together, or neither.

    ``dose.override_reason`` lets a prescriber record a dose although the gate is not complete
    or signed, or no baseline was taken. Nothing else can be passed over. ``dose.draw`` names
    what was drawn up in the drug log, which gives it out in the same transaction; without one,
    and once that is confirmed, the drug log shows a dose without a draw.

    Raises
    ------
    NotAllowed
        If the user, or the witness, may not write in this session.
    InvalidInput
        If a time or an amount makes no sense.
    Refused
        With every reason against this dose.
    """
    patient_id = _allow(by=by, at=at, session=session, action=Action.CREATE)
    chart = open_chart(session, at)
    dose = replace(dose, witness_id=witness.pk if witness else None)
    done = already(session=session, payload=dose, stamp=stamp)
    if done is not None:
        return done.dose
    if dose.amount_mg <= 0:
        raise InvalidInput({"amount_mg": "Amount in mg: more than 0."})
    if witness is not None:
        require(
            by=witness,
            at=at,
            record_class="dosing_session",
            action=Action.CREATE,
            subjects=[patient_id],
        )
    given_at = min(observed(stamp, at), at)
    draw = draw_named(session, dose)
    if dose.draw is not None and draw is None:
        raise InvalidInput({"draw": "That was not drawn up for this session."})
    facts = replace(
        dose_facts(chart, dose, given_at, by, witness, draw),
        is_in_conflict=room_of(session).is_in_conflict,
        is_leased_elsewhere=is_leased_elsewhere(session, stamp.device_id, at),
    )
    findings = list(check_dose(facts))
    _refuse(findings, dose.override_reason, by)
    stamp = replace(stamp, observed_at=given_at)
    entry = write(by=by, at=at, chart=chart, payload=dose, stamp=stamp)
    weight = chart.order.weight_kg if chart.order else Decimal(0)
    row = write_dose(by=by, at=at, entry=entry, dose=dose, weight_kg=weight, draw=draw)
    if draw is not None:
        take_from(draw, by=by, at=at, entry=entry, amount_mg=dose.amount_mg)
    note(
        by=by,
        at=at,
        deed="dose-given",
        record=row,
        clinic_id=session.clinic_id,
        subjects=[patient_id],
        amount_mg=str(dose.amount_mg),
        container=str(draw.container) if draw is not None else "",
        passed_over=[finding.code for finding in findings],
    )
    return row


def _refuse(findings: list[Finding], reason: str, by: User) -> None:
    if not findings:
        return
    overridden = {finding.code for finding in findings} <= OVERRIDABLE and reason.strip()
    if not overridden:
        raise Refused(findings)
    if by.role != Role.PRESCRIBER:
        raise NotAllowed("Only a prescriber may record a dose past an open gate.")
    if len(reason.strip()) < REASON_LEAST:
        raise InvalidInput(
            {"override_reason": f"Say why in at least {REASON_LEAST} characters."}
        )


# --- Corrections


@transaction.atomic
def correct_entry(
    *,
    by: User,
    at: datetime,
    entry: SessionEntry,
    mistake: Mistake,
    instead: Payload | None,
    detail: str = "",
    stamp: Stamp = NOW,
) -> SessionEntry:
    """
    Strike an entry and say what is true instead; None says that nothing was.

    The old entry is kept. A corrected dose writes a new row of the dose as well, so that every
    sum and every curve reads what is true. ``stamp.observed_at`` is the true time.

    Raises
    ------
    NotAllowed
        If the user may not amend in this session.
    InvalidInput
        If the entry is of a kind that is not corrected, or the new one of another kind.
    Refused
        If somebody corrected it first: correct that correction, or leave it.
    """
    session = entry.session
    patient_id = _allow(by=by, at=at, session=session, action=Action.AMEND)
    chart = open_chart(session, at)
    of = check_correction(entry, mistake, instead, detail)
    stamp = replace(stamp, observed_at=stamp.observed_at or entry.observed_at)
    payload = Correction(
        of=of,
        mistake=mistake,
        detail=detail.strip(),
        instead=instead,  # type: ignore[arg-type]  # of is correctable, so instead is too
    )
    done = already(session=session, payload=payload, stamp=stamp, supersedes=entry.entry_id)
    if done is not None:
        return done
    refuse_if_corrected(entry)
    if isinstance(instead, Vitals):
        findings = list(check_vitals(instead))
        if findings:
            raise Refused(findings)
    row = write(by=by, at=at, chart=chart, payload=payload, stamp=stamp, supersedes=entry)
    if of is Kind.DOSE:
        correct_dose(by=by, at=at, old=entry, new=row, instead=instead)
    note(
        by=by,
        at=at,
        deed="entry-corrected",
        record=row,
        clinic_id=session.clinic_id,
        subjects=[patient_id],
        mistake=str(mistake),
    )
    return row
