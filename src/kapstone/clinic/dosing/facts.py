"""From a chart to the facts that the gate and going home are judged by."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kapstone.catalogue.discharge import load_discharge
from kapstone.clinic.consent.queries import ConsentInForce
from kapstone.clinic.dosing.booked import left_in
from kapstone.clinic.dosing.gate_facts import GateFacts, Given, Ordered, Standing
from kapstone.clinic.dosing.going_home import HomeFacts, Signed
from kapstone.clinic.dosing.models import CheckAnswer, DoseOrder, SessionSignature
from kapstone.clinic.dosing.words import PRODUCTS
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.scheduling.queries import appointments_of

if TYPE_CHECKING:
    from kapstone.clinic.dosing.queries import Chart

WINDOW = timedelta(hours=72)  # clinical.md 6.2: the visit falls inside the window


def given_of(row: CheckAnswer) -> Given:
    """Read one row as an answer to a check."""
    return Given(
        value=row.value,
        by_id=row.recorded_by_id,
        by=str(row.recorded_by),
        role=row.recorded_by.role,
        at=row.answered_at,
        lift_reason=row.lift_reason,
    )


def ordered(order: DoseOrder | None) -> Ordered | None:
    """Say an order as the gate needs it."""
    if order is None:
        return None
    amount = f"{order.amount_mg.normalize():f} mg {order.route}"
    return Ordered(
        key=str(order.key),
        product=order.product,
        route=order.route,
        amount_mg=float(order.amount_mg),
        words=f"{PRODUCTS[order.product]} {amount}, signed by {order.recorded_by}",
    )


def consent_words(consent: ConsentInForce | None) -> str:
    """Say which consent holds."""
    if consent is None:
        return "No consent is in force."
    return f"Version {consent.version}, signed {consent.signed_at:%-d %B %Y}."


def gate_facts(chart: "Chart") -> GateFacts:
    """Gather what the gate is judged by: the answers of this very day, and what holds."""
    decided = chart.eligibility
    consent = chart.consent
    urgent = [call for call in chart.calls if call.priority != "same-day"]
    since = chart.counts_from
    given = chart.answers_in(CheckAnswer.Phase.GATE)
    return GateFacts(
        at=chart.at,
        answers={
            code: tuple(one for one in rows if one.at >= since) for code, rows in given.items()
        },
        eligibility=Standing(holds=decided.is_eligible, words=decided.sentence),
        consent=Standing(holds=consent is not None, words=consent_words(consent)),
        order=ordered(chart.order),
        last_dose_at=chart.earlier_dose_at,
        urgent_call=urgent[0].sentence if urgent else "",
        emergency_call=any(call.priority == "emergency" for call in urgent),
    )


def home_facts(chart: "Chart") -> HomeFacts:
    """Gather what going home is judged by."""
    record = chart.record
    zone = chart.session.clinic.zone
    window = (record.last_dose_at or chart.session.planned_at) + WINDOW
    call_by = chart.at + timedelta(hours=load_discharge().limits.call_within_hours.value)
    words: dict[str, str] = {}
    for one in appointments_of(chart.patient, chart.at, max(window, call_by)):
        limit = call_by if one.kind == Appointment.Kind.CALL else window
        if one.starts_at <= limit:
            when = f"{one.starts_at.astimezone(zone):%a %H:%M}"
            words.setdefault(one.kind, f"{one.get_kind_display()} {when}")
    letter = chart.letter
    return HomeFacts(
        at=chart.at,
        last_dose_at=record.last_dose_at,
        stays_until=record.stays_until,
        baseline=record.baseline,
        seen=record.seen,
        answers=chart.answers_in(CheckAnswer.Phase.DISCHARGE),
        crossings=record.crossings,
        next_call=words.get(Appointment.Kind.CALL, ""),
        next_visit=words.get(Appointment.Kind.INTEGRATION, ""),
        letter_at=letter.given_at if letter else None,
        signatures=tuple(
            Signed(
                by=row.printed_name, by_id=row.recorded_by_id, role=row.role, at=row.signed_at
            )
            for row in chart.signed(SessionSignature.Meaning.DISCHARGE)
        ),
        drug_left_mg=left_in(chart.session),
    )


def earlier_answers(chart: "Chart") -> Mapping[str, Given]:
    """Give the newest answer to each check of the gate on any earlier day: context only."""
    rows = (
        CheckAnswer.objects.filter(
            subjects_id=chart.session.subjects_id,
            phase=CheckAnswer.Phase.GATE,
            answered_at__lt=chart.counts_from,
            lift_reason="",
        )
        .select_related("recorded_by")
        .order_by("check_code", "-answered_at", "-pk")
        .distinct("check_code")
    )
    return {row.check_code: given_of(row) for row in rows}


def worked_out(chart: "Chart", code: str) -> dict[str, Any]:
    """Give the values behind a check that is worked out, not its verdict alone."""
    if code == "G2":
        found = chart.eligibility
        return {
            "standing": str(found.standing),
            "signed_at": found.signed_at.isoformat() if found.signed_at else "",
            "until": found.until.isoformat() if found.until else "",
        }
    last = chart.earlier_dose_at
    hours = round((chart.at - last) / timedelta(hours=1), 1) if last else None
    return {"last_dose_at": last.isoformat() if last else "", "hours_since": hours}
