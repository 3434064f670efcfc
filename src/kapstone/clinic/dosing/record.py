"""
The record of one session, read from its entries: what stands, what was struck, and why.

Nothing is stored that can be read here. An entry stands until a later one names it as a
mistake; the old one is kept and shown struck.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from kapstone.catalogue.routes import VitalsDue
from kapstone.catalogue.thresholds import Level
from kapstone.clinic.dosing.entries import (
    Answer,
    Change,
    Correction,
    Dose,
    Happening,
    Kind,
    NoValue,
    Payload,
    Reply,
    State,
    Vitals,
)
from kapstone.clinic.dosing.monitoring import (
    Happened,
    Raised,
    Seen,
    Started,
    next_due,
    observed_until,
    raised,
)

_WENT_HOME = (Change.ROOM, "went-home")
TWICE_WITHIN = timedelta(seconds=60)  # security.md 6.4: equal values from two devices


class Stage(StrEnum):
    """How far one session has come."""

    PLANNED = "planned"
    GATE = "gate"
    READY = "ready"
    DOSED = "dosed"
    HOME = "home"
    LEFT = "left-against-advice"
    NOT_TODAY = "not-today"

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is given in this session."""
        return self in {Stage.HOME, Stage.LEFT, Stage.NOT_TODAY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One entry as it was written."""

    entry: UUID
    kind: Kind
    payload: Payload
    observed_at: datetime
    device_at: datetime
    recorded_at: datetime
    by: str
    role: str
    device_id: str = ""
    supersedes: UUID | None = None

    @property
    def says(self) -> Payload | None:
        """Give what the entry says now: for a correction, what it says instead."""
        if isinstance(self.payload, Correction):
            return self.payload.instead
        return self.payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the record, newest or struck."""

    written: Written
    struck_by: Written | None = None
    maybe_twice: bool = False

    @property
    def is_struck(self) -> bool:
        """Whether a later entry says that this one was a mistake."""
        return self.struck_by is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseStanding:
    """One dose that stands."""

    entry: UUID
    at: datetime
    dose: Dose


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Everything that can be read from the entries of one session."""

    lines: tuple[Line, ...]  # in the order of their observed times
    doses: tuple[DoseStanding, ...]
    seen: tuple[Seen, ...]
    missed: tuple[tuple[datetime, NoValue], ...]
    happened: tuple[Happened, ...]
    crossings: tuple[Raised, ...]
    container: Mapping[str, str]
    emergency: tuple[tuple[datetime, str, str], ...]  # when, which step, who
    went_home: bool
    baseline: Vitals | None
    stays_until: datetime | None

    @property
    def first_dose_at(self) -> datetime | None:
        """Give when the first dose was given, if one was."""
        return self.doses[0].at if self.doses else None

    @property
    def last_dose_at(self) -> datetime | None:
        """Give when the last dose was given, if one was."""
        return self.doses[-1].at if self.doses else None

    @property
    def given_mg(self) -> float:
        """Add up what was given."""
        return float(sum(one.dose.amount_mg for one in self.doses))

    @property
    def open_crossings(self) -> tuple[Raised, ...]:
        """List the crossings nobody has answered, the gravest first."""
        waiting = [one for one in self.crossings if one.is_open]
        return tuple(sorted(waiting, key=lambda one: one.level.rank))

    @property
    def was_urgent(self) -> bool:
        """Whether a limit to act was ever crossed, other than by an artefact."""
        return any(
            one.level is not Level.ALERT and one.reply is not Reply.ARTEFACT
            for one in self.crossings
        )

    def next_due(self, at: datetime) -> VitalsDue | None:
        """Give the next time at which vital signs are due."""
        taken = [one.at for one in self.seen] + [when for when, _ in self.missed]
        return next_due([started(one) for one in self.doses], taken, at)


def read_record(written: Iterable[Written]) -> Record:
    """Read the record from the entries of one session, in any order."""
    entries = sorted(written, key=lambda one: (one.observed_at, one.recorded_at))
    struck_by = {one.supersedes: one for one in entries if one.supersedes is not None}
    standing = [one for one in entries if one.entry not in struck_by]
    doses = tuple(
        DoseStanding(entry=one.entry, at=one.observed_at, dose=one.says)
        for one in standing
        if isinstance(one.says, Dose) and one.says.amount_mg > 0
    )
    seen = tuple(
        Seen(entry=one.entry, at=one.observed_at, vitals=one.says)
        for one in standing
        if isinstance(one.says, Vitals)
    )
    happened = tuple(
        Happened(entry=one.entry, at=one.observed_at, happening=one.says)
        for one in standing
        if isinstance(one.says, Happening)
    )
    baseline = _baseline(seen, doses)
    return Record(
        lines=tuple(_lines(entries, struck_by)),
        doses=doses,
        seen=seen,
        missed=tuple(
            (one.observed_at, one.says) for one in standing if isinstance(one.says, NoValue)
        ),
        happened=happened,
        crossings=_answered(raised(seen, happened, baseline), standing),
        container=_container(standing),
        emergency=tuple(
            (one.observed_at, one.says.item, one.by)
            for one in standing
            if isinstance(one.says, State) and one.says.change is Change.EMERGENCY
        ),
        went_home=any(
            isinstance(one.says, State) and (one.says.change, one.says.item) == _WENT_HOME
            for one in standing
        ),
        baseline=baseline,
        stays_until=observed_until([started(one) for one in doses]),
    )


def is_full(vitals: Vitals) -> bool:
    """Whether a set holds what a baseline needs."""
    return None not in (
        vitals.systolic_mmhg,
        vitals.diastolic_mmhg,
        vitals.heart_rate_per_min,
        vitals.spo2_percent,
        vitals.alertness,
    )


def started(one: DoseStanding) -> Started:
    """Say a dose as the schedule needs it."""
    return Started(
        at=one.at,
        route=one.dose.route,
        product=one.dose.product,
        duration_min=float(one.dose.duration_min or 0),
    )


def _baseline(seen: Sequence[Seen], doses: Sequence[DoseStanding]) -> Vitals | None:
    """Give the last full set before the first dose."""
    before = [one.vitals for one in seen if not doses or one.at <= doses[0].at]
    full = [vitals for vitals in before if is_full(vitals)]
    return full[-1] if full else None


def _lines(entries: Sequence[Written], struck_by: Mapping[UUID, Written]) -> Iterable[Line]:
    sets: list[Written] = []
    for one in entries:
        twice = False
        if one.kind is Kind.VITALS:
            twice = any(
                one.observed_at - other.observed_at <= TWICE_WITHIN
                and other.device_id != one.device_id
                and other.payload == one.payload
                for other in sets
            )
            sets.append(one)
        yield Line(written=one, struck_by=struck_by.get(one.entry), maybe_twice=twice)


def _answered(found: Iterable[Raised], standing: Sequence[Written]) -> tuple[Raised, ...]:
    replies: dict[tuple[UUID, str], list[Written]] = {}
    for entry in standing:
        if isinstance(entry.payload, Answer):
            key = entry.payload.entry, entry.payload.parameter
            replies.setdefault(key, []).append(entry)
    written_at = {one.entry: one.recorded_at for one in standing}
    return tuple(
        _with_reply(
            replace(one, raised_at=written_at.get(one.entry)),
            replies.get((one.entry, one.parameter), ()),
        )
        for one in found
    )


def _with_reply(one: Raised, answers: Sequence[Written]) -> Raised:
    """Say what the newest answer was, and who answered first when."""
    newest = answers[-1].payload if answers else None
    if not isinstance(newest, Answer):
        return one
    return replace(
        one,
        reply=newest.reply,
        told=newest.told,
        answered_by=answers[0].by,
        answered_at=answers[0].recorded_at,
    )


def _container(standing: Sequence[Written]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for one in standing:
        if isinstance(one.says, State) and one.says.change is Change.CONTAINER:
            found[one.says.item] = one.says.value
    return found
