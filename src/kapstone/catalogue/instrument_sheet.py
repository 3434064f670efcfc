"""What an instrument file says: one TOML file for each version, checked hard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from kapstone.catalogue.basis import Basis, Figure, deciding
from kapstone.catalogue.reader import BlankText, OptionalPatientText, PatientText
from kapstone.catalogue.rows import refuse_repeats
from kapstone.catalogue.shelf import Sheet
from kapstone.errors import CatalogueError

Answers = Mapping[str, float | None]
"""Raw answers as stored, keyed by item code; a missing key or ``None`` is unanswered."""

LOCAL_SYSTEM = "urn:kapstone:catalogue:instruments"
LOINC_SYSTEM = "http://loinc.org"
LOINC_NOTICE = (
    "This material contains content from LOINC (http://loinc.org). LOINC is copyright "
    "© Regenstrief Institute, Inc. and the Logical Observation Identifiers Names and Codes "
    "(LOINC) Committee and is available at no cost under the license at "
    "http://loinc.org/license."
)


class Tier(StrEnum):
    """What may be done with the words of an instrument."""

    SHIP_VERBATIM = "A"
    OWN_WORDS = "D"


class Method(StrEnum):
    """How answers become a score."""

    SUM = "sum"
    CATEGORY = "category"
    NONE = "none"


class ItemKind(StrEnum):
    """What an answer is."""

    CHOICE = "choice"
    SCALE = "scale"
    NUMBER = "number"


class Urgency(StrEnum):
    """How soon a person must act on an answer, the gravest first."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    SAME_DAY = "same-day"
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One possible answer, with the number that is stored."""

    value: int
    label: PatientText
    hint: OptionalPatientText = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A question about other answers of the same reply."""

    any_of: tuple[str, ...] = ()
    at_least: int = 1
    or_missing: bool = False
    none_of: tuple[str, ...] = ()

    def holds(self, answers: Answers) -> bool:
        """Whether the condition is met; an unanswered item never counts as a no."""
        some = not self.any_of or any(self._meets(answers, code) for code in self.any_of)
        return some and all(
            (answer := answers.get(code)) is not None and answer < self.at_least
            for code in self.none_of
        )

    def _meets(self, answers: Answers, code: str) -> bool:
        answer = answers.get(code)
        return self.or_missing if answer is None else answer >= self.at_least


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question."""

    code: str
    text: PatientText
    lead: OptionalPatientText = ""
    follow_up: OptionalPatientText = ""
    kind: ItemKind = ItemKind.CHOICE
    options: tuple[Option, ...] = ()  # empty: the instrument's own
    low: float = 0
    high: float = 0
    low_label: OptionalPatientText = ""
    high_label: OptionalPatientText = ""
    unit: OptionalPatientText = ""
    is_scored: bool = True
    is_required: bool = True
    asked_when: Condition | None = None
    loinc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """How the answers are added up; ``rule_id`` is stored beside every total."""

    rule_id: str
    method: Method
    lowest: int
    highest: int
    missing_allowed: int
    words: str
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A named range of totals, both ends included; or a category with its condition."""

    code: str
    name: str
    basis: tuple[Basis, ...]
    low: int = 0
    high: int = -1
    when: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalRule:
    """An answer that a person must act on, by when, and how. One per group is raised."""

    code: str
    group: str
    any_of: tuple[str, ...]
    level: Urgency
    within_minutes: int
    sentence: str
    steps: tuple[str, ...]
    basis: tuple[Basis, ...]
    at_least: int = 1
    when_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRules:
    """What counts as a change on this instrument."""

    lower_is_better: bool
    minimal_points: Figure
    minimal_percent: Figure
    reliable_points: Figure
    deterioration_points: Figure
    response_percent: Figure
    partial_percent: Figure  # for the clinic's own review, never a word to the patient
    remission_below: Figure
    baseline_at_least: Figure
    baseline_within_days: Figure
    interim_days: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """A LOINC code of the panel, the total or the result, and how sure we are of it."""

    of: str
    basis: tuple[Basis, ...]
    loinc: str = ""
    note: BlankText = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument(Sheet):
    """One version of one questionnaire."""

    KIND: ClassVar[str] = "instruments"

    name: str
    tier: Tier
    label: PatientText
    instruction: PatientText
    look_back_days: int
    timing: tuple[str, ...]
    items: tuple[Item, ...]
    scoring: Scoring
    options: tuple[Option, ...] = ()
    bands: tuple[Band, ...] = ()
    critical: tuple[CriticalRule, ...] = ()
    change: ChangeRules | None = None
    codings: tuple[Coding, ...] = ()
    by_code: Mapping[str, Item] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        refuse_repeats((item.code for item in self.items), "items")
        refuse_repeats((band.code for band in self.bands), "bands")
        refuse_repeats((rule.code for rule in self.critical), "critical")
        object.__setattr__(self, "by_code", {item.code: item for item in self.items})
        _check_items(self)
        _check_bands(self)

    @property
    def is_verbatim(self) -> bool:
        """Whether the words are the authors' own and may not be changed."""
        return self.tier is Tier.SHIP_VERBATIM

    def options_of(self, item: Item) -> tuple[Option, ...]:
        """Give the options of a choice: the item's own, or the instrument's."""
        return item.options or self.options

    def coding_of(self, item: Item) -> tuple[str, str]:
        """Give the code system and code of an item: LOINC where confirmed, else local."""
        return (LOINC_SYSTEM, item.loinc) if item.loinc else (LOCAL_SYSTEM, item.code)

    def coding(self, of: str) -> tuple[str, str]:
        """Give the code system and code of the ``panel``, ``total`` or ``result``."""
        for coding in self.codings:
            if coding.of == of and coding.loinc:
                return LOINC_SYSTEM, coding.loinc
        return LOCAL_SYSTEM, f"{self.code}.{of}"


