"""Three keepers of a book for the same histories: the rules, the tables, the actions."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, transaction
from tests.builders import NINE
from tests.clinic.drugs.histories import LAST_DAY, LOT_OF, NOBODY, SELF, SIZES, Deed, hundredths
from tests.clinic.drugs.scene import BROKEN, REST, Scene

from kapstone.clinic.drugs import actions, rules
from kapstone.clinic.drugs.models import (
    Count,
    CountLine,
    Draw,
    LotHold,
    LotRelease,
    Movement,
    Resolution,
)
from kapstone.clinic.drugs.rules import Hands, Kind, Outcome, Posting, Resolved, Standing
from kapstone.errors import KapstoneError, Refused

WHY = "It was written down wrongly."
PIECE_MG = Decimal(100)
KIND_OF = {
    "give": Kind.GIVEN,
    "waste_draw": Kind.WASTED,
    "put_back": Kind.RETURNED,
    "waste": Kind.WASTED,
    "send": Kind.SENT,
}


def day(number: int) -> date:
    return NINE.date() + timedelta(days=number)


def moment(number: int) -> Any:
    return NINE + timedelta(days=number)


class Rules:
    """A book in memory, kept by the product's rules alone."""

    number: type = Decimal

    def __init__(self) -> None:
        self.balances = [self.number(size) / 100 for size in SIZES]
        self.draws: list[tuple[int, Any]] = []
        self.entries: list[tuple[int, int | None, Posting]] = []
        self.reversed: set[int] = set()
        self.lines: list[tuple[int, Any, Any]] = []
        self.settled: dict[int, int] = {}
        self.held: set[int] = set()

    def on_hand(self, container: int) -> Any:
        return self.balances[container]

    def left(self, draw: int) -> Any:
        return self.draws[draw][1]

    def frozen(self, container: int) -> bool:
        newest = self.settled.get(container, -1)
        return any(
            place > newest and where == container and found != seen
            for place, (where, found, seen) in enumerate(self.lines)
        )

    def do(self, deed: Deed) -> bool:
        amount = self.number(deed.amount) / 100
        if deed.what == "draw":
            return self.draw(deed, amount)
        if deed.what in {"give", "waste_draw", "put_back"}:
            container = self.draws[deed.at][0]
            posting = rules.posting(KIND_OF[deed.what], amount, from_draw=True)
            whole = deed.what != "put_back" or container == 2
            return whole and self.post(deed, container, deed.at, posting)
        if deed.what in {"waste", "send"}:
            posting = rules.posting(KIND_OF[deed.what], amount)
            return self.post(deed, deed.at, None, posting)
        return bool(getattr(self, deed.what)(deed, amount))

    def hands(self, deed: Deed) -> Hands:
        witness = {SELF: 1, NOBODY: None}.get(deed.witness, 2)
        return Hands(by=1, witness=witness)

    def post(
        self, deed: Deed, container: int, draw: int | None, posting: Posting, **rest: Any
    ) -> bool:
        lot = LOT_OF[container]
        standing = Standing(
            balance_mg=self.balances[container],
            expires_on=day(LAST_DAY[lot]),
            is_held=lot in self.held,
            is_frozen=self.frozen(container),
            draw_left_mg=None if draw is None else self.draws[draw][1],
        )
        two = posting.kind in rules.TWO_PEOPLE
        findings = [
            *rules.check_posting(posting, standing, on=day(deed.day)),
            *(rules.check_hands(posting.kind, self.hands(deed)) if two else ()),
        ]
        if container == 2 and posting.kind in {Kind.DRAWN, Kind.RETURNED}:
            findings += rules.check_whole(abs(posting.change_mg), PIECE_MG, "lozenge")
        if findings:
            return False
        self.balances[container] += posting.change_mg
        if draw is not None:
            self.draws[draw] = (container, self.draws[draw][1] + posting.draw_change_mg)
        if posting.kind not in {Kind.REVERSED, Kind.ADJUSTED}:
            self.entries.append((container, draw, posting))
        return True

    def draw(self, deed: Deed, amount: Any) -> bool:
        self.draws.append((deed.at, self.number(0)))
        posting = rules.posting(Kind.DRAWN, amount)
        if self.post(deed, deed.at, len(self.draws) - 1, posting):
            return True
        self.draws.pop()
        return False

    def count(self, deed: Deed, found: Any) -> bool:
        self.lines.append((deed.at, found, self.balances[deed.at]))
        return True

    def resolve(self, deed: Deed, amount: Any) -> bool:
        container, found, seen = self.lines[deed.at]
        if found == seen or self.settled.get(container, -1) >= deed.at:
            return False
        difference = rules.Difference(
            counted_mg=found, balance_mg=self.balances[container], counted_by=3
        )
        if [
            *rules.check_hands(Kind.ADJUSTED, self.hands(deed)),
            *rules.check_resolution(
                difference, Outcome.ADJUSTED, self.hands(deed), on=day(deed.day)
            ),
        ]:
            return False
        self.settled[container] = deed.at
        self.balances[container] = found
        return True

    def hold(self, deed: Deed, amount: Any) -> bool:
        self.held.add(deed.at)
        return True

    def release(self, deed: Deed, amount: Any) -> bool:
        if [*rules.check_hands(Kind.REVERSED, self.hands(deed))]:
            return False
        self.held.discard(deed.at)
        return True

    def reverse(self, deed: Deed, amount: Any) -> bool:
        container, draw, posting = self.entries[deed.at]
        if deed.at in self.reversed:
            return False
        done = self.post(deed, container, draw, posting.reverse())
        if done:
            self.reversed.add(deed.at)
        return done


