"""
Random histories of a cabinet, and an oracle that keeps its own account of them.

The oracle shares no code with the product: it counts whole hundredths of a milligram in
tallies by what became of them, and decides for itself what must be refused. A *book* is any
thing with ``do(deed) -> bool``, ``on_hand(c)`` and ``left(d)``; ``compare`` drives a history
through it and gives the first disagreement.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

SIZES = (50_000, 20_000, 30_000)  # hundredths of a milligram in each container
LOT_OF = (0, 0, 1)
LAST_DAY = (9, 4)  # of each lot
PIECE = 10_000  # the third container holds lozenges of 100 mg
OTHER, SELF, NOBODY = "other", "self", "nobody"
OFTEN = {"draw": 8, "give": 8, "waste_draw": 5, "put_back": 3, "waste": 2, "send": 1} | {
    "count": 2,
    "resolve": 3,
    "hold": 0.7,
    "release": 3,
    "reverse": 3,
}
WHAT = (tuple(OFTEN), tuple(OFTEN.values()))


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody tries to do."""

    what: str
    at: int = 0  # the container, draw, lot, line or entry it is about
    amount: int = 0  # hundredths of a milligram
    witness: str = OTHER
    day: int = 0


class Book(Protocol):
    """Whatever keeps a book."""

    def do(self, deed: Deed) -> bool: ...
    def on_hand(self, container: int) -> Any: ...
    def left(self, draw: int) -> Any: ...


@dataclass
class Oracle:
    """Tallies in whole hundredths; every entry accepted is remembered, for reversals."""

    tallies: list[Counter[str]] = field(
        default_factory=lambda: [Counter(received=size) for size in SIZES]
    )
    draws: list[tuple[int, Counter[str]]] = field(default_factory=list)
    entries: list[list[Any]] = field(default_factory=list)  # [container, draw, name, amount]
    lines: list[tuple[int, int, int]] = field(default_factory=list)  # container, found, seen
    settled: dict[int, int] = field(default_factory=dict)  # container -> newest line settled
    held: set[int] = field(default_factory=set)

    def on_hand(self, container: int) -> int:
        tally = self.tallies[container]
        gone = sum(tally[name] for name in ("drawn", "wasted", "sent", "lost"))
        return tally["received"] + tally["adjusted"] + tally["returned"] - gone

    def left(self, draw: int) -> int:
        tally = self.draws[draw][1]
        return tally["drawn"] - tally["given"] - tally["wasted"] - tally["returned"]

    def is_frozen(self, container: int) -> bool:
        newest = self.settled.get(container, -1)
        return any(
            place > newest and where == container and found != seen
            for place, (where, found, seen) in enumerate(self.lines)
        )

    def balances(self, container: int) -> bool:
        """Received, less all that became of it, is what is there and in hands."""
        tally = self.tallies[container]
        of_draws = [(d, own) for d, (where, own) in enumerate(self.draws) if where == container]
        given = sum(own["given"] for _, own in of_draws)
        wasted = tally["wasted"] + sum(own["wasted"] for _, own in of_draws)
        in_hands = sum(self.left(d) for d, _ in of_draws)
        kept = tally["received"] + tally["adjusted"] - tally["lost"] - tally["sent"]
        return kept - given - wasted == self.on_hand(container) + in_hands

    # --- what may be done

    def do(self, deed: Deed) -> bool:
        return bool(getattr(self, f"_{deed.what}")(deed))

    def _add(self, container: int, draw: int | None, name: str, amount: int) -> bool:
        """Try an amount in the tallies, and keep it if nothing falls below nothing."""
        tally = self.tallies[container]
        own = self.draws[draw][1] if draw is not None else Counter()
        in_container = draw is None or name in {"drawn", "returned"}
        if in_container:
            tally[name] += amount
        if draw is not None:
            own[name] += amount
        fits = self.on_hand(container) >= 0 and (draw is None or self.left(draw) >= 0)
        if not fits:
            if in_container:
                tally[name] -= amount
            if draw is not None:
                own[name] -= amount
        return fits

    def _enter(self, container: int, draw: int | None, name: str, amount: int) -> bool:
        if not self._add(container, draw, name, amount):
            return False
        self.entries.append([container, draw, name, amount, False])
        return True

    def _draw(self, deed: Deed) -> bool:
        lot = LOT_OF[deed.at]
        whole = deed.at != 2 or deed.amount % PIECE == 0
        shut = lot in self.held or deed.day > LAST_DAY[lot] or self.is_frozen(deed.at)
        if shut or not whole:
            return False
        self.draws.append((deed.at, Counter()))
        if self._enter(deed.at, len(self.draws) - 1, "drawn", deed.amount):
            return True
        self.draws.pop()
        return False

    def _give(self, deed: Deed) -> bool:
        return self._enter(self.draws[deed.at][0], deed.at, "given", deed.amount)

    def _waste_draw(self, deed: Deed) -> bool:
        container = self.draws[deed.at][0]
        two = deed.witness == OTHER
        return two and self._enter(container, deed.at, "wasted", deed.amount)

    def _put_back(self, deed: Deed) -> bool:
        container = self.draws[deed.at][0]
        whole = container == 2 and deed.amount % PIECE == 0
        shut = self.is_frozen(container)
        return whole and not shut and self._enter(container, deed.at, "returned", deed.amount)

    def _waste(self, deed: Deed) -> bool:
        return self._out(deed, "wasted")

    def _send(self, deed: Deed) -> bool:
        return self._out(deed, "sent")

    def _out(self, deed: Deed, name: str) -> bool:
        may = deed.witness == OTHER and not self.is_frozen(deed.at)
        return may and self._enter(deed.at, None, name, deed.amount)

    def _count(self, deed: Deed) -> bool:
        self.lines.append((deed.at, deed.amount, self.on_hand(deed.at)))
        return True

    def _resolve(self, deed: Deed) -> bool:
        container, found, seen = self.lines[deed.at]
        change = found - self.on_hand(container)
        done = self.settled.get(container, -1) >= deed.at
        if found == seen or done or not change or deed.witness != OTHER:
            return False
        self.settled[container] = deed.at
        self.tallies[container]["adjusted"] += change
        return True

    def _hold(self, deed: Deed) -> bool:
        new = deed.at not in self.held
        self.held.add(deed.at)
        return new

    def _release(self, deed: Deed) -> bool:
        if deed.at not in self.held or deed.witness != OTHER:
            return False
        self.held.discard(deed.at)
        return True

    def _reverse(self, deed: Deed) -> bool:
        container, draw, name, amount, done = self.entries[deed.at]
        if done or deed.witness != OTHER or not self._add(container, draw, name, -amount):
            return False
        self.entries[deed.at][4] = True
        return True


