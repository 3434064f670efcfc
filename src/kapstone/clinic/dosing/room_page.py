"""What the room's screen shows: read from the chart, ready for the template."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from kapstone.catalogue.room import Chip, Named, RescueMedicine, load_room
from kapstone.catalogue.routes import VitalsDue
from kapstone.catalogue.scales import Anchor, load_scale
from kapstone.catalogue.thresholds import Level, load_thresholds
from kapstone.clinic.dosing.entries import CONTAINER_ITEMS, SIGN_NAMES
from kapstone.clinic.dosing.monitoring import Raised
from kapstone.clinic.dosing.pictures import draw_due, draw_record, draw_strip, record_facts
from kapstone.clinic.dosing.queries import Chart
from kapstone.clinic.dosing.reading import POSSIBLE
from kapstone.clinic.dosing.record import Record
from kapstone.clinic.dosing.words import Said, feed_of
from kapstone.clinic.preparation.queries import checks_of, intention_of
from kapstone.core.access.standing import Access
from kapstone.core.ui.charts.drawing import Drawing

FEED_LENGTH = 10
TABS = (
    ("vitals", "Vitals", "activity"),
    ("event", "Event", "flag"),
    ("note", "Note", "pen-line"),
    ("dose", "Dose", "syringe"),
)
TILES = (
    ("systolic_mmhg", "Sys"),
    ("diastolic_mmhg", "Dia"),
    ("heart_rate_per_min", "Pulse"),
    ("spo2_percent", "SpO2"),
)
SCALES = frozenset({"rass", "distress", "nausea", "perception", "depth"})
MORE = ("breaths_per_min", "temperature_c", "rass", "distress", "nausea", "perception", "depth")
_PREPARED = {  # the checklist's own code for each item of the strip
    "music": "music",
    "lights": "light",
    "eyeshade": "eyeshade",
    "blanket": "blanket",
    "people": "second",
}
_CONTAINER_ICONS = {
    "music": "music",
    "lights": "lamp",
    "eyeshade": "eye-off",
    "blanket": "thermometer",
    "people": "users",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One of the four tabs of entry."""

    code: str
    label: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One vital sign of the keypad: what is typed now, what was last, when that grows old."""

    name: str
    label: str
    value: str
    last: str
    error: str
    old_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """One vital sign as last measured, with its age."""

    label: str
    value: str
    at: datetime
    old_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """One crossing that nobody has answered."""

    entry: UUID
    parameter: str
    sentence: str
    level: str
    todo: str
    at: datetime
    is_grave: bool
    new_id: UUID
    why: str
    late: str  # what to do now that nobody has answered; empty while there is time


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One item of the container strip."""

    code: str
    label: str
    value: str
    icon: str
    speaks: bool  # the value alone says what it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What changes while one watches: clocks, crossings, chart, feed."""

    since: datetime | None
    due: VitalsDue | None
    wait_from: datetime | None  # when the wait for the next set began
    is_overdue: bool
    ring: Drawing | None
    record: Drawing
    strip: Drawing
    latest: tuple[Latest, ...]
    lasts: tuple[Tile, ...]  # for the keypad of a screen that somebody types on
    last_set_at: datetime | None
    old_at: datetime | None  # from then on the last set is grey
    feed: tuple[Said, ...]
    more: int
    crossings: tuple[Crossed, ...]
    container: tuple[Kept, ...]
    container_id: UUID
    revision: str
    held: int  # what tablets sent that waits for a decision

    @property
    def in_sight(self) -> tuple[Crossed, ...]:
        """List the bars that stand open: every grave one, or else the first."""
        return tuple(one for one in self.crossings if one.is_grave) or self.crossings[:1]

    @property
    def folded(self) -> tuple[Crossed, ...]:
        """List the milder bars, folded under one line that names each of them."""
        return tuple(one for one in self.crossings if one not in self.in_sight)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Who is in the room, in the words of a screen that others may see."""

    name: str
    line: str
    dose: str
    intention: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was sent and not taken: the values, what is wrong, what to look at again."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    cautions: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()

    @property
    def wrong(self) -> tuple[str, ...]:
        """What is wrong, in sentences: a template would look a field called "items" up."""
        return tuple(self.errors.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The panel of entry: the tab that is open, with what was typed and what is wrong."""

    tab: str
    tabs: tuple[Tab, ...]
    typed: Typed
    entry_id: UUID
    tiles: tuple[Tile, ...]
    more: tuple[Tile, ...]
    alertness: tuple[Anchor, ...]
    chips: tuple[Chip, ...]
    signs: tuple[Named, ...]
    no_value: tuple[Named, ...]
    rescue: tuple[RescueMedicine, ...]
    last_set_at: datetime | None
    old_at: datetime | None