class Floats(Rules):
    """The same book in floating point: what the drill must catch."""

    number = float


class Kept:
    """What the two books in the database share: a cabinet, and reading it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.containers = [
            scene.vial(
                contents_mg=hundredths(size).quantize(Decimal("0.01")),
                lot=f"{id(self)}-{lot}-{place == 2}",
                expires_on=day(LAST_DAY[lot]),
                product="ketamine-lozenge-100" if place == 2 else "ketamine-50",
            )
            for place, (size, lot) in enumerate(zip(SIZES, LOT_OF, strict=True))
        ]
        self.draws: list[Draw] = []
        self.entries: list[Movement] = []
        self.lines: list[CountLine] = []
        self.holds: dict[int, LotHold] = {}

    def on_hand(self, container: int) -> Decimal:
        return self.scene.balance(self.containers[container])

    def left(self, draw: int) -> Decimal:
        entry = Movement.objects.filter(draw=self.draws[draw]).order_by("-seq").first()
        return entry.draw_balance_mg

    def witness(self, deed: Deed) -> Any:
        return {SELF: self.scene.nurse, NOBODY: None}.get(deed.witness, self.scene.second)

    def do(self, deed: Deed) -> bool:
        try:
            with transaction.atomic():
                getattr(self, deed.what)(deed, hundredths(deed.amount))
        except (KapstoneError, DatabaseError):
            return False
        return True


class Actions(Kept):
    """The book as the product's own actions keep it."""

    def given(self, deed: Deed) -> dict[str, Any]:
        return {"by": self.scene.nurse, "at": moment(deed.day)}

    def draw(self, deed: Deed, amount: Decimal) -> None:
        draw = self.scene.draw(
            self.containers[deed.at], amount, at=moment(deed.day), by=self.scene.prescriber
        )
        self.draws.append(draw)
        self.entries.append(draw.movements.get())

    def give(self, deed: Deed, amount: Decimal) -> None:
        given = {"by": self.scene.prescriber, "at": moment(deed.day)}
        self.entries.append(self.scene.give(self.draws[deed.at], amount, **given))

    def waste_draw(self, deed: Deed, amount: Decimal) -> None:
        who = self.scene.prescriber
        witness = who if deed.witness == SELF else self.witness(deed)
        done = actions.waste_from_draw(
            by=who,
            at=moment(deed.day),
            draw=self.draws[deed.at],
            amount_mg=amount,
            waste=REST,
            witness=witness,
        )
        self.entries.append(done)

    def put_back(self, deed: Deed, amount: Decimal) -> None:
        done = actions.return_to_container(
            by=self.scene.prescriber,
            at=moment(deed.day),
            draw=self.draws[deed.at],
            amount_mg=amount,
        )
        self.entries.append(done)

    def waste(self, deed: Deed, amount: Decimal) -> None:
        done = actions.waste_container(
            **self.given(deed),
            container=self.containers[deed.at],
            amount_mg=amount,
            waste=BROKEN,
            witness=self.witness(deed),
        )
        self.entries.append(done)

    def send(self, deed: Deed, amount: Decimal) -> None:
        done = actions.send_away(
            **self.given(deed),
            container=self.containers[deed.at],
            amount_mg=amount,
            to="Return Ltd",
            witness=self.witness(deed),
        )
        self.entries.append(done)

    def count(self, deed: Deed, found: Decimal) -> None:
        line = self.scene.count(self.containers[deed.at], found, at=moment(deed.day))
        self.lines.append(line)

    def resolve(self, deed: Deed, amount: Decimal) -> None:
        who, line = self.scene.prescriber, self.lines[deed.at]
        if line.counted_mg == line.expected_mg:
            raise Refused([])
        witness = who if deed.witness == SELF else self.witness(deed)
        actions.resolve_difference(
            by=who,
            at=moment(deed.day),
            line=line,
            resolved=Resolved(outcome=Outcome.ADJUSTED, explanation=WHY),
            witness=witness,
        )

    def hold(self, deed: Deed, amount: Decimal) -> None:
        for place, container in enumerate(self.containers):
            if LOT_OF[place] == deed.at:
                self.holds[place] = actions.hold_lot(
                    **self.given(deed), lot=container.receipt.lot, why="quarantine", reason=WHY
                )

    def release(self, deed: Deed, amount: Decimal) -> None:
        who = self.scene.prescriber
        witness = who if deed.witness == SELF else self.witness(deed)
        for place in range(len(SIZES)):
            if LOT_OF[place] == deed.at:
                actions.release_lot(
                    by=who,
                    at=moment(deed.day),
                    stopped=self.holds[place],
                    reason=WHY,
                    witness=witness,
                )

    def reverse(self, deed: Deed, amount: Decimal) -> None:
        actions.reverse_entry(
            **self.given(deed),
            movement=self.entries[deed.at],
            reason=WHY,
            witness=self.witness(deed),
        )


