"""
A summary of one monitored session, in the fields of the form that the US programme asks for.

It works for every product and is worked out from the record; nothing in it is typed again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kapstone.catalogue.interactions import interactions_with, load_interactions
from kapstone.catalogue.thresholds import load_thresholds
from kapstone.clinic.dosing.booked import lots_out_of
from kapstone.clinic.dosing.entries import Vitals
from kapstone.clinic.dosing.events import needs_review
from kapstone.clinic.dosing.models import AdverseEvent, DosingSession
from kapstone.clinic.dosing.monitoring import Seen
from kapstone.clinic.dosing.queries import Chart, adverse_events_of, doses_standing

MINUTE = timedelta(minutes=1)
SUBMIT_WITHIN = timedelta(days=7)  # clinical.md 5.4, from the form itself
PEAK_MIN = 40  # clinical.md 5.1: the pressure that the label asks for
GROUPS = {
    "benzodiazepines": "Benzodiazepine",
    "other-sedatives": "Other sedative or hypnotic",
    "stimulants": "Stimulant",
    "maoi": "MAO inhibitor",
    "opioids": "Opioid",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that came and went; ``until`` is None where nobody saw it end."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def was(self) -> bool:
        """Whether it was seen at all."""
        return self.since is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """One blood pressure with its moment."""

    at: datetime
    systolic: int
    diastolic: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the form asks for."""

    is_first: bool
    taken_with: tuple[tuple[str, bool], ...]  # group of medicine, and whether one is listed
    lots: tuple[str, ...]
    began_at: datetime | None
    left_at: datetime | None
    minutes: int | None
    ready_at: datetime | None  # when the last criterion but time was met
    before: Pressure | None
    at_peak: Pressure | None
    last: Pressure | None
    sedation: Span
    dissociation: Span
    slow_breathing: bool
    serious: tuple[AdverseEvent, ...]
    monitored_by: tuple[str, ...]
    submit_by: datetime | None


def summary_of(chart: Chart) -> Summary:
    """Work the summary out from the record of a session."""
    record = chart.record
    began, left = record.first_dose_at, _left_at(chart)
    after = [one for one in record.seen if began is not None and one.at > began]
    sheet = load_thresholds()
    sedated_at = sheet.sedated_at.value
    slow = next(one.limit for one in sheet.limits if one.code == "breathing-10") or 0
    return Summary(
        is_first=_is_first(chart.session),
        taken_with=_taken_with(chart),
        lots=_lots(chart),
        began_at=began,
        left_at=left,
        minutes=int((left - began) / MINUTE) if began and left else None,
        ready_at=_ready_at(chart),
        before=_pressure(before[-1]) if (before := _paired(record.seen, until=began)) else None,
        at_peak=_nearest(after, began + PEAK_MIN * MINUTE) if began else None,
        last=_pressure(paired[-1]) if (paired := _paired(after)) else None,
        sedation=_span(after, lambda one: _known(one.alertness, lambda v: v <= sedated_at)),
        dissociation=_span(after, _is_dissociated),
        slow_breathing=any(
            one.vitals.breaths_per_min is not None and one.vitals.breaths_per_min < slow
            for one in after
        ),
        serious=tuple(
            one
            for one in adverse_events_of(chart.session)
            if one.is_serious or needs_review(one)
        ),
        monitored_by=tuple(dict.fromkeys(line.written.by for line in record.lines)),
        submit_by=began + SUBMIT_WITHIN if began else None,
    )


def _lots(chart: Chart) -> tuple[str, ...]:
    """Name each lot: as somebody wrote it down, and as the drug log has it."""
    written = [one.dose.lot for one in chart.record.doses if one.dose.lot]
    return tuple(dict.fromkeys([*written, *lots_out_of(chart.session)]))


def _is_first(session: DosingSession) -> bool:
    others = doses_standing([session.subjects.only_patient]).exclude(session=session)
    return not others.filter(given_at__lt=session.planned_at).exists()


def _taken_with(chart: Chart) -> tuple[tuple[str, bool], ...]:
    listed = [chart.card.medicines] if chart.card else []
    found = {row.code for row in interactions_with(load_interactions(), listed)}
    return tuple((name, code in found) for code, name in GROUPS.items())


def _left_at(chart: Chart) -> datetime | None:
    if not chart.stage.is_closed:
        return None
    signed = [row.signed_at for row in chart.signatures if row.meaning != "gate"]
    return max(signed, default=None)


def _ready_at(chart: Chart) -> datetime | None:
    """Give when the last criterion was met, leaving out time, bookings and signatures."""
    home = chart.going_home
    asked = [home.of(code) for code in ("D2", "D4", "D5", "D6", "D7")]
    sets = [one.at for one in chart.record.seen]
    if not sets or not home.of("D3").is_go or not all(one.is_go for one in asked):
        return None
    return max([sets[-1], *(one.at for one in asked if one.at is not None)])


def _paired(seen: Sequence[Seen], until: datetime | None = None) -> list[Seen]:
    return [
        one
        for one in seen
        if one.vitals.systolic_mmhg is not None
        and one.vitals.diastolic_mmhg is not None
        and (until is None or one.at <= until)
    ]


def _pressure(one: Seen) -> Pressure:
    vitals = one.vitals
    return Pressure(
        at=one.at, systolic=vitals.systolic_mmhg or 0, diastolic=vitals.diastolic_mmhg or 0
    )


def _nearest(seen: Sequence[Seen], moment: datetime) -> Pressure | None:
    near = sorted(_paired(seen), key=lambda one: abs(one.at - moment))
    return _pressure(near[0]) if near else None


def _known(value: int | None, holds: Callable[[int], bool]) -> bool | None:
    return None if value is None else holds(value)


def _is_dissociated(vitals: Vitals) -> bool | None:
    """Say whether a set shows dissociation, by the remark or by what was felt."""
    if vitals.is_dissociated_with_reflexes:
        return True
    return _known(vitals.perception, lambda felt: felt > 0)


def _span(seen: Sequence[Seen], shows: Callable[[Vitals], bool | None]) -> Span:
    """Give from when to when something was seen; sets that do not say are passed over."""
    said = [(one.at, shows(one.vitals)) for one in seen]
    yes = [at for at, shown in said if shown]
    if not yes:
        return Span()
    over = [at for at, shown in said if shown is False and at > yes[-1]]
    return Span(since=yes[0], until=over[0] if over else None)
