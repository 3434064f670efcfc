"""One person's window at one moment: plain facts in, a frozen answer out. No database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kapstone.catalogue.modalities import WindowPhase
from kapstone.clinic.window.curve import HOUR, Reckoning, WindowDose, grid, reckon
from kapstone.clinic.window.rules import (
    DatedSpan,
    PhaseFacts,
    open_time_by_clock,
    phase_at,
    phase_by_clock,
    rest_until,
)
from kapstone.clinic.window.words import WindowWords, WordFacts, words_of
from kapstone.science.parameters import load_parameters
from kapstone.science.quantities import Grade, ModelError, QuantityError

BEFORE_DOSE = timedelta(hours=10)
AFTER_DOSE = timedelta(hours=158)
BEFORE_NOW, AFTER_NOW = timedelta(hours=72), timedelta(hours=96)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """
    The curve in a frame: hours after ``zero_at``, and W at each.

    ``planned_values`` adds the planned doses, and is empty when none falls in the frame;
    ``low`` and ``high`` are the likely range, empty unless it was asked for.
    """

    zero_at: datetime
    times_h: tuple[float, ...]
    values: tuple[float, ...]
    planned_values: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def moment(self, hours: float) -> datetime:
        """Give hours on the clock of the doses as an instant."""
        return self.zero_at + hours * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFacts:
    """Everything a window is computed from."""

    doses: tuple[WindowDose, ...]
    planned: tuple[WindowDose, ...]
    at: datetime
    zone: ZoneInfo
    frame: tuple[datetime, datetime] | None = None
    with_band: bool = False
    points: int = 224


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """
    The window of one person, computed at ``at`` from the doses that stand. Never stored.

    ``not_computed`` is empty, or says why the science would not answer; then there is no trace
    and no span, and the words follow the clock alone.
    """

    at: datetime
    zone: ZoneInfo
    doses: tuple[WindowDose, ...]
    planned: tuple[WindowDose, ...]
    phase: WindowPhase
    words: WindowWords
    frame: tuple[datetime, datetime]
    spans: tuple[DatedSpan, ...] = ()
    trace: Trace | None = None
    openness: float | None = None
    not_computed: str = ""
    model_id: str = ""
    parameters_sha256: str = ""
    grade: Grade = Grade.ASSUMPTION

    @property
    def last_dose(self) -> WindowDose | None:
        """The latest dose given."""
        return self.doses[-1] if self.doses else None

    @property
    def next_dose(self) -> WindowDose | None:
        """The first dose planned."""
        return self.planned[0] if self.planned else None

    @property
    def rest_until(self) -> datetime | None:
        """The end of rest mode after the last dose."""
        return rest_until(self.doses[-1].given_at, self.zone) if self.doses else None

    @property
    def hours_since_dose(self) -> float | None:
        """Hours from the last dose given."""
        return (self.at - self.doses[-1].given_at) / HOUR if self.doses else None

    @property
    def span_now(self) -> DatedSpan | None:
        """The stretch of openness that is on, or that the last dose will bring."""
        return span_at(self.spans, self.at)

    @property
    def open_time(self) -> tuple[datetime, datetime] | None:
        """
        The most open time that follows the last dose: where integration belongs.

        It starts no earlier than the morning after that dose: the first night is for rest, and
        with doses close together each has its own.
        """
        if self.doses and self.not_computed:
            return open_time_by_clock(self.doses[-1].given_at)
        span = self.span_now
        if span is None or not self.doses:
            return None
        return open_time_of(span, rest_until(self.doses[-1].given_at, self.zone))

    @property
    def open_hours_left(self) -> float | None:
        """Hours of the most open time still to come, while it is on."""
        if self.phase is not WindowPhase.OPEN or self.open_time is None:
            return None
        return max(0.0, (self.open_time[1] - self.at) / HOUR)


def span_at(spans: Sequence[DatedSpan], at: datetime) -> DatedSpan | None:
    """Give the stretch that is on or ahead of a moment."""
    return next((span for span in spans if at < span.closes_at), None)


def open_time_of(span: DatedSpan, rested_at: datetime) -> tuple[datetime, datetime] | None:
    """Give the most open time of a stretch from the morning on, if it lasts that long."""
    start = span.most_open[-1][0] if span.most_open else span.opens_at
    start = max(start, rested_at)
    return (start, span.open_until) if start < span.open_until else None


def forecast(facts: WindowFacts) -> Forecast:
    """Compute one window; a refusal of the science becomes ``not_computed`` with its reason."""
    given = tuple(sorted(facts.doses, key=lambda dose: dose.given_at))
    planned = tuple(sorted(facts.planned, key=lambda dose: dose.given_at))
    parameters = load_parameters()
    reason, reckoning = "", None
    try:
        reckoning = reckon(given, parameters) if given else None
    except (QuantityError, ModelError) as refusal:
        reason = str(refusal)
    spans = reckoning.spans if reckoning else ()
    frame = facts.frame or _frame(given, facts.at)
    phase = _phase(facts, given, spans, computed=not reason)
    trace = None if reason else _trace(facts, frame, reckoning, given, planned)
    openness = reckoning.openness([reckoning.hours(facts.at)])[0] if reckoning else None
    return Forecast(
        at=facts.at,
        zone=facts.zone,
        doses=given,
        planned=planned,
        phase=phase,
        words=_words(facts, phase, spans, planned),
        spans=spans,
        trace=trace,
        openness=openness,
        frame=frame,
        not_computed=reason,
        model_id=parameters.model_id,
        parameters_sha256=parameters.sha256,
    )


def _phase(
    facts: WindowFacts,
    given: Sequence[WindowDose],
    spans: Sequence[DatedSpan],
    *,
    computed: bool,
) -> WindowPhase:
    last = given[-1].given_at if given else None
    known = PhaseFacts(spans=spans, last_dose_at=last, at=facts.at, zone=facts.zone)
    return phase_at(known) if computed else phase_by_clock(known)


def _frame(given: Sequence[WindowDose], at: datetime) -> tuple[datetime, datetime]:
    """Frame the week of the last dose, or the days around now when that week is over."""
    if given and given[-1].given_at + AFTER_DOSE > at:
        return given[-1].given_at - BEFORE_DOSE, given[-1].given_at + AFTER_DOSE
    return at - BEFORE_NOW, at + AFTER_NOW


def _words(
    facts: WindowFacts,
    phase: WindowPhase,
    spans: Sequence[DatedSpan],
    planned: Sequence[WindowDose],
) -> WindowWords:
    span = span_at(spans, facts.at)
    on = next((end for start, end in span.most_open if facts.at < end), None) if span else None
    return words_of(
        WordFacts(
            phase=phase,
            at=facts.at,
            zone=facts.zone,
            opens_at=span.opens_at if span else None,
            open_until=on,
            closes_at=span.closes_at if span else None,
            next_dose_at=planned[0].given_at if planned else None,
        )
    )


def _trace(
    facts: WindowFacts,
    frame: tuple[datetime, datetime],
    reckoning: Reckoning | None,
    given: Sequence[WindowDose],
    planned: Sequence[WindowDose],
) -> Trace | None:
    drawn = [dose for dose in planned if dose.has_curve and dose.given_at < frame[1]]
    both = _with_planned(given, drawn)
    first = reckoning or both
    if first is None:
        return None
    hours = grid(first.hours(frame[0]), first.hours(frame[1]), facts.points)
    low, high = first.likely_range(hours) if facts.with_band else ((), ())
    return Trace(
        zero_at=first.zero_at,
        times_h=hours,
        values=reckoning.openness(hours) if reckoning else tuple(0.0 for _ in hours),
        planned_values=both.openness(hours) if both else (),
        low=low,
        high=high,
    )


def _with_planned(given: Sequence[WindowDose], drawn: Sequence[WindowDose]) -> Reckoning | None:
    """Add the planned doses; one that the science refuses is left to its mark on the axis."""
    if not drawn:
        return None
    try:
        return reckon([*given, *drawn])
    except (QuantityError, ModelError):
        return None
