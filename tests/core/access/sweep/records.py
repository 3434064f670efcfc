"""Plant one record of every class about a patient, a couple, and a newcomer."""

import secrets
import uuid
from datetime import time, timedelta
from typing import Any

from tests.core.access.sweep import records_care, records_day, records_drugs
from tests.core.access.sweep.planter import Planter
from tests.core.access.sweep.world import DAY, HOUR, World

from kapstone.catalogue.post import Opens
from kapstone.clinic.integration.models import ProgressNote, PsychotherapyNote
from kapstone.clinic.scheduling.models import Appointment, AppointmentRequest, RequestAnswer
from kapstone.core.access.fences import stand_in
from kapstone.core.access.links import WINDOW_LINK, make_link
from kapstone.core.access.models import BrokenGlass, GlassReview
from kapstone.core.audit.models import AccessEntry, AuditEntry
from kapstone.core.joining.models import Invitation
from kapstone.core.people.models import ContactDetails, EmergencyCard
from kapstone.core.people.subjects import subjects_for
from kapstone.core.post.models import ContactWish, Message

MINUTE = timedelta(minutes=1)


def plant(world: World, code: str) -> dict[str, Any]:
    """Write everything about one patient, and give what each address may name."""
    planter = Planter(world, code)
    _person(planter)
    _bookings(planter)
    records_care.screening(planter)
    records_care.consent(planter)
    records_care.measures(planter)
    records_day.course(planter)
    records_day.dosing(planter)
    records_day.after(planter)
    records_day.journal(planter)
    records_drugs.drawn(planter)
    _invitation(planter)
    _post(planter)
    _traces(planter)
    return planter.keys


def _person(p: Planter) -> None:
    p.put(ContactDetails, phone="555 0199", email="", contact_phone="", pronouns="they")
    p.put(EmergencyCard, weight_kg=p.weight, weighed_at=p.at)
    request = _request(p, patient=p.patient)
    stand_in(clinic_id=p.clinic.pk, user_id=None)
    RequestAnswer.objects.create(
        clinic=p.clinic,
        request=request,
        answer="screening",
        letter=p.word("appointment_request"),
        answered_by=p.author,
        answered_at=p.at - 20 * DAY,
    )
    p.keys["request_key"] = request.key


def _invitation(p: Planter) -> None:
    p.put(
        Invitation,
        patient=p.patient,
        link_hash=secrets.token_hex(32),
        code_hash=secrets.token_hex(32),
        expires_at=p.at + DAY,
        used_at=p.at,
    )
    p.keys["token"] = f"{p.clinic.pk}-{secrets.token_urlsafe(32)}"


def _post(p: Planter) -> None:
    p.put(
        ContactWish,
        by=p.signs_in,
        channel="mail",
        kinds=["weather"],
        time_zone="UTC",
        quiet_from=time(21),
        quiet_until=time(8),
    )
    link = make_link(
        at=p.at, patient=p.patient, purpose=Opens.CHECK_IN, open_for=timedelta(hours=6)
    )
    message = Message.objects.create(
        clinic=p.clinic,
        message_id=uuid.uuid4(),
        patient=p.patient,
        kind="weather",
        once=f"weather/{p.patient.pk}",
        reminds=True,
        address="larch@example.org",
        subject="Something from your plan",
        text="There is a short question for you: {link}",
        opens=WINDOW_LINK,
        opens_key=link.key,
        opens_hash=link.link_hash,
        queued_at=p.at,
        due_at=p.at,
        useless_at=p.at + HOUR,
        gave_up_at=p.at,
    )
    p.keys["message_key"] = message.key


def _request(p: Planter, **given: Any) -> AppointmentRequest:
    stand_in(clinic_id=p.clinic.pk, user_id=None)
    words = ("name", "contact", "safe_times", "brings", "access_needs")
    return AppointmentRequest.objects.create(
        clinic=p.clinic,
        reference=f"R-{p.code}",
        for_whom="alone",
        received_at=p.at - 21 * DAY,
        **{name: p.word("appointment_request") for name in words},
        **given,
    )