class Rows(Kept):
    """The book as PostgreSQL keeps it, whatever is written past the app."""

    def row(self, deed: Deed, **rest: Any) -> dict[str, Any]:
        return {
            "clinic": self.scene.clinic,
            "recorded_at": moment(deed.day),
            "recorded_by": self.scene.nurse,
            **rest,
        }

    def enter(self, deed: Deed, container: int, posting: Posting, **rest: Any) -> Movement:
        two = posting.kind in rules.TWO_PEOPLE
        written = Movement.objects.create(
            **self.row(
                deed,
                container=self.containers[container],
                kind=posting.kind.value,
                change_mg=posting.change_mg,
                draw_change_mg=posting.draw_change_mg,
                happened_at=moment(deed.day),
                witness=self.witness(deed) if two else None,
                **rest,
            )
        )
        self.entries.append(written)
        return written

    def whole(self, container: int, amount: Decimal) -> None:
        """Wholeness of pieces is a rule of the catalogue, not of the table."""
        if container == 2 and amount % PIECE_MG:
            raise Refused([])

    def draw(self, deed: Deed, amount: Decimal) -> None:
        self.whole(deed.at, amount)
        at = moment(deed.day)
        draw = Draw.objects.create(
            **self.row(
                deed,
                subjects=self.scene.patient.alone,
                container=self.containers[deed.at],
                amount_mg=amount,
                drawn_at=at,
            )
        )
        self.enter(deed, deed.at, rules.posting(Kind.DRAWN, amount), draw=draw)
        self.draws.append(draw)

    def of_draw(self, deed: Deed, amount: Decimal) -> None:
        draw = self.draws[deed.at]
        container = self.containers.index(draw.container)
        if deed.what == "put_back":
            if container != 2:
                raise Refused([])
            self.whole(container, amount)
        posting = rules.posting(KIND_OF[deed.what], amount, from_draw=True)
        self.enter(deed, container, posting, draw=draw)

    give = waste_draw = put_back = of_draw

    def out(self, deed: Deed, amount: Decimal) -> None:
        self.enter(deed, deed.at, rules.posting(KIND_OF[deed.what], amount))

    waste = send = out

    def count(self, deed: Deed, found: Decimal) -> None:
        container = self.containers[deed.at]
        count = Count.objects.create(**self.row(deed, container=container))
        line = CountLine.objects.create(
            **self.row(deed, count=count, container=container, counted_mg=found)
        )
        line.refresh_from_db()
        self.lines.append(line)

    def resolve(self, deed: Deed, amount: Decimal) -> None:
        line = self.lines[deed.at]
        newest = Resolution.objects.filter(container=line.container, line_id__gte=line.pk)
        change = line.counted_mg - self.scene.balance(line.container)
        if newest.exists() or not change:
            raise Refused([])
        who, witness = self.scene.prescriber, self.witness(deed)
        if deed.witness == SELF:
            witness = who
        resolution = Resolution.objects.create(
            **self.row(
                deed,
                line=line,
                container=line.container,
                outcome="adjusted",
                explanation=WHY,
                witness=witness,
            )
            | {"recorded_by": who}
        )
        kept = len(self.entries)
        posting = Posting(kind=Kind.ADJUSTED, change_mg=change)
        container = self.containers.index(line.container)
        self.enter(deed, container, posting, resolution=resolution)
        del self.entries[kept:]  # an adjustment is not among what may be reversed

    def hold(self, deed: Deed, amount: Decimal) -> None:
        for place, container in enumerate(self.containers):
            if LOT_OF[place] == deed.at:
                row = self.row(deed, lot=container.receipt.lot, why="quarantine", reason=WHY)
                self.holds[place] = LotHold.objects.create(**row)

    def release(self, deed: Deed, amount: Decimal) -> None:
        for place in range(len(SIZES)):
            if LOT_OF[place] == deed.at:
                row = {"hold": self.holds[place], "reason": WHY, "witness": self.witness(deed)}
                LotRelease.objects.create(**self.row(deed, **row))

    def reverse(self, deed: Deed, amount: Decimal) -> None:
        entry, kept = self.entries[deed.at], len(self.entries)
        was = Posting(
            kind=Kind(entry.kind),
            change_mg=entry.change_mg,
            draw_change_mg=entry.draw_change_mg,
        )
        container = self.containers.index(entry.container)
        self.enter(deed, container, was.reverse(), draw=entry.draw, reverses=entry)
        del self.entries[kept:]
