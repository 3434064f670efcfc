from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kapstone.clinic.practice.trails import LoggedWalk, TrailFacts, trail_curve
from kapstone.clinic.window.curve import WindowDose
from kapstone.science.events import DoseEvent
from kapstone.science.exposure import exposure
from kapstone.science.people import typical
from kapstone.science.trails import Walk, Way, strengths
from kapstone.science.window import PlainJump

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DOSE = WindowDose(given_at=START + DAY, amount_mg=40, route="IM", weight_kg=80)
FACTS = TrailFacts(
    named_at=START,
    doses=[DOSE],
    sessions=[START + 2 * DAY],
    walks=[
        LoggedWalk(walked_at=START + 2 * DAY, which="new"),
        LoggedWalk(walked_at=START + 2 * DAY + HOUR, which="noticed"),
        LoggedWalk(walked_at=START + 3 * DAY, which="old"),
    ],
    at=START + 5 * DAY,
    zone=ZoneInfo("UTC"),
)


def test_the_trails_are_the_science_on_the_real_log():
    curve = trail_curve(FACTS)
    (jump,) = exposure(
        [DoseEvent(time_h=0, amount_mg=40, route="IM")], body=typical(weight_kg=80)
    )
    expected = strengths(
        [PlainJump(33.0, jump.amplitude)],
        now_h=129.0,
        sessions_h=[57.0],
        walks=[Walk(57.0, Way.NEW), Walk(58.0, Way.NOTICED), Walk(81.0, Way.OLD)],
    )
    assert curve.new == pytest.approx(expected.new, rel=1e-12)
    assert curve.old == pytest.approx(expected.old, rel=1e-12)
    assert (curve.new_now, curve.old_now) == (expected.new_now, expected.old_now)
    assert curve.days[0] == START.date()
    assert len(curve.days) == 6


def test_a_walk_on_the_new_trail_widens_it_at_once():
    more = replace(FACTS, walks=[*FACTS.walks, LoggedWalk(walked_at=FACTS.at, which="new")])
    assert trail_curve(more).new_now > trail_curve(FACTS).new_now


def test_noticing_moves_neither_trail():
    more = replace(FACTS, walks=[*FACTS.walks, LoggedWalk(walked_at=FACTS.at, which="noticed")])
    assert trail_curve(more) == trail_curve(FACTS)


def test_a_dose_not_studied_leaves_the_walks_and_says_so():
    huge = replace(DOSE, amount_mg=1900)
    curve = trail_curve(replace(FACTS, doses=[huge]))
    assert "mg" in curve.without_window
    assert curve.new_now > curve.new[0]


def test_the_days_count_by_the_clinics_calendar_over_a_change_of_clocks():
    zone = ZoneInfo("America/New_York")  # clocks go forward on 8 March 2026
    named = datetime(2026, 3, 7, 9, 0, tzinfo=zone)
    walk = LoggedWalk(walked_at=datetime(2026, 3, 8, 23, 30, tzinfo=zone), which="new")
    at = datetime(2026, 3, 10, 9, 0, tzinfo=zone)
    facts = TrailFacts(named_at=named, doses=[], sessions=[], walks=[walk], at=at, zone=zone)
    expected = strengths([], now_h=81.0, walks=[Walk(47.5, Way.NEW)])
    assert trail_curve(facts).new == pytest.approx(expected.new, rel=1e-12)


def test_before_the_first_day_the_trails_stand_as_on_it():
    curve = trail_curve(FACTS)
    assert curve.on(START.date() - timedelta(days=9)) == (curve.new[0], curve.old[0])
    assert curve.on(FACTS.at.date() + DAY) == (curve.new_now, curve.old_now)
