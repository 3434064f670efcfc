"""The open windows of the Today board, one ridge a patient on one axis of days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from kapstone.clinic.integration.queries import (
    BOOKED_AHEAD,
    Gap,
    earliest_open,
    gaps,
    integration_sessions,
)
from kapstone.clinic.overview.queries import patients_in_window, practice_times
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.window.queries import PatientWindow, windows_open
from kapstone.core.access.standing import Access
from kapstone.core.ui.charts.axis import NowMark, day_marks, hours_after
from kapstone.core.ui.charts.ridge_board import (
    Ridge,
    RidgeBoard,
    RidgeDrawing,
    draw_ridge_board,
)

DAYS_BEFORE, DAYS_SHOWN = 3, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWindows:
    """What the board needs of the windows: the drawing, and the gaps it must name."""

    drawing: RidgeDrawing
    gaps: tuple[Gap, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    origin: datetime
    at: datetime
    zone: ZoneInfo

    def hour(self, moment: datetime) -> float:
        return hours_after(self.origin, moment)


def open_windows(access: Access, zone: ZoneInfo) -> OpenWindows:
    """Compute and draw every open window that this user may see."""
    at = access.at
    patients = list(patients_in_window(access))
    for patient in patients:
        patient.clinic = access.user.clinic  # nobody's list reaches into another clinic
    today = at.astimezone(zone).date()
    first = datetime.combine(today - timedelta(days=DAYS_BEFORE), time(), zone)
    until = first + timedelta(days=DAYS_SHOWN)
    windows = windows_open(patients, at, frame=(first, until), with_planned=False)
    axis = _Axis(origin=first, at=at, zone=zone)
    shown = [window.patient for window in windows]
    since = min(first, earliest_open(windows, at))
    sessions = integration_sessions(shown, since, at + BOOKED_AHEAD)
    practised = practice_times(shown, first, at)
    missing = {
        gap.patient.pk: gap for gap in gaps(patients, at, windows=windows, sessions=sessions)
    }
    ridges = tuple(
        _ridge(
            window,
            axis,
            sessions.get(window.patient.pk, ()),
            practised.get(window.patient.pk, ()),
            missing.get(window.patient.pk),
        )
        for window in windows
    )
    hours = hours_after(first, until)
    board = RidgeBoard(
        uid="windows",
        ridges=ridges,
        days=tuple(day_marks(first, hours, today=today)),
        hours=hours,
        now=NowMark(
            at=axis.hour(at),
            label=f"{at.astimezone(zone):%H:%M}",
            origin=first.isoformat(),
            zone=zone.key,
        ),
        empty="No open windows. A window is drawn here from the moment a dose is recorded.",
    )
    return OpenWindows(
        drawing=draw_ridge_board(board), gaps=tuple(missing.values()), count=len(ridges)
    )


def _ridge(
    window: PatientWindow,
    axis: _Axis,
    sessions: Sequence[Appointment],
    practised: Sequence[datetime],
    gap: Gap | None,
) -> Ridge:
    patient = window.patient
    coming = next((one for one in sessions if one.starts_at > axis.at), None)
    root = f"/patients/{patient.key}/"
    trace = window.trace
    begins = axis.hour(trace.zero_at) if trace else 0.0
    return Ridge(
        name=patient.screen_name,
        state=_state(window),
        detail=_detail(window),
        hours=tuple(begins + hour for hour in trace.times_h) if trace else (),
        values=trace.values if trace else (),
        doses=tuple(axis.hour(dose.given_at) for dose in window.doses),
        done=tuple(
            axis.hour(one.starts_at)
            for one in sessions
            if one.attended_at and one.starts_at >= axis.origin
        ),
        booked=tuple(
            axis.hour(one.starts_at)
            for one in sessions
            if not one.attended_at and one.starts_at > axis.at
        ),
        practices=tuple(axis.hour(moment) for moment in practised),
        gap=_gap_bar(gap, axis),
        next_words=next_words(coming, axis.at, axis.zone) if coming and not gap else "",
        href=root,
        act_label="Book a session" if gap else "",
        act_href=booking_address(gap) if gap else "",
    )


def _state(window: PatientWindow) -> str:
    left = window.open_hours_left
    if left is not None and left < 24:
        return f"Open, {hours_words(left)} left"
    return window.phase.value.capitalize()


def _detail(window: PatientWindow) -> str:
    since, last = window.hours_since_dose, window.last_dose
    if since is None or last is None:
        return ""
    ago = f"{since:.0f} h" if since < 96 else f"{since / 24:.0f} days"
    return f"{ago} after dose {last.number}"


def hours_words(hours: float) -> str:
    """Say a span as a nurse would: 4 h 48 m."""
    minutes = int(hours * 60)
    return f"{minutes // 60} h {minutes % 60:02d} m"


def _gap_bar(gap: Gap | None, axis: _Axis) -> tuple[float, float] | None:
    if gap is None:
        return None
    return max(axis.hour(gap.open_from), axis.hour(axis.at)), axis.hour(gap.open_until)


def booking_address(gap: Gap) -> str:
    """Give the booking form, started inside the open time."""
    starts = max(gap.open_from, gap.window.at).isoformat(timespec="minutes")
    return f"/patients/{gap.patient.key}/book/?kind=integration&starts={starts}"


def next_words(appointment: Appointment, at: datetime, zone: ZoneInfo) -> str:
    """Say what is next and when: Today 14:00 EMDR."""
    starts, now = appointment.starts_at.astimezone(zone), at.astimezone(zone)
    day = "Today" if starts.date() == now.date() else f"{starts:%a}"
    if (starts.date() - now.date()).days > 6:
        day = f"{starts:%-d %b}"
    what = session_words(appointment)
    return f"{day} {starts:%H:%M} {what}"


def session_words(appointment: Appointment) -> str:
    """Name a session as colleagues do: IFS, EMDR, somatic; or by what it is for."""
    code = appointment.modality
    if not code:
        return appointment.get_kind_display().lower()
    return code.upper() if len(code) <= 4 else code.replace("-", " ")
