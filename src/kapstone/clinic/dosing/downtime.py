"""The downtime sheet: what the room needs on paper when nothing else works."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from kapstone.catalogue.room import load_room
from kapstone.catalogue.threshold_sheet import Level, Limit, Side
from kapstone.catalogue.thresholds import load_thresholds
from kapstone.clinic.dosing.answered import say_answer
from kapstone.clinic.dosing.entries import Vitals
from kapstone.clinic.dosing.monitoring import Started, due_times
from kapstone.clinic.dosing.order_words import giver_words
from kapstone.clinic.dosing.papers import FOLDER, low
from kapstone.clinic.dosing.plausible import plain
from kapstone.clinic.dosing.queries import Chart
from kapstone.clinic.dosing.record import started
from kapstone.clinic.dosing.words import PRODUCTS, vitals_words
from kapstone.core.people.models import EmergencyCard

DOWNTIME = FOLDER / "downtime.typ"
AHEAD = timedelta(hours=4)  # a lease lasts as long
SPARE = 4  # rows without a time, for what is due after a second dose
_SIDES = {
    Side.AT_OR_ABOVE: "{number} or more",
    Side.ABOVE: "above {number}",
    Side.BELOW: "below {number}",
    Side.AT_OR_BELOW: "{number} or less",
}
_RULE = (
    "Write here what you see, with the time on a watch. Nobody waits for a screen. "
    "The monitor's own alarms stay on: this sheet reminds nobody."
)
_AFTER = (
    "Enter each line in the room, with its own time in the field At, and say in a note that it "
    "comes from paper. A dose is entered first. Keep this sheet until a second person has "
    "compared every line, then put it where the clinic keeps its paper."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DowntimePaper:
    """The sheet to go on with when nothing else works, ready to be set."""

    name: str
    who: str
    rule: str
    order: tuple[tuple[str, str], ...]
    baseline: str
    emergency: str
    card: tuple[tuple[str, str], ...]
    limits: tuple[tuple[str, str, str], ...]
    schedule: str
    due: tuple[str, ...]
    steps: tuple[str, ...]
    after: str
    foot: str


def downtime_paper(chart: Chart, *, card: EmergencyCard | None) -> DowntimePaper:
    """Set the downtime sheet; ``card`` as far as the reader may see it."""
    session, patient, clinic = chart.session, chart.patient, chart.session.clinic
    zone, room = clinic.zone, load_room()
    where = f", {session.appointment.room}" if session.appointment else ""
    due = tuple(_due(chart, zone))
    return DowntimePaper(
        name=patient.screen_name,
        who=(
            f"{patient.number}. Dose {session.number} of {session.course.planned_sessions}, "
            f"{session.planned_at.astimezone(zone):%A %-d %B %Y}. {clinic.name}{where}, "
            f"{clinic.phone}."
        ),
        rule=_RULE,
        order=tuple(_ordered(chart, zone)),
        baseline=low(_baseline(chart, zone)),
        emergency=clinic.emergency_number,
        card=tuple(_card(chart, card)),
        limits=tuple(_limits(chart)),
        schedule=_schedule_words(chart),
        due=(*due, *[" "] * SPARE),
        steps=tuple(one.name for one in (*room.emergency_steps, *room.distress_steps)),
        after=_AFTER,
        foot=(
            f"Made {chart.at.astimezone(zone):%-d %b %Y %H:%M}, as it stood then. "
            "A reminder, not an alarm."
        ),
    )


def _ordered(chart: Chart, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    order = chart.order
    if order is None:
        yield "Order", "none is signed: no drug is given"
        return
    over = f" over {plain(order.duration_min)} min" if order.duration_min else ""
    yield "Dose", f"{plain(order.amount_mg)} mg {order.route}{over}, {PRODUCTS[order.product]}"
    yield "At most", f"{plain(order.max_session_mg)} mg in this session"
    weighed = f"{order.weighed_at.astimezone(zone):%-d %b %Y}"
    yield "Weight", f"{plain(order.weight_kg)} kg, {weighed}"
    yield "Signed", f"{order.recorded_by}, {order.signed_at.astimezone(zone):%-d %b %H:%M}"
    yield "May give it", giver_words(order)
    given = chart.record.given_mg
    yield "Given so far", f"{given:g} mg" if given else "nothing"


def _baseline(chart: Chart, zone: ZoneInfo) -> str:
    """Say the last full set before the dose, or else what was measured at the gate."""
    if chart.record.baseline is not None:
        return f"{vitals_words(chart.record.baseline)}."
    measured = [one for one in chart.answers.get(("gate", "G8"), ()) if not one.is_lift]
    if not measured:
        return "Not taken yet: take a full set before the dose."
    newest = measured[-1]
    return f"At the gate, {newest.at.astimezone(zone):%H:%M}: {say_answer(newest, 'G8')}."


def _card(chart: Chart, card: EmergencyCard | None) -> Iterator[tuple[str, str]]:
    patient = chart.patient
    yield "Legal name", f"{patient.legal_name}, born {patient.born_on:%-d %B %Y}"
    if card is None:
        yield "Card", "none here: ask the prescriber"
        return
    yield "Allergies", card.allergies or "none known"
    yield "Medicines", card.medicines or "none recorded"
    yield "Airway", card.airway or "nothing recorded"


def _limits(chart: Chart) -> Iterator[tuple[str, str, str]]:
    """Say each level with its limits as they count for this patient, the gravest first."""
    sheet, baseline = load_thresholds(), chart.record.baseline
    for level in sorted(Level, key=lambda one: one.rank):
        words = sheet.words_of(level)
        of_level = [one for one in sheet.limits if one.level is level]
        when = [_limit(one, number) for one, number in _first_met(of_level, baseline)]
        yield words.name, low("; ".join(when)), low(words.words)


def _first_met(
    limits: Iterable[Limit], baseline: Vitals | None
) -> Iterator[tuple[Limit, float | None]]:
    """Give each limit with its number; of two that say the same, the one met first."""
    found: dict[tuple[object, ...], tuple[Limit, float | None]] = {}
    for one in limits:
        start = getattr(baseline, one.parameter, None)
        number = None if one.side is Side.SEEN else one.value_for(start)
        if number is None and one.side is not Side.SEEN:
            continue  # counted from a baseline that nobody has taken yet
        is_high = one.side in {Side.AT_OR_ABOVE, Side.ABOVE}
        same = (one.parameter, is_high, one.any_sign, one.on_second_reading)
        before = found[same][1] if same in found else None
        if before is None or number is None or _is_met_first(number, before, is_high):
            found[same] = (one, number)
    yield from found.values()


def _is_met_first(number: float, before: float, is_high: bool) -> bool:
    return number < before if is_high else number > before


def _limit(one: Limit, number: float | None) -> str:
    signs = " or ".join(
        sign.name for sign in load_thresholds().signs if sign.code in one.any_sign
    )
    if number is None:
        return signs
    parameter = load_thresholds().parameter(one.parameter)
    said = f"{parameter.name} {_SIDES[one.side].format(number=f'{number:g}')}"
    again = "a second time" if one.on_second_reading else ""
    more = " or ".join(part for part in (f"with {signs}" if signs else "", again) if part)
    return f"{said} {more}".strip()


def _schedule_words(chart: Chart) -> str:
    if chart.record.doses:
        return "as due from the doses given"
    return "minutes after the dose; write the time of the dose in the first row"


def _due(chart: Chart, zone: ZoneInfo) -> Iterator[str]:
    doses: Sequence[Started] = [started(one) for one in chart.record.doses]
    if doses:
        for one in due_times(doses, chart.at + AHEAD):
            if one.due_at >= chart.at:
                yield f"{one.due_at.astimezone(zone):%H:%M}"
        return
    order = chart.order
    if order is None:
        return
    minutes = float(order.duration_min or 0)
    first = Started(at=chart.at, route=order.route, product=order.product, duration_min=minutes)
    yield "dose"
    for one in due_times([first], chart.at + AHEAD):
        if one.due_at > chart.at:
            yield f"+{(one.due_at - chart.at) // timedelta(minutes=1)} min"