def live_of(chart: Chart, zone: ZoneInfo) -> Live:
    """Read what changes while one watches."""
    record, at = chart.record, chart.at
    facts = record_facts(record, at, zone, name=chart.patient.screen_name)
    due, wait = record.next_due(at), wait_of(record, at)
    feed = feed_of(record, chart.patient.screen_name)
    crossings = tuple(_crossed(one, chart) for one in record.open_crossings)
    return Live(
        since=record.first_dose_at,
        due=due,
        wait_from=due.due_at - wait if due is not None and wait is not None else None,
        is_overdue=due is not None and at >= due.overdue_at,
        ring=draw_due(due, at, "Next vital signs") if due is not None else None,
        record=draw_record(facts),
        strip=draw_strip(facts),
        latest=_latest(record, wait),
        lasts=tuple(_tile(record, wait, Typed(), name, label) for name, label in TILES),
        last_set_at=_last_set_at(record),
        old_at=old_at_of(_last_set_at(record), wait),
        feed=feed[:FEED_LENGTH],
        more=max(0, len(feed) - FEED_LENGTH),
        crossings=crossings,
        container=_container(chart),
        container_id=uuid4(),
        revision=revision_of(chart),
        held=chart.held,
    )


def wait_of(record: Record, at: datetime) -> timedelta | None:
    """Give the time between two sets as they are due now; None when none is due."""
    due = record.next_due(at)
    return 2 * (due.overdue_at - due.due_at) if due is not None else None


def old_at_of(measured: datetime | None, wait: timedelta | None) -> datetime | None:
    """Say when a value grows old: two intervals without a new one."""
    return measured + 2 * wait if measured is not None and wait is not None else None


def _last_set_at(record: Record) -> datetime | None:
    return record.seen[-1].at if record.seen else None


def revision_of(chart: Chart) -> str:
    """Name what the screen would show, so that a screen that shows it is left alone."""
    due = chart.record.next_due(chart.at)
    late = due is not None and chart.at >= due.overdue_at
    unanswered = sum(one.is_late(chart.at) for one in chart.record.open_crossings)
    seen = f"{len(chart.record.lines)}-{chart.held}-{chart.at:%H%M}"
    return f"{seen}-{int(late)}-{unanswered}"


def head_of(chart: Chart, access: Access) -> Head:
    """Say who is in the room: the screen name, never the legal one."""
    patient, order, card = chart.patient, chart.order, chart.card
    weight = order.weight_kg if order else card.weight_kg if card else None
    may_card = access.may("emergency_card", "read", patient.pk)
    allergies = f"allergies: {(card.allergies if card else '') or 'none known'}"
    line = [patient.number]
    if weight is not None:
        line.append(f"{float(weight):g} kg")
    line.append(allergies if may_card else "allergies: ask the prescriber")
    intention = None
    if access.may("intention", "read", patient.pk):
        intention = intention_of(chart.session.course)
    return Head(
        name=patient.screen_name,
        line=", ".join(line),
        dose=f"Dose {chart.session.number} of {chart.session.course.planned_sessions}",
        intention=intention.text if intention else "",
    )


