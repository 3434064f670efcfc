"""Plant the course, the day of the dose, and what comes after it."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from tests.core.access.sweep.planter import Planter, share, take_back
from tests.core.access.sweep.world import DAY, HOUR

from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.models import (
    AdverseEvent,
    AdverseEventReview,
    CheckAnswer,
    DoseGiven,
    DoseLease,
    DoseOrder,
    DosingSession,
    EventReceipt,
    HeldDecision,
    HomeLetter,
    RoomDevice,
    SessionEntry,
    SessionSignature,
)
from kapstone.clinic.integration.models import Commitment, ProgressNote, PsychotherapyNote
from kapstone.clinic.outcomes.models import CourseReview
from kapstone.clinic.practice.models import (
    CheckIn,
    ForkWalk,
    JournalEntry,
    PracticeLog,
    PracticePlan,
)
from kapstone.clinic.preparation.models import Fork, Intention, PreparationCheck

VITALS = {
    "systolic_mmhg": 128,
    "diastolic_mmhg": 78,
    "heart_rate_per_min": 72,
    "spo2_percent": 98,
    "alertness": 5,
}
LIVE = "other"  # whose second session is going on; the others' waits at the gate
MINUTE = timedelta(minutes=1)


def course(p: Planter) -> None:
    """A course that ended and one that is open, with its intention, fork and review."""
    common = {"indication": "depression", "programme": "kap-im-weekly", "planned_sessions": 6}
    p.put(
        Course,
        started_at=p.at - 400 * DAY,
        ended_at=p.at - 300 * DAY,
        end_reason=p.word("course"),
        **common,
    )
    p.course = p.put(Course, started_at=p.at - 20 * DAY, **common)
    p.put(Intention, by=p.signs_in, course=p.course, category="unsure", set_at=p.at - 15 * DAY)
    p.fork = p.put(Fork, by=p.signs_in, course=p.course, named_at=p.at - 15 * DAY)
    p.put(
        PreparationCheck,
        course=p.course,
        number=2,
        item="playlist",
        value=p.word("preparation"),
        checked_at=p.at,
    )
    p.put(
        CourseReview,
        course=p.course,
        point="middle",
        figures={},
        decision="go-on",
        patient_agrees=True,
        decided_at=p.at,
    )
    p.keys |= {"course_key": p.course.key, "fork_key": p.fork.key}


def dosing(p: Planter) -> None:
    """One session that is over, and one of today: at the gate, or for one patient going on."""
    given = p.at - 30 * HOUR
    before = _session(p, 1, given)
    _dose(p, before, given)
    for meaning in ("gate", "discharge"):
        _sign(p, before, meaning, given)
    p.put(
        SessionEntry,
        session=before,
        kind="state",
        payload={"change": "room", "item": "went-home", "value": ""},
        observed_at=given + 3 * HOUR,
        device_at=given + 3 * HOUR,
    )
    event = p.put(
        AdverseEvent,
        session=before,
        term="nausea",
        grade=1,
        began_at=given,
    )
    p.put(
        AdverseEventReview,
        event=event,
        relatedness="possible",
        is_expected=True,
        outcome="resolved",
        is_closed=False,
        reviewed_at=given + HOUR,
    )
    p.put(
        HomeLetter,
        session=before,
        sheet="standard.v1",
        text_sha256="0" * 64,
        given_at=given + 3 * HOUR,
    )
    today = _session(p, 2, p.at - HOUR if p.code == LIVE else p.at + HOUR)
    _sign(p, today, "gate", p.at - HOUR)
    _tablet(p, today)
    if p.code == LIVE:
        _dose(p, today, p.at - 40 * MINUTE)
    p.keys |= {
        "number": 2,
        "session_key": today.key,
        "event_id": event.entry_id,
        "dosing:record.session_key": before.key,
        "dosing:record_pdf.session_key": before.key,
        "dosing:correct.session_key": before.key,
    }


def _session(p: Planter, number: int, planned: datetime) -> DosingSession:
    order = p.put(
        DoseOrder,
        course=p.course,
        number=number,
        product="racemic",
        route="IM",
        amount_mg=p.amount,
        max_session_mg=p.amount,
        weight_kg=p.weight,
        weighed_at=planned - DAY,
        rationale="start-low",
        signed_at=planned - HOUR,
    )
    session = p.put(
        DosingSession, course=p.course, number=number, order=order, planned_at=planned
    )
    p.put(
        CheckAnswer,
        session=session,
        phase="gate",
        check_code="G3",
        value={"still_wants": True},
        lift_reason="",
        answered_at=planned,
    )
    p.put(
        CheckAnswer,
        session=session,
        phase="gate",
        check_code="G13",
        value={"name": p.word("dosing_session"), "phone": "555 0101", "confirmed": True},
        answered_at=planned,
    )
    return session


def _tablet(p: Planter, session: DosingSession) -> None:
    """A tablet that holds the dose lease, and an event that waits for a person to look."""
    device = uuid4()
    p.put(RoomDevice, session=session, device_id=device, storage="persistent")
    p.put(
        DoseLease,
        session=session,
        number=1,
        device_id=device,
        order=session.order,
        most_mg=p.amount,
        granted_at=p.at - HOUR,
        expires_at=p.at + HOUR,
    )
    _held(p, session, device, 1)
    p.put(
        HeldDecision,
        session=session,
        receipt=_held(p, session, device, 2, looked_at=p.at),
        decision="set-aside",
        reason=p.word("dosing_session"),
    )


def _held(
    p: Planter, session: DosingSession, device: UUID, number: int, **more: object
) -> EventReceipt:
    said = {"speaker": "patient", "text": p.word("dosing_session")}
    looked_by = {"looked_by": session.recorded_by} if more else {}
    return p.put(
        EventReceipt,
        session=session,
        device_id=device,
        device_seq=number,
        mark=number,
        event_id=uuid4(),
        fingerprint=f"{number:064x}",
        prev_hash="0" * 64,
        source="room",
        is_hand_timed=False,
        wall_ms=0,
        mono_ms=0,
        status="held",
        code="future-time",
        words=p.word("dosing_session"),
        sent={"kind": "note", "payload": said, "observed_at": f"{p.at:%Y-%m-%dT%H:%M:%S}.000Z"},
        **looked_by,
        **more,
    )


def _sign(p: Planter, session: DosingSession, meaning: str, at: datetime) -> None:
    p.put(SessionSignature, session=session, meaning=meaning, role="therapist", signed_at=at)


def _dose(p: Planter, session: DosingSession, given: datetime) -> None:
    def entry(kind: str, payload: dict[str, object], minute: int) -> SessionEntry:
        at = given + minute * MINUTE
        return p.put(
            SessionEntry,
            session=session,
            kind=kind,
            payload=payload,
            observed_at=at,
            device_at=at,
        )

    entry("vitals", VITALS, -5)
    said = entry("note", {"speaker": "patient", "text": p.word("dosing_session")}, 10)
    entry("event", {"event": "other", "detail": p.word("dosing_session")}, 12)
    dose = entry("dose", {"product": "racemic", "route": "IM", "amount_mg": str(p.amount)}, 0)
    p.put(
        DoseGiven,
        session=session,
        entry=dose,
        product="racemic",
        route="IM",
        amount_mg=p.amount,
        weight_kg=p.weight,
        given_at=given,
    )
    p.keys["entry_id"] = said.entry_id if session.number == 1 else p.keys["entry_id"]


def after(p: Planter) -> None:
    """Notes, commitments, walks, practices and check-ins."""
    progress = p.put(
        ProgressNote,
        appointment=p.appointment,
        modality="ifs",
        fields={"parts": p.word("progress_note")},
        started_at=p.at - 3 * HOUR,
        ended_at=p.at - 2 * HOUR,
        signed_at=p.at,
    )
    commitment = p.put(Commitment, note=progress, fork=p.fork)
    sealed = p.put(PsychotherapyNote, written_at=p.at)
    walk = p.put(
        ForkWalk,
        by=p.signs_in,
        fork=p.fork,
        which="new",
        walked_at=p.at - HOUR,
        device_at=p.at,
    )
    p.put(PracticePlan, practice="breathe", agreed_at=p.at)
    p.put(
        PracticeLog,
        by=p.signs_in,
        practice="breathe",
        minutes=5,
        done_at=p.at,
        device_at=p.at,
    )
    p.put(
        CheckIn,
        by=p.signs_in,
        day=p.at.date(),
        weather="fog",
        checked_in_at=p.at,
        device_at=p.at,
    )
    p.keys |= {
        "note_key": progress.key,
        "commitment_id": commitment.entry_id,
        "sealed_key": sealed.key,
        "walk_id": walk.entry_id,
        "practice": "breathe",
        "modality": "reflection",
    }


def journal(p: Planter) -> None:
    """A private entry, one shared with the team, and one that was shared and is no longer."""
    for record_class in ("journal_private", "journal_shared", "journal_private"):
        entry = p.put(
            JournalEntry,
            by=p.signs_in,
            holds=record_class,
            written_at=p.at,
            device_at=p.at,
        )
        if record_class == "journal_shared":
            share(p, entry, "journal_shared", "team")
    take_back(p, share(p, entry, "journal_shared", "team"))
    p.keys["entry_key"] = entry.key
    # A grant to the partner that was taken back opens nothing.
    take_back(p, share(p, p.fork, "trail", "partner"))
