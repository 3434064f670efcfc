"""From doses as they were given to the window: the one place that calls the science."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np

from kapstone.clinic.window.rules import DatedSpan
from kapstone.errors import KapstoneError
from kapstone.science.bands import band
from kapstone.science.events import DoseEvent, Product, Route
from kapstone.science.exposure import DoseExposure, exposure
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.people import typical
from kapstone.science.phases import OpenSpan, phases
from kapstone.science.window import Segments, openness_at, segments, typical_clock

BAND_SEED = 20_260_302  # one seed for every picture: the same doses give the same band
BAND_DRAWS = 200
KEPT = 4096
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowDose:
    """
    One dose, given or planned, as the window reads it.

    ``amount_mg`` is None for a planned dose whose amount nobody has ordered: it has a time and
    a mark on the axis, and no curve.
    """

    given_at: datetime
    amount_mg: float | None
    route: str = ""
    product: str = "racemic"
    duration_min: float | None = None
    hold_min: float | None = None
    swallowed: bool | None = None
    weight_kg: float | None = None
    number: int | None = None
    dose_id: int | None = None
    planned: bool = False

    @property
    def has_curve(self) -> bool:
        """Whether enough is known to draw a window for it."""
        return self.amount_mg is not None and self.route != ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reckoning:
    """What the science says of a series of doses; ``zero_at`` is hour 0 of its clock."""

    zero_at: datetime
    jumps: tuple[DoseExposure, ...]
    between: Segments
    events: tuple[DoseEvent, ...]
    weight_kg: float | None
    spans: tuple[DatedSpan, ...]
    parameters: Parameters

    def hours(self, moment: datetime) -> float:
        """Give an instant in hours on the clock of the doses."""
        return (moment - self.zero_at) / HOUR

    def openness(self, hours: Sequence[float]) -> tuple[float, ...]:
        """Give W at hours on the clock of the doses."""
        clock = typical_clock(self.parameters)
        found = openness_at(self.between, clock, np.asarray(hours, dtype=float))
        return tuple(found[0].tolist())

    def likely_range(
        self, hours: Sequence[float]
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Give the 5 % and 95 % rows of the population band at these hours."""
        drawn = band(
            self.events,
            hours,
            seed=BAND_SEED,
            draws=BAND_DRAWS,
            weight_kg=self.weight_kg,
            parameters=self.parameters,
        )
        low, high = drawn.at(0.05), drawn.at(0.95)
        return tuple(map(float, low)), tuple(map(float, high))


@lru_cache(maxsize=KEPT)
def _reckoned(
    events: tuple[DoseEvent, ...], weight_kg: float | None, parameters: Parameters
) -> tuple[tuple[DoseExposure, ...], Segments, tuple[OpenSpan, ...]]:
    """Call the science once for equal doses; corrected doses are others, so never stale."""
    body = typical(weight_kg=weight_kg, parameters=parameters) if weight_kg else None
    jumps = exposure(events, body=body, parameters=parameters)
    between = segments(jumps, typical_clock(parameters))
    return jumps, between, phases(jumps, parameters=parameters)


def reckon(doses: Sequence[WindowDose], parameters: Parameters | None = None) -> Reckoning:
    """
    Compute the window of a series of doses, on the weight that was taken for the last of them.

    Parameters
    ----------
    doses : given or planned, each with an amount and a route, in any order; at least one

    Raises
    ------
    QuantityError, ModelError : a dose outside what was studied; the text says which and why
    """
    parameters = parameters or load_parameters()
    ordered = sorted(doses, key=lambda dose: dose.given_at)
    zero_at, weight_kg = ordered[0].given_at, ordered[-1].weight_kg
    events = tuple(event_of(dose, zero_at) for dose in ordered)
    jumps, between, spans = _reckoned(events, weight_kg, parameters)
    return Reckoning(
        zero_at=zero_at,
        jumps=jumps,
        between=between,
        events=events,
        weight_kg=weight_kg,
        spans=tuple(_dated(span, zero_at) for span in spans),
        parameters=parameters,
    )


def event_of(dose: WindowDose, zero_at: datetime) -> DoseEvent:
    """Turn a dose of the record into the science's event, in hours after ``zero_at``."""
    if dose.amount_mg is None:
        raise KapstoneError("A dose without an amount has no window.")
    infused = dose.route == Route.INTRAVENOUS and dose.duration_min is not None
    return DoseEvent(
        time_h=(dose.given_at - zero_at) / HOUR,
        amount_mg=dose.amount_mg,
        route=dose.route,  # type: ignore[arg-type]  # DoseEvent turns the word into its member
        duration_h=(dose.duration_min or 0.0) / 60.0 if infused else 0.0,
        hold_min=10.0 if dose.hold_min is None else dose.hold_min,
        swallow=0.0 if dose.swallowed is False else 1.0,
        product=dose.product or Product.RACEMIC,  # type: ignore[arg-type]  # as above
    )


def _dated(span: OpenSpan, zero_at: datetime) -> DatedSpan:
    def moment(hours: float) -> datetime:
        return zero_at + hours * HOUR

    return DatedSpan(
        opens_at=moment(span.opens_h),
        closes_at=moment(span.closes_h),
        peak_at=moment(span.peak_h),
        peak=span.peak,
        most_open=tuple((moment(start), moment(end)) for start, end in span.most_open),
    )


def grid(since_h: float, until_h: float, points: int = 224) -> tuple[float, ...]:
    """Give evenly spaced hours from one end of a frame to the other, both included."""
    return tuple(np.linspace(since_h, until_h, points + 1).tolist())
