"""Reports of the drug log: entries between two days, differences, and each person's share."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from kapstone.clinic.drugs.draws import patients_of_draws
from kapstone.clinic.drugs.models import CountLine, Movement
from kapstone.clinic.drugs.queries import (
    ContainerState,
    differences,
    movements_between,
    product_of,
)
from kapstone.clinic.drugs.rules import NOTHING, Kind, mg
from kapstone.core.people.models import Clinic, User

_SIGNS = ("=", "+", "-", "@", "\t", "\r")
SAID = {
    Kind.RECEIVED: "Received",
    Kind.DRAWN: "Drawn up",
    Kind.GIVEN: "Given",
    Kind.WASTED: "Wasted",
    Kind.RETURNED: "Put back",
    Kind.SENT: "Sent away",
    Kind.LOST: "Lost",
    Kind.ADJUSTED: "Adjusted",
    Kind.REVERSED: "Reversed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry in words. ``patient`` only for who may know whose draw it was."""

    movement: Movement
    what: str
    amount: str
    into_mg: Decimal
    out_mg: Decimal
    patient: str = ""


@dataclass(slots=True, kw_only=True)
class Share:
    """What one person drew up, and what became of it, in a period."""

    name: str
    draws: int = 0
    drawn_mg: Decimal = NOTHING
    given_mg: Decimal = NOTHING
    wasted_mg: Decimal = NOTHING

    @property
    def wasted_percent(self) -> Decimal:
        """Give how much of what they drew was wasted."""
        if not self.drawn_mg:
            return NOTHING
        return (100 * self.wasted_mg / self.drawn_mg).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The entries of some days, in order, and each person's share in them."""

    first: date
    last: date
    lines: Sequence[Line]
    shares: Sequence[Share]
    differences: Sequence[CountLine] = field(default_factory=tuple)


def lines_of(movements: Iterable[Movement], user: User, at: datetime) -> tuple[Line, ...]:
    """Say each entry in words, with the patient where this user may know."""
    movements = list(movements)
    known = patients_of_draws([one.draw for one in movements if one.draw], user, at)
    return tuple(_line(one, known) for one in movements)


def _line(movement: Movement, known: Mapping[int, str]) -> Line:
    change = movement.change_mg or movement.draw_change_mg
    kind = Kind(movement.kind)
    return Line(
        movement=movement,
        what=SAID[kind],
        amount=mg(abs(change)),
        into_mg=max(movement.change_mg, NOTHING),
        out_mg=max(-movement.change_mg, NOTHING),
        patient=known.get(movement.draw_id or 0, ""),
    )


def days_between(clinic: Clinic, first: date, last: date) -> tuple[datetime, datetime]:
    """Give when the first day begins and when the last is over, by the clinic's own clock."""
    zone = clinic.zone
    until = datetime.combine(last + timedelta(days=1), time(), zone)
    return datetime.combine(first, time(), zone), until


def between(clinic: Clinic, user: User, at: datetime, first: date, last: date) -> Period:
    """Report from the first day to the last, both whole, by the clinic's own clock."""
    since, until = days_between(clinic, first, last)
    lines = lines_of(movements_between(clinic, since, until), user, at)
    found = differences(clinic).filter(recorded_at__gte=since, recorded_at__lt=until)
    return Period(
        first=first,
        last=last,
        lines=lines,
        shares=_shares(lines),
        differences=tuple(found),
    )


def _shares(lines: Iterable[Line]) -> tuple[Share, ...]:
    """Add up by who drew; an entry that was reversed takes its amount back."""
    found: dict[int, Share] = {}
    for line in lines:
        one, draw = line.movement, line.movement.draw
        if draw is None:
            continue
        share = found.setdefault(draw.recorded_by_id, Share(name=str(draw.recorded_by)))
        kind = one.reverses.kind if one.reverses else one.kind
        change = one.draw_change_mg
        if kind == Kind.DRAWN:
            share.draws += 1 if change > 0 else -1
            share.drawn_mg += change
        elif kind == Kind.GIVEN:
            share.given_mg -= change
        elif kind == Kind.WASTED:
            share.wasted_mg -= change
    return tuple(sorted(found.values(), key=lambda one: (-one.wasted_percent, one.name)))


# --- Files -----------------------------------------------------------------------------------


def _cell(value: object) -> str:
    """Write one cell; words that a spreadsheet would run as a formula are quoted first."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_SIGNS) else text


def as_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table as RFC 4180 says."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


ENTRIES_HEAD = (
    *("container", "entry", "happened", "recorded", "product", "lot", "what", "in_mg"),
    *("out_mg", "balance_mg", "of_draw_mg", "left_of_draw_mg", "patient", "by", "witness"),
    *("reason", "method", "words", "reverses_entry"),
)


def entries_csv(period: Period, clinic: Clinic) -> str:
    """Write the entries of a period, oldest first: the statutory log."""
    zone = clinic.zone
    return as_csv(ENTRIES_HEAD, (_entry_row(line, zone) for line in period.lines))


def _entry_row(line: Line, zone: ZoneInfo) -> tuple[object, ...]:
    one = line.movement
    moment = "%Y-%m-%d %H:%M"
    return (
        one.container,
        one.seq,
        one.happened_at.astimezone(zone).strftime(moment),
        one.recorded_at.astimezone(zone).strftime(moment),
        product_of(one.container).name,
        one.container.receipt.lot,
        line.what,
        line.into_mg,
        line.out_mg,
        one.balance_mg,
        abs(one.draw_change_mg) if one.draw_id else "",
        one.draw_balance_mg if one.draw_id else "",
        line.patient,
        one.recorded_by,
        one.witness or "",
        one.reason,
        one.method,
        one.detail,
        one.reverses.seq if one.reverses else "",
    )


def on_hand_csv(states: Iterable[ContainerState], hidden: frozenset[int]) -> str:
    """Write what is on hand; what this user is counting is left blank."""
    head = (
        "container",
        "product",
        "lot",
        "last_day",
        "place",
        "balance_mg",
        "measures",
        "state",
    )
    rows = (
        (
            one.container,
            one.product.name,
            one.lot,
            one.lot.expires_on,
            one.place,
            "" if one.container.pk in hidden else one.balance_mg,
            "" if one.container.pk in hidden else one.measured,
            _state(one),
        )
        for one in states
    )
    return as_csv(head, rows)


def _state(one: ContainerState) -> str:
    said = (
        (one.is_frozen, "frozen"),
        (one.is_held, "on hold"),
        (one.is_expired, "expired"),
    )
    return ", ".join(words for holds, words in said if holds)


def differences_csv(lines: Iterable[CountLine], clinic: Clinic) -> str:
    """Write the differences of a period, and how each ended."""
    head = ("container", "counted_on", "counted_mg", "expected_mg", "by", "ended", "words")
    zone = clinic.zone
    rows = []
    for line in lines:
        ended = getattr(line, "resolution", None)
        rows.append(
            (
                line.container,
                line.recorded_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
                line.counted_mg,
                line.expected_mg,
                line.recorded_by,
                "open"
                if vars(line)["is_open"]
                else ended.outcome
                if ended
                else "settled later",
                ended.explanation if ended else "",
            )
        )
    return as_csv(head, rows)
