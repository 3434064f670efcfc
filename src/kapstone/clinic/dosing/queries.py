"""
What stands in the record of the day of the dose.

A session is loaded whole, in a fixed number of queries, as one ``Chart``; everything a page
shows is read from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet

from kapstone.clinic.consent.queries import ConsentInForce
from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.entries import Change, Kind
from kapstone.clinic.dosing.facts import gate_facts, given_of, home_facts
from kapstone.clinic.dosing.gate import Gate, judge_gate
from kapstone.clinic.dosing.gate_facts import Given
from kapstone.clinic.dosing.going_home import GoingHome, judge_going_home
from kapstone.clinic.dosing.held import held_in
from kapstone.clinic.dosing.letters import letter_of
from kapstone.clinic.dosing.models import (
    AdverseEvent,
    CheckAnswer,
    DoseGiven,
    DoseOrder,
    DosingSession,
    HomeLetter,
    SessionEntry,
    SessionSignature,
)
from kapstone.clinic.dosing.reading import read_payload
from kapstone.clinic.dosing.record import Record, Stage, Written, read_record
from kapstone.clinic.dosing.shelf import Shelf
from kapstone.clinic.measures.models import SafetyCall
from kapstone.clinic.screening.queries import Eligibility
from kapstone.core.people.models import EmergencyCard, Patient

ACROSS_MIDNIGHT = timedelta(hours=6)  # judgement: one evening's work at the gate
_Row = TypeVar("_Row")
_WENT = Q(kind=Kind.STATE, payload__change=Change.ROOM, payload__item="went-home")


def patient_of(record: DosingSession | DoseOrder | Course) -> Patient:
    """Give the one patient that a session, an order or a course is about."""
    return record.subjects.only_patient


# --- Doses and orders


def doses_standing(patients: Iterable[Patient]) -> QuerySet[DoseGiven]:
    """List the doses of these patients that stand, the oldest first, in one query."""
    alone = [patient.alone_id for patient in patients]
    return (
        DoseGiven.objects.filter(
            subjects_id__in=alone, corrected_by__isnull=True, amount_mg__gt=0
        )
        .select_related("session")
        .order_by("given_at", "pk")
    )


def doses_in(session: DosingSession) -> tuple[DoseGiven, ...]:
    """List the doses of a session that stand, the oldest first."""
    rows = session.doses.filter(corrected_by__isnull=True, amount_mg__gt=0)
    return tuple(rows.order_by("given_at", "pk"))


def order_in_force(course: Course, number: int) -> DoseOrder | None:
    """Give the order signed for one dose of a course, if it was not taken back."""
    return (
        DoseOrder.objects.filter(course=course, number=number, revoked_at__isnull=True)
        .select_related("recorded_by")
        .order_by("-signed_at", "-pk")
        .first()
    )


def orders_of(course: Course) -> QuerySet[DoseOrder]:
    """List every order of a course, the newest first; those taken back are here too."""
    return (
        DoseOrder.objects.filter(course=course)
        .select_related("recorded_by")
        .order_by("-signed_at", "-pk")
    )


def emergency_card_of(patient: Patient) -> EmergencyCard | None:
    """Give the newest emergency card."""
    cards = EmergencyCard.objects.filter(subjects_id=patient.alone_id)
    return cards.order_by("-recorded_at", "-pk").first()


def adverse_events_of(session: DosingSession) -> QuerySet[AdverseEvent]:
    """List the adverse events of a session, in the order they began."""
    return session.adverse_events.select_related("recorded_by").order_by("began_at", "pk")


# --- Sessions


def sessions_of(course: Course) -> QuerySet[DosingSession]:
    """List the sessions of a course in the order they are planned."""
    return (
        DosingSession.objects.filter(course=course)
        .select_related("course", "clinic", "subjects__only_patient", "appointment__room")
        .order_by("planned_at", "pk")
    )


def sessions_about(patient: Patient) -> QuerySet[DosingSession]:
    """List every session of a patient, in any course, the newest first."""
    return (
        DosingSession.objects.filter(subjects_id=patient.alone_id)
        .select_related("course", "clinic", "subjects__only_patient", "appointment__room")
        .order_by("-planned_at", "-pk")
    )


def session_states(sessions: Sequence[DosingSession]) -> Mapping[int, Stage]:
    """Say how far each of these sessions has come, by its id; one query for all of them."""
    rows = DosingSession.objects.filter(pk__in=[session.pk for session in sessions])
    return {session.pk: stage for session, stage in staged(rows)}


def staged(sessions: QuerySet[DosingSession]) -> list[tuple[DosingSession, Stage]]:
    """Load these sessions, each with how far it has come; one query."""
    doses = DoseGiven.objects.filter(
        session=OuterRef("pk"), corrected_by__isnull=True, amount_mg__gt=0
    )
    answers = CheckAnswer.objects.filter(session=OuterRef("pk"))
    signed = SessionSignature.objects.filter(session=OuterRef("pk")).order_by()
    went = SessionEntry.objects.filter(_WENT, session=OuterRef("pk"))
    rows = sessions.annotate(
        meanings=ArraySubquery(signed.values("meaning")),
        went_home=Exists(went.filter(superseded_by__isnull=True)),
        is_dosed=Exists(doses),
        is_begun=Exists(answers),
    )
    return [(row, _stage(row)) for row in rows]


def session_state(session: DosingSession) -> Stage:
    """Say how far a session has come."""
    return session_states([session])[session.pk]


def _stage(row: Any) -> Stage:
    meaning = SessionSignature.Meaning
    ladder = (
        (meaning.NOT_TODAY in row.meanings, Stage.NOT_TODAY),
        (meaning.AGAINST_ADVICE in row.meanings, Stage.LEFT),
        (row.went_home, Stage.HOME),
        (row.is_dosed, Stage.DOSED),
        (row.meanings.count(meaning.GATE) >= 2, Stage.READY),
        (row.is_begun, Stage.GATE),
    )
    return next((stage for holds, stage in ladder if holds), Stage.PLANNED)


def written_of(entry: SessionEntry) -> Written:
    """Read one row of the room as what was written."""
    return Written(
        entry=entry.entry_id,
        kind=Kind(entry.kind),
        payload=read_payload(entry.kind, entry.payload),
        observed_at=entry.observed_at,
        device_at=entry.device_at,
        recorded_at=entry.recorded_at,
        by=str(entry.recorded_by),
        role=entry.recorded_by.role,
        device_id=entry.device_id,
        supersedes=entry.supersedes.entry_id if entry.supersedes else None,
    )


def entries_of(session: DosingSession) -> QuerySet[SessionEntry]:
    """List what was written in a session, in the order it was observed."""
    return session.entries.select_related("recorded_by", "supersedes").order_by(
        "observed_at", "pk"
    )


def record_of(session: DosingSession) -> Record:
    """Read the record of a session from its entries, in one query."""
    return read_record([written_of(entry) for entry in entries_of(session)])


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One session as it stands at a moment; each part is loaded once, when first asked for."""

    session: DosingSession
    at: datetime
    shelf: Shelf

    @property
    def patient(self) -> Patient:
        """Give the patient."""
        return patient_of(self.session)

    @cached_property
    def record(self) -> Record:
        """Give the record of the room."""
        return read_record([written_of(row) for row in self._own(self.shelf.entries)])

    def _own(self, rows: Mapping[int, Sequence[_Row]]) -> Sequence[_Row]:
        return rows.get(self.session.pk, ())

    @property
    def order(self) -> DoseOrder | None:
        """Give the order in force for this dose."""
        return self.shelf.orders.get((self.session.course_id, self.session.number))

    @cached_property
    def answers(self) -> Mapping[tuple[str, str], tuple[Given, ...]]:
        """Give every answer to every check, by phase and code, the oldest first."""
        found: dict[tuple[str, str], tuple[Given, ...]] = {}
        for row in self._own(self.shelf.answers):
            key = (row.phase, row.check_code)
            found[key] = (*found.get(key, ()), given_of(row))
        return found

    def answers_in(self, phase: str) -> Mapping[str, tuple[Given, ...]]:
        """Give the answers of one phase, by code."""
        return {code: rows for (one, code), rows in self.answers.items() if one == phase}

    @property
    def signatures(self) -> tuple[SessionSignature, ...]:
        """List every signature, the oldest first."""
        return tuple(self._own(self.shelf.signatures))

    def signed(self, meaning: str) -> tuple[SessionSignature, ...]:
        """List the signatures of one meaning."""
        return tuple(row for row in self.signatures if row.meaning == meaning)

    @cached_property
    def held(self) -> int:
        """Count what tablets sent that waits beside the record for a person's decision."""
        return held_in(self.session).count()

    @cached_property
    def card(self) -> EmergencyCard | None:
        """Give the emergency card."""
        return emergency_card_of(self.patient)

    @property
    def consent(self) -> ConsentInForce | None:
        """Give the consent in force at this moment."""
        return self.shelf.consents[self.patient.pk]

    @property
    def eligibility(self) -> Eligibility:
        """Say whether the patient may be given ketamine at all."""
        return self.shelf.eligibility[self.patient.pk]

    @property
    def calls(self) -> Sequence[SafetyCall]:
        """List the safety calls still to be made to the patient."""
        return self.shelf.calls[self.patient.pk]

    @cached_property
    def letter(self) -> HomeLetter | None:
        """Give the newest letter home."""
        return letter_of(self.session)

    @property
    def earlier_dose_at(self) -> datetime | None:
        """Give when the last dose of any earlier session was given."""
        doses = self.shelf.dose_times.get(self.session.subjects_id, ())
        return next((at for of, at in reversed(doses) if of != self.session.pk), None)

    @property
    def counts_from(self) -> datetime:
        """
        Give the moment from which answers of the gate count.

        It is the beginning of the day of the dose, of "not today", or else of this one. A check
        that was answered just before midnight does not lapse with it.
        """
        first = self.record.first_dose_at
        said = self.signed(SessionSignature.Meaning.NOT_TODAY)
        moment = first or (said[0].signed_at if said else self.at)
        zone = self.session.clinic.zone
        begins = datetime.combine(moment.astimezone(zone).date(), time.min, zone)
        return min(begins, moment - ACROSS_MIDNIGHT)

    @cached_property
    def gate(self) -> Gate:
        """Judge the gate."""
        return judge_gate(gate_facts(self))

    @cached_property
    def going_home(self) -> GoingHome:
        """Judge whether the person may go home."""
        return judge_going_home(home_facts(self))

    @cached_property
    def stage(self) -> Stage:
        """Say how far the session has come, from what the chart has loaded already."""
        meanings = {row.meaning for row in self.signatures}
        meaning = SessionSignature.Meaning
        ladder = (
            (meaning.NOT_TODAY in meanings, Stage.NOT_TODAY),
            (meaning.AGAINST_ADVICE in meanings, Stage.LEFT),
            (self.record.went_home, Stage.HOME),
            (bool(self.record.doses), Stage.DOSED),
            (len(self.signed(meaning.GATE)) >= 2, Stage.READY),
        )
        found = next((stage for holds, stage in ladder if holds), None)
        return found or (Stage.GATE if self.answers else Stage.PLANNED)


