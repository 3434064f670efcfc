"""The charts of one session, drawn from its record."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from kapstone.catalogue.room import load_room
from kapstone.catalogue.routes import VitalsDue
from kapstone.catalogue.thresholds import load_thresholds
from kapstone.clinic.dosing.entries import Correction, Happening, Note, Speaker, Vitals
from kapstone.clinic.dosing.monitoring import due_times
from kapstone.clinic.dosing.record import Record, started
from kapstone.clinic.dosing.words import dose_words, say
from kapstone.core.ui.charts.axis import NowMark
from kapstone.core.ui.charts.drawing import Drawing
from kapstone.core.ui.charts.record_facts import DoseGiven, Happened, Limits, SessionRecord
from kapstone.core.ui.charts.record_facts import Vitals as Drawn
from kapstone.core.ui.charts.ring import Ring, draw_ring
from kapstone.core.ui.charts.session_record import draw_session_record
from kapstone.core.ui.charts.vitals_strip import draw_vitals_strip

Minutes = Callable[[datetime], float]
BEFORE, AFTER = 20.0, 120.0  # minutes about the dose that the record shows at least
LEAST_SHARE = 0.001  # so that the ring always has an arc for the clock to lengthen


def zero_of(record: Record, at: datetime) -> datetime:
    """Give the moment the record counts from: the first dose, or now before it."""
    return record.first_dose_at or at


def record_facts(
    record: Record, at: datetime, zone: ZoneInfo, *, name: str, live: bool = True
) -> SessionRecord:
    """Say the record as the chart needs it, in minutes from the first dose."""
    zero = zero_of(record, at)

    def minutes(moment: datetime) -> float:
        return (moment - zero) / timedelta(minutes=1)

    local = zero.astimezone(zone)
    times = [minutes(line.written.observed_at) for line in record.lines]
    ends = [minutes(record.stays_until)] if record.stays_until else []
    now = minutes(at) if live else max(times, default=0)
    return SessionRecord(
        uid="record",
        vitals=tuple(_sets(record, minutes)),
        due=tuple(minutes(due.due_at) for due in _still_due(record, at)) if live else (),
        doses=tuple(
            DoseGiven(at=minutes(one.at), words=f"K {dose_words(one.dose)}")
            for one in record.doses
        ),
        events=tuple(_events(record, minutes, name)),
        limits=chart_limits(),
        zero_clock=local.hour * 60 + local.minute,
        start=min([-BEFORE, *(time - 5 for time in times)]),
        end=max([AFTER, *ends, *times, now]) + 2,
        now=NowMark(at=now) if live else None,
    )


def draw_record(facts: SessionRecord) -> Drawing:
    """Draw the whole record."""
    return draw_session_record(facts)


def draw_strip(facts: SessionRecord) -> Drawing:
    """Draw the pressures alone, for a phone."""
    return draw_vitals_strip(facts)


def draw_due(due: VitalsDue, at: datetime, words: str) -> Drawing:
    """Draw how much of the wait has gone."""
    whole = 2 * (due.overdue_at - due.due_at)
    gone = 1 - (due.due_at - at) / whole if whole else 1.0
    return draw_ring(Ring(uid="next-vitals", share=max(LEAST_SHARE, gone), words=words))


@cache
def chart_limits() -> Limits:
    """Take the limits that the chart shows from the threshold file."""
    limit = {one.code: one.limit for one in load_thresholds().limits}
    return Limits(
        tell_systolic=limit["systolic-165"],
        act_systolic=limit["systolic-180"],
        low_systolic=limit["systolic-90"],
        tell_pulse=limit["heart-rate-110"],
        low_pulse=limit["heart-rate-50"],
        tell_saturation=limit["spo2-94"],
        act_saturation=limit["spo2-92"],
    )


def _sets(record: Record, minutes: Minutes) -> Iterator[Drawn]:
    for line in record.lines:
        payload = line.written.says
        if isinstance(payload, Vitals):
            yield Drawn(
                at=minutes(line.written.observed_at),
                systolic=payload.systolic_mmhg,
                diastolic=payload.diastolic_mmhg,
                pulse=payload.heart_rate_per_min,
                saturation=payload.spo2_percent,
                alertness=payload.alertness,
                struck=line.is_struck,
            )
    for moment, absent in record.missed:
        yield Drawn(at=minutes(moment), reason=absent.reason.replace("-", " "))


def _events(record: Record, minutes: Minutes, name: str) -> Iterator[Happened]:
    icons = {chip.code: chip.icon for chip in load_room().events}
    for line in record.lines:
        payload = line.written.says
        if line.is_struck or isinstance(line.written.payload, Correction):
            continue
        if isinstance(payload, Happening):
            icon = icons.get(payload.event, "triangle-alert")
        elif isinstance(payload, Note) and payload.speaker is Speaker.PATIENT:
            icon = "quote"
        else:
            continue
        said = say(line, record, name)
        yield Happened(at=minutes(line.written.observed_at), icon=icon, words=said.words)


def _still_due(record: Record, at: datetime) -> tuple[VitalsDue, ...]:
    """List the due times that no set has answered, up to the end of the stay."""
    first = record.next_due(at)
    if first is None or record.stays_until is None:
        return ()
    doses = [started(one) for one in record.doses]
    until = max(record.stays_until, first.due_at)
    return tuple(due for due in due_times(doses, until) if due.due_at >= first.due_at)
