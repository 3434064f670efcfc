"""Which reminders are due: a table of moments, and a property over whole weeks."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kapstone.catalogue.post import load_post
from kapstone.clinic.reminders.rules import (
    ORDER,
    Dosed,
    ReminderFacts,
    Visit,
    Written,
    due,
    planned,
)
from kapstone.core.post.rules import Quiet

SAID = load_post()
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
KINDS = frozenset(ORDER)
NIGHT = Quiet(zone=ZoneInfo("UTC"), begins=time(21), ends=time(8))
DOSE = Dosed(session="s1", last_dose_at=MONDAY + 10 * HOUR, letter_at=MONDAY + 13 * HOUR)


def facts(hours, **given):
    """Give a patient who was dosed on Monday at ten, so many hours after midnight."""
    whole = {
        "patient": 7,
        "quiet": NIGHT,
        "kinds": KINDS,
        "in_window": True,
        "rests_until": MONDAY + 31 * HOUR,
        "dosed": (DOSE,),
    }
    return ReminderFacts(at=MONDAY + hours * HOUR, **whole | given)


def kinds(found):
    return [one.kind for one in found]


FORGETFUL = {"has_practice": True}
TUESDAY = 24
SATURDAY = Visit(key="v", starts_at=MONDAY + 130 * HOUR)


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        pytest.param(facts(14), [], id="after the dose, in the afternoon: rest"),
        pytest.param(facts(19), ["first-night"], id="on its evening: whom to call"),
        pytest.param(
            facts(19, dosed=(replace(DOSE, letter_at=None),)), [], id="no letter, no call"
        ),
        pytest.param(facts(21), [], id="quiet"),
        pytest.param(facts(TUESDAY + 9), [], id="the next morning, before 24 hours"),
        pytest.param(facts(TUESDAY + 10), ["check-in-24"], id="24 hours after"),
        pytest.param(
            facts(TUESDAY + 10, checked_in=(MONDAY + 32 * HOUR,)), [], id="answered already"
        ),
        pytest.param(facts(TUESDAY + 19), ["check-in-24"], id="asks the same once a day"),
        pytest.param(facts(48 + 19), ["weather"], id="Wednesday evening"),
        pytest.param(
            facts(48 + 19, checked_in=(MONDAY + 60 * HOUR,)), [], id="told that day already"
        ),
        pytest.param(facts(48 + 19, in_window=False), [], id="no window, no weather"),
        pytest.param(facts(72 + 10), ["check-in-72"], id="72 hours after"),
        pytest.param(facts(48 + 10, **FORGETFUL), ["practice"], id="what was agreed"),
        pytest.param(
            facts(48 + 10, **FORGETFUL, practised=(MONDAY + 57 * HOUR,)), [], id="done today"
        ),
        pytest.param(facts(48 + 10), [], id="nothing agreed"),
        pytest.param(
            facts(
                24 * 4 + 17, dosed=(), visits=(Visit(key="v", starts_at=MONDAY + 130 * HOUR),)
            ),
            ["session-tomorrow"],
            id="a visit tomorrow",
        ),
        pytest.param(
            facts(
                24 * 4 + 16, dosed=(), visits=(Visit(key="v", starts_at=MONDAY + 130 * HOUR),)
            ),
            [],
            id="not before five",
        ),
        pytest.param(facts(TUESDAY + 10, kinds={"weather"}), [], id="only what they chose"),
    ],
)
def test_what_is_due(case, wanted):
    assert kinds(due(case, SAID)) == wanted


def test_a_corrected_dose_moves_what_was_not_sent():
    moved = replace(DOSE, last_dose_at=MONDAY + 15 * HOUR)
    before, after = facts(TUESDAY + 10), facts(TUESDAY + 10, dosed=(moved,))
    assert kinds(due(before, SAID)) == ["check-in-24"]
    assert due(after, SAID) == ()
    (later,) = due(facts(TUESDAY + 15, dosed=(moved,)), SAID)
    assert later.once == due(before, SAID)[0].once


def test_a_check_in_that_falls_into_the_night_waits_for_the_morning():
    late = replace(DOSE, last_dose_at=MONDAY + 22 * HOUR)
    case = facts(TUESDAY + 23, dosed=(late,), rests_until=MONDAY + 31 * HOUR)
    assert due(case, SAID) == ()
    assert kinds(due(replace(case, at=MONDAY + 56 * HOUR), SAID)) == ["check-in-24"]


@pytest.mark.parametrize(("in_window", "most"), [(True, 2), (False, 1)])
def test_a_day_has_room_for_so_many(in_window, most):
    case = facts(
        24 * 2 + 17.5,
        in_window=in_window,
        **FORGETFUL,
        visits=(Visit(key="v", starts_at=MONDAY + 82 * HOUR),),
        dosed=(replace(DOSE, last_dose_at=MONDAY + 33 * HOUR),),
    )
    assert len(planned(case, SAID)) > most
    found = due(case, SAID)
    assert kinds(found) == ["session-tomorrow", "check-in-24"][:most]
    written = tuple(Written(once=one.once, at=case.at) for one in found)
    assert due(replace(case, written=written), SAID) == ()


stretch = st.timedeltas(timedelta(0), timedelta(days=6))
moments = st.lists(stretch, max_size=4)


@settings(max_examples=8, deadline=None)
@given(
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu", "Europe/London"]),
    start=st.sampled_from([MONDAY, MONDAY + timedelta(days=25)]),  # over a change of clocks
    doses=st.lists(stretch, min_size=1, max_size=3, unique=True),
    visits=moments,
    checked_in=moments,
    begins=st.sampled_from([time(18), time(21), time(23, 30), time(1)]),
    jump=st.sampled_from([timedelta(0), timedelta(days=1), timedelta(days=-1)]),
)
def test_whole_weeks_keep_the_night_the_limit_and_remind_once(
    zone, start, doses, visits, checked_in, begins, jump
):
    quiet = Quiet(zone=ZoneInfo(zone), begins=begins, ends=time(9))
    written = []
    for tick in range(0, 7 * 24 * 60, 60):
        at = start + timedelta(minutes=tick)
        at += jump if 3000 <= tick < 3120 else timedelta(0)
        given_by_now = [start + dose for dose in doses if start + dose <= at]
        last = max(given_by_now, default=None)
        case = ReminderFacts(
            at=at,
            patient=1,
            quiet=quiet,
            kinds=KINDS,
            in_window=last is not None and at - last < timedelta(days=6),
            rests_until=last + 14 * HOUR if last else None,
            dosed=[
                Dosed(session=str(one), last_dose_at=one, letter_at=one + 3 * HOUR)
                for one in given_by_now
            ],
            visits=[Visit(key=str(one), starts_at=start + one) for one in visits],
            checked_in=[start + one for one in checked_in if start + one <= at],
            has_practice=True,
            written=tuple(written),
        )
        written += [Written(once=one.once, at=at) for one in due(case, SAID)]
    assert not [one for one in written if quiet.holds(one.at)]
    assert len({one.once for one in written}) == len(written)
    days = [one.at.astimezone(quiet.zone).date() for one in written]
    assert max((days.count(day) for day in days), default=0) <= SAID.most_in_window.value


def test_the_property_turns_red_without_the_guard(monkeypatch):
    monkeypatch.setattr(Quiet, "holds", lambda self, at: False)
    late = facts(20.5, quiet=replace(NIGHT, begins=time(20)))
    assert kinds(due(late, SAID)) == []  # of no more use at night: the second guard
    assert kinds(due(facts(19, quiet=replace(NIGHT, begins=time(18, 30))), SAID)) == [
        "first-night"
    ]