def panel_of(chart: Chart, tab: str, typed: Typed | None = None) -> Panel:
    """Lay out the panel of entry. Nothing is ever filled in from before."""
    words, typed = load_room(), typed or Typed()
    wait = wait_of(chart.record, chart.at)
    return Panel(
        tab=tab,
        tabs=tuple(
            Tab(code=code, label=label, icon=icon, current=code == tab)
            for code, label, icon in TABS
        ),
        typed=typed,
        entry_id=uuid4(),
        tiles=tuple(_tile(chart.record, wait, typed, name, label) for name, label in TILES),
        more=tuple(
            _tile(chart.record, wait, typed, name, _on_its_scale(name)) for name in MORE
        ),
        alertness=load_scale("moaas").anchors,
        chips=words.events,
        signs=tuple(
            Named(code=sign.code, name=sign.name.capitalize())
            for sign in load_thresholds().signs
            if sign.code not in {"sedated", "asks-to-stop"}
        ),
        no_value=words.no_value,
        rescue=words.rescue,
        last_set_at=_last_set_at(chart.record),
        old_at=old_at_of(_last_set_at(chart.record), wait),
    )


def _on_its_scale(name: str) -> str:
    """Name a sign with the ends of its scale, where it is counted on one."""
    low, high = POSSIBLE[name]
    return f"{SIGN_NAMES[name]}, {low:g} to {high:g}" if name in SCALES else SIGN_NAMES[name]


def _tile(record: Record, wait: timedelta | None, typed: Typed, name: str, label: str) -> Tile:
    known = [one for one in record.seen if getattr(one.vitals, name) is not None]
    last = known[-1] if known else None
    return Tile(
        name=name,
        label=label,
        value=typed.values.get(name, ""),
        last=f"{getattr(last.vitals, name):g}" if last else "",
        error=typed.errors.get(name, ""),
        old_at=old_at_of(last.at if last else None, wait),
    )


def _latest(record: Record, wait: timedelta | None) -> tuple[Latest, ...]:
    def latest(label: str, value: str, at: datetime) -> Latest:
        return Latest(label=label, value=value, at=at, old_at=old_at_of(at, wait))

    found = []
    pairs = [one for one in record.seen if one.vitals.systolic_mmhg is not None]
    if pairs:
        last = pairs[-1]
        value = f"{last.vitals.systolic_mmhg}/{last.vitals.diastolic_mmhg or '-'}"
        found.append(latest("Pressure", value, last.at))
    for name, label in (
        ("heart_rate_per_min", "Pulse"),
        ("spo2_percent", "SpO2"),
        ("alertness", "Alert"),
    ):
        known = [one for one in record.seen if getattr(one.vitals, name) is not None]
        if known:
            value = f"{getattr(known[-1].vitals, name):g}"
            found.append(latest(label, value, known[-1].at))
    return tuple(found)


def _crossed(one: Raised, chart: Chart) -> Crossed:
    words = load_thresholds().words_of(one.level)
    is_late = one.is_late(chart.at)
    return Crossed(
        entry=one.entry,
        parameter=one.parameter,
        sentence=one.crossing.sentence,
        level=words.name,
        todo=words.words,
        at=one.at,
        is_grave=is_late or one.level is not Level.ALERT,
        new_id=uuid4(),
        why="; ".join(str(basis) for basis in one.crossing.basis),
        late=_late_words(one, chart) if is_late else "",
    )


def _late_words(one: Raised, chart: Chart) -> str:
    """Say for how long nobody has answered, and whom to ring."""
    minutes = one.waited(chart.at) // timedelta(minutes=1)
    whom = f"ring {chart.order.recorded_by}" if chart.order else "ring the prescriber"
    return f"Nobody has answered for {minutes} min: {whom}."


def _container(chart: Chart) -> tuple[Kept, ...]:
    """Show the container as prepared, and as changed in the room since."""
    checks = checks_of(chart.session.course, chart.session.number)
    prepared = {
        item: _ready(checks[code].value) for item, code in _PREPARED.items() if code in checks
    }
    now = {**prepared, **chart.record.container}
    return tuple(
        Kept(
            code=code,
            label=label,
            value=now.get(code, ""),
            icon=_CONTAINER_ICONS[code],
            speaks=code in {"music", "people"},
        )
        for code, label in CONTAINER_ITEMS.items()
    )


def _ready(value: object) -> str:
    if isinstance(value, bool):
        return "ready" if value else "not ready"
    return str(value)
