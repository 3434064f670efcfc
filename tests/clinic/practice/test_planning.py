from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kapstone.catalogue.modalities import load_menu
from kapstone.clinic.practice.planning import (
    PlanFacts,
    PlannedContact,
    SlotFacts,
    check_plan,
    free_times,
    ranked_slots,
)
from kapstone.clinic.window.curve import WindowDose, reckon

DOSE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
ZONE = ZoneInfo("UTC")


def contact(hours: float, *, demanding: bool = False) -> PlannedContact:
    return PlannedContact(starts_at=DOSE + hours * HOUR, name="EMDR", demanding=demanding)


GOOD = PlanFacts(
    dose_at=DOSE,
    open_time=(DOSE + 22 * HOUR, DOSE + 72 * HOUR),
    next_dose_at=DOSE + 168 * HOUR,
    contacts=[contact(24)],
    practice_days=2,
    days_so_far=2,
    at=DOSE + 48 * HOUR,
    zone=ZONE,
    menu=load_menu(),
)


def unmet(facts: PlanFacts) -> list[str]:
    return [check.title for check in check_plan(facts) if not check.met]


def test_a_good_plan_meets_every_check():
    assert unmet(GOOD) == []


@pytest.mark.parametrize(
    ("change", "titles"),
    [
        ({"contacts": [contact(41)]}, ["First contact 18 to 40 h after the dose"]),
        ({"open_time": (DOSE + 90 * HOUR, DOSE + 99 * HOUR)}, ["A session in the open time"]),
        (
            {"contacts": [contact(24), contact(17, demanding=True)]},
            ["Nothing heavy in the first 18 h"],
        ),
        (
            {"contacts": [contact(24), contact(165)]},
            ["4 h free before the next dose"],
        ),
        ({"practice_days": 1}, ["A practice every day"]),
    ],
)
def test_one_change_leaves_one_check_open(change, titles):
    assert unmet(replace(GOOD, **change)) == titles


@pytest.mark.parametrize(
    "contacts",
    [
        [contact(18), contact(24)],
        [contact(40)],
        [contact(24), contact(18, demanding=True)],
        [contact(24), contact(164)],
    ],
)
def test_at_the_limit_a_check_is_met(contacts):
    assert unmet(replace(GOOD, contacts=contacts)) == []


SLOTS = SlotFacts(
    since=DOSE + 22 * HOUR,
    until=DOSE + 160 * HOUR,
    length=50 * HOUR / 60,
    taken=[(DOSE + 24 * HOUR, DOSE + 26 * HOUR)],
    sessions=[],
    zone=ZONE,
)


def test_free_times_lie_on_weekdays_in_opening_hours_and_touch_nothing_taken():
    found = list(free_times(SLOTS))
    assert found
    for start, end in found:
        assert start.weekday() < 5
        assert start.hour >= 9
        assert (end.hour, end.minute) <= (18, 0)
        assert end <= SLOTS.taken[0][0] or start >= SLOTS.taken[0][1]


def test_times_are_ranked_by_the_window_and_none_is_forbidden():
    reckoning = reckon([WindowDose(given_at=DOSE, amount_mg=40, route="IM", weight_kg=80)])
    slots = ranked_slots(
        reckoning, replace(SLOTS, sessions=[(DOSE + 30 * HOUR, DOSE + 31 * HOUR)])
    )
    assert [slot.rank for slot in slots] == list(range(1, len(slots) + 1))
    assert slots[0].where == "in the open time"
    assert slots[-1].where == "while it closes"
    assert any("Less than 12 hours" in note for note in slots[0].notes)


def test_no_time_is_offered_twice_in_one_half_day():
    reckoning = reckon([WindowDose(given_at=DOSE, amount_mg=40, route="IM", weight_kg=80)])
    halves = [
        (slot.starts_at.date(), slot.starts_at.hour < 13)
        for slot in ranked_slots(reckoning, SLOTS)
    ]
    assert len(halves) == len(set(halves))
