"""What may be a slip of the hand or of the unit: asked about before it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from kapstone.catalogue.basis import Basis, Figure, deciding
from kapstone.catalogue.rows import refuse_repeats
from kapstone.catalogue.shelf import Sheet, take
from kapstone.errors import CatalogueError


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherUnit:
    """A range in which a value is more likely another unit, or another place of the point."""

    code: str
    parameter: str
    at_least: float
    below: float
    sentence: str
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)
        if self.at_least >= self.below:
            raise CatalogueError(f"{self.code}: at_least must lie under below")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightDoubts:
    """When a weight is looked at again before a dose is ordered on it."""

    change_percent: Figure
    low_kg: Figure
    high_kg: Figure
    old_days: Figure
    pounds_per_kg: Figure
    pounds_within_percent: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseDoubts:
    """When an amount is looked at again before it is ordered or written."""

    times_last: Figure
    least_mg_per_kg: Figure
    share_of_order: Figure
    minutes_within_percent: Figure
    hold_minutes: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeDoubts:
    """When a day or time is looked at again."""

    ahead_minutes: Figure
    back_hours: Figure
    fasting_hours: Figure
    escort_hours: Figure
    event_days: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Plausibility(Sheet):
    """One version of the doubts."""

    KIND: ClassVar[str] = "plausibility"

    note: str
    pulse_pressure: Figure
    weight: WeightDoubts
    dose: DoseDoubts
    time: TimeDoubts
    other_units: tuple[OtherUnit, ...]

    def __post_init__(self) -> None:
        refuse_repeats((unit.code for unit in self.other_units), "other_units")

    def other_unit(self, parameter: str, value: float) -> str:
        """Say which unit a value may be in; empty where it is in none but its own."""
        for unit in self.other_units:
            if unit.parameter == parameter and unit.at_least <= value < unit.below:
                return unit.sentence
        return ""

    def weight_doubts(self, kg: float, last_kg: float | None) -> Mapping[str, str]:
        """Give what is odd about a weight: code and sentence, the likeliest cause alone."""
        rule = self.weight
        if last_kg is not None and (unit := self._in_pounds(kg, last_kg)):
            return {"weight-pounds": unit}
        if last_kg is not None:
            change = 100 * abs(kg - last_kg) / last_kg
            if change > rule.change_percent.value:
                words = (
                    f"{kg:g} kg is {change:.0f} % away from {last_kg:g} kg on record. "
                    "Was it weighed again, in kg?"
                )
                return {"weight-changed": words}
        if not rule.low_kg.value <= kg <= rule.high_kg.value:
            return {"weight-unusual": f"{kg:g} kg: is that in kg, and the point in its place?"}
        return {}

    def _in_pounds(self, kg: float, last_kg: float) -> str:
        pound, within = self.weight.pounds_per_kg.value, self.weight.pounds_within_percent.value
        if abs(kg / last_kg - pound) <= pound * within / 100:
            return f"{kg:g} against {last_kg:g} kg on record: were these pounds?"
        if abs(last_kg / kg - pound) <= pound * within / 100:
            return f"{kg:g} against {last_kg:g} kg on record: is the one on record in pounds?"
        return ""


def load_plausibility(version: int | None = None) -> Plausibility:
    """Read the doubts; without a version, the newest."""
    return take(Plausibility, "entry", version)