def chart_of(session: DosingSession, at: datetime) -> Chart:
    """Open the chart of a session as it stands at a moment."""
    return charts_of(Shelf([session], at))[0]


def charts_of(shelf: Shelf) -> list[Chart]:
    """Open the charts of several sessions; together they ask the database as often as one."""
    return [Chart(session=session, at=shelf.at, shelf=shelf) for session in shelf.sessions]


def gate_of(session: DosingSession, at: datetime) -> Gate:
    """Judge the gate of a session as it stands at a moment."""
    return chart_of(session, at).gate


def going_home_of(session: DosingSession, at: datetime) -> GoingHome:
    """Judge whether the person may go home, as it stands at a moment."""
    return chart_of(session, at).going_home


def session_with(key: UUID) -> DosingSession | None:
    """Find a session by its key, with all that its pages name, in one query."""
    return (
        DosingSession.objects.filter(key=key)
        .select_related("course", "clinic", "subjects__only_patient", "appointment__room")
        .first()
    )


def bare_session_with(key: UUID) -> DosingSession | None:
    """
    Find a session by its key, with its patient and nothing else.

    What a tablet sends each second, and a screen that follows, name nothing else; six tables
    together take PostgreSQL longer to plan than all else that a batch asks of it.
    """
    rows = DosingSession.objects.filter(key=key).select_related("subjects__only_patient")
    return rows.first()


def sessions_visible(
    patients: QuerySet[Patient], since: datetime, until: datetime
) -> QuerySet[DosingSession]:
    """List the sessions of these patients planned from ``since`` and before ``until``."""
    return (
        DosingSession.objects.filter(
            subjects__only_patient__in=patients, planned_at__gte=since, planned_at__lt=until
        )
        .select_related("course", "clinic", "subjects__only_patient", "appointment__room")
        .order_by("planned_at", "pk")
    )
