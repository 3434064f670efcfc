"""The whole of a patient's treatment on one axis, lane by lane, as this user may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kapstone.catalogue.change import change_rules
from kapstone.catalogue.instruments import load_instrument
from kapstone.clinic.measures.models import Answers, MeasureRequest
from kapstone.clinic.measures.queries import answers_of, requests_open
from kapstone.clinic.overview.windows import session_words
from kapstone.clinic.practice.queries import TrailState, check_ins_of, trails_of
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.scheduling.queries import appointments_of
from kapstone.clinic.window.queries import PatientWindow, window_of
from kapstone.core.access.standing import Access
from kapstone.core.people.models import Patient
from kapstone.core.ui.charts.axis import DayMark, NowMark
from kapstone.core.ui.charts.timeline_facts import (
    Dose,
    Ribbon,
    Scores,
    Session,
    Timeline,
)

BEFORE, AHEAD = timedelta(days=10), timedelta(days=21)
SHORTEST = timedelta(days=28)
TICK = timedelta(days=7)
INSTRUMENT = "phq-9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The stretch of days shown."""

    start: datetime
    end: datetime
    at: datetime
    zone: ZoneInfo

    def day(self, moment: datetime) -> float:
        """Give a moment in days on the axis."""
        return (moment - self.start) / timedelta(days=1)

    def day_of(self, day: date, hour: int = 20) -> float:
        """Give an hour of a calendar day in days on the axis."""
        return self.day(datetime.combine(day, time(hour), self.zone))

    @property
    def length(self) -> float:
        """Days shown."""
        return (self.end - self.start) / timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """What was read for the chart; a lane the user may not read is empty."""

    window: PatientWindow | None
    appointments: tuple[Appointment, ...]
    answers: tuple[Answers, ...]
    due: tuple[MeasureRequest, ...]
    trails: tuple[TrailState, ...]
    check_ins: tuple[tuple[date, str, float | None], ...]


