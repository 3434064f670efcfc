"""What a threshold file says: parameters, limits, signs, and the words of each level."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import ge, gt, le, lt
from typing import ClassVar

from kapstone.catalogue.basis import Basis, Figure, deciding
from kapstone.catalogue.reader import BlankText
from kapstone.catalogue.rows import find, refuse_repeats, refuse_unknown
from kapstone.catalogue.shelf import Sheet
from kapstone.errors import CatalogueError


class Level(StrEnum):
    """How grave a crossing is, the gravest first."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    ALERT = "alert"

    @property
    def rank(self) -> int:
        """Give 0 for the gravest."""
        return list(Level).index(self)


class Side(StrEnum):
    """Where a limit is crossed; ``seen`` needs a sign and no number."""

    AT_OR_ABOVE = "at-or-above"
    ABOVE = "above"
    BELOW = "below"
    AT_OR_BELOW = "at-or-below"
    SEEN = "seen"


_WRONG_SIDE: Mapping[Side, Callable[[float, float], bool]] = {
    Side.AT_OR_ABOVE: ge,
    Side.ABOVE: gt,
    Side.BELOW: lt,
    Side.AT_OR_BELOW: le,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelWords:
    """What a level means and asks for."""

    code: Level
    name: str
    words: str
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What may be entered unasked. Outside it is recorded and flagged, never refused."""

    code: str
    name: str
    unit: BlankText
    accepted_low: float
    accepted_high: float
    ask_below: float
    ask_above: float
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)
        inside = self.accepted_low <= self.ask_below <= self.ask_above <= self.accepted_high
        if not inside:
            raise CatalogueError(f"{self.code}: what is asked about must lie within accepted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Something seen or said beside the numbers."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualifier:
    """A clinician's remark that explains a value and changes nothing."""

    code: str
    words: str
    note: str
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """
    One limit of one parameter.

    ``from_baseline`` is added to the baseline. On a high side it stands alone; on a low side
    the lower of it and ``limit`` counts. With ``any_sign`` or ``on_second_reading`` the number
    alone does not cross: one of the signs, or a previous reading that crossed too, must be
    there.
    """

    code: str
    parameter: str
    level: Level
    side: Side
    sentence: str
    basis: tuple[Basis, ...]
    limit: float | None = None
    from_baseline: float | None = None
    any_sign: tuple[str, ...] = ()
    on_second_reading: bool = False

    def __post_init__(self) -> None:
        deciding(self.basis)
        if self.side is Side.SEEN:
            if not self.any_sign or self.limit is not None or self.on_second_reading:
                raise CatalogueError(f"{self.code}: seen needs signs, and no number")
            return
        high = self.side in (Side.AT_OR_ABOVE, Side.ABOVE)
        given = (self.limit is not None) + (self.from_baseline is not None)
        if given == 0 or (high and given == 2):
            raise CatalogueError(f"{self.code}: give a limit or a distance from baseline")

    def value_for(self, baseline: float | None) -> float | None:
        """Give the number that counts for this patient; None when it needs a baseline."""
        if self.from_baseline is None or baseline is None:
            return self.limit
        moved = baseline + self.from_baseline
        return moved if self.limit is None else min(self.limit, moved)

    def crosses(self, value: float, limit: float) -> bool:
        """Whether a value lies on the wrong side of the limit; not asked where one is seen."""
        return _WRONG_SIDE[self.side](value, limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds(Sheet):
    """One version of the limits. A session keeps the version it started with."""

    KIND: ClassVar[str] = "thresholds"

    escalate_after_seconds: Figure
    sedated_at: Figure  # MOAA/S at or below this is any sedation
    alarm_load_words: str
    alarm_load_basis: tuple[Basis, ...]
    levels: tuple[LevelWords, ...]
    parameters: tuple[Parameter, ...]
    signs: tuple[Sign, ...]
    qualifiers: tuple[Qualifier, ...]
    limits: tuple[Limit, ...]

    def __post_init__(self) -> None:
        refuse_repeats((limit.code for limit in self.limits), "limits")
        refuse_repeats((parameter.code for parameter in self.parameters), "parameters")
        refuse_repeats((sign.code for sign in self.signs), "signs")
        if {words.code for words in self.levels} != set(Level):
            raise CatalogueError("levels: give the words of each")
        known = {parameter.code for parameter in self.parameters}
        numbers = [limit.parameter for limit in self.limits if limit.side is not Side.SEEN]
        refuse_unknown(numbers, known, "limits")
        signs = {sign.code for sign in self.signs}
        refuse_unknown((s for limit in self.limits for s in limit.any_sign), signs, "signs")

    def words_of(self, level: Level) -> LevelWords:
        """Give the words of a level."""
        return next(words for words in self.levels if words.code is level)

    def parameter(self, code: str) -> Parameter:
        """
        Find a parameter.

        Raises
        ------
        CatalogueError : there is no such parameter
        """
        return find(self.parameters, code, "parameter")
