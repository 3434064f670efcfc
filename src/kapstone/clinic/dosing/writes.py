"""
The writes that the forms of the room and the batches of its tablets share: doses, corrections.

Each is called inside an act's transaction, after the act has asked the policy; the act audits.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from kapstone.clinic.dosing.booked import dosed_as, left_in
from kapstone.clinic.dosing.entries import (
    CORRECTABLE,
    Change,
    Correction,
    Dose,
    Kind,
    Mistake,
    Payload,
    State,
)
from kapstone.clinic.dosing.models import (
    DoseGiven,
    DosingSession,
    SessionEntry,
    SessionSignature,
)
from kapstone.clinic.dosing.queries import Chart, written_of
from kapstone.clinic.dosing.record import is_full
from kapstone.clinic.dosing.rules import DoseFacts
from kapstone.clinic.drugs.actions import give_from_draw
from kapstone.clinic.drugs.draws import left_of
from kapstone.clinic.drugs.ledger import LOCK
from kapstone.clinic.drugs.models import Draw, Movement
from kapstone.clinic.drugs.queries import containers_usable
from kapstone.clinic.drugs.rules import NOTHING
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Role, User
from kapstone.errors import Finding, InvalidInput, Refused, Weight

SIGNED_FOR = frozenset({"went-home", "left-against-advice"})


def dose_facts(
    chart: Chart,
    dose: Dose,
    given_at: datetime,
    by: User,
    witness: User | None,
    draw: Draw | None = None,
) -> DoseFacts:
    """Gather what the rules need to know about a dose."""
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
        is_in_cabinet=_is_in_cabinet(chart, dose, draw),
        drawn_as=dosed_as(draw) if draw is not None else "",
        drawn_left_mg=left_of(draw) if draw is not None else None,
    )


def _is_in_cabinet(chart: Chart, dose: Dose, draw: Draw | None) -> bool:
    """Whether a dose that names no draw could have named one."""
    if draw is not None or dose.is_confirmed:
        return draw is not None
    clinic = chart.session.clinic
    usable = containers_usable(clinic, chart.at, dosed_as=dose.product)
    return bool(usable) or left_in(chart.session) > 0


def write_dose(
    *,
    by: User,
    at: datetime,
    entry: SessionEntry,
    dose: Dose,
    weight_kg: Decimal,
    corrects: DoseGiven | None = None,
    draw: Draw | None = None,
) -> DoseGiven:
    """Write what was given."""
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
        draw=draw,
    )


def draw_named(session: DosingSession, dose: Dose) -> Draw | None:
    """Find the draw that a dose names, among those for its patient and its session."""
    if dose.draw is None:
        return None
    rows = Draw.objects.filter(key=dose.draw, subjects_id=session.subjects_id)
    rows = rows.filter(Q(session_key=session.key) | Q(session_key__isnull=True))
    return rows.select_related("container__receipt__lot", "container__clinic").first()


def take_from(
    draw: Draw, *, by: User, at: datetime, entry: SessionEntry, amount_mg: Decimal
) -> Decimal:
    """
    Take from a draw what was given, as far as it reaches; the entry's id keeps it from twice.

    Returns
    -------
    what the book now says was given out of it

    Raises
    ------
    NotAllowed
        If the user may not draw up for this patient.
    """
    hold(LOCK, draw.container_id)
    amount = min(amount_mg, left_of(draw))
    if amount <= 0:
        return NOTHING
    again = Movement.objects.filter(entry_id=entry.entry_id).exists()
    give_from_draw(
        by=by,
        at=at,
        draw=draw,
        amount_mg=amount,
        given_at=min(entry.observed_at, at),
        entry_id=None if again else entry.entry_id,
    )
    return amount


def correct_dose(
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
    write_dose(
        by=by,
        at=at,
        entry=new,
        dose=dose,
        weight_kg=before.weight_kg,
        corrects=before,
        draw=before.draw,
    )


def check_correction(
    entry: SessionEntry, mistake: Mistake, instead: Payload | None, detail: str
) -> Kind:
    """
    Say of what kind a correction of this entry is.

    Raises
    ------
    InvalidInput
        If such an entry is not corrected, or by another kind, or nothing says what was wrong.
    """
    old = written_of(entry)
    of = old.payload.of if isinstance(old.payload, Correction) else old.kind
    if of not in CORRECTABLE or (instead is not None and instead.kind != of):
        raise InvalidInput({"kind": f"An entry of kind {of} is corrected by its own kind."})
    if mistake is Mistake.OTHER and not detail.strip():
        raise InvalidInput({"detail": "Say what was wrong."})
    return of


def refuse_if_corrected(entry: SessionEntry) -> None:
    """
    Refuse a second correction of the same entry.

    Raises
    ------
    Refused
        If somebody corrected it first.
    """
    if SessionEntry.objects.filter(supersedes=entry).exists():
        words = "This entry was corrected already. Look at the newest one."
        raise Refused([Finding("already-corrected", Weight.BLOCK, words)])


def check_state(state: State, by: User) -> None:
    """
    Refuse a change of state that is not for this person, or not for an entry, to say.

    Raises
    ------
    Refused
        If going home is said without its signatures, or a dose reconciled by another role.
    """
    if state.change is Change.ROOM and state.item in SIGNED_FOR:
        words = "Going home is signed on its own page, with all that must be met."
        raise Refused([Finding("needs-signing", Weight.BLOCK, words)])
    if state.change is Change.RECONCILE and by.role != Role.PRESCRIBER:
        words = "Only a prescriber reconciles doses that are in question."
        raise Refused([Finding("prescriber-only", Weight.BLOCK, words)])
