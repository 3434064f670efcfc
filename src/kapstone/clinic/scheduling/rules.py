"""What may be booked, moved, marked and answered. Plain facts in, findings out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from kapstone.errors import Finding, Weight

# A slip of the date would otherwise keep a room closed for days. Judgement: the longest stay
# in a clinic day, with room to spare.
LONGEST_HOURS = 12
LETTER_MIN_CHARACTERS = 80  # judgement: shorter cannot name the reason and the help


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A time that is taken, and by what."""

    starts_at: datetime
    ends_at: datetime
    what: str = ""

    def meets(self, other: "Span") -> bool:
        """Say whether the two overlap; one that begins as the other ends does not."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a stranger asks of the clinic, in their own words."""

    name: str
    contact: str
    for_whom: str = "alone"
    safe_times: str = ""
    brings: str = ""
    access_needs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Who is registered as a patient when a request is taken up."""

    number: str
    screen_name: str
    legal_name: str
    born_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFacts:
    """What must be known before a slot is booked."""

    wanted: Span
    at: datetime
    zone: tzinfo
    is_dosing: bool = False
    room_is_video: bool = False
    room_is_retired: bool = False
    same_clinic: bool = True
    with_staff: bool = True
    patient_taken: Sequence[Span] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentState:
    """How an appointment stands."""

    starts_at: datetime
    cancelled: bool = False
    attended: bool = False
    missed: bool = False


def clock(at: datetime, zone: tzinfo) -> str:
    """Say an hour on the clinic's own clock."""
    return f"{at.astimezone(zone):%H:%M}"


def span_in_words(span: Span, zone: tzinfo) -> str:
    """Say from when to when, with the day."""
    day = span.starts_at.astimezone(zone)
    hours = f"{clock(span.starts_at, zone)} to {clock(span.ends_at, zone)}"
    return f"{day:%a} {day.day} {day:%b}, {hours}"


def check_booking(facts: BookingFacts) -> Iterator[Finding]:
    """Yield every reason against this booking, those of the form first."""
    wanted = facts.wanted
    if wanted.ends_at <= wanted.starts_at:
        yield Finding(
            "ends-before-it-starts", Weight.BLOCK, "The end must come after the start."
        )
        return
    if wanted.ends_at - wanted.starts_at > timedelta(hours=LONGEST_HOURS):
        yield Finding(
            "too-long", Weight.BLOCK, f"An appointment lasts at most {LONGEST_HOURS} hours."
        )
    if wanted.ends_at <= facts.at:
        yield Finding("already-over", Weight.BLOCK, "That time is over. Choose a later one.")
    yield from _check_people(facts)


def _check_people(facts: BookingFacts) -> Iterator[Finding]:
    if not facts.same_clinic:
        yield Finding(
            "another-clinic", Weight.BLOCK, "Choose a room and a person of this clinic."
        )
    if not facts.with_staff:
        yield Finding(
            "not-staff", Weight.BLOCK, "An appointment is with someone of the clinic."
        )
    if facts.is_dosing and facts.room_is_video:
        yield Finding(
            "dose-over-video", Weight.BLOCK, "A dose is given in the clinic, never over video."
        )
    if facts.room_is_retired:
        yield Finding("room-retired", Weight.BLOCK, "This room is no longer in use.")
    for taken in facts.patient_taken:
        if taken.meets(facts.wanted):
            yield Finding(
                "patient-busy",
                Weight.BLOCK,
                f"{taken.what} is already booked for {span_in_words(taken, facts.zone)}.",
            )


def next_free(
    wanted: Span, taken: Sequence[Span], *, not_before: datetime | None = None
) -> datetime:
    """
    Give the smallest move later that frees the slot of all that is taken.

    Parameters
    ----------
    wanted : the slot asked for
    taken : what stands in its way, in any order
    not_before : the earliest start allowed
    """
    length = wanted.ends_at - wanted.starts_at
    start = max(wanted.starts_at, not_before) if not_before else wanted.starts_at
    for span in sorted(taken, key=lambda one: one.starts_at):
        if span.starts_at < start + length and start < span.ends_at:
            start = span.ends_at
    return start


def check_retirement(booked: int) -> Iterator[Finding]:
    """Yield a reason if a room cannot be retired yet."""
    if booked:
        things = "1 booking lies" if booked == 1 else f"{booked} bookings lie"
        yield Finding(
            "booked-ahead", Weight.BLOCK, f"{things} ahead in this room. Move or cancel first."
        )


def check_open(state: AppointmentState, *, to: str) -> Iterator[Finding]:
    """Yield a reason if the appointment can no longer be moved, cancelled or marked."""
    if state.cancelled:
        yield Finding("cancelled", Weight.BLOCK, f"It was cancelled, so it cannot be {to}.")
    elif state.attended or state.missed:
        word = "attended" if state.attended else "missed"
        yield Finding(
            f"already-{word}", Weight.BLOCK, f"It is marked as {word}, so it cannot be {to}."
        )


def check_missed(state: AppointmentState, at: datetime) -> Iterator[Finding]:
    """Yield every reason against marking an appointment as missed."""
    yield from check_open(state, to="marked as missed")
    if at < state.starts_at:
        yield Finding("not-yet", Weight.BLOCK, "It has not begun, so nobody has missed it.")


def promise_until(received_at: datetime, working_days: int, zone: tzinfo) -> datetime:
    """
    Give the end of the promise to answer: so many working days after the day of asking.

    Monday to Friday count; the clinic's holidays are not known, so the promise is the
    stricter one.
    """
    local = received_at.astimezone(zone)
    day = local.date()
    left = working_days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)


def last_day(until: datetime) -> date:
    """Name the last day of a promise that ends at midnight."""
    return (until - timedelta(seconds=1)).date()


def check_letter(letter: str, *, crisis_number: str, not_now: bool) -> Iterator[Finding]:
    """Yield every reason why this letter cannot go out."""
    if len(letter.strip()) < LETTER_MIN_CHARACTERS:
        yield Finding(
            "letter-too-short", Weight.BLOCK, "Write the letter: what happens next, and when."
        )
    if not_now and crisis_number not in letter:
        yield Finding(
            "letter-without-help",
            Weight.BLOCK,
            f"A letter that says not now must name where help is: {crisis_number}.",
        )


def week_of(day: date) -> tuple[date, ...]:
    """List the seven days of the week that a day lies in, Monday first."""
    monday = day - timedelta(days=day.weekday())
    return tuple(monday + timedelta(days=number) for number in range(7))
