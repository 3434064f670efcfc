"""What the page of one patient's measures shows, gathered in a fixed number of queries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kapstone.catalogue.instruments import Instrument, Method, instruments, load_instrument
from kapstone.clinic.measures.charts import ScoreBand, ScoreMark, Scores, draw_scores
from kapstone.clinic.measures.models import Answers, SafetyCall
from kapstone.clinic.measures.queries import (
    PointAnswered,
    answers_of,
    points_of,
    safety_calls_of,
)
from kapstone.clinic.measures.rules import SUICIDE, ItemChange, asking_ends_at, item_changes
from kapstone.core.people.models import Patient
from kapstone.core.ui.charts.drawing import Drawing
from kapstone.core.ui.parts import NavItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One reply as a row: when, by whom, the total and its band in words."""

    answered_at: datetime
    entered_by: str
    total: int | None
    band: str
    is_interim: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SuicideReply:
    """One answer to the item about suicide, in the instrument's own words."""

    answered_at: datetime
    answer: str
    is_raised: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallShown:
    """One safety call, with what was tried and whether it may still be tried."""

    call: SafetyCall
    tries: tuple[Any, ...]
    is_open: bool
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuresPage:
    """Everything the page shows; ``suicide`` and ``calls`` are None where they may not be."""

    instrument: Instrument
    choices: tuple[NavItem, ...]
    chart: Drawing
    replies: tuple[Reply, ...]
    changes: tuple[ItemChange, ...]
    before: Reply | None
    now: Reply | None
    points: tuple[PointAnswered, ...]
    answered: int
    valid: int
    due: int
    suicide: tuple[SuicideReply, ...] | None
    calls: tuple[CallShown, ...] | None

    @property
    def calls_open(self) -> tuple[CallShown, ...]:
        """Give the calls in which nobody has reached the patient yet."""
        return tuple(call for call in self.calls or () if call.is_open)

    @property
    def has_interim(self) -> bool:
        """Whether a reply looks back over the same days as another."""
        return any(one.is_interim for one in self.replies)


def measures_page(
    access: Any, patient: Patient, wanted: str, zone: ZoneInfo, *, only_today: bool = False
) -> MeasuresPage:
    """
    Gather the page of one instrument.

    Parameters
    ----------
    access : whose eyes the page is for
    wanted : code of an instrument; the first one answered if there is no such code
    only_today : leave out all but today's replies, for whoever reads limited fields
    """
    at: datetime = access.at
    today = at.astimezone(zone).date()
    everything = [
        reply
        for reply in answers_of(patient)
        if not only_today or reply.answered_at.astimezone(zone).date() == today
    ]
    code = _chosen(wanted, everything)
    sheet = load_instrument(code)
    records = [reply for reply in everything if reply.instrument == code]
    may_see_suicide = access.may("suicidality", "read", patient.pk)
    points = () if only_today else _points(patient, code, at)
    replies = tuple(_reply(record, sheet) for record in records)
    hidden = set() if may_see_suicide else set(suicide_items(sheet))
    return MeasuresPage(
        instrument=sheet,
        choices=_choices(patient, everything, code),
        chart=_chart(sheet, records, points, zone),
        replies=tuple(reversed(replies)),
        changes=tuple(
            change for change in _changes(sheet, records) if change.code not in hidden
        ),
        before=replies[-2] if len(replies) > 1 else None,
        now=replies[-1] if replies else None,
        points=points,
        answered=sum(point.is_answered for point in points),
        valid=sum(point.is_valid for point in points),
        due=len(points),
        suicide=tuple(_suicide(sheet, records)) if may_see_suicide else None,
        calls=tuple(_calls(patient, at)) if may_see_suicide else None,
    )


def suicide_items(sheet: Instrument) -> tuple[str, ...]:
    """Name the items of an instrument that are about suicide."""
    rules = (rule for rule in sheet.critical if rule.group == SUICIDE)
    return tuple(dict.fromkeys(code for rule in rules for code in rule.any_of))


def _chosen(wanted: str, everything: Sequence[Answers]) -> str:
    if wanted in instruments():
        return wanted
    answered = {reply.instrument for reply in everything}
    preferred = (code for code in ("phq-9", "gad-7") if code in answered)
    return next(preferred, min(answered & set(instruments()), default="phq-9"))


