"""
Write what a tablet sent: into the record, or beside it; never thrown away, never twice.

Called inside an act's transaction that holds the session. What needs nothing but its own row is
written in one statement; a dose, a correction, an answer and a verification each look at the
record first. A rule that speaks against a dose flags it and does not stop it: it was given.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import DataError, IntegrityError, transaction
from django.db.models import Model
from psycopg.errors import UniqueViolation

from kapstone.clinic.dosing.entries import (
    Answer,
    Change,
    Correction,
    Dose,
    Kind,
    Payload,
    State,
    Vitals,
    as_json,
)
from kapstone.clinic.dosing.models import DosingSession, SessionEntry
from kapstone.clinic.dosing.queries import chart_of
from kapstone.clinic.dosing.reading import read_payload
from kapstone.clinic.dosing.rules import check_dose, check_vitals
from kapstone.clinic.dosing.steps import Stamp, entry_row
from kapstone.clinic.dosing.sync.envelope import Event, as_wire, at_ms
from kapstone.clinic.dosing.sync.judging import WORDS, Verdict
from kapstone.clinic.dosing.sync.outbox import Standing
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
from kapstone.clinic.drugs.models import Draw
from kapstone.core.audit.actions import noted
from kapstone.core.audit.models import AuditEntry
from kapstone.core.audit.together import insert_all
from kapstone.core.people.models import User
from kapstone.errors import (
    Finding,
    InvalidInput,
    NotAllowed,
    Refused,
    Stale,
    Weight,
)

MOST_WORDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who opened the room on this tablet, and what they may do here now."""

    user: User
    may_write: bool
    may_amend: bool


