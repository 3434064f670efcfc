"""What a change of score means: response, remission, worsening, and who is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kapstone.catalogue.instrument_sheet import ChangeRules
from kapstone.catalogue.instruments import Instrument, Score
from kapstone.errors import CatalogueError


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One valid total and when it was given."""

    total: int
    taken_at: datetime


class Outcome(StrEnum):
    """One word for a course so far; remission stands above response."""

    REMISSION = "remission"
    RESPONSE = "response"
    PARTIAL = "partial"
    UNCHANGED = "unchanged"
    WORSE = "worse"
    NOT_DEFINED = "not defined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    How far a score moved from baseline, by the instrument's own rules.

    ``points`` and ``percent`` are improvement: above zero is better. ``response`` and
    ``remission`` are None when the baseline is too low for the words to mean anything.
    """

    points: int
    percent: float | None
    response: bool | None
    remission: bool | None
    minimal_change: bool
    reliable_change: bool
    deterioration: bool
    interim: bool
    outcome: Outcome = Outcome.NOT_DEFINED


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """How many of those due gave a valid total."""

    due: int
    answered: int
    valid: int

    @property
    def share(self) -> float | None:
        """Valid of those due, 0 to 1; None when nothing was due."""
        return self.valid / self.due if self.due else None


def change_rules(instrument: Instrument) -> ChangeRules:
    """
    Give the rules of change.

    Raises
    ------
    CatalogueError : the instrument has none
    """
    if instrument.change is None:
        raise CatalogueError(f"{instrument.code} has no rules of change")
    return instrument.change


def baseline(
    instrument: Instrument, scores: Sequence[Taken], first_dose_at: datetime
) -> Taken | None:
    """
    Choose the pre-series baseline: the last score before dose 1, if it is recent enough.

    Returns
    -------
    the score, or None when none lies within the instrument's limit of days
    """
    days = timedelta(days=change_rules(instrument).baseline_within_days.value)
    before = [
        taken for taken in scores if first_dose_at - days <= taken.taken_at < first_dose_at
    ]
    return max(before, key=lambda taken: taken.taken_at, default=None)


def is_interim(
    instrument: Instrument, taken_at: datetime, previous_at: datetime | None
) -> bool:
    """Whether a reply came too soon after the last for its look-back to mean anything."""
    if previous_at is None:
        return False
    days = timedelta(days=change_rules(instrument).interim_days.value)
    return taken_at - previous_at < days


def judge_change(
    instrument: Instrument,
    start: Taken,
    now: Taken,
    *,
    previous_at: datetime | None = None,
) -> Change:
    """
    Compare a score with the baseline.

    Parameters
    ----------
    start : the baseline, as :func:`baseline` chose it
    now : the score to judge
    previous_at : when the last reply before ``now`` was given, to mark it interim
    """
    rules = change_rules(instrument)
    fall = start.total - now.total
    points = fall if rules.lower_is_better else -fall
    percent = 100 * points / start.total if start.total else None
    counts = start.total >= rules.baseline_at_least.value
    responded = percent is not None and percent >= rules.response_percent.value
    remitted = now.total < rules.remission_below.value
    change = Change(
        points=points,
        percent=percent,
        response=responded if counts else None,
        remission=remitted if counts else None,
        minimal_change=abs(points) >= rules.minimal_points.value,
        reliable_change=abs(points) >= rules.reliable_points.value,
        deterioration=-points >= rules.deterioration_points.value,
        interim=is_interim(instrument, now.taken_at, previous_at),
    )
    return replace(change, outcome=_outcome(rules, start.total, change))


def completeness(replies: Sequence[Score | None]) -> Completeness:
    """Count replies: one entry for each that was due, None where nobody answered."""
    answered = [reply for reply in replies if reply is not None]
    return Completeness(
        due=len(replies),
        answered=len(answered),
        valid=sum(reply.valid for reply in answered),
    )


def _outcome(rules: ChangeRules, start: int, change: Change) -> Outcome:
    """Give the one word: worsening first, then what the baseline allows to be said."""
    if change.deterioration:
        return Outcome.WORSE
    if start < rules.baseline_at_least.value:
        return Outcome.NOT_DEFINED
    if change.remission:
        return Outcome.REMISSION
    if change.response:
        return Outcome.RESPONSE
    partial = change.percent is not None and change.percent >= rules.partial_percent.value
    return Outcome.PARTIAL if partial else Outcome.UNCHANGED
