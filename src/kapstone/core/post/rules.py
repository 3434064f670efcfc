"""When a message may be tried, when it is given up, and which hours are quiet. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Standing(StrEnum):
    """How a message stands."""

    WAITING = "waiting"
    SENT = "sent"
    KEPT = "kept"  # written to the demo's folder: nothing was sent
    UNSURE = "unsure"  # the server may or may not have taken it
    GAVE_UP = "gave-up"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What came of one try."""

    SENT = "sent"
    KEPT = "kept"
    PUT_OFF = "put-off"  # not taken now: try again
    REFUSED = "refused"  # not taken, and never will be
    BROKEN_OFF = "broken-off"  # the worker died before it handed anything over
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """The hours in which no clock sends anything, in the zone where the patient is."""

    zone: ZoneInfo
    begins: time
    ends: time

    def holds(self, at: datetime) -> bool:
        """Say whether a moment is in the quiet hours."""
        local = at.astimezone(self.zone).time()
        if self.begins <= self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends

    def begins_after(self, at: datetime) -> datetime:
        """Give the first moment after ``at`` at which quiet hours begin."""
        day = at.astimezone(self.zone).date()
        starts = (
            datetime.combine(day + timedelta(days=later), self.begins, self.zone)
            for later in range(3)
        )
        return next(start for start in starts if start > at)

    def over_at(self, at: datetime) -> datetime:
        """Give the first moment from ``at`` on that is not quiet."""
        if not self.holds(at):
            return at
        day = at.astimezone(self.zone).date()
        for later in range(3):
            end = datetime.combine(day + timedelta(days=later), self.ends, self.zone)
            if end > at and not self.holds(end):
                return end.astimezone(at.tzinfo)
        raise ValueError("Quiet hours that never end are no quiet hours.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One earlier try: when it ended, and what came of it."""

    ended_at: datetime
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long to wait between tries: doubling from the first to the longest."""

    first: timedelta
    longest: timedelta

    def after(self, tries: int) -> timedelta:
        """Give the wait after so many tries."""
        return (
            min(self.first * 2 ** min(tries - 1, 30), self.longest) if tries else timedelta(0)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFacts:
    """What decides whether a waiting message is tried now. ``quiet`` is None for a letter."""

    due_at: datetime
    useless_at: datetime
    tries: Sequence[Tried]
    quiet: Quiet | None


class Next(StrEnum):
    """What to do with a waiting message now."""

    TRY = "try"
    WAIT = "wait"
    GIVE_UP = "give-up"


def next_step(facts: WaitingFacts, at: datetime, waits: Waits) -> Next:
    """
    Say what to do with a waiting message.

    A try that lies ahead of the clock means that the clock was put back: it holds nobody up.
    """
    if any(tried.outcome is Outcome.REFUSED for tried in facts.tries):
        return Next.GIVE_UP
    if at >= facts.useless_at:
        return Next.GIVE_UP
    if at < facts.due_at or (facts.quiet is not None and facts.quiet.holds(at)):
        return Next.WAIT
    if not facts.tries:
        return Next.TRY
    last = facts.tries[-1].ended_at
    early = last <= at < last + waits.after(len(facts.tries))
    return Next.WAIT if early else Next.TRY