@dataclass(slots=True, kw_only=True)
class Landing:
    """One batch on its way into one session."""

    by: User
    at: datetime
    session: DosingSession
    patient_id: int
    people: Mapping[UUID, Person]
    written: Mapping[UUID, SessionEntry]  # with these ids already, by a form of the page
    next_no: int
    payloads: dict[UUID, Payload] = field(default_factory=dict)
    plain: list[tuple[Verdict, SessionEntry]] = field(default_factory=list)
    landed: list[tuple[Verdict, SessionEntry | None]] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    sent_by: str = field(init=False)

    def __post_init__(self) -> None:
        """Read the sender's name once, not once an event."""
        self.sent_by = self.by.username

    # --- Before anything is judged

    def check(self, event: Event) -> tuple[str, str] | None:
        """Say what is wrong with an event's kind or payload."""
        try:
            payload = read_payload(event.kind, event.payload)
            self.payloads[event.event_id] = payload
            self._check(event, payload)
        except InvalidInput as wrong:
            code = "unreadable" if event.kind in list(Kind) else "unknown-kind"
            return code, str(wrong)[:MOST_WORDS]
        except Refused as refusal:
            return refusal.findings[0].code, str(refusal)[:MOST_WORDS]
        return None

    def _check(self, event: Event, payload: Payload) -> None:
        if (payload.kind is Kind.CORRECTION) != (event.supersedes is not None):
            raise InvalidInput({"": "A correction, and nothing else, names what it corrects."})
        known = self.written.get(event.event_id)
        if known is not None and not self._is_same(known, payload):
            raise Refused([Finding("id-reused", Weight.BLOCK, WORDS["id-reused"])])
        if isinstance(payload, Dose) and payload.amount_mg <= 0:
            raise InvalidInput({"amount_mg": "Amount in mg: more than 0."})
        person = self.people[event.actor]
        if isinstance(payload, State):
            check_state(payload, person.user)
        if isinstance(payload, Correction) and person.may_write and not person.may_amend:
            words = "Whoever made this may write here, but not correct."
            raise Refused([Finding("not-allowed", Weight.BLOCK, words)])

    def _is_same(self, row: SessionEntry, payload: Payload) -> bool:
        same = (row.kind, row.payload) == (payload.kind, as_json(payload))
        return same and row.session_id == self.session.pk

    # --- Writing

    def land(self, verdicts: Iterable[Verdict]) -> None:
        """Write what is new, in its order; ``landed`` and ``audit`` say what became of it."""
        for verdict in verdicts:
            if verdict.standing.is_at_the_server and not verdict.is_again:
                self._land_one(verdict)
        self._flush()

    def _land_one(self, verdict: Verdict) -> None:
        event = verdict.event
        if verdict.standing is Standing.HELD:
            self._hold(verdict, verdict.code, verdict.words)
            return
        known = self.written.get(event.event_id)
        if known is not None:
            self.landed.append((replace(verdict, commit_no=known.commit_no), known))
            return
        payload = self.payloads[event.event_id]
        if isinstance(payload, Vitals) and list(check_vitals(payload)):
            verdict = _flagged(verdict, "unconfirmed")
        if _looks_first(payload):
            self._flush()
            self._land_alone(verdict, payload)
        else:
            self.plain.append((verdict, self._row(event, payload)))

    def _row(self, event: Event, payload: Payload) -> SessionEntry:
        row = entry_row(
            by=self.people[event.actor].user,
            at=self.at,
            session=self.session,
            payload=payload,
            stamp=Stamp(
                entry_id=event.event_id,
                observed_at=at_ms(event.observed_ms),
                device_at=at_ms(event.wall_ms),
                device_id=str(event.device_id),
                device_seq=event.device_seq,
            ),
        )
        row.commit_no, self.next_no = self.next_no, self.next_no + 1
        return row

    def _flush(self) -> None:
        """Write the rows that wait, in one statement; one by one if an id clashes unseen."""
        waiting, self.plain = self.plain, []
        if not waiting:
            return
        try:
            with transaction.atomic():
                insert_all([row for _, row in waiting])
            for verdict, row in waiting:
                self._landed(verdict, row, "entry-written")
        except (IntegrityError, DataError):
            self.next_no -= len(waiting)
            for verdict, _ in waiting:
                self._land_alone(verdict, self.payloads[verdict.event.event_id])

    def _land_alone(self, verdict: Verdict, payload: Payload) -> None:
        """Write one event that looks at the record first; hold it if that speaks against it."""
        number = self.next_no
        try:
            with transaction.atomic():
                self._write_alone(verdict, payload)
            return
        except IntegrityError as clash:
            if not isinstance(clash.__cause__, UniqueViolation):
                raise
            code, words = "id-reused", WORDS["id-reused"]
        except DataError:
            code, words = "unreadable", "A number is larger than the record can keep."
        except InvalidInput as wrong:
            code, words = "unreadable", str(wrong)
        except Refused as refusal:
            code, words = refusal.findings[0].code, str(refusal)
        self.next_no = number
        self._hold(verdict, code, words)

    def _write_alone(self, verdict: Verdict, payload: Payload) -> None:
        row = self._row(verdict.event, payload)
        match payload:
            case Dose():
                self._write_dose(verdict, row, payload)
            case Correction():
                self._write_correction(verdict, row, payload)
            case Answer():
                self._write_answer(verdict, row, payload)
            case _:
                if isinstance(payload, State) and payload.change is Change.VERIFY:
                    self._refuse_own(row, payload)
                row.save(force_insert=True)
                self._landed(verdict, row, "entry-written")

    def _write_dose(self, verdict: Verdict, row: SessionEntry, dose: Dose) -> None:
        chart = chart_of(self.session, self.at)
        if dose.witness_id is not None:  # offline nobody proves that they stood beside
            verdict = _flagged(verdict, "witness-unproven")
            dose = replace(dose, witness_id=None)
            row.payload = as_json(dose)
        given_at, draw = min(row.observed_at, self.at), draw_named(self.session, dose)
        findings = check_dose(dose_facts(chart, dose, given_at, row.recorded_by, None, draw))
        verdict = _flagged(verdict, *(finding.code for finding in findings))
        row.save(force_insert=True)
        draw, flags = self._take(draw, verdict, row, dose)
        verdict = _flagged(verdict, *flags)
        weight = chart.order.weight_kg if chart.order else Decimal(0)
        given = write_dose(
            by=row.recorded_by, at=self.at, entry=row, dose=dose, weight_kg=weight, draw=draw
        )
        self._landed(verdict, row, "entry-written")
        self.note(
            row.recorded_by,
            "dose-given",
            given,
            amount_mg=str(dose.amount_mg),
            passed_over=list(verdict.flags),
        )

    def _take(
        self, draw: Draw | None, verdict: Verdict, row: SessionEntry, dose: Dose
    ) -> tuple[Draw | None, tuple[str, ...]]:
        """
        Take a dose out of the draw that it names, or say why the drug log could not.

        What stands against it never holds the dose: it was given, and is booked afterwards.
        """
        missing = () if "not-drawn" in verdict.flags else ("not-drawn",)
        if draw is None:
            return None, missing if dose.draw is None else ("draw-unknown", *missing)
        if "drawn-as-another" in verdict.flags:
            return None, missing
        try:
            with transaction.atomic():
                take_from(
                    draw,
                    by=row.recorded_by,
                    at=self.at,
                    entry=row,
                    amount_mg=dose.amount_mg,
                )
        except (InvalidInput, NotAllowed, Refused, Stale):
            return None, ("draw-refused", *missing)
        return draw, ()

    def _write_correction(
        self, verdict: Verdict, row: SessionEntry, payload: Correction
    ) -> None:
        old = self._entry(verdict.event.supersedes or UUID(int=0))
        instead = payload.instead
        of = check_correction(old, payload.mistake, instead, payload.detail)
        if of is not payload.of:
            raise InvalidInput({"of": f"That entry is of kind {of}."})
        refuse_if_corrected(old)
        if isinstance(instead, Vitals) and list(check_vitals(instead)):
            verdict = _flagged(verdict, "unconfirmed")
        row.supersedes = old
        row.save(force_insert=True)
        if of is Kind.DOSE:
            correct_dose(by=row.recorded_by, at=self.at, old=old, new=row, instead=instead)
        self._landed(verdict, row, "entry-corrected")

    def _write_answer(self, verdict: Verdict, row: SessionEntry, answer: Answer) -> None:
        crossings = chart_of(self.session, self.at).record.crossings
        if (answer.entry, answer.parameter) not in {
            (one.entry, one.parameter) for one in crossings
        }:
            verdict = _flagged(verdict, "no-such-crossing")
        row.save(force_insert=True)
        self._landed(verdict, row, "entry-written")

    def _refuse_own(self, row: SessionEntry, state: State) -> None:
        if self._entry(UUID(state.item)).recorded_by_id == row.recorded_by_id:
            words = "A second person compares an entry with the paper, not whoever wrote it."
            raise Refused([Finding("second-person", Weight.BLOCK, words)])

    def _entry(self, entry_id: UUID) -> SessionEntry:
        rows = SessionEntry.objects.filter(session=self.session, entry_id=entry_id)
        row = rows.select_related("recorded_by", "supersedes").first()
        if row is None:
            words = "There is no such entry in this session."
            raise Refused([Finding("unknown-entry", Weight.BLOCK, words)])
        return row

    # --- What came of it

    def _hold(self, verdict: Verdict, code: str, words: str) -> None:
        held = replace(
            verdict, standing=Standing.HELD, code=code, words=words[:MOST_WORDS], flags=()
        )
        self.landed.append((held, None))

    def _landed(self, verdict: Verdict, row: SessionEntry, deed: str) -> None:
        self.landed.append((replace(verdict, commit_no=row.commit_no), row))
        self.note(row.recorded_by, deed, row, kind=row.kind, sent_by=self.sent_by)

    def note(self, by: User, deed: str, record: Model, **detail: object) -> None:
        """Add an entry to what the audit trail will be told."""
        self.audit.append(
            noted(
                by=by,
                at=self.at,
                deed=deed,
                record=record,
                clinic_id=self.session.clinic_id,
                subjects=[self.patient_id],
                **detail,
            )
        )


