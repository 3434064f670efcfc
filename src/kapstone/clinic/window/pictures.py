"""From a forecast to what the charts draw: the planner's curve and the patient's hill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kapstone.catalogue.modalities import WindowPhase
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.window.curve import WindowDose
from kapstone.clinic.window.forecast import Forecast, Trace
from kapstone.clinic.window.rules import DatedSpan
from kapstone.clinic.window.words import part_of_day
from kapstone.core.ui.charts.axis import NowMark, day_marks, hours_after
from kapstone.core.ui.charts.hill import Hill
from kapstone.core.ui.charts.window_facts import (
    Curve,
    DoseMark,
    Phase,
    PlannedSession,
    PracticeRow,
    WindowCurve,
)

EMPTY = "No dose yet. The first window is drawn here from the moment a dose is recorded."


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The frame of a picture: hours count from ``origin``, by the clinic's own clock."""

    origin: datetime
    until: datetime
    at: datetime
    zone: ZoneInfo

    def hour(self, moment: datetime) -> float:
        """Give an instant in hours after the origin."""
        return hours_after(self.origin, moment)

    def holds(self, moment: datetime) -> bool:
        """Whether an instant lies in the frame."""
        return self.origin <= moment <= self.until

    @property
    def hours(self) -> float:
        """How long the frame is."""
        return self.hour(self.until)


def axis_of(forecast: Forecast) -> Axis:
    """Give the frame of a forecast in the clinic's own zone."""
    start, end = forecast.frame
    return Axis(
        origin=start.astimezone(forecast.zone),
        until=end.astimezone(forecast.zone),
        at=forecast.at,
        zone=forecast.zone,
    )


def window_picture(
    forecast: Forecast,
    *,
    uid: str = "window",
    sessions: Sequence[PlannedSession] = (),
    practices: Sequence[PracticeRow] = (),
) -> WindowCurve:
    """Lay out the planner's chart: curve, likely range, phases, doses, sessions, practices."""
    axis = axis_of(forecast)
    return WindowCurve(
        uid=uid,
        title=title_of(forecast),
        curve=_curve(forecast.trace, axis),
        ahead=_ahead(forecast.trace, axis),
        start=0.0,
        end=axis.hours,
        phases=tuple(_phases(forecast, axis)),
        days=tuple(
            day_marks(axis.origin, axis.hours, today=axis.at.astimezone(axis.zone).date())
        ),
        doses=tuple(_doses([*forecast.doses, *forecast.planned], axis)),
        sessions=tuple(sessions),
        practices=tuple(practices),
        now=_now(axis),
        empty=_empty(forecast),
    )


def title_of(forecast: Forecast) -> str:
    """Name a window by its dose."""
    if forecast.last_dose is None:
        return "The window ahead"
    number = forecast.last_dose.number
    return f"Window after dose {number}" if number else "Window after the last dose"


def _empty(forecast: Forecast) -> str:
    if forecast.not_computed:
        return f"Window not computed: {forecast.not_computed}."
    return EMPTY


def _curve(trace: Trace | None, axis: Axis) -> Curve | None:
    if trace is None:
        return None
    hours = tuple(axis.hour(trace.moment(hour)) for hour in trace.times_h)
    values = trace.values if any(trace.values) or not trace.planned_values else ()
    mid = values or trace.planned_values
    top = _top(trace)
    return Curve(
        hours=hours,
        mid=_scaled(mid, top),
        outer=(_scaled(trace.low, top), _scaled(trace.high, top)) if trace.low else None,
    )


def _ahead(trace: Trace | None, axis: Axis) -> Curve | None:
    """Give the curve with the planned doses, where there is one without them to leave."""
    if trace is None or not trace.planned_values or not any(trace.values):
        return None
    hours = tuple(axis.hour(trace.moment(hour)) for hour in trace.times_h)
    return Curve(hours=hours, mid=_scaled(trace.planned_values, _top(trace)))


def _top(trace: Trace) -> float:
    return max(1.0, *trace.values, *trace.planned_values, *trace.high)


def _scaled(values: Sequence[float], top: float) -> tuple[float, ...]:
    """Fit the picture: its top is the most open that it holds, whatever that is."""
    return tuple(value / top for value in values)


def _now(axis: Axis) -> NowMark | None:
    if not axis.holds(axis.at):
        return None
    return NowMark(
        at=axis.hour(axis.at),
        label=f"{axis.at.astimezone(axis.zone):%H:%M}",
        origin=axis.origin.isoformat(),
        zone=axis.zone.key,
    )


def _doses(doses: Sequence[WindowDose], axis: Axis) -> Iterator[DoseMark]:
    for dose in doses:
        if axis.holds(dose.given_at):
            yield DoseMark(
                at=axis.hour(dose.given_at),
                words=dose_words(dose, axis.zone),
                planned=dose.planned,
            )


