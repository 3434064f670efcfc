"""Who is in the room now, and who waits at the gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from kapstone.clinic.dosing.gate import Judged
from kapstone.clinic.dosing.held import held_counts
from kapstone.clinic.dosing.models import DosingSession
from kapstone.clinic.dosing.monitoring import Seen, Started, due_times
from kapstone.clinic.dosing.queries import (
    Chart,
    chart_of,
    charts_of,
    patient_of,
    sessions_visible,
    staged,
)
from kapstone.clinic.dosing.record import DoseStanding, Stage
from kapstone.clinic.dosing.room_page import old_at_of, wait_of
from kapstone.clinic.dosing.shelf import Shelf
from kapstone.clinic.overview.day import day_of_rooms
from kapstone.clinic.overview.needs import Ranked
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import Access
from kapstone.core.ui.charts.axis import NowMark
from kapstone.core.ui.charts.drawing import Drawing
from kapstone.core.ui.charts.session_bar import SessionBar, draw_session_bar
from kapstone.core.ui.parts import Act, Figure, Line, Need, RoomCard, Tone

LIVE_SINCE = LIVE_AHEAD = timedelta(hours=12)
GATE_AHEAD = timedelta(hours=2)
OPEN = {Stage.GATE, Stage.READY, Stage.DOSED}
MINUTE = timedelta(minutes=1)
OPEN_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomsToday:
    """The cards, the day's rooms, and what the rooms need; None where the role sees none."""

    cards: tuple[RoomCard, ...] | None
    nobody: str
    day: Drawing | None
    off: tuple[str, ...]
    needs: tuple[Ranked, ...]


def rooms_today(access: Access, zone: ZoneInfo) -> RoomsToday:
    """Gather the rooms as this user may see them."""
    sees_day = access.may_anywhere("appointment")
    day, off = day_of_rooms(access, zone) if sees_day else (None, ())
    if not access.may_anywhere("dosing_session", Action.CREATE):  # an empty room is a claim
        return RoomsToday(cards=None, nobody="", day=day, off=off, needs=())
    sessions = staged(sessions_near(access))
    cards: list[RoomCard] = []
    needs = list(_held_needs([session for session, _ in sessions]))
    shelf = Shelf([session for session, stage in sessions if stage in OPEN], access.at)
    live = [session for session, stage in sessions if stage is Stage.DOSED]
    at_gate = [session for session in shelf.sessions if session not in live]
    for chart in charts_of(shelf):
        if chart.session in live:
            cards.insert(0, _live_card(chart, zone))
            needs += _live_needs(chart, zone)
    following: list[DosingSession] = []
    # Only those who wait are judged; what was written of everybody is on the shelf by now.
    begun = {chart.session: chart for chart in charts_of(shelf.only(at_gate))}
    for session, stage in sessions:
        if session in begun:
            cards.append(_gate_card(begun[session], stage, zone))
            needs += _gate_needs(begun[session], stage)
        elif stage is Stage.PLANNED and session.planned_at < access.at + GATE_AHEAD:
            cards.append(_gate_card(chart_of(session, access.at), stage, zone))
        elif stage is Stage.PLANNED:
            following.append(session)
    return RoomsToday(
        cards=tuple(cards),
        nobody=_nobody(following, zone),
        day=day,
        off=off,
        needs=tuple(needs),
    )


def sessions_near(access: Access) -> QuerySet[DosingSession]:
    """List the sessions of about now that this user may see in the room; else none."""
    if not access.may_anywhere("dosing_session", Action.CREATE):
        return DosingSession.objects.none()
    visible = access.visible("dosing_session")
    return sessions_visible(visible, access.at - LIVE_SINCE, access.at + LIVE_AHEAD)


def _nobody(following: Sequence[DosingSession], zone: ZoneInfo) -> str:
    if not following:
        return "Nobody in the room."
    nearest = following[0]
    starts = nearest.planned_at.astimezone(zone)
    return f"Nobody in the room. Next: {patient_of(nearest).screen_name} {starts:%H:%M}."