def _looks_first(payload: Payload) -> bool:
    verifies = isinstance(payload, State) and payload.change is Change.VERIFY
    return verifies or isinstance(payload, (Dose, Correction, Answer))


def _flagged(verdict: Verdict, *flags: str) -> Verdict:
    return replace(verdict, flags=(*verdict.flags, *flags))


def receipts_of(landing: Landing, mark: int) -> Iterator[dict[str, object]]:
    """Give the columns of the receipt of each event that landed, not written yet."""
    session = landing.session
    shared = {
        "clinic_id": session.clinic_id,
        "subjects_id": session.subjects_id,
        "recorded_at": landing.at,
        "recorded_by_id": landing.by.pk,
        "session_id": session.pk,
        "mark": mark,
    }
    actors = {key: person.user.pk for key, person in landing.people.items()}
    for verdict, entry in landing.landed:
        event = verdict.event
        yield shared | {
            "device_id": event.device_id,
            "device_seq": event.device_seq,
            "event_id": event.event_id,
            "fingerprint": verdict.fingerprint,
            "prev_hash": event.prev_hash,
            "actor_id": actors.get(event.actor),
            "authenticated": event.authenticated,
            "source": event.source,
            "is_hand_timed": event.is_hand_timed,
            "wall_ms": event.wall_ms,
            "mono_ms": event.mono_ms,
            "epoch_id": event.epoch_id,
            "offset_ms": event.offset_ms,
            "unc_ms": event.unc_ms,
            "client_version": event.client_version,
            "lease": event.lease,
            "knows": event.knows,
            "status": verdict.standing,
            "code": verdict.code,
            "words": verdict.words,
            "flags": verdict.flags,
            "entry_id": entry.pk if entry else None,
            "sent": as_wire(event) if entry is None else None,
        }
