"""What must hold for any facts: sound markup, escaped words, empty states in words."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kapstone.core.ui.charts.axis import DayMark, NowMark, day_marks, hours_after
from kapstone.core.ui.charts.dot_interval import DotInterval, draw_dot_interval
from kapstone.core.ui.charts.drawing import TableTwin
from kapstone.core.ui.charts.hill import Hill, draw_hill
from kapstone.core.ui.charts.marks import shorten, text_width
from kapstone.core.ui.charts.record_facts import Limits, SessionRecord, Vitals, clock
from kapstone.core.ui.charts.record_ground import LEFT, grid, scales_for
from kapstone.core.ui.charts.ridge_board import Ridge, RidgeBoard, draw_ridge_board
from kapstone.core.ui.charts.ring import Ring, draw_ring
from kapstone.core.ui.charts.rooms_day import Booking, RoomRow, RoomsDay, draw_rooms_day
from kapstone.core.ui.charts.session_bar import SessionBar, draw_session_bar
from kapstone.core.ui.charts.session_record import draw_session_record
from kapstone.core.ui.charts.timeline import draw_timeline
from kapstone.core.ui.charts.timeline_facts import Dose, Scores, Session, Timeline
from kapstone.core.ui.charts.trajectories import (
    OUTCOMES,
    Completeness,
    SmallMultiple,
    Trajectories,
    draw_completeness,
    draw_small_multiple,
    draw_trajectories,
)
from kapstone.core.ui.charts.vitals_strip import draw_vitals_strip
from kapstone.core.ui.charts.window_curve import draw_window_curve
from kapstone.core.ui.charts.window_facts import Curve, PlannedSession, WindowCurve, between
from kapstone.core.ui.guide import charts
from kapstone.core.ui.samples import clinic, person

HOSTILE = '</text><script>alert("1")</script>&'
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F), max_size=40)
LEVEL = st.floats(0, 1)
HOUR = st.floats(-50, 400)
VITALS = st.builds(
    Vitals,
    at=st.floats(-20, 120),
    systolic=st.none() | st.floats(40, 260),
    diastolic=st.none() | st.floats(20, 180),
    pulse=st.none() | st.floats(20, 230),
    saturation=st.none() | st.floats(60, 100),
    alertness=st.none() | st.integers(0, 5),
    reason=WORDS,
    struck=st.booleans(),
)


def sound(svg):
    """Parse a drawing and check what any drawing must be."""
    tree = ElementTree.fromstring(svg)  # noqa: S314  our own drawing
    assert not re.search(r'[ ="](nan|inf)', svg)
    ids = [one.get("id") for one in tree.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    for reference in re.findall(r"url\(#([^)]*)\)", svg):
        assert reference in ids
    return tree


def curve(levels):
    return Curve(hours=tuple(range(len(levels))), mid=tuple(levels))


@pytest.mark.parametrize("name", charts())
def test_every_sample_is_sound_and_has_its_table(name):
    drawing = charts()[name]
    sound(drawing.svg)
    assert isinstance(drawing.table, TableTwin)
    assert drawing.table.rows


@settings(max_examples=40, deadline=None)
@given(st.lists(LEVEL, min_size=2, max_size=60), st.lists(HOUR, max_size=5), WORDS)
def test_any_window_is_drawn_soundly(levels, hours, said):
    facts = WindowCurve(
        uid="w",
        title=said,
        curve=curve(levels),
        sessions=tuple(PlannedSession(at=at, title=said, when=said) for at in hours),
        now=NowMark(at=hours[0] if hours else 3),
    )
    sound(draw_window_curve(facts).svg)


@settings(max_examples=60, deadline=None)
@given(st.lists(VITALS, min_size=1, max_size=12), st.lists(st.floats(-20, 120), max_size=6))
def test_any_record_is_drawn_soundly(vitals, due):
    facts = SessionRecord(
        uid="r", vitals=tuple(vitals), due=tuple(due), zero_clock=610, now=NowMark(at=30)
    )
    sound(draw_session_record(facts).svg)
    strip = draw_vitals_strip(facts)
    if strip.svg:
        sound(strip.svg)


@pytest.mark.parametrize("lowest", [97, 81, 55, 20, 0])
def test_the_numbers_of_a_widened_scale_stand_apart(lowest):
    facts = SessionRecord(uid="r", vitals=(Vitals(at=5, saturation=lowest),), zero_clock=610)
    scale = scales_for(facts).saturation
    numbers = [
        float(y)
        for x, y in re.findall(r'x="([\d.]+)" y="([\d.]+)"', grid(facts, scales_for(facts)))
        if float(x) == LEFT - 8 and scale.end <= float(y) - 4 <= scale.start
    ]
    assert len(numbers) >= 2
    assert all(abs(a - b) >= 12 for a, b in pairwise(sorted(numbers)))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(-9, 40), WORDS), max_size=8), WORDS)
def test_any_timeline_is_drawn_soundly(sessions, name):
    facts = replace(
        person.TIMELINE,
        name=name,
        sessions=tuple(Session(day=day, label=said, done=day < 16) for day, said in sessions),
    )
    sound(draw_timeline(facts).svg)


@settings(max_examples=30, deadline=None)
@given(st.lists(LEVEL, min_size=2, max_size=50), HOUR)
def test_any_hill_is_drawn_soundly(levels, now):
    hours = tuple(float(i * 3) for i in range(len(levels)))
    sound(
        draw_hill(Hill(uid="h", sentence="x", hours=hours, values=tuple(levels), now=now)).svg
    )


def test_what_a_patient_wrote_is_drawn_as_words():
    hostile = replace(
        clinic.WINDOW,
        title=HOSTILE,
        sessions=(PlannedSession(at=30, title=HOSTILE, when=HOSTILE, state="done"),),
    )
    svg = draw_window_curve(hostile).svg
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


@pytest.mark.parametrize(
    "drawing",
    [
        pytest.param(
            draw_window_curve(WindowCurve(uid="w", title="t", curve=None)), id="window"
        ),
        pytest.param(draw_session_record(SessionRecord(uid="r")), id="record"),
        pytest.param(draw_vitals_strip(SessionRecord(uid="r")), id="strip"),
        pytest.param(draw_rooms_day(RoomsDay(uid="r", title="t", rooms=())), id="rooms"),
        pytest.param(draw_dot_interval(DotInterval(uid="d", title="t", rates=())), id="rates"),
        pytest.param(
            draw_trajectories(Trajectories(uid="t", measure="PHQ-9", high=27, people=())),
            id="trajectories",
        ),
        pytest.param(
            draw_small_multiple(
                SmallMultiple(
                    uid="s", name="Elm", measure="PHQ-9", points=(), high=27, remission_under=5
                )
            ),
            id="small",
        ),
        pytest.param(
            draw_completeness(Completeness(uid="c", started=0, points=())), id="complete"
        ),
        pytest.param(draw_ridge_board(RidgeBoard(uid="b", ridges=(), days=())), id="ridges"),
    ],
)
def test_nothing_to_draw_is_said_in_words(drawing):
    assert drawing.empty.endswith(".")
    assert not getattr(drawing, "svg", "")


def test_a_timeline_without_a_dose_keeps_its_lanes_and_says_so():
    svg = draw_timeline(Timeline(uid="t", name="Elm", start=0, end=30)).svg
    for lane in ("Windows", "Sessions", "Weather", "Trails", "Sleep", "First dose not planned"):
        assert f">{lane}<" in svg


def test_before_the_first_dose_the_land_is_flat():
    svg = draw_hill(person.DAWN).svg
    assert "Your first window opens on 28 April" in svg
    assert "-win)" not in svg


def test_a_window_that_could_not_be_computed_still_has_its_row():
    board = draw_ridge_board(clinic.RIDGES)
    rowan = next(row for row in board.rows if row.ridge.name == "Rowan")
    assert "Window not computed" in rowan.svg
    assert "f-ket" in rowan.svg


def test_open_time_with_nothing_booked_is_drawn_and_said():
    birch = next(r for r in draw_ridge_board(clinic.RIDGES).rows if r.ridge.name == "Birch")
    assert "f-amber" in birch.svg
    assert "open time with nothing booked" in birch.svg


def test_the_now_line_stands_at_the_same_place_in_every_row():
    board = draw_ridge_board(clinic.RIDGES)
    places = {
        re.search(r'<svg x="([^"]*)" class="now"', drawn)[1]
        for drawn in (board.head, *(row.svg for row in board.rows))
    }
    assert len(places) == 1


def test_a_now_line_that_knows_its_zero_can_be_moved_by_the_clock():
    now = NowMark(at=82.7, label="10:42", origin="2026-05-11T00:00:00+02:00")
    svg = draw_ridge_board(replace(clinic.RIDGES, now=now)).rows[0].svg
    assert 'data-now-origin="2026-05-11T00:00:00+02:00"' in svg
    assert 'data-now-unit="%"' in svg


def test_chevrons_touch_the_value_they_stand_for():
    svg = draw_session_record(
        SessionRecord(uid="r", vitals=(Vitals(at=0, systolic=125, diastolic=60),))
    ).svg
    middle = 80 + 170 / 2  # 125 is half way between 60 and 190
    assert f"L143.7 {middle:.0f}L" in svg


def test_a_value_off_the_scale_widens_it_by_steps_and_says_so():
    tall = Vitals(at=5, systolic=214, diastolic=110)
    svg = draw_session_record(SessionRecord(uid="r", vitals=(tall,))).svg
    assert "Scale widened: blood pressure." in svg
    assert ">200<" in svg


def test_a_missing_value_breaks_the_line_and_is_drawn():
    drawing = draw_session_record(clinic.RECORD)
    assert 'stroke-dasharray="2 3"' in drawing.svg
    assert ("10:30", "no value", "88", "97", "4", "cuff off") in drawing.table.rows


def test_a_corrected_value_stays_and_is_told_apart():
    rows = draw_session_record(clinic.RECORD).table.rows
    assert ("10:35", "118/92", "88", "97", "", "corrected, struck") in rows


def test_no_limit_is_drawn_that_the_protocol_does_not_hold():
    bare = draw_session_record(replace(clinic.RECORD, limits=Limits())).svg
    assert "tell" not in bare
    assert "f-amber" not in bare


def test_missing_days_are_dashed_never_bridged():
    days = replace(person.TIMELINE, weather=((1.0, None),), sleep=((1.0, None),), scores=())
    drawn = draw_timeline(days)
    assert drawn.svg.count('stroke-dasharray="2 3"') == 2
    assert [row[2] for row in drawn.table.rows].count("missing") == 2


def test_every_score_has_a_word_for_the_cursor():
    said = " ".join(stop.says for stop in draw_timeline(person.TIMELINE).stops)
    for value in (21, 20, 14, 11, 9):
        assert f"PHQ-9: {value}" in said


def test_an_axis_knows_the_day_the_clocks_change():
    zone = ZoneInfo("Europe/Berlin")
    origin = datetime(2026, 3, 28, tzinfo=zone)
    marks = list(day_marks(origin, 72, today=date(2026, 3, 29)))
    assert [mark.at for mark in marks] == [0, 24, 47, 71]
    assert [mark.today for mark in marks] == [False, True, False, False]
    assert marks[0].weekend


def test_hours_are_counted_by_the_moment_not_the_clock():
    zone = ZoneInfo("Europe/Berlin")
    before, after = datetime(2026, 3, 29, 1, tzinfo=zone), datetime(2026, 3, 29, 4, tzinfo=zone)
    assert hours_after(before, after) == 2
    assert hours_after(before, datetime(2026, 3, 29, 2, tzinfo=UTC)) == 2


@given(st.lists(LEVEL, min_size=2, max_size=20), st.floats(0, 30))
def test_a_level_between_hours_lies_between_its_neighbours(levels, hour):
    hours = [float(i) for i in range(len(levels))]
    assert min(*levels, 0) <= between(hours, levels, hour) <= max(levels)


def test_the_clock_turns_over_at_midnight():
    assert clock(23 * 60 + 50, 15) == "00:05"
    assert clock(610, -15) == "09:55"


@given(WORDS, st.floats(0, 300))
def test_shortened_words_fit(said, width):
    cut = shorten(said, width)
    assert text_width(cut) <= width + 12
    assert said.startswith(cut.removesuffix("…").rstrip())


def test_a_curve_of_uneven_rows_is_refused():
    with pytest.raises(ValueError, match="as many values"):
        Curve(hours=(0, 1), mid=(0.5,))


def test_a_table_of_uneven_rows_is_refused():
    with pytest.raises(ValueError, match="cells under"):
        TableTwin("t", ("a", "b"), (("1",),))


@pytest.mark.parametrize("share", [-1, 0, 0.4, 1, 3])
def test_a_ring_never_fills_past_itself(share):
    svg = draw_ring(Ring(uid="r", share=share, words="w")).svg
    sound(svg)
    assert ("s-amber" in svg) == (share > 1)


def test_a_bar_before_the_dose_shows_it_dashed():
    facts = SessionBar(uid="b", now=NowMark(at=-5), zero_clock=610, dosed=False)
    drawing = draw_session_bar(facts)
    assert "The dose has not been given." in drawing.svg
    assert 'stroke-dasharray="3 2"' in drawing.svg
    assert "f-fir" not in drawing.svg


def test_a_booking_outside_the_day_is_in_the_table_and_not_over_the_edge():
    room = RoomRow(name="Room 1", bookings=(Booking(start=5, end=7, label="Early"),))
    drawing = draw_rooms_day(RoomsDay(uid="r", title="t", rooms=(room,)))
    assert "Early" not in drawing.svg
    assert drawing.table.rows == (("Room 1", "05:00", "07:00", "Early", "session"),)


def test_worse_is_told_by_weight_of_line_as_well_as_colour():
    assert OUTCOMES["worse"] == "red"
    svg = draw_small_multiple(
        SmallMultiple(
            uid="s",
            name="Poplar",
            measure="PHQ-9",
            points=((0, 10), (5, 14)),
            high=27,
            remission_under=5,
            outcome="worse",
        )
    ).svg
    assert "From 10 to 14." in svg


def test_doses_of_a_course_carry_their_number():
    facts = replace(person.TIMELINE, doses=(Dose(day=3, number=7, planned=True),))
    svg = draw_timeline(facts).svg
    assert 'stroke-dasharray="3 2"' in svg
    assert ">7</text>" in svg


def test_a_ridge_says_all_it_shows():
    ridge = Ridge(
        name="Elm", state="Open", detail="30 h after dose 1", hours=(0, 9), values=(0, 1)
    )
    board = RidgeBoard(uid="b", ridges=(ridge,), days=(DayMark(at=0, label="Mon"),))
    drawn = draw_ridge_board(board)
    assert "Open, 30 h after dose 1, nothing booked" in drawn.rows[0].svg
    assert drawn.table.rows[0][-1] == "nothing booked"


def test_scores_due_are_shown_before_they_are_given():
    scores = Scores(name="PHQ-9", low=0, high=27, due=(20,))
    drawn = draw_timeline(replace(person.TIMELINE, scores=(scores,)))
    assert ">due<" in drawn.svg
    assert any(row[1:] == ("PHQ-9", "due") for row in drawn.table.rows)