def _place(chart: Chart) -> str:
    booked = chart.session.appointment
    room = str(booked.room) if booked is not None and booked.room else "no room booked"
    return f"{room}, dose {chart.session.number} of {chart.session.course.planned_sessions}"


def _live_card(chart: Chart, zone: ZoneInfo) -> RoomCard:
    record = chart.record
    given = record.doses[0]
    amount = f"{given.dose.route} {record.given_mg:g} mg"
    since = (chart.at - given.at) // MINUTE
    open_lines = record.open_crossings
    return RoomCard(
        name=chart.patient.screen_name,
        detail=f"{_place(chart)}, {amount}",
        state="Crossed a line" if open_lines else "In session",
        state_icon="triangle-alert" if open_lines else "headphones",
        state_tone=Tone.AMBER if open_lines else Tone.FIR,
        bar=_bar(chart, given.at, zone),
        figures=tuple(_figures(chart)),
        acts=(
            Act(
                label="Open room",
                href=f"/sessions/{chart.session.key}/room/",
                kind="pri",
            ),
        ),
        note=f"{since} min since dose",
    )


def _bar(chart: Chart, given_at: datetime, zone: ZoneInfo) -> Drawing:
    local = given_at.astimezone(zone)
    sets = [one for one in chart.record.seen if one.vitals.systolic_mmhg is not None]
    taken = [(one.at - given_at) / MINUTE for one in sets]
    until = chart.record.stays_until or given_at + timedelta(minutes=120)
    due = [
        (one.due_at - given_at) / MINUTE
        for one in due_times([_started(one) for one in chart.record.doses], until)
        if one.due_at > chart.at
    ]
    return draw_session_bar(
        SessionBar(
            uid=f"bar-{chart.session.pk}",
            now=NowMark(
                at=(chart.at - given_at) / MINUTE,
                label="",
                origin=given_at.isoformat(),
                zone=zone.key,
            ),
            zero_clock=local.hour * 60 + local.minute,
            done=tuple(minute for minute in taken if minute >= -20),
            due=tuple(due),
            end=max(120.0, (until - given_at) / MINUTE, (chart.at - given_at) / MINUTE),
        )
    )


def _started(one: DoseStanding) -> Started:
    return Started(
        at=one.at,
        route=one.dose.route,
        product=one.dose.product,
        duration_min=float(one.dose.duration_min or 0),
    )


def _figures(chart: Chart) -> Iterator[Figure]:
    base = chart.record.baseline
    pressure = _last(chart.record.seen, "systolic_mmhg")
    if pressure is not None:
        vitals = pressure.vitals
        note = f"baseline {base.systolic_mmhg}/{base.diastolic_mmhg}" if base else ""
        value = f"{vitals.systolic_mmhg}/{vitals.diastolic_mmhg}"
        yield _figure(chart, "BP", value, pressure.at, note)
    pulse = _last(chart.record.seen, "heart_rate_per_min")
    if pulse is not None:
        note = f"baseline {base.heart_rate_per_min}" if base else ""
        yield _figure(chart, "Heart rate", str(pulse.vitals.heart_rate_per_min), pulse.at, note)
    oxygen = _last(chart.record.seen, "spo2_percent")
    if oxygen is not None:
        yield _figure(chart, "SpO2", f"{oxygen.vitals.spo2_percent}%", oxygen.at)
    due = chart.record.next_due(chart.at)
    if due is not None:
        late = due.due_at < chart.at
        minutes = abs(due.due_at - chart.at) // MINUTE
        yield Figure(
            name="Vitals overdue" if late else "Next vitals in",
            value=f"{minutes} min",
            next=True,
            until="" if late else due.due_at.isoformat(),
        )


def _figure(chart: Chart, name: str, value: str, measured: datetime, note: str = "") -> Figure:
    """Show one vital sign with its age, grey when two of its intervals have passed."""
    old_at = old_at_of(measured, wait_of(chart.record, chart.at))
    minutes, seconds = divmod(int((chart.at - measured).total_seconds()), 60)
    return Figure(
        name=name,
        value=value,
        note=note,
        since=measured.isoformat(),
        age=f"{minutes}:{seconds:02d}",
        old_at=old_at.isoformat() if old_at else "",
    )


