"""When a message is tried, when it waits, when it is given up; which hours are quiet."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kapstone.core.post.rules import (
    Next,
    Outcome,
    Quiet,
    Tried,
    WaitingFacts,
    Waits,
    next_step,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WAITS = Waits(first=MINUTE, longest=60 * MINUTE)
NIGHT = Quiet(zone=ZoneInfo("UTC"), begins=time(21), ends=time(8))
ZONES = ("UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/London")


def facts(*minutes_ago, outcome=Outcome.PUT_OFF, **rest):
    tries = [Tried(ended_at=NOON - ago * MINUTE, outcome=outcome) for ago in minutes_ago]
    whole = {"due_at": NOON - 10 * MINUTE, "useless_at": NOON + 60 * MINUTE, "quiet": None}
    return WaitingFacts(tries=tries, **whole | rest)


@pytest.mark.parametrize(
    ("case", "step"),
    [
        pytest.param(facts(), Next.TRY, id="never tried"),
        pytest.param(facts(0.5), Next.WAIT, id="tried half a minute ago"),
        pytest.param(facts(1), Next.TRY, id="tried a minute ago"),
        pytest.param(facts(9, 6, 3), Next.WAIT, id="the third wait is four minutes"),
        pytest.param(facts(9, 6, 4), Next.TRY, id="and then over"),
        pytest.param(facts(-1440), Next.TRY, id="the clock was put back a day"),
        pytest.param(facts(1, outcome=Outcome.REFUSED), Next.GIVE_UP, id="refused for ever"),
        pytest.param(facts(useless_at=NOON), Next.GIVE_UP, id="of no more use"),
        pytest.param(facts(due_at=NOON + MINUTE), Next.WAIT, id="not due"),
        pytest.param(
            facts(quiet=Quiet(zone=ZoneInfo("Asia/Tokyo"), begins=time(21), ends=time(8))),
            Next.WAIT,
            id="nine in the evening in Tokyo",
        ),
        pytest.param(facts(quiet=NIGHT), Next.TRY, id="noon in London"),
    ],
)
def test_what_is_done_with_a_waiting_message(case, step):
    assert next_step(case, NOON, WAITS) is step


def test_waits_double_up_to_the_longest():
    found = [WAITS.after(tries) / MINUTE for tries in (0, 1, 2, 3, 7, 8, 500)]
    assert found == [0, 1, 2, 4, 60, 60, 60]


hours = st.times().map(lambda one: one.replace(microsecond=0))


@given(
    at=st.timedeltas(timedelta(0), timedelta(days=730)).map(lambda later: NOON + later),
    zone=st.sampled_from(ZONES),
    begins=hours,
    ends=hours,
)
def test_quiet_hours_end_and_nothing_in_them_is_tried(at, zone, begins, ends):
    if begins == ends:
        return
    quiet = Quiet(zone=ZoneInfo(zone), begins=begins, ends=ends)
    over = quiet.over_at(at)
    assert not quiet.holds(over)
    assert at <= over <= at + timedelta(hours=26)
    waiting = WaitingFacts(due_at=at, useless_at=at + timedelta(days=9), tries=(), quiet=quiet)
    assert next_step(waiting, at, WAITS) is (Next.WAIT if quiet.holds(at) else Next.TRY)
    local = at.astimezone(ZoneInfo(zone)).time()
    inside = begins <= local < ends if begins < ends else not ends <= local < begins
    assert quiet.holds(at) == inside
