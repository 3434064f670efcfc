"""
What the page of outcomes shows, for whoever asks.

Three depths: therapists and prescribers see nameless lines of everyone and name those whose
measures they may read; researchers and auditors see counted rows only; limited readers see how
many there are and nothing more. Groups smaller than the catalogue allows have no rates.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kapstone.catalogue.basis import Basis
from kapstone.catalogue.change import Outcome, Taken, change_rules, judge_change
from kapstone.catalogue.course_review import Cohort, CourseReviewSheet, course_review_sheet
from kapstone.catalogue.instruments import Instrument, instruments
from kapstone.clinic.outcomes import pictures
from kapstone.clinic.outcomes.cohort import (
    CohortOutcome,
    Counts,
    PersonMissing,
    PersonNow,
    Question,
    cohort_outcome,
)
from kapstone.core.access.policy import Relation, record_class
from kapstone.core.access.standing import patients_visible
from kapstone.core.people.models import Patient, User
from kapstone.core.ui.charts.drawing import Drawing, TableTwin
from kapstone.core.ui.parts import NavItem

PERIODS = (6, 12, 24)
"""Months that the page can look back."""
USUAL_PERIOD = 12
DAYS_IN_MONTH = 30.44
PUBLISHED_BY = "phq-9"
"""The published cohorts were measured by this instrument, and stand beside no other."""

WORDS = {
    Outcome.REMISSION: ("remission", "Remission", "leaf"),
    Outcome.RESPONSE: ("response", "Response", "trending-down"),
    Outcome.PARTIAL: ("none", "Partly", "minus"),
    Outcome.UNCHANGED: ("none", "Not yet", "minus"),
    Outcome.WORSE: ("worse", "Worse", "trending-up"),
    Outcome.NOT_DEFINED: ("none", "Cannot say", "circle-dashed"),
}
"""An outcome as its colour, its word and its icon: never the colour alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How much of the page this user may see."""

    rates: bool
    people: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """One person in treatment, whose measures this user may read."""

    patient: Patient
    colour: str
    word: str
    icon: str
    drawing: Drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One person whose first or last score is missing, and which."""

    patient: Patient
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One word of the page, what it means here, and where the number comes from."""

    word: str
    means: str
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomesPage:
    """Everything the page shows; what the user may not see is not in it."""

    instrument: Instrument
    measures: tuple[NavItem, ...]
    periods: tuple[NavItem, ...]
    months: int
    counts: Counts
    shown: Shown
    least_people: int
    is_small: bool
    end_from: int
    end_until: int
    everybody: Drawing | None
    is_sample: bool
    by_day: TableTwin
    rates: Drawing
    cohorts: tuple[Cohort, ...]
    smalls: tuple[Small, ...]
    missing: tuple[Missing, ...]
    complete: Drawing
    timing_opens_at: int
    definitions: tuple[Definition, ...]


def outcomes_page(user: User, at: datetime, wanted: Mapping[str, Any]) -> OutcomesPage:
    """
    Gather the page in a fixed number of queries.

    Parameters
    ----------
    wanted : ``of``, code of a measure, and ``months`` to look back; what is unknown is ignored
    """
    sheet, shown = course_review_sheet(), shown_to(user)
    instrument, months = measure_wanted(wanted.get("of")), months_wanted(wanted.get("months"))
    visible = _visible(user, at) if shown.people else ()
    found = cohort_outcome(
        Question(
            clinic_id=user.clinic_id,
            instrument=instrument,
            since=at - timedelta(days=months * DAYS_IN_MONTH),
            at=at,
            visible=visible,
        ),
        sheet,
    )
    named = _named(found)
    least = int(sheet.least_people.value)
    cohorts = sheet.cohorts if instrument.code == PUBLISHED_BY else ()
    return OutcomesPage(
        instrument=instrument,
        measures=tuple(_measures(instrument, months)),
        periods=tuple(_periods(instrument, months)),
        months=months,
        counts=found.counts,
        shown=shown,
        least_people=least,
        is_small=found.counts.started < least,
        end_from=int(sheet.end_from_days.value),
        end_until=int(sheet.end_until_days.value),
        everybody=_everybody(found, instrument, least) if shown.people else None,
        is_sample=pictures.is_sample(found),
        by_day=pictures.by_day(found, least),
        rates=pictures.draw_rates(found.counts, cohorts, least),
        cohorts=cohorts,
        smalls=tuple(_smalls(found.in_treatment, named, instrument)),
        missing=tuple(_missing(found.missing, named)),
        complete=pictures.draw_complete(found, least, hides_few=not shown.people),
        timing_opens_at=int(sheet.timing_opens_at.value),
        definitions=tuple(_definitions(instrument, sheet)),
    )


def shown_to(user: User) -> Shown:
    """Say how much this role sees: the matrix of access decides."""
    counted = record_class("clinic_outcomes").letters(user.role, Relation.CLINIC)
    measured = record_class("measure").letters(user.role, Relation.TEAM)
    return Shown(rates="R" in counted, people="R" in counted and "R" in measured)


def measure_wanted(code: str | None) -> Instrument:
    """Give the measure asked for, if change can be judged by it; the PHQ-9 otherwise."""
    known = _judged()
    return known.get(code or "", known[PUBLISHED_BY])


def months_wanted(words: str | None) -> int:
    """Give the months asked for, if the page offers them; a year otherwise."""
    return next((months for months in PERIODS if str(months) == words), USUAL_PERIOD)


def word_of(instrument: Instrument, base: int | None, latest: int | None) -> Outcome:
    """Say in one word how a score stands against the first; no score is no outcome."""
    if base is None or latest is None:
        return Outcome.NOT_DEFINED
    then = datetime.fromtimestamp(0).astimezone()  # no rule of this word reads the time
    start, now = Taken(total=base, taken_at=then), Taken(total=latest, taken_at=then)
    return judge_change(instrument, start, now).outcome


def _judged() -> dict[str, Instrument]:
    """List the measures by which change can be judged, the usual one first."""
    known = {code: sheet for code, sheet in instruments().items() if sheet.change}
    return dict(sorted(known.items(), key=lambda one: (one[0] != PUBLISHED_BY, one[0])))


def _address(code: str, months: int) -> str:
    return f"/outcomes/?of={code}&months={months}"


def _measures(current: Instrument, months: int) -> Iterator[NavItem]:
    for code, sheet in _judged().items():
        yield NavItem(
            label=sheet.name, href=_address(code, months), current=code == current.code
        )


def _periods(instrument: Instrument, current: int) -> Iterator[NavItem]:
    for months in PERIODS:
        yield NavItem(
            label=f"{months} months",
            href=_address(instrument.code, months),
            current=months == current,
        )


def _visible(user: User, at: datetime) -> tuple[int, ...]:
    return tuple(patients_visible(user, "measure", at).values_list("alone_id", flat=True))


def _named(found: CohortOutcome) -> Mapping[int, Patient]:
    """Find the people whom the page names; the statement left out all others."""
    rows: Sequence[PersonNow | PersonMissing] = (*found.in_treatment, *found.missing)
    patients = Patient.objects.filter(alone__in={row.subjects_id for row in rows})
    return {patient.alone_id: patient for patient in patients}


def _everybody(found: CohortOutcome, instrument: Instrument, least: int) -> Drawing:
    colours = [WORDS[word_of(instrument, one.base, one.latest)][0] for one in found.lines]
    return pictures.draw_everybody(found, colours, instrument, least)


def _smalls(
    people: Sequence[PersonNow], named: Mapping[int, Patient], instrument: Instrument
) -> Iterator[Small]:
    for number, one in enumerate(people):
        patient = named[one.subjects_id]
        colour, word, icon = WORDS[word_of(instrument, one.base, one.latest)]
        if one.base is None:
            word = "No first score"
        elif one.latest is None:
            word = "Due"
        drawing = pictures.draw_small(
            one, colour, instrument, name=patient.screen_name, uid=f"one-{number}"
        )
        yield Small(patient=patient, colour=colour, word=word, icon=icon, drawing=drawing)


def _missing(
    people: Sequence[PersonMissing], named: Mapping[int, Patient]
) -> Iterator[Missing]:
    for one in people:
        what = "no first score, no end score" if one.no_end else "no first score"
        if not one.no_baseline:
            what = "no end score"
        yield Missing(patient=named[one.subjects_id], what=what)


def _definitions(instrument: Instrument, sheet: CourseReviewSheet) -> Iterator[Definition]:
    rules = change_rules(instrument)
    began = f"of those who began at {rules.baseline_at_least.value:g} or more"
    yield Definition(
        word="First score",
        means=f"The last before the first dose, at most {rules.baseline_within_days.value:g} "
        "days old.",
        basis=rules.baseline_within_days.basis,
    )
    yield Definition(
        word="End score",
        means=f"The last from {sheet.end_from_days.value:g} to {sheet.end_until_days.value:g} "
        "days after the last dose of the series.",
        basis=sheet.end_from_days.basis,
    )
    yield Definition(
        word="Response",
        means=f"The first score fell by {rules.response_percent.value:g}% or more, {began}.",
        basis=rules.response_percent.basis,
    )
    yield Definition(
        word="Remission",
        means=f"An end score under {rules.remission_below.value:g}, {began}.",
        basis=rules.remission_below.basis,
    )
    yield Definition(
        word="Worse",
        means=f"A rise of {rules.deterioration_points.value:g} points or more.",
        basis=rules.deterioration_points.basis,
    )
    yield Definition(
        word="Least number",
        means=f"No rate is shown of fewer than {sheet.least_people.value:g} people.",
        basis=sheet.least_people.basis,
    )
