"""Samples for the clinic: the day, the plan, the session."""

from __future__ import annotations

from dataclasses import replace

from kapstone.core.ui.charts.axis import DayMark, NowMark
from kapstone.core.ui.charts.record_facts import (
    DoseGiven,
    Happened,
    Limits,
    SessionRecord,
    Vitals,
)
from kapstone.core.ui.charts.ridge_board import Ridge, RidgeBoard
from kapstone.core.ui.charts.ring import Ring
from kapstone.core.ui.charts.rooms_day import Booking, RoomRow, RoomsDay
from kapstone.core.ui.charts.session_bar import SessionBar
from kapstone.core.ui.charts.window_facts import (
    DoseMark,
    Phase,
    PlannedSession,
    PracticeRow,
    Span,
    WindowCurve,
)
from kapstone.core.ui.charts.window_sketch import WindowSketch
from kapstone.core.ui.samples.shapes import DOSE_HOUR, NOW_HOUR, bump, sample_curve

WEEK = tuple(
    DayMark(at=24.0 * i, label=label, today=i == 3, weekend=i > 4)
    for i, label in enumerate(
        ("Mon 11", "Tue 12", "Wed 13", "Thu 14", "Fri 15", "Sat 16", "Sun 17")
    )
)
PLAN_DAYS = tuple(
    DayMark(at=24.0 * i - DOSE_HOUR, label=label, today=i == 2)
    for i, label in enumerate(
        ("Tue 12", "Wed 13", "Thu 14", "Fri 15", "Sat 16", "Sun 17", "Mon 18", "Tue 19")
    )
)


def _plan(day: int, hour: float) -> float:
    """Give the hours after the dose of a clock time, days after the dose's day."""
    return 24.0 * day + hour - DOSE_HOUR


WINDOW = WindowCurve(
    uid="plan",
    title="Window after dose 4",
    curve=sample_curve(),
    phases=(
        Phase(label="Settle", start=0, end=6),
        Phase(label="Opening", start=6, end=24),
        Phase(label="Open", start=24, end=72, note="24 to 72 h", is_open=True),
        Phase(label="Closing", start=72, end=168, note="to day 7"),
    ),
    days=PLAN_DAYS,
    doses=(DoseMark(at=0, words="dose 4"),),
    sessions=(
        PlannedSession(at=_plan(1, 14), title="Reflect", when="Wed 14:00", state="done"),
        PlannedSession(at=_plan(2, 14), title="EMDR", when="Thu 14:00"),
        PlannedSession(at=_plan(4, 17.5), title="free slot", when="Sat 17:30", state="free"),
        PlannedSession(at=_plan(3, 9), title="IFS", when="Fri 09:00", state="held"),
    ),
    practices=(
        PracticeRow(
            label="walk",
            done=(_plan(1, 8.5), _plan(2, 8)),
            planned=tuple(_plan(day, 8.5) for day in (3, 4, 5, 6)),
        ),
        PracticeRow(
            label="breathe",
            done=(_plan(0, 19), _plan(1, 19.5), _plan(2, 7.6)),
            planned=tuple(_plan(day, 19) for day in (2, 3, 4, 5)),
        ),
        PracticeRow(
            label="write",
            done=(_plan(0, 21), _plan(1, 21)),
            planned=tuple(_plan(day, 21) for day in (2, 3, 4)),
        ),
    ),
    sleep=tuple(
        Span(
            start=_plan(i, 22.8) + (2.6 if i == 1 else 0),
            end=_plan(i, 31.2),
            label="1:25" if i == 1 else "",
            late=i == 1,
        )
        for i in range(7)
    ),
    life=tuple(Span(start=_plan(i, 11), end=_plan(i, 19), label="work") for i in (1, 2, 3, 6)),
    now=NowMark(at=48.62, label="10:42"),
)

SKETCH = WindowSketch(
    uid="sketch",
    curve=sample_curve(),
    ticks=((0, "dose"), (24, "1 day"), (72, "3 days"), (120, "5 days")),
    phases=(
        ("first day", "opening"),
        ("one to three days", "most open"),
        ("to day seven", "closing"),
    ),
)