def _bookings(p: Planter) -> None:
    place = list(p.world.patients).index(p.code)
    starts = p.at + DAY + 5 * place * MINUTE
    p.appointment = p.put(
        Appointment,
        kind="integration",
        modality="ifs",
        room=p.room,
        with_user=p.author,
        starts_at=starts,
        ends_at=starts + 5 * MINUTE,
    )
    p.put(
        Appointment,
        kind="preparation",
        room=p.room,
        starts_at=p.at + 10 * MINUTE,
        ends_at=p.at + 40 * MINUTE,
    )
    p.put(
        Appointment,
        kind="call",
        starts_at=starts + DAY,
        ends_at=starts + DAY + 5 * MINUTE,
        cancelled_at=p.at,
        cancel_reason=p.word("appointment"),
    )
    p.keys["appointment_key"] = p.appointment.key


def _traces(p: Planter) -> None:
    stand_in(clinic_id=p.clinic.pk, user_id=p.author.pk)
    AccessEntry.objects.create(
        clinic_id=p.clinic.pk,
        at=p.at - DAY,
        by=p.author.username,
        by_id=p.author.pk,
        role=p.author.role,
        relation="team",
        record_class="measure",
        action="read",
        subjects=[p.patient.pk],
        address=p.word("audit_log"),
        allowed=False,
        reason=p.word("access_log"),
    )
    AuditEntry.objects.create(
        clinic_id=p.clinic.pk,
        at=p.at - DAY,
        by=p.author.username,
        by_id=p.author.pk,
        deed="note-written",
        record=p.word("audit_log"),
        subjects=[p.patient.pk],
    )
    for reviewed in (False, True):
        glass = BrokenGlass.objects.create(
            clinic=p.clinic,
            user=p.author,
            patient=p.patient,
            reason_code="cover",
            reason=p.word("break_glass"),
            opened_at=p.at - 9 * DAY,
            expires_at=p.at - 9 * DAY + HOUR,
            review_due_at=p.at,
        )
        if reviewed:
            GlassReview.objects.create(
                clinic=p.clinic,
                glass=glass,
                was_justified=True,
                comment=p.word("break_glass"),
                reviewed_by=p.author,
                reviewed_at=p.at,
            )
    p.keys["glass_key"] = glass.key


def plant_joint(world: World) -> dict[str, Any]:
    """Write what is about a couple: an appointment, the chart's note, the sealed note."""
    p = Planter(world, "own")
    p.code = "joint"
    stand_in(clinic_id=p.clinic.pk, user_id=None)
    p.subjects = subjects_for([world.patients["own"], world.patients["partner"]])
    appointment = p.put(
        Appointment,
        kind="integration",
        room=p.room,
        with_user=p.author,
        starts_at=p.at + 3 * DAY,
        ends_at=p.at + 3 * DAY + HOUR,
    )
    note = p.put(
        ProgressNote,
        modality="reflection",
        fields={"noticed": p.word("progress_note")},
        started_at=p.at - 5 * HOUR,
        ended_at=p.at - 4 * HOUR,
        signed_at=p.at,
    )
    sealed = p.put(PsychotherapyNote, appointment=appointment, written_at=p.at)
    return {
        "appointment_key": appointment.key,
        "note_key": note.key,
        "sealed_key": sealed.key,
    }


def plant_newcomer(world: World, code: str, slug: str) -> dict[str, Any]:
    """Write the request of somebody who is no patient yet."""
    p = Planter(world, "own" if slug == "oak" else "far")
    p.code = code
    stock = records_drugs.plant_stock(world, slug)
    someone = world.users["nurse-clinic" if slug == "oak" else "far-therapist"]
    house = {"user_key": someone.key, "room_key": world.rooms[slug].key}
    return {"request_key": _request(p).key, "clinic_slug": slug, **stock, **house}
