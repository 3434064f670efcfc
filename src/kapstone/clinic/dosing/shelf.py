"""
What charts are read from.

A part is loaded when the first chart asks for it, then for every session on the shelf: a page
that shows ten sessions asks the database as often as a page that shows one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from kapstone.clinic.consent.queries import ConsentInForce, consent_state_of_each
from kapstone.clinic.dosing.models import (
    CheckAnswer,
    DoseGiven,
    DoseOrder,
    DosingSession,
    SessionEntry,
    SessionSignature,
)
from kapstone.clinic.measures.models import SafetyCall
from kapstone.clinic.measures.queries import safety_calls_open_each
from kapstone.clinic.screening.queries import Eligibility, eligibility_of_each
from kapstone.core.people.models import Patient

Row = TypeVar("Row", SessionEntry, CheckAnswer, SessionSignature)


class Shelf:
    """The rows behind the charts of some sessions, as they stand at a moment."""

    def __init__(self, sessions: Sequence[DosingSession], at: datetime) -> None:
        self.sessions = sessions
        self.at = at

    def only(self, sessions: Sequence[DosingSession]) -> Shelf:
        """Give a shelf of some of these sessions, with what lies here already."""
        part = Shelf(sessions, self.at)
        here = ("entries", "answers", "signatures")
        vars(part).update({name: vars(self)[name] for name in here if name in vars(self)})
        return part

    @property
    def patients(self) -> list[Patient]:
        """List whose sessions these are."""
        return [session.subjects.only_patient for session in self.sessions]

    @cached_property
    def entries(self) -> Mapping[int, Sequence[SessionEntry]]:
        """Give what was written in each session, in the order it was observed."""
        rows = SessionEntry.objects.filter(session__in=self.sessions)
        return _by_session(
            rows.select_related("recorded_by", "supersedes").order_by("observed_at", "pk")
        )

    @cached_property
    def answers(self) -> Mapping[int, Sequence[CheckAnswer]]:
        """Give every answer to a check of each session, the oldest first."""
        rows = CheckAnswer.objects.filter(session__in=self.sessions)
        return _by_session(rows.select_related("recorded_by").order_by("answered_at", "pk"))

    @cached_property
    def signatures(self) -> Mapping[int, Sequence[SessionSignature]]:
        """Give every signature of each session, the oldest first."""
        rows = SessionSignature.objects.filter(session__in=self.sessions)
        return _by_session(rows.select_related("recorded_by").order_by("signed_at", "pk"))

    @cached_property
    def orders(self) -> Mapping[tuple[int, int], DoseOrder]:
        """Give the order in force for each dose, by its course and its number."""
        courses = {session.course_id for session in self.sessions}
        rows = DoseOrder.objects.filter(course__in=courses, revoked_at__isnull=True)
        found: dict[tuple[int, int], DoseOrder] = {}
        for row in rows.select_related("recorded_by").order_by("-signed_at", "-pk"):
            found.setdefault((row.course_id, row.number), row)
        return found

    @cached_property
    def dose_times(self) -> Mapping[int, Sequence[tuple[int, datetime]]]:
        """Give, by their set of one, each patient's standing doses: the session, and when."""
        alone = [patient.alone_id for patient in self.patients]
        rows = DoseGiven.objects.filter(
            subjects_id__in=alone, corrected_by__isnull=True, amount_mg__gt=0
        ).order_by("given_at", "pk")
        found = defaultdict[int, list[tuple[int, datetime]]](list)
        for subjects, session, given in rows.values_list(
            "subjects_id", "session_id", "given_at"
        ):
            found[subjects].append((session, given))
        return found

    @cached_property
    def consents(self) -> Mapping[int, ConsentInForce | None]:
        """Give the consent in force of each patient, by id."""
        states = consent_state_of_each(self.patients, self.at)
        return {patient: state.in_force for patient, state in states.items()}

    @cached_property
    def eligibility(self) -> Mapping[int, Eligibility]:
        """Say of each patient, by id, whether they may be given ketamine at all."""
        return eligibility_of_each(self.patients, self.at)

    @cached_property
    def calls(self) -> Mapping[int, Sequence[SafetyCall]]:
        """Give the safety calls still to be made to each patient, by id."""
        return safety_calls_open_each(self.patients, self.at)


def _by_session(rows: Iterable[Row]) -> Mapping[int, Sequence[Row]]:
    found = defaultdict[int, list[Row]](list)
    for row in rows:
        found[row.session_id].append(row)
    return found