def _choices(
    patient: Patient, everything: Sequence[Answers], current: str
) -> tuple[NavItem, ...]:
    """Offer every instrument that was answered, and the two that every course asks for."""
    codes = {"phq-9", "gad-7", current} | {reply.instrument for reply in everything}
    known = [code for code in instruments() if code in codes]
    order = sorted(known, key=lambda code: (code not in {"phq-9", "gad-7"}, code))
    order.sort(key=lambda code: code == "gad-7" or code != "phq-9")
    root = f"/patients/{patient.key}/measures/"
    return tuple(
        NavItem(
            label=instruments()[code].name, href=f"{root}?of={code}", current=code == current
        )
        for code in order
    )


def _reply(record: Answers, sheet: Instrument) -> Reply:
    names = {band.code: band.name for band in sheet.bands}
    return Reply(
        answered_at=record.answered_at,
        entered_by=str(record.recorded_by),
        total=record.total,
        band=names.get(record.band, record.band),
        is_interim=record.is_interim,
    )


def _changes(sheet: Instrument, records: Sequence[Answers]) -> tuple[ItemChange, ...]:
    if not records:
        return ()
    before = records[-2].items if len(records) > 1 else None
    return item_changes(sheet, before, records[-1].items)


def _points(patient: Patient, code: str, at: datetime) -> tuple[PointAnswered, ...]:
    return tuple(
        point
        for point in points_of(patient)
        if point.request.instrument == code and point.request.due_at <= at
    )


def _chart(
    sheet: Instrument,
    records: Sequence[Answers],
    points: Sequence[PointAnswered],
    zone: ZoneInfo,
) -> Drawing:
    names = {band.code: band.name for band in sheet.bands}
    remission = sheet.change.remission_below.value if sheet.change else 0
    drawn = records if sheet.scoring.method is Method.SUM else ()
    return draw_scores(
        Scores(
            uid="scores",
            measure=sheet.name,
            highest=sheet.scoring.highest or 1,
            marks=tuple(
                ScoreMark(
                    on=record.answered_at.astimezone(zone).date(),
                    total=record.total,
                    band=names.get(record.band, ""),
                    interim=record.is_interim,
                )
                for record in drawn
            ),
            bands=tuple(
                ScoreBand(
                    low=band.low,
                    high=band.high,
                    name=band.name,
                    is_remission=band.high < remission,
                )
                for band in sheet.bands
                if band.high >= band.low
            ),
            missed_on=tuple(
                point.request.due_at.astimezone(zone).date()
                for point in points
                if not point.is_answered
            ),
            empty="No answers yet."
            if sheet.scoring.method is Method.SUM
            else f"{sheet.name} has no score. Each answer is listed below.",
        )
    )


def _suicide(sheet: Instrument, records: Sequence[Answers]) -> Iterator[SuicideReply]:
    """Give the answers about suicide, the newest first, in words."""
    codes = suicide_items(sheet)
    for record in reversed(records):
        for code in codes:
            item = sheet.by_code[code]
            given = record.items.get(code)
            if given is None and code not in record.items:
                continue
            labels = {option.value: option.label for option in sheet.options_of(item)}
            words = "left open" if given is None else f"{given:g}, {labels.get(given, '')}"
            prefix = f"{item.text}: " if len(codes) > 1 else ""
            yield SuicideReply(
                answered_at=record.answered_at,
                answer=prefix + words,
                is_raised=given is None or given > 0,
            )


def _calls(patient: Patient, at: datetime) -> Iterator[CallShown]:
    for call in safety_calls_of(patient):
        tries = tuple(sorted(call.tries.all(), key=lambda one: one.at))
        is_open = all(one.outcome == "not-reached" for one in tries)
        yield CallShown(
            call=call, tries=tries, is_open=is_open, is_late=is_open and call.due_at < at
        )


def asking_is_over(request: Any, at: datetime) -> bool:
    """Say whether a request came to its end without an answer."""
    return at >= asking_ends_at(load_instrument(request.instrument), request.due_at)
