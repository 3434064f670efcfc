"""
The server's time, as a tablet reckons it, and how far that may be wrong.

A tablet has two clocks. The wall clock is set by people and by the network, and jumps. The
monotonic clock never jumps, but on most tablets it stands still while the tablet sleeps. So the
server's time is reckoned from the monotonic clock, and the two are compared at every look: what
one did and the other did not is added to the uncertainty, and above two seconds a new epoch
begins, in which nothing is known until the server is asked again.

A step and a sleep that cancel each other between two looks cannot be seen. Looks are five
seconds apart and at each event.
"""

import math
from dataclasses import dataclass, replace

NEW_EPOCH_MS = 2_000  # judgement: more than this apart, and the tablet slept or was set
UNSURE_MS = 30_000  # judgement: from here on a shown time wears its uncertainty
DRIFT_PPM = 200  # judgement: worse than any quartz in a tablet
EXCHANGES = 5
ASK_EVERY_MS = 60_000
_ROUNDING_MS = 2.0  # one for the clock's own whole milliseconds, one for the event's


@dataclass(frozen=True, slots=True)
class Look:
    """Both clocks of a tablet, read together."""

    wall_ms: float
    mono_ms: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """
    One question to the server's clock, asked in one epoch.

    ``sent`` and ``got`` on the tablet's two clocks, ``received`` and ``answered`` on the
    server's.
    """

    epoch_id: str
    sent: Look
    received: float
    answered: float
    got: Look

    @property
    def round_trip_ms(self) -> float:
        """Give how long the way there and back took, without the time spent at the server."""
        return (self.got.mono_ms - self.sent.mono_ms) - (self.answered - self.received)

    @property
    def ahead_ms(self) -> float:
        """Give how far the server's clock is ahead of the tablet's monotonic clock."""
        there = self.received - self.sent.mono_ms
        back = self.answered - self.got.mono_ms
        return (there + back) / 2

    @property
    def within_ms(self) -> float:
        """Give how far that may be wrong: half the round trip, and what a short sleep hid."""
        wall = self.got.wall_ms - self.sent.wall_ms
        mono = self.got.mono_ms - self.sent.mono_ms
        return max(0.0, self.round_trip_ms) / 2 + abs(wall - mono)

    @property
    def is_possible(self) -> bool:
        """Whether the times can be true: nothing arrives before it is sent."""
        return self.got.mono_ms >= self.sent.mono_ms and self.answered >= self.received


@dataclass(frozen=True, slots=True)
class Known:
    """What the server said last: how far ahead it is, within how much, and when."""

    ahead_ms: float
    within_ms: float
    mono_ms: float


@dataclass(frozen=True, slots=True)
class Clock:
    """A tablet's idea of the server's time. ``start`` is made of chance at each app start."""

    start: str
    epoch: int
    look: Look
    known: Known | None = None
    strayed_ms: float = 0.0  # since the server was asked: what one clock did and the other not
    jumped_ms: float = 0.0  # what began this epoch; 0 for the start of the app

    @property
    def epoch_id(self) -> str:
        """Name the epoch."""
        return f"{self.start}.{self.epoch}"


@dataclass(frozen=True, slots=True)
class Stamped:
    """The times that go into an event."""

    wall_ms: int
    mono_ms: int
    epoch_id: str
    offset_ms: int | None
    unc_ms: int | None

    @property
    def now_ms(self) -> int:
        """Give the server's time as reckoned; the wall clock's where nothing is known."""
        return self.wall_ms + (self.offset_ms or 0)

    @property
    def is_unsure(self) -> bool:
        """Whether a time shown must say that it may be wrong."""
        return self.unc_ms is None or self.unc_ms > UNSURE_MS


def begin(start: str, look: Look) -> Clock:
    """Start the clock of an app that has just opened."""
    return Clock(start=start, epoch=1, look=look)


def see(clock: Clock, look: Look) -> Clock:
    """
    Look at both clocks again.

    When they have parted by more than two seconds, or the monotonic clock went back, a new
    epoch begins and the server must be asked before any duration is trusted.
    """
    wall = look.wall_ms - clock.look.wall_ms
    mono = look.mono_ms - clock.look.mono_ms
    apart = wall - mono
    if mono < 0 or abs(apart) > NEW_EPOCH_MS:
        return Clock(
            start=clock.start,
            epoch=clock.epoch + 1,
            look=look,
            jumped_ms=apart,
        )
    return replace(clock, look=look, strayed_ms=clock.strayed_ms + abs(apart))


def unsure_ms(clock: Clock) -> float | None:
    """Give how far the reckoned time may be wrong now; None where nothing is known."""
    if clock.known is None:
        return None
    since = max(0.0, clock.look.mono_ms - clock.known.mono_ms)
    return clock.known.within_ms + since * DRIFT_PPM / 1e6 + clock.strayed_ms


def learn(clock: Clock, exchange: Exchange) -> Clock:
    """
    Take what the server's clock said, unless what is known already is surer.

    Of five exchanges in a row this keeps the one with the least round trip. An exchange during
    which a new epoch began, or that cannot be true, teaches nothing.
    """
    seen = see(clock, exchange.got)
    if seen.epoch_id != exchange.epoch_id or not exchange.is_possible:
        return seen
    known = unsure_ms(seen)
    if known is not None and known < exchange.within_ms:
        return seen
    new = Known(
        ahead_ms=exchange.ahead_ms,
        within_ms=exchange.within_ms,
        mono_ms=exchange.got.mono_ms,
    )
    return replace(seen, known=new, strayed_ms=0.0)


def stamp(clock: Clock) -> Stamped:
    """Give the times for an event made at the clock's last look."""
    wall, mono = math.floor(clock.look.wall_ms), math.floor(clock.look.mono_ms)
    if clock.known is None:
        return Stamped(wall, mono, clock.epoch_id, None, None)
    reckoned = clock.look.mono_ms + clock.known.ahead_ms
    unsure = (unsure_ms(clock) or 0.0) + _ROUNDING_MS
    offset = math.floor(reckoned + 0.5) - wall
    return Stamped(wall, mono, clock.epoch_id, offset, math.ceil(unsure))
