"""The plan of a window: what is checked, where free times lie, and what fits them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from kapstone.catalogue.modalities import Menu
from kapstone.clinic.window.curve import HOUR, Reckoning
from kapstone.clinic.window.words import part_of_day
from kapstone.science.phases import Phase
from kapstone.science.slots import FreeTime, rank_times

DAY_BEGINS, DAY_ENDS = time(9), time(18)  # hours in which times are offered (judgement)
STEP = timedelta(minutes=30)
PHASE_WORDS = {
    Phase.BETWEEN: "outside the window",
    Phase.OPENING: "while it opens",
    Phase.MOST_OPEN: "in the open time",
    Phase.CLOSING: "while it closes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedContact:
    """One session or call in the window, as the checks read it."""

    starts_at: datetime
    name: str
    demanding: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """What the plan of one window is checked on."""

    dose_at: datetime
    open_time: tuple[datetime, datetime] | None
    next_dose_at: datetime | None
    contacts: Sequence[PlannedContact]
    practice_days: int
    days_so_far: int
    at: datetime
    zone: ZoneInfo
    menu: Menu


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCheck:
    """One line of the plan check: whether it is met, its words and its evidence."""

    met: bool
    title: str
    note: str


def check_plan(facts: PlanFacts) -> Iterator[PlanCheck]:
    """Yield the checks of a plan, in the order of the days."""
    yield _first_contact(facts)
    yield _in_open_time(facts)
    yield _nothing_heavy(facts)
    if facts.next_dose_at is not None:
        yield _before_next_dose(facts, facts.next_dose_at)
    yield PlanCheck(
        met=facts.practice_days >= facts.days_so_far,
        title="A practice every day",
        note=f"{facts.practice_days} of {facts.days_so_far} days so far.",
    )


def _first_contact(facts: PlanFacts) -> PlanCheck:
    low, high = facts.menu.quiet_hours.value, facts.menu.first_contact_by_hours.value
    since = facts.dose_at + timedelta(hours=low), facts.dose_at + timedelta(hours=high)
    met = [one for one in facts.contacts if since[0] <= one.starts_at <= since[1]]
    return PlanCheck(
        met=bool(met),
        title=f"First contact {low:g} to {high:g} h after the dose",
        note=_when(met, facts) or "No session or call is booked then.",
    )


def _in_open_time(facts: PlanFacts) -> PlanCheck:
    if facts.open_time is None:
        return PlanCheck(met=True, title="A session in the open time", note="There is none.")
    start, end = facts.open_time
    met = [one for one in facts.contacts if start <= one.starts_at < end]
    until = part_of_day(end, facts.zone, at=facts.at)
    return PlanCheck(
        met=bool(met),
        title="A session in the open time",
        note=_when(met, facts) or f"Nothing is booked. It lasts until {until}.",
    )


def _nothing_heavy(facts: PlanFacts) -> PlanCheck:
    quiet = timedelta(hours=facts.menu.quiet_hours.value)
    early = [
        one
        for one in facts.contacts
        if one.demanding and facts.dose_at <= one.starts_at < facts.dose_at + quiet
    ]
    return PlanCheck(
        met=not early,
        title=f"Nothing heavy in the first {quiet / HOUR:.0f} h",
        note=_when(early, facts) or "Nothing demanding is booked then.",
    )


def _before_next_dose(facts: PlanFacts, next_dose_at: datetime) -> PlanCheck:
    least = timedelta(hours=facts.menu.hours_before_next_dose.value)
    dose = f"The dose is {next_dose_at.astimezone(facts.zone):%a %H:%M}."
    near = [
        one for one in facts.contacts if next_dose_at - least < one.starts_at < next_dose_at
    ]
    return PlanCheck(
        met=not near,
        title=f"{least / HOUR:.0f} h free before the next dose",
        note=_when(near, facts) or dose,
    )


def _when(contacts: Sequence[PlannedContact], facts: PlanFacts) -> str:
    said = (f"{one.name} {one.starts_at.astimezone(facts.zone):%a %H:%M}" for one in contacts)
    return ", ".join(said) + "." if contacts else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time that therapist and patient both have free, and how it sits in the window."""

    starts_at: datetime
    ends_at: datetime
    rank: int
    hours_after: float
    where: str
    notes: tuple[str, ...]

    @property
    def minutes(self) -> int:
        """Give how long it is."""
        return (self.ends_at - self.starts_at) // timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFacts:
    """Between when times are wanted, how long, and what is taken already."""

    since: datetime
    until: datetime
    length: timedelta
    taken: Sequence[tuple[datetime, datetime]]
    sessions: Sequence[tuple[datetime, datetime]]
    zone: ZoneInfo


def free_times(facts: SlotFacts) -> Iterator[tuple[datetime, datetime]]:
    """Yield each start on weekdays in opening hours at which nothing is in the way."""
    local = facts.since.astimezone(facts.zone)
    day = local.date()
    while datetime.combine(day, DAY_BEGINS, facts.zone) < facts.until:
        start = datetime.combine(day, DAY_BEGINS, facts.zone)
        close = datetime.combine(day, DAY_ENDS, facts.zone)
        while day.weekday() < 5 and start + facts.length <= close:
            end = start + facts.length
            if start >= facts.since and end <= facts.until and _is_free(start, end, facts):
                yield start, end
            start += STEP
        day += timedelta(days=1)


def _is_free(start: datetime, end: datetime, facts: SlotFacts) -> bool:
    return not any(begun < end and start < ended for begun, ended in facts.taken)


def ranked_slots(reckoning: Reckoning, facts: SlotFacts, *, most: int = 6) -> tuple[Slot, ...]:
    """
    Rank the free times by how open the window is over each; the best of each half day.

    It ranks; it never forbids. Reasons to think twice stand beside a time.
    """
    free = {
        FreeTime(reckoning.hours(start), reckoning.hours(end)): (start, end)
        for start, end in free_times(facts)
    }
    booked = [FreeTime(reckoning.hours(a), reckoning.hours(b)) for a, b in facts.sessions]
    ranked = rank_times(
        reckoning.jumps, list(free), booked=booked, parameters=reckoning.parameters
    )
    last_dose_h = max(jump.time_h for jump in reckoning.jumps)
    found: list[Slot] = []
    half_days: set[tuple[object, bool]] = set()
    for one in ranked:
        start, end = free[one.free]
        half = (start.date(), start.hour < 13)
        if half in half_days:
            continue
        half_days.add(half)
        found.append(
            Slot(
                starts_at=start,
                ends_at=end,
                rank=len(found) + 1,
                hours_after=one.free.start_h - last_dose_h,
                where=PHASE_WORDS[one.phase],
                notes=one.notes,
            )
        )
        if len(found) == most:
            break
    return tuple(found)
