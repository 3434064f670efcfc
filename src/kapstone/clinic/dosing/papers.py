"""The session record as it goes on paper."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kapstone.catalogue.room import load_room
from kapstone.clinic.dosing.answered import say_answer, say_reason
from kapstone.clinic.dosing.held import decisions_in, sent_words
from kapstone.clinic.dosing.models import AdverseEvent, DoseOrder, SessionSignature
from kapstone.clinic.dosing.monitoring import Raised
from kapstone.clinic.dosing.pictures import draw_record, record_facts
from kapstone.clinic.dosing.plausible import plain
from kapstone.clinic.dosing.queries import Chart
from kapstone.clinic.dosing.words import feed_of
from kapstone.core.ui.paper import on_paper

FOLDER = Path(__file__).parent / "paper"
RECORD = FOLDER / "record.typ"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One line of what was written."""

    time: str
    words: str
    note: str
    by: str
    is_struck: bool
    is_voice: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPaper:
    """The session record, ready to be set."""

    name: str
    who: str
    chart: str
    chart_words: str
    crossings: tuple[str, ...]
    events: tuple[str, ...]
    held: tuple[str, ...]
    signatures: tuple[str, ...]
    checks: tuple[tuple[str, str, str], ...]
    feed: tuple[PaperLine, ...]
    foot: str


def record_paper(
    chart: Chart,
    *,
    stage_words: str,
    order: DoseOrder | None,
    events: Iterable[AdverseEvent],
) -> RecordPaper:
    """Set the record of a session, with ``order`` and ``events`` as the reader may see them."""
    clinic, patient, session = chart.session.clinic, chart.patient, chart.session
    zone, record = clinic.zone, chart.record
    facts = record_facts(record, chart.at, zone, name=patient.screen_name, live=False)
    drawn = draw_record(facts)
    ordered = (
        f" Ordered {plain(order.amount_mg)} mg {order.route}, at most "
        f"{plain(order.max_session_mg)} mg, by {order.recorded_by}."
        if order is not None
        else ""
    )
    terms = {one.code: one.name for one in load_room().adverse_events}
    return RecordPaper(
        name=patient.legal_name,
        who=low(
            f"Born {patient.born_on:%-d %B %Y}. {patient.number}. {clinic.name}. Dose "
            f"{session.number} of {session.course.planned_sessions}, "
            f"{session.planned_at.astimezone(zone):%A %-d %B %Y}. {stage_words}.{ordered} "
            f"Given {record.given_mg:g} mg."
        ),
        chart=on_paper(drawn.svg) if drawn.svg else "",
        chart_words=low(f"{drawn.title}: the values are in the list of what was written."),
        crossings=tuple(low(_crossed(one, zone)) for one in record.crossings),
        events=tuple(
            f"{one.began_at.astimezone(zone):%H:%M} {terms.get(one.term, one.term)}, grade "
            f"{one.grade}{', serious' if one.is_serious else ''}"
            for one in events
        ),
        held=tuple(_held(chart, zone)),
        signatures=tuple(_signed(one, zone) for one in chart.signatures),
        checks=tuple(_checks(chart, zone)),
        feed=tuple(_feed(chart, zone)),
        foot=f"Printed {chart.at.astimezone(zone):%-d %b %Y %H:%M}. A record, not an alarm.",
    )


def _crossed(one: Raised, zone: ZoneInfo) -> str:
    said = f"{one.at.astimezone(zone):%H:%M} {one.crossing.sentence}"
    if one.reply is None or one.answered_at is None:
        return f"{said} Not answered."
    told = f": {one.told}" if one.told else ""
    answered = f"{one.answered_by}, {one.answered_at.astimezone(zone):%H:%M}"
    return f"{said} {one.reply.value.capitalize()}{told}. {answered}."


def _held(chart: Chart, zone: ZoneInfo) -> Iterator[str]:
    if chart.held:
        entries = "1 entry" if chart.held == 1 else f"{chart.held} entries"
        yield f"{entries} of a tablet could not be placed. A person is still to decide."
    for row in decisions_in(chart.session):
        why = f": {row.reason}" if row.reason else ""
        words = sent_words(row.receipt, chart.record)
        when = f"{row.recorded_at.astimezone(zone):%-d %b %H:%M}"
        yield low(f"{words} {row.get_decision_display()}{why}. {row.recorded_by}, {when}.")


def _signed(one: SessionSignature, zone: ZoneInfo) -> str:
    not_today = one.meaning == SessionSignature.Meaning.NOT_TODAY
    reason = say_reason(one.reason) if not_today else one.reason
    when = f"{one.signed_at.astimezone(zone):%-d %b %H:%M}"
    said = f"{one.printed_name}, {one.role}: {one.get_meaning_display()}, {when}"
    return f"{said}. {reason}" if reason else said


def _checks(chart: Chart, zone: ZoneInfo) -> Iterator[tuple[str, str, str]]:
    def in_order(key: tuple[str, str]) -> tuple[bool, int]:
        return key[0] != "gate", int(key[1][1:])

    for phase, code in sorted(chart.answers, key=in_order):
        given = chart.answers[phase, code]
        newest = given[-1]
        more = f" ({len(given)} answers)" if len(given) > 1 else ""
        by = f"{newest.by}, {newest.at.astimezone(zone):%H:%M}"
        yield code, low(f"{say_answer(newest, code)}{more}"), by


def _feed(chart: Chart, zone: ZoneInfo) -> Iterator[PaperLine]:
    for one in reversed(feed_of(chart.record, chart.patient.screen_name)):
        yield PaperLine(
            time=f"{one.at.astimezone(zone):%H:%M}",
            words=low(one.words),
            note=one.note,
            by=one.by,
            is_struck=one.is_struck,
            is_voice=one.is_voice,
        )


def low(words: str) -> str:
    """Set the 2 of SpO2 low, as the screen does."""
    return words.replace("SpO2", "SpO₂")


def name_of(what: str, chart: Chart, at: datetime) -> str:
    """Name the file without naming the person: a folder of downloads is read by others."""
    day = at.astimezone(chart.session.clinic.zone)
    return f"{what}-{chart.patient.number}-{day:%Y%m%d}.pdf"