def _last(seen: Sequence[Seen], sign: str) -> Seen | None:
    return next((one for one in reversed(seen) if getattr(one.vitals, sign) is not None), None)


def _gate_card(chart: Chart, stage: Stage, zone: ZoneInfo) -> RoomCard:
    planned = chart.session.planned_at.astimezone(zone)
    ready = stage is Stage.READY
    return RoomCard(
        name=chart.patient.screen_name,
        detail=f"{_place(chart)}, {planned:%H:%M}",
        state="Ready" if ready else "Waiting",
        state_icon="circle-check" if ready else "circle-pause",
        state_tone=Tone.FIR if ready else Tone.AMBER,
        lines=tuple(_gate_lines(chart, stage)),
        acts=(
            Act(label="Open gate", href=f"/sessions/{chart.session.key}/gate/"),
            Act(
                label="Hold today",
                href=f"/sessions/{chart.session.key}/gate/not-today/",
                kind="quiet",
            ),
        ),
    )


def _gate_lines(chart: Chart, stage: Stage) -> Iterator[Line]:
    """Say what is go and what is open; a gate that nobody has begun is not judged yet."""
    if stage is Stage.PLANNED:
        yield Line(text="Nobody has begun the checks", icon="timer")
        return
    gate = chart.gate
    yield Line(
        text=f"of {len(gate.checks)} checks go",
        strong=str(len(gate.go)),
        icon="circle-check",
        tone=Tone.FIR,
    )
    for one in gate.still_open[:OPEN_SHOWN]:
        yield Line(text=_short(one), icon="timer", tone=Tone.AMBER)


def _short(judged: Judged) -> str:
    """Say an open check in one short line: its value where there is one, else its name."""
    first = judged.ruling.words.partition(". ")[0].rstrip(".")
    return judged.check.title if judged.at is None else first


def _live_needs(chart: Chart, zone: ZoneInfo) -> Iterator[Ranked]:
    for raised in chart.record.open_crossings[:1]:
        at = raised.at.astimezone(zone)
        yield Ranked(
            rank=(0, raised.at),
            need=Need(
                who=chart.patient.screen_name,
                what=raised.crossing.sentence,
                why=f"At {at:%H:%M}. Nobody has answered it.",
                icon="triangle-alert",
                tone=Tone.RED,
                act=Act(label="Room", href=f"/sessions/{chart.session.key}/room/"),
            ),
        )


def _held_needs(sessions: Sequence[DosingSession]) -> Iterator[Ranked]:
    """Name the sessions in which an entry of a tablet waits beside the record; one query."""
    counts = held_counts(sessions)
    for session in sessions:
        count = counts.get(session.pk, 0)
        if not count:
            continue
        entries = "1 entry" if count == 1 else f"{count} entries"
        yield Ranked(
            rank=(1, session.planned_at),
            need=Need(
                who=session.subjects.only_patient.screen_name,
                what=f"{entries} of a tablet could not be placed in the record",
                why="Nothing of it counts until a person has decided.",
                icon="triangle-alert",
                tone=Tone.AMBER,
                act=Act(label="Decide", href=f"/sessions/{session.key}/held/"),
            ),
        )


def _gate_needs(chart: Chart, stage: Stage) -> Iterator[Ranked]:
    if stage is not Stage.GATE:
        return
    for judged in chart.gate.still_open[:1]:
        yield Ranked(
            rank=(2, chart.session.planned_at),
            need=Need(
                who=chart.patient.screen_name,
                what=f"Held at the gate: {_short(judged)}",
                why=judged.ruling.words.partition(". ")[2],
                icon="triangle-alert",
                tone=Tone.AMBER,
                act=Act(label="Gate", href=f"/sessions/{chart.session.key}/gate/"),
            ),
        )