def items_to_ask(instrument: Instrument, answers: Answers) -> tuple[Item, ...]:
    """Give the items that these answers call for, in the order of the form."""
    return tuple(
        item
        for item in instrument.items
        if item.asked_when is None or item.asked_when.holds(answers)
    )


def _check_items(instrument: Instrument) -> None:
    for item in instrument.items:
        if item.kind is ItemKind.CHOICE:
            values = [option.value for option in instrument.options_of(item)]
            if len(values) < 2:
                raise CatalogueError(f"{item.code}: a choice needs two options or more")
            refuse_repeats(values, f"{item.code} options")
        elif item.high <= item.low:
            raise CatalogueError(f"{item.code}: high must be above low")
        if item.asked_when:
            _check_codes(instrument, item.asked_when.any_of, item.code)
    for rule in instrument.critical:
        deciding(rule.basis)
        _check_codes(instrument, rule.any_of, rule.code)


def _check_codes(instrument: Instrument, codes: tuple[str, ...], where: str) -> None:
    if unknown := [code for code in codes if code not in instrument.by_code]:
        raise CatalogueError(f"{where}: no item {', '.join(unknown)}")


def _check_bands(instrument: Instrument) -> None:
    """Each score must lie in one band and one only; own items never have bands."""
    scoring, bands = instrument.scoring, instrument.bands
    if scoring.method is Method.NONE:
        if bands or instrument.change:
            raise CatalogueError("an unscored instrument has no bands and no change rules")
        return
    if scoring.method is Method.CATEGORY:
        if not bands or any(band.when is None for band in bands):
            raise CatalogueError("each category needs its condition")
        return
    top = sum(
        max(option.value for option in instrument.options_of(item))
        for item in instrument.items
        if item.is_scored
    )
    if (scoring.lowest, scoring.highest) != (0, top):
        raise CatalogueError(f"scoring must run from 0 to {top}")
    covered = [score for band in bands for score in range(band.low, band.high + 1)]
    if covered != list(range(top + 1)):
        raise CatalogueError(f"bands must cover 0 to {top} once each")
