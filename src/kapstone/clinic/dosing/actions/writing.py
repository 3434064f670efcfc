"""Write in the room: an entry, a dose, a correction. Nothing is changed and nothing removed."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from kapstone.clinic.dosing.entries import (
    CORRECTABLE,
    Answer,
    Correction,
    Dose,
    Kind,
    Mistake,
    Payload,
    Vitals,
)
from kapstone.clinic.dosing.models import (
    DoseGiven,
    DosingSession,
    SessionEntry,
    SessionSignature,
)
from kapstone.clinic.dosing.queries import Chart, patient_of, written_of
from kapstone.clinic.dosing.record import is_full
from kapstone.clinic.dosing.rules import (
    OVERRIDABLE,
    REASON_LEAST,
    DoseFacts,
    check_dose,
    check_vitals,
)
from kapstone.clinic.dosing.steps import NOW, Stamp, already, observed, open_chart, write
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.models import Role, User
from kapstone.errors import Finding, InvalidInput, NotAllowed, Refused, Weight


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
    or signed, or no baseline was taken. Nothing else can be passed over.

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
    findings = list(check_dose(_dose_facts(chart, dose, given_at, by, witness)))
    _refuse(findings, dose.override_reason, by)
    stamp = replace(stamp, observed_at=given_at)
    entry = write(by=by, at=at, chart=chart, payload=dose, stamp=stamp)
    weight = chart.order.weight_kg if chart.order else Decimal(0)
    row = _write_dose(by=by, at=at, entry=entry, dose=dose, weight_kg=weight)
    note(
        by=by,
        at=at,
        deed="dose-given",
        record=row,
        clinic_id=session.clinic_id,
        subjects=[patient_id],
        amount_mg=str(dose.amount_mg),
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


def _dose_facts(
    chart: Chart, dose: Dose, given_at: datetime, by: User, witness: User | None
) -> DoseFacts:
    record, order = chart.record, chart.order
    signed = {row.recorded_by_id for row in chart.signed(SessionSignature.Meaning.GATE)}
    since = [
        one.vitals
        for one in record.seen
        if record.last_dose_at and one.at > record.last_dose_at
    ]
    before = any(is_full(one.vitals) and one.at <= given_at for one in record.seen)
    return DoseFacts(
        at=chart.at,
        given_at=given_at,
        product=dose.product,
        route=dose.route,
        amount_mg=dose.amount_mg,
        is_ordered=order is not None,
        ordered_product=order.product if order else "",
        ordered_route=order.route if order else "",
        ordered_mg=order.amount_mg if order else None,
        ordered_min=order.duration_min if order else None,
        may_give=order.may_give if order else "",
        giver_role=by.role,
        max_session_mg=order.max_session_mg if order else Decimal(0),
        given_mg=sum((one.dose.amount_mg for one in record.doses), Decimal(0)),
        first_given_at=record.first_dose_at,
        gate_is_complete=chart.gate.is_go,
        consent_in_force=chart.consent is not None,
        signatures=len(signed),
        has_baseline=before,
        is_closed=chart.stage.is_closed,
        is_identity_checked=dose.is_identity_checked,
        is_witnessed=witness is not None and witness.pk != by.pk,
        vitals_since_last=since[-1] if since else None,
        duration_min=dose.duration_min,
        hold_min=dose.hold_min,
        is_confirmed=dose.is_confirmed,
        mg_per_ml=dose.mg_per_ml,
        volume_ml=dose.volume_ml,
    )


def _write_dose(
    *,
    by: User,
    at: datetime,
    entry: SessionEntry,
    dose: Dose,
    weight_kg: Decimal,
    corrects: DoseGiven | None = None,
) -> DoseGiven:
    return DoseGiven.objects.create(
        clinic_id=entry.clinic_id,
        subjects_id=entry.subjects_id,
        recorded_at=at,
        recorded_by=by,
        session_id=entry.session_id,
        entry=entry,
        product=dose.product,
        route=dose.route,
        amount_mg=dose.amount_mg,
        weight_kg=weight_kg,
        given_at=min(entry.observed_at, at),
        duration_min=dose.duration_min,
        hold_min=dose.hold_min,
        swallowed=dose.is_swallowed,
        corrects=corrects,
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
    old = written_of(entry)
    of = old.payload.of if isinstance(old.payload, Correction) else old.kind
    if of not in CORRECTABLE or (instead is not None and instead.kind != of):
        raise InvalidInput({"kind": f"An entry of kind {of} is corrected by its own kind."})
    if mistake is Mistake.OTHER and not detail.strip():
        raise InvalidInput({"detail": "Say what was wrong."})
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
    if SessionEntry.objects.filter(supersedes=entry).exists():
        words = "This entry was corrected already. Look at the newest one."
        raise Refused([Finding("already-corrected", Weight.BLOCK, words)])
    if isinstance(instead, Vitals):
        findings = list(check_vitals(instead))
        if findings:
            raise Refused(findings)
    row = write(by=by, at=at, chart=chart, payload=payload, stamp=stamp, supersedes=entry)
    if of is Kind.DOSE:
        _correct_dose(by=by, at=at, old=entry, new=row, instead=instead)
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


def _correct_dose(
    *, by: User, at: datetime, old: SessionEntry, new: SessionEntry, instead: Payload | None
) -> None:
    """Write the dose as it truly was; zero milligrams where none was given."""
    before = old.dose
    dose = instead if isinstance(instead, Dose) else None
    if dose is None:
        said = written_of(old).says
        if not isinstance(said, Dose):  # a correction of "not given" stays so
            raise InvalidInput(
                {"instead": "That dose was already said not to have been given."}
            )
        dose = replace(said, amount_mg=Decimal(0))
    _write_dose(by=by, at=at, entry=new, dose=dose, weight_kg=before.weight_kg, corrects=before)