def frame_of(started_at: datetime, at: datetime, zone: ZoneInfo, days: int | None) -> Frame:
    """Frame the course from before its start until three weeks ahead, or the days asked for."""
    end = at + AHEAD
    start = min(started_at - BEFORE, end - SHORTEST)
    if days:
        end = at + timedelta(days=max(1, days // 4))
        start = at - timedelta(days=days)
    first = datetime.combine(start.astimezone(zone).date(), time(), zone)
    return Frame(start=first, end=end, at=at, zone=zone)


def read_lanes(access: Access, patient: Patient, frame: Frame) -> Lanes:
    """Read each lane that the policy opens, and no other."""
    may = {
        code: access.may(code, "read", patient.pk)
        for code in ("window", "appointment", "measure", "trail", "practice")
    }
    everyone = Patient.objects.filter(pk=patient.pk)
    points = min(600, max(160, int(frame.length * 8)))
    return Lanes(
        window=window_of(patient, frame.at, frame=(frame.start, frame.end), points=points)
        if may["window"]
        else None,
        appointments=tuple(appointments_of(patient, frame.start, frame.end))
        if may["appointment"]
        else (),
        answers=answers_of(patient, INSTRUMENT) if may["measure"] else (),
        due=tuple(
            one for one in requests_open(everyone, frame.at) if one.instrument == INSTRUMENT
        )
        if may["measure"]
        else (),
        trails=trails_of(patient, frame.at) if may["trail"] else (),
        check_ins=tuple(
            (row.day, row.weather, float(row.sleep_hours) if row.sleep_hours else None)
            for row in check_ins_of(patient, since=frame.start.date())
        )
        if may["practice"]
        else (),
    )


def timeline_facts(patient: Patient, frame: Frame, lanes: Lanes) -> Timeline:
    """Turn what was read into what the chart is drawn from."""
    trace = lanes.window.trace if lanes.window else None
    days = tuple(frame.day(trace.moment(hour)) for hour in trace.times_h) if trace else ()
    given = tuple(zip(days, trace.values, strict=True)) if trace else ()
    planned = (
        tuple(zip(days, trace.planned_values, strict=True))
        if trace and trace.planned_values
        else ()
    )
    return Timeline(
        uid="timeline",
        name=patient.screen_name,
        start=0.0,
        end=frame.length,
        ticks=tuple(_ticks(frame)),
        now=NowMark(
            at=frame.day(frame.at),
            label="today",
            origin=frame.start.isoformat(),
            zone=frame.zone.key,
        ),
        curve=given,
        planned_curve=planned,
        doses=_doses(frame, lanes),
        sessions=_sessions(frame, lanes),
        scores=(_scores(frame, lanes),) if lanes.answers or lanes.due else (),
        weather=_weather(frame, lanes),
        trails=_ribbons(frame, lanes),
        sleep=_sleep(frame, lanes),
    )


def _ticks(frame: Frame) -> list[DayMark]:
    marks, day = [], frame.start
    while day < frame.end:
        marks.append(DayMark(at=frame.day(day), label=f"{day:%-d %b}"))
        day += TICK
    return marks


def _doses(frame: Frame, lanes: Lanes) -> tuple[Dose, ...]:
    if lanes.window is None:
        return ()
    given = {dose.number: dose for dose in reversed(lanes.window.doses)}
    marks = [
        Dose(day=frame.day(dose.given_at), number=dose.number or 0)
        for dose in given.values()
        if frame.start <= dose.given_at <= frame.end
    ]
    marks += [
        Dose(day=frame.day(dose.given_at), number=dose.number or 0, planned=True)
        for dose in lanes.window.planned
        if dose.given_at <= frame.end
    ]
    return tuple(sorted(marks, key=lambda mark: mark.day))


def _sessions(frame: Frame, lanes: Lanes) -> tuple[Session, ...]:
    kinds = {Appointment.Kind.PREPARATION, Appointment.Kind.INTEGRATION}
    return tuple(
        Session(
            day=frame.day(one.starts_at),
            label=session_label(one),
            done=one.attended_at is not None,
        )
        for one in lanes.appointments
        if one.kind in kinds and one.missed_at is None
    )


def session_label(appointment: Appointment) -> str:
    """Name a session in a word or two."""
    if appointment.kind == Appointment.Kind.PREPARATION:
        return "prep"
    return session_words(appointment)


def _scores(frame: Frame, lanes: Lanes) -> Scores:
    sheet = load_instrument(INSTRUMENT)
    rules = change_rules(sheet)
    scored = [(row.answered_at, row.total) for row in lanes.answers if row.total is not None]
    kept = 1 - rules.response_percent.value / 100
    return Scores(
        name=sheet.name,
        low=0,
        high=sheet.scoring.highest,
        points=tuple(
            (frame.day(moment), float(total))
            for moment, total in scored
            if moment >= frame.start
        ),
        due=tuple(frame.day(one.due_at) for one in lanes.due),
        remission_under=rules.remission_below.value,
        # The patient's own line: half of the first score, rounded to a whole point below.
        response_at=float(int(scored[0][1] * kept)) if scored else None,
    )


def _days(frame: Frame) -> list[date]:
    first, last = frame.start.date(), frame.at.astimezone(frame.zone).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _weather(frame: Frame, lanes: Lanes) -> tuple[tuple[float, str | None], ...]:
    if not lanes.check_ins:
        return ()
    kept = {day: weather or None for day, weather, _ in lanes.check_ins}
    since = min(kept)
    return tuple((frame.day_of(day), kept.get(day)) for day in _days(frame) if day >= since)


def _sleep(frame: Frame, lanes: Lanes) -> tuple[tuple[float, float | None], ...]:
    if not lanes.check_ins:
        return ()
    kept = {day: hours for day, _, hours in lanes.check_ins}
    since = min(kept)
    return tuple((frame.day_of(day, 12), kept.get(day)) for day in _days(frame) if day >= since)


def _ribbons(frame: Frame, lanes: Lanes) -> tuple[Ribbon, ...]:
    ribbons = []
    for trail in lanes.trails[:1]:
        curve = trail.curve
        for name, is_new, values in (
            (trail.fork.old_trail, False, curve.old),
            (trail.fork.new_trail, True, curve.new),
        ):
            points = tuple(
                (frame.day_of(day), value)
                for day, value in zip(curve.days, values, strict=True)
                if frame.start.date() <= day
            )
            ribbons.append(Ribbon(name=name, is_new=is_new, points=points))
    return tuple(ribbons)