def history(seed: int, length: int = 24) -> Iterator[tuple[Deed, "Oracle", bool]]:
    """Give one history: each deed, the oracle after it, and whether it ought to be accepted."""
    rng, oracle, day = random.Random(seed), Oracle(), 0  # noqa: S311  not a secret
    for _ in range(length):
        day += rng.random() < 0.25
        deed = _some_deed(rng, oracle, day)
        if deed is not None:
            yield deed, oracle, oracle.do(deed)


def _some_deed(rng: random.Random, oracle: Oracle, day: int) -> Deed | None:
    what = rng.choices(*WHAT)[0]
    witness = rng.choices((OTHER, SELF, NOBODY), (8, 1, 1))[0]
    about = {
        "give": oracle.draws,
        "waste_draw": oracle.draws,
        "put_back": oracle.draws,
        "resolve": oracle.lines,
        "reverse": oracle.entries,
    }.get(what)
    if about is not None and not about:
        return None
    place = rng.randrange(len(about)) if about is not None else rng.randrange(3)
    if what in {"hold", "release"}:
        place = rng.randrange(2)
        if (what == "hold") == (place in oracle.held):
            return None
    most = oracle.left(place) if about is oracle.draws else 0
    if what in {"draw", "waste", "send", "count"}:
        most = oracle.on_hand(place)
    piece = (
        place == 2 if about is None else about is oracle.draws and oracle.draws[place][0] == 2
    )
    return Deed(what, place, _amount(rng, what, most, piece=piece), witness, day)


def _amount(rng: random.Random, what: str, most: int, *, piece: bool) -> int:
    if what == "count":
        return max(0, most + rng.choice((0, 0, 0, -1, 1, -250)))
    if piece and rng.random() < 0.8:
        return PIECE * rng.randint(1, 3)
    some = rng.choice((most, most + 1, most // 2, rng.randint(1, 9_999), rng.randint(1, 500)))
    return max(1, some)


def hundredths(amount: Any) -> Decimal:
    return Decimal(amount) / 100


def compare(book: Book, seed: int, *, each_step: bool = True) -> str:
    """
    Drive one history through a book; give the first disagreement, or nothing.

    What is accepted is compared at each step, and the balances too unless reading them is dear;
    then they are compared at the end.
    """
    said, oracle = f"seed {seed}", Oracle()
    for step, (deed, oracle, wanted) in enumerate(history(seed)):
        said = f"seed {seed}, step {step}: {deed}"
        assert all(oracle.balances(c) for c in range(len(SIZES)))
        if book.do(deed) != wanted:
            return f"{said} ought to be {wanted}"
        if each_step and (wrong := unlike(book, oracle)):
            return f"{said}: {wrong}"
    wrong = unlike(book, oracle)
    return f"{said}: {wrong}" if wrong else ""


def unlike(book: Book, oracle: Oracle) -> str:
    """Give the first balance that is not the oracle's, or nothing."""
    for c in range(len(SIZES)):
        if book.on_hand(c) != hundredths(oracle.on_hand(c)):
            return f"container {c} holds {book.on_hand(c)}"
    for d in range(len(oracle.draws)):
        if book.left(d) != hundredths(oracle.left(d)):
            return f"of draw {d} {book.left(d)} is left"
    return ""
