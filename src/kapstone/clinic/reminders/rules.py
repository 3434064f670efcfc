"""
Which reminders are due now: computed from the record as it stands, never stored ahead. Pure.

A dose recorded late or corrected moves every reminder that was not sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kapstone.catalogue.post import Post
from kapstone.core.post.rules import Quiet

# Where a day has room for fewer than are due, the earlier in this list goes first.
ORDER = (
    "session-tomorrow",
    "first-night",
    "check-in-24",
    "check-in-72",
    "weather",
    "practice",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dosed:
    """One session in which a dose was given, and when its letter home was."""

    session: str
    last_dose_at: datetime
    letter_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Something booked."""

    key: str
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A reminder that was written and not taken back."""

    once: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderFacts:
    """What decides about one patient's reminders."""

    at: datetime
    patient: int
    quiet: Quiet
    kinds: Collection[str]
    in_window: bool
    rests_until: datetime | None
    dosed: Sequence[Dosed] = ()
    visits: Sequence[Visit] = ()
    checked_in: Sequence[datetime] = ()
    has_practice: bool = False
    practised: Sequence[datetime] = ()
    written: Sequence[Written] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One reminder: what it is about, and between which moments it is of use."""

    kind: str
    once: str
    due_at: datetime
    useless_at: datetime


def planned(facts: ReminderFacts, said: Post) -> tuple[Reminder, ...]:
    """List every reminder that the record asks for now, those not due yet included."""
    asked = (
        *_tomorrow(facts, said),
        *_first_night(facts, said),
        *_check_ins(facts, said),
        *_weather(facts, said),
        *_practice(facts, said),
    )
    wanted = (one for one in asked if one.kind in facts.kinds and one.useless_at > one.due_at)
    return tuple(sorted(wanted, key=lambda one: ORDER.index(one.kind)))


def due(facts: ReminderFacts, said: Post) -> tuple[Reminder, ...]:
    """List what to write at this moment: nothing in quiet hours, at most so many a day."""
    if facts.quiet.holds(facts.at):
        return ()
    known = {one.once for one in facts.written}
    today = _day(facts, facts.at)
    so_far = sum(_day(facts, one.at) == today for one in facts.written)
    most = said.most_in_window if facts.in_window else said.most_outside
    open_now = [one for one in planned(facts, said) if holds_now(one, facts.at)]
    new = [one for one in open_now if one.once not in known]
    return tuple(new[: max(0, int(most.value) - so_far)])


def holds_now(reminder: Reminder, at: datetime) -> bool:
    """Say whether a reminder is due and still of use."""
    return reminder.due_at <= at < reminder.useless_at


def _day(facts: ReminderFacts, at: datetime) -> date:
    return at.astimezone(facts.quiet.zone).date()


def _at_hour(facts: ReminderFacts, day: date, hour: float) -> datetime:
    minutes = round(hour * 60)
    return datetime.combine(day, time(minutes // 60, minutes % 60), facts.quiet.zone)


def _once(facts: ReminderFacts, kind: str, about: object) -> str:
    return f"{kind}/{facts.patient}/{about}"


def _until_night(facts: ReminderFacts, due_at: datetime) -> datetime:
    return facts.quiet.begins_after(due_at)


def _tomorrow(facts: ReminderFacts, said: Post) -> Iterator[Reminder]:
    """Remind of the visits of tomorrow, once for the day, the evening before."""
    days = {_day(facts, visit.starts_at) for visit in facts.visits}
    for day in sorted(days):
        eve = day - timedelta(days=1)
        due_at = facts.quiet.over_at(_at_hour(facts, eve, said.times.tomorrow_at_hour.value))
        first = min(one.starts_at for one in facts.visits if _day(facts, one.starts_at) == day)
        yield Reminder(
            kind="session-tomorrow",
            once=_once(facts, "session-tomorrow", day),
            due_at=due_at,
            useless_at=min(first, _until_night(facts, due_at)),
        )


def _first_night(facts: ReminderFacts, said: Post) -> Iterator[Reminder]:
    """Say on the evening of a dose whom to call; nothing is asked."""
    for dosed in facts.dosed:
        if dosed.letter_at is None:
            continue
        day = _day(facts, dosed.last_dose_at)
        evening = _at_hour(facts, day, said.times.first_night_at_hour.value)
        due_at = max(evening, dosed.letter_at)
        if facts.quiet.holds(due_at):
            continue
        night = _at_hour(facts, day + timedelta(days=1), 0)
        yield Reminder(
            kind="first-night",
            once=_once(facts, "first-night", dosed.session),
            due_at=due_at,
            useless_at=min(night, _until_night(facts, due_at)),
        )


def _check_ins(facts: ReminderFacts, said: Post) -> Iterator[Reminder]:
    """Ask a day and three days after a dose, unless the patient has answered already."""
    times = said.times
    lasts = timedelta(hours=times.check_in_lasts_hours.value)
    early = times.first_check_in_hours.value - times.check_in_from_hours.value
    for dosed in facts.dosed:
        for kind, hours in (
            ("check-in-24", times.first_check_in_hours.value),
            ("check-in-72", times.last_check_in_hours.value),
        ):
            asked_at = dosed.last_dose_at + timedelta(hours=hours)
            if any(one >= asked_at - timedelta(hours=early) for one in facts.checked_in):
                continue
            due_at = facts.quiet.over_at(_awake(facts, asked_at))
            yield Reminder(
                kind=kind,
                once=_once(facts, kind, dosed.session),
                due_at=due_at,
                useless_at=due_at + lasts,
            )


def _awake(facts: ReminderFacts, at: datetime) -> datetime:
    """Ask nothing of anybody at rest."""
    return at if facts.rests_until is None else max(at, facts.rests_until)


def _is_at_rest(facts: ReminderFacts) -> bool:
    return facts.rests_until is not None and facts.at < facts.rests_until


def _weather(facts: ReminderFacts, said: Post) -> Iterator[Reminder]:
    """Ask in the evenings of an open window, unless something asked the same today."""
    today = _day(facts, facts.at)
    asked = any(
        _day(facts, one.at) == today and one.once.startswith("check-in-")
        for one in facts.written
    ) or any(
        _day(facts, one.due_at) == today and one.kind in facts.kinds
        for one in _check_ins(facts, said)
    )
    answered = any(_day(facts, one) == today for one in facts.checked_in)
    if not facts.in_window or _is_at_rest(facts) or asked or answered:
        return
    due_at = _at_hour(facts, today, said.times.weather_at_hour.value)
    yield Reminder(
        kind="weather",
        once=_once(facts, "weather", today),
        due_at=due_at,
        useless_at=_until_night(facts, due_at),
    )


def _practice(facts: ReminderFacts, said: Post) -> Iterator[Reminder]:
    """Remind of what was agreed on, once a day of an open window, unless it was done."""
    today = _day(facts, facts.at)
    done = any(_day(facts, one) == today for one in facts.practised)
    if not facts.in_window or not facts.has_practice or done or _is_at_rest(facts):
        return
    yield Reminder(
        kind="practice",
        once=_once(facts, "practice", today),
        due_at=_at_hour(facts, today, said.times.practice_at_hour.value),
        useless_at=_at_hour(facts, today, said.times.practice_useless_at_hour.value),
    )
