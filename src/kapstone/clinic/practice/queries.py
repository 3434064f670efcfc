"""Trails, check-ins, practices, and the journal as far as the asker may read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from kapstone.clinic.integration.models import ProgressNote
from kapstone.clinic.practice.models import (
    CheckIn,
    ForkWalk,
    JournalEntry,
    PracticeLog,
    PracticePlan,
)
from kapstone.clinic.practice.trails import LoggedWalk, TrailCurve, TrailFacts, trail_curve
from kapstone.clinic.preparation.models import Fork
from kapstone.clinic.preparation.queries import fork_lines
from kapstone.clinic.window.curve import WindowDose
from kapstone.clinic.window.queries import LIFE, doses_by_patient
from kapstone.core.access.models import SharingGrant
from kapstone.core.access.policy import Action, Mode, Question, decide
from kapstone.core.access.standing import relations_to
from kapstone.core.people.models import Patient, Role, User
from kapstone.core.people.subjects import sets_with


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkCounts:
    """How often each trail was taken, and the fork only noticed."""

    new: int = 0
    old: int = 0
    noticed: int = 0

    @property
    def total(self) -> int:
        """Every time at the fork; noticing counts."""
        return self.new + self.old + self.noticed


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailState:
    """One fork with the strengths of its trails, computed from the log and never stored."""

    fork: Fork
    named_at: datetime  # of the first wording
    curve: TrailCurve
    this_week: WalkCounts
    ever: WalkCounts
    last_walked_at: datetime | None

    @property
    def new(self) -> float:
        """Strength of the new trail now."""
        return self.curve.new_now

    @property
    def old(self) -> float:
        """Strength of the old trail now."""
        return self.curve.old_now


def trails_of(patient: Patient, at: datetime) -> tuple[TrailState, ...]:
    """
    Compute the trails of every standing fork of a patient, from the real log.

    A fork that was reworded keeps the walks of its earlier wordings. A fixed number of queries,
    whatever the number of forks, and one pass of the science for each fork.
    """
    lines = [line for line in fork_lines([patient]) if line[-1].put_away_at is None]
    if not lines:
        return ()
    given = doses_by_patient([patient], since=at - LIFE, until=at).get(patient.pk, ())
    log = _Log(
        walks=_walks([fork.pk for line in lines for fork in line], at),
        sessions=_sessions(patient, at),
        doses=given,
        at=at,
        zone=patient.clinic.zone,
    )
    return tuple(_state(line, log) for line in lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Log:
    walks: Mapping[int, Sequence[LoggedWalk]]
    sessions: Mapping[str, Sequence[datetime]]
    doses: Sequence[WindowDose]
    at: datetime
    zone: ZoneInfo


def fork_last_walked(patient: Patient) -> Fork | None:
    """Give the standing fork that was walked last, or the first one named, if there is any."""
    lines = [line for line in fork_lines([patient]) if line[-1].put_away_at is None]
    if not lines:
        return None
    wording = {fork.pk: line[-1] for line in lines for fork in line}
    last = (
        ForkWalk.objects.filter(fork_id__in=wording, undone_at__isnull=True)
        .order_by("-walked_at", "-pk")
        .first()
    )
    return wording[last.fork_id] if last else lines[0][-1]


def _walks(forks: Iterable[int], at: datetime) -> Mapping[int, list[LoggedWalk]]:
    found: dict[int, list[LoggedWalk]] = defaultdict(list)
    rows = ForkWalk.objects.filter(
        fork_id__in=forks, undone_at__isnull=True, walked_at__lte=at
    ).order_by("walked_at", "pk")
    for fork, which, walked_at in rows.values_list("fork_id", "which", "walked_at"):
        found[fork].append(LoggedWalk(walked_at=walked_at, which=which))
    return found


def _sessions(patient: Patient, at: datetime) -> Mapping[str, list[datetime]]:
    """Give the integration sessions in which each fork was worked on, by the fork's key."""
    found: dict[str, list[datetime]] = defaultdict(list)
    notes = ProgressNote.objects.filter(
        subjects_id__in=sets_with(patient), replaced_by__isnull=True, started_at__lte=at
    ).order_by("started_at")
    for fields, started_at in notes.values_list("fields", "started_at"):
        for key in fields.get("forks", ()):
            found[key].append(started_at)
    return found


def _state(line: Sequence[Fork], log: _Log) -> TrailState:
    walks = sorted(
        (walk for fork in line for walk in log.walks.get(fork.pk, ())),
        key=lambda walk: walk.walked_at,
    )
    worked = [one for fork in line for one in log.sessions.get(str(fork.key), ())]
    named_at = line[0].named_at
    facts = TrailFacts(
        named_at=min([named_at, *(walk.walked_at for walk in walks), *worked]),
        doses=log.doses,
        sessions=worked,
        walks=walks,
        at=log.at,
        zone=log.zone,
    )
    week = log.at - timedelta(days=7)
    return TrailState(
        fork=line[-1],
        named_at=named_at,
        curve=trail_curve(facts),
        this_week=_counts([walk for walk in walks if walk.walked_at > week]),
        ever=_counts(walks),
        last_walked_at=walks[-1].walked_at if walks else None,
    )