def _ridge(dose: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    hours = tuple(dose + i * 0.75 for i in range(225))
    return hours, tuple(bump(t - dose) for t in hours)


def _drawn(ridge: Ridge) -> Ridge:
    hours, values = _ridge(ridge.doses[0])
    return replace(ridge, hours=hours, values=values)


RIDGES = RidgeBoard(
    uid="ridges",
    days=WEEK,
    now=NowMark(at=72 + NOW_HOUR, label="10:42"),
    ridges=(
        _drawn(
            Ridge(
                name="Alder",
                state="In the room now",
                detail="Dose 3 of 6",
                doses=(72 + 10.17,),
                booked=(105.0, 130.0),
                next_words="Fri 09:00 IFS",
                href="#alder",
            )
        ),
        _drawn(
            Ridge(
                name="Spruce",
                state="Opening",
                detail="20 h after dose 2",
                doses=(48 + 14.17,),
                booked=(88.0, 107.0),
                practices=(68.5, 80.0),
                next_words="Today 16:00 somatic",
                href="#spruce",
            )
        ),
        _drawn(
            Ridge(
                name="Linden",
                state="Open",
                detail="48 h after dose 4",
                doses=(24 + 10.08,),
                done=(62.0,),
                booked=(86.0,),
                practices=(43.0, 56.0, 67.5, 79.6),
                next_words="Today 14:00 EMDR",
                href="#linden",
            )
        ),
        _drawn(
            Ridge(
                name="Birch",
                state="Open, 4 h 48 m left",
                detail="67 h after dose 1",
                doses=(15.5,),
                practices=(33.0, 66.0),
                gap=(82.7, 87.5),
                act_label="Book a session",
                act_href="#book",
                href="#birch",
            )
        ),
        _drawn(
            Ridge(
                name="Maple",
                state="Closing",
                detail="6 days after dose 6",
                doses=(-61.0,),
                done=(40.0,),
                practices=(9.0, 32.0, 44.0, 57.0, 67.0),
                next_words="Review due Mon",
                href="#maple",
            )
        ),
        Ridge(
            name="Rowan",
            state="Dose Wed 11:20",
            detail="23 h ago",
            doses=(59.3,),
            next_words="Fri 11:00 IFS",
            href="#rowan",
        ),
    ),
)

RECORD = SessionRecord(
    uid="record",
    vitals=(
        Vitals(at=-15, systolic=128, diastolic=78, pulse=72, saturation=98, alertness=5),
        Vitals(at=5, systolic=134, diastolic=82, pulse=78, saturation=97, alertness=5),
        Vitals(at=10, systolic=141, diastolic=88, pulse=84, saturation=97, alertness=4),
        Vitals(at=15, systolic=146, diastolic=91, pulse=88, saturation=96, alertness=4),
        Vitals(at=20, pulse=88, saturation=97, alertness=4, reason="cuff off"),
        Vitals(at=25, systolic=118, diastolic=92, pulse=88, saturation=97, struck=True),
        Vitals(at=25.5, systolic=148, diastolic=92, pulse=88, saturation=97, alertness=4),
    ),
    due=(35, 45, 55, 70, 85, 100, 115),
    doses=(DoseGiven(at=0, words="K 53 mg IM"),),
    events=(
        Happened(at=-11, icon="signature", words="Intention read"),
        Happened(at=-4, icon="eye-off", words="Eyeshade on"),
        Happened(at=6, icon="list-music", words="Music changed"),
        Happened(at=13, icon="frown", words="Nausea, mild"),
        Happened(at=26, icon="quote", words="Words kept"),
    ),
    limits=Limits(
        tell_systolic=160,
        act_systolic=180,
        low_systolic=90,
        tell_pulse=120,
        low_pulse=55,
        tell_saturation=94,
    ),
    zero_clock=610,
    now=NowMark(at=32.3),
)
BAR = SessionBar(
    uid="bar",
    now=NowMark(at=32.3),
    zero_clock=610,
    done=(-15, 5, 10, 15, 25),
    due=(35, 45, 55, 70, 85, 100, 115),
)
RING = Ring(uid="ring", share=0.725, words="2 minutes 45 to the next vital signs")

ROOMS = RoomsDay(
    uid="rooms",
    title="Rooms today",
    rooms=(
        RoomRow(
            name="Room 1",
            bookings=(
                Booking(start=9.75, end=11.75, label="Larch, dose 2", kind="waiting"),
                Booking(start=13, end=15.2, label="Sycamore, dose 5", kind="dose"),
            ),
        ),
        RoomRow(
            name="Room 2",
            bookings=(
                Booking(start=9.5, end=12.3, label="Alder, dose 3", kind="live"),
                Booking(start=14, end=16.3, label="Hornbeam, dose 1", kind="dose"),
            ),
        ),
        RoomRow(
            name="Studio",
            bookings=(
                Booking(start=8.5, end=9.4, label="Couple A"),
                Booking(start=14, end=15.3, label="Linden"),
                Booking(start=16, end=17, label="Spruce"),
            ),
        ),
        RoomRow(
            name="Video",
            bookings=(
                Booking(start=9, end=9.8, label="Request", kind="request"),
                Booking(start=11, end=11.8, label="Yew"),
                Booking(start=17, end=18.2, label="Group 3"),
            ),
        ),
    ),
    now=NowMark(at=NOW_HOUR),
)