def dose_words(dose: WindowDose, zone: ZoneInfo) -> str:
    """Say a dose as it is read out: number, amount, route and time."""
    when = f"{dose.given_at.astimezone(zone):%a %-d %b %H:%M}"
    name = f"dose {dose.number}" if dose.number else "dose"
    if dose.amount_mg is None:
        return f"{name} planned, {when}, no order yet"
    planned = " planned" if dose.planned else ""
    return f"{name}{planned}, {dose.amount_mg:g} mg {dose.route}, {when}"


def _phases(forecast: Forecast, axis: Axis) -> Iterator[Phase]:
    rested = forecast.rest_until
    for dose in forecast.doses[-1:]:
        if rested is not None and axis.holds(dose.given_at):
            yield Phase(label="Rest", start=axis.hour(dose.given_at), end=axis.hour(rested))
    for span in forecast.spans:
        if span.closes_at > axis.origin and span.opens_at < axis.until:
            yield from _span_phases(span, axis, rested)


def _span_phases(span: DatedSpan, axis: Axis, rested: datetime | None) -> Iterator[Phase]:
    begins = max(span.opens_at, axis.origin)
    if rested is not None and begins < rested < span.closes_at:
        begins = rested
    opened = max(span.open_from, begins)
    if begins < opened:
        yield Phase(label="Opening", start=axis.hour(begins), end=axis.hour(opened))
    if opened < span.open_until:
        yield Phase(
            label="Open",
            start=axis.hour(opened),
            end=axis.hour(span.open_until),
            note=f"to {part_of_day(span.open_until, axis.zone)}",
            is_open=True,
        )
    yield Phase(
        label="Closing",
        start=axis.hour(max(span.open_until, begins)),
        end=axis.hour(span.closes_at),
        note=f"to {part_of_day(span.closes_at, axis.zone)}",
    )


def session_marks(
    appointments: Sequence[Appointment], axis: Axis, labels: dict[str, str]
) -> tuple[PlannedSession, ...]:
    """Lay out booked and done sessions as stems; ``labels`` names the modalities."""
    return tuple(
        PlannedSession(
            at=axis.hour(one.starts_at),
            title=labels.get(one.modality) or one.get_kind_display(),
            when=f"{one.starts_at.astimezone(axis.zone):%a %H:%M}",
            state="done" if one.attended_at else "booked",
        )
        for one in appointments
        if axis.holds(one.starts_at)
    )


def hill_picture(forecast: Forecast, *, uid: str = "hill") -> Hill:
    """Lay out the patient's hill: no numbers, the week, and the sun at now."""
    axis = axis_of(forecast)
    curve = _curve(forecast.trace, axis)
    shown = curve is not None and forecast.phase is not WindowPhase.BEFORE
    today = axis.at.astimezone(axis.zone).date()
    days = tuple(
        type(day)(day.at, "Today" if day.today else day.label, day.today, day.weekend)
        for day in day_marks(axis.origin, axis.hours, today=today, form="%a")
    )
    return Hill(
        uid=uid,
        sentence=hill_sentence(forecast),
        hours=curve.hours if curve and shown else (),
        values=curve.mid if curve and shown else (),
        now=min(max(axis.hour(axis.at), 0.0), axis.hours),
        start=0.0,
        end=axis.hours,
        days=days,
    )


def hill_sentence(forecast: Forecast) -> str:
    """Say in words what the hill shows, phase first, then until when."""
    said = f"{forecast.words.headline} {forecast.words.lead}"
    if forecast.trace is None:
        return said
    return f"{said} Drawn as a hill, with the sun at now."


def since_dose(forecast: Forecast) -> str:
    """Say which dose was last and how long ago, for a clinician."""
    last, hours = forecast.last_dose, forecast.hours_since_dose
    if last is None or hours is None:
        return "No dose yet."
    when = f"{last.given_at.astimezone(forecast.zone):%A %-d %b, %H:%M}"
    name = f"Dose {last.number}" if last.number else "The last dose"
    ago = f"{hours:.0f} h ago" if hours < 168 else f"{hours / 24:.0f} days ago"
    return f"{name} on {when}, {ago}."


def hours_left(forecast: Forecast) -> str:
    """Say the phase in one short tag for a clinician."""
    left = forecast.open_hours_left
    if forecast.not_computed:
        return "Window not computed"
    if left is not None:
        return f"Open, {left:.0f} h left"
    span = forecast.span_now
    if span is not None and forecast.phase is WindowPhase.CLOSING:
        left = (span.closes_at - forecast.at) / timedelta(hours=1)
        return f"Closing, {left:.0f} h left"
    return forecast.phase.value.capitalize()