def _counts(walks: Sequence[LoggedWalk]) -> WalkCounts:
    which = [walk.which for walk in walks]
    return WalkCounts(
        new=which.count("new"), old=which.count("old"), noticed=which.count("noticed")
    )


def check_ins_of(
    patient: Patient, since: date | None = None, until: date | None = None
) -> tuple[CheckIn, ...]:
    """Give the check-in that stands for each day, earliest first: the newest of a day."""
    rows = CheckIn.objects.filter(subjects_id__in=sets_with(patient))
    if since is not None:
        rows = rows.filter(day__gte=since)
    if until is not None:
        rows = rows.filter(day__lte=until)
    return tuple(rows.order_by("day", "-checked_in_at", "-pk").distinct("day"))


def plans_standing(patient: Patient) -> tuple[PracticePlan, ...]:
    """Give the practices agreed on and not stopped: the newest plan of each."""
    rows = (
        PracticePlan.objects.filter(subjects_id__in=sets_with(patient))
        .order_by("practice", "-agreed_at", "-pk")
        .distinct("practice")
    )
    standing = [plan for plan in rows if plan.stopped_at is None]
    return tuple(sorted(standing, key=lambda plan: (plan.agreed_at, plan.pk)))


def practice_logs_of(
    patient: Patient, since: datetime, until: datetime
) -> QuerySet[PracticeLog]:
    """List the practices done in a stretch of time, the earliest first."""
    return PracticeLog.objects.filter(
        subjects_id__in=sets_with(patient), done_at__gte=since, done_at__lte=until
    ).order_by("done_at", "pk")


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeDays:
    """On how many of the last days a practice was done: consistency, never failure."""

    practice: str
    target: str
    days: tuple[date, ...]
    of: int
    agreed: bool

    @property
    def done(self) -> int:
        """Days on which it was done."""
        return len(self.days)


def practice_days(patient: Patient, at: datetime, *, days: int = 7) -> tuple[PracticeDays, ...]:
    """Give, for each practice agreed on or done, the days of the last week on which it was."""
    zone = patient.clinic.zone
    first = at.astimezone(zone).date() - timedelta(days=days - 1)
    logs = practice_logs_of(patient, datetime.combine(first, time(), zone), at)
    done: dict[str, set[date]] = defaultdict(set)
    for code, done_at in logs.values_list("practice", "done_at"):
        done[code].add(done_at.astimezone(zone).date())
    plans = {plan.practice: plan.target for plan in plans_standing(patient)}
    return tuple(
        PracticeDays(
            practice=code,
            target=plans.get(code, ""),
            days=tuple(sorted(done.get(code, ()))),
            of=days,
            agreed=code in plans,
        )
        for code in [*plans, *sorted(set(done) - set(plans))]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleEntry:
    """A journal entry that the asker may read, and whether the team may."""

    entry: JournalEntry
    shared: bool


def journal_visible(user: User, patient: Patient, at: datetime) -> tuple[VisibleEntry, ...]:
    """
    List the journal entries of a patient that this user may read now, the newest first.

    The patient reads all of their own. Anyone else reads only entries under a live grant to the
    team, and only while the policy lets them read shared entries at all; a grant taken back is
    gone from the next call. PostgreSQL holds the same line on its own.
    """
    own = user.role == Role.PATIENT and patient.user_id == user.pk
    partner = user.role == Role.PATIENT and not own
    audience = SharingGrant.Audience.PARTNER if partner else SharingGrant.Audience.TEAM
    grants = SharingGrant.objects.filter(
        item=OuterRef("entry_id"), audience=audience, withdrawn_at__isnull=True
    )
    rows = (
        JournalEntry.objects.filter(
            subjects_id__in=sets_with(patient), replaced_by__isnull=True, written_at__lte=at
        )
        .annotate(is_shared=Exists(grants))
        .order_by("-written_at", "-pk")
    )
    if not own:
        if not _reads_shared(user, patient, at):
            return ()
        rows = rows.filter(is_shared=True)
    return tuple(VisibleEntry(entry=row, shared=row.is_shared) for row in rows)


def is_shared(entry: JournalEntry) -> bool:
    """Say whether an entry is shared with the care team now."""
    return SharingGrant.objects.filter(
        item=entry.entry_id,
        audience=SharingGrant.Audience.TEAM,
        withdrawn_at__isnull=True,
    ).exists()


def _reads_shared(user: User, patient: Patient, at: datetime) -> bool:
    """Ask the policy whether this user may read an entry of this patient under a grant."""
    question = Question(
        role=user.role,
        record_class="journal_shared",
        action=Action.READ,
        relations=relations_to(user, [patient.pk], at),
        granted=True,
    )
    decision = decide(question)
    return decision.allowed and decision.mode is Mode.FULL
