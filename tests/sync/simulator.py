"""
Everything that can go wrong between the room and the record, from a seed.

One schedule is one session: two tablets (and whatever replaces them), a server that dies at the
worst moments, a network that drops, repeats, reorders and delays, and clocks that jump. The
same seed gives the same schedule. Afterwards all heals; nothing may be lost, doubled or
different.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import combinations
from typing import Any
from uuid import UUID

from tests.sync.tablets import VALUES, Disk, Faults, Tab, Tablet, Timepiece, dose

from kapstone.clinic.dosing.sync import clocks, envelope, judging, lease, outbox, room
from kapstone.clinic.dosing.sync.outbox import Standing
from kapstone.errors import Refused

FAULTS = (
    "ack before commit",
    "dedupe off",
    "purge beyond the mark",
    "any 200 is an answer",
    "tick before the disk",
    "device id outlives its storage",
    "pages with gaps are taken",
    "the newest dose wins",
    "leases are not looked at",
    "a dose says it knew of all",
    "half a batch is committed",
    "the wall clock is trusted",
)
START_MS = 1_772_445_600_000.0  # 2026-03-02T10:00:00Z
NURSES = tuple(UUID(int=n + 1) for n in range(3))
MOST_MG = Decimal(120)


class Broken(AssertionError):
    """An invariant did not hold."""


@dataclass(slots=True)
class Server:
    """The server: what is committed, and nothing else that survives."""

    session: UUID
    faults: Faults
    actors: dict[UUID, dict[UUID, bool]] = field(default_factory=dict)
    before: dict[UUID, tuple[judging.Verdict, ...]] = field(default_factory=dict)
    hashes: dict[UUID, dict[int, str]] = field(default_factory=dict)
    log: list[room.Heard] = field(default_factory=list)  # the index is commit_no - 1
    corrected: set[UUID] = field(default_factory=set)
    leases: list[lease.Lease] = field(default_factory=list)

    def receive(self, device_id: UUID, events: list[envelope.Event], now: int) -> Any:
        """Judge a batch; give what to commit and what to answer."""
        corrected: set[UUID] = set()
        known = {one.event.event_id for one in self.log}

        def check(event: envelope.Event) -> tuple[str, str] | None:
            if event.kind != "correction":
                known.add(event.event_id)
                return None
            if event.supersedes not in known:
                return "unknown-entry", "There is no such entry."
            if event.supersedes in self.corrected | corrected:
                return "already-corrected", "Somebody was first."
            known.add(event.event_id)
            corrected.add(event.supersedes)
            return None

        facts = judging.Facts(
            session=self.session,
            device_id=device_id,
            now_ms=now,
            actors=self.actors.get(device_id, {}),
            before={} if "dedupe off" in self.faults else self.before,
            hashes=self.hashes.get(device_id, {}),
            leases=() if "leases are not looked at" in self.faults else self.leases,
        )
        return list(judging.judge(facts, events, check))

    def commit(self, device_id: UUID, verdicts: list[judging.Verdict]) -> None:
        """Write it all, in one go."""
        for place, verdict in enumerate(verdicts):
            if verdict.is_again or not verdict.standing.is_at_the_server:
                continue
            if "half a batch is committed" in self.faults and place % 2:
                continue
            self._write(device_id, verdict)

    def _write(self, device_id: UUID, verdict: judging.Verdict) -> None:
        event = verdict.event
        self.hashes.setdefault(device_id, {}).setdefault(event.device_seq, verdict.fingerprint)
        number = None
        if verdict.standing is Standing.SAVED:
            flags = verdict.flags
            if "leases are not looked at" in self.faults:
                flags = tuple(one for one in flags if one not in lease.QUESTIONED)
            self.log.append(room.Heard(event=event, flags=frozenset(flags)))
            number = len(self.log)
            if event.kind == "correction" and event.supersedes:
                self.corrected.add(event.supersedes)
        stored = replace(verdict, commit_no=number)
        self.before[event.event_id] = (*self.before.get(event.event_id, ()), stored)

    def answer(self, device_id: UUID, verdicts: list[judging.Verdict]) -> dict[str, Any]:
        """Say what became of each, as the wire has it."""
        return {
            "protocol": envelope.PROTOCOL,
            "session": str(self.session),
            "device_id": str(device_id),
            "mark": judging.mark_of(self.hashes.get(device_id, {})),
            "results": [self._result(one) for one in verdicts],
        }

    def _result(self, verdict: judging.Verdict) -> dict[str, Any]:
        stored = self.before.get(verdict.event.event_id, ())
        same = [one for one in stored if one.fingerprint == verdict.fingerprint]
        return {
            "id": str(verdict.event.event_id),
            "status": str(verdict.standing),
            "commit_no": same[0].commit_no if same else None,
            "code": verdict.code,
            "words": verdict.words,
        }

    def take_lease(self, asked: lease.Asked, now: int) -> lease.Lease | None:
        """Give a lease, unless doses are in question or another tablet has it."""
        if room.read_room(self.log, MOST_MG).is_in_conflict:
            return None
        try:
            got = lease.take(self.leases, asked, now)
        except Refused:
            return None
        self.leases.append(got)
        return got


@dataclass(slots=True)
class Message:
    """Something under way: a batch to the server, or an answer back."""

    tablet: Tablet
    tab: Tab
    device_id: UUID
    sent: tuple[envelope.Event, ...]
    body: object = None
    is_answer: bool = False


class Schedule:
    """One schedule, from one seed."""

    def __init__(self, seed: int, faults: Faults = frozenset()) -> None:
        self.rng = random.Random(seed)  # noqa: S311  a drill, not a secret
        self.faults = faults
        self.now = START_MS
        self.session = UUID(int=self.rng.getrandbits(128), version=4)
        self.server = Server(self.session, faults)
        self.net: list[Message] = []
        self.evicted: set[UUID] = set()  # on a tablet whose storage was thrown away
        self.counts: Counter[str] = Counter()
        self.tablets = [self._tablet(name) for name in range(2)]
        self.true_times: dict[UUID, float] = {}
        self.truly_knew: dict[UUID, frozenset[UUID]] = {}

    def _tablet(self, name: int) -> Tablet:
        rng = self.rng
        timepiece = Timepiece(
            began=self.now - rng.uniform(0, 1e7),
            ahead_ms=rng.choice((0.0, 0.0, 4_000.0, -90_000.0, 86_400_000.0, -86_400_000.0)),
            drift=rng.uniform(-90e-6, 90e-6),
        )
        tablet = Tablet(
            name=name,
            session=self.session,
            rng=rng,
            faults=self.faults,
            disk=Disk(UUID(int=rng.getrandbits(128), version=4)),
            timepiece=timepiece,
            clock=clocks.begin(f"t{name}", timepiece.look(self.now)),
            nurse=NURSES[name],
        )
        tablet.open_tab()
        self._enrol(tablet)
        if rng.random() < 0.9:
            self._ask_clock(tablet)
        return tablet

    def _enrol(self, tablet: Tablet) -> None:
        self.server.actors.setdefault(tablet.disk.device_id, {})[tablet.nurse] = True

    # --- One step

    def run(self) -> None:
        """Play the schedule, heal, and look."""
        steps = self.rng.choice((30, 60, 100, 200))
        acts: tuple[tuple[int, Callable[[Tablet], None]], ...] = (
            (22, self._write),
            (26, lambda tablet: tablet.disk_done()),
            (16, self._send),
            (22, self._deliver),
            (3, self._crash_tab),
            (1, self._evict),
            (2, self._second_tab),
            (4, self._upset_clock),
            (3, self._ask_clock),
            (4, self._lease),
            (7, self._follow),
            (1, self._end_rights),
            (1, self._swap_nurse),
        )
        weights = [weight for weight, _ in acts]
        for act in self.rng.choices([act for _, act in acts], weights, k=steps):
            self.now += self.rng.choice((5.0, 40.0, 900.0, 20_000.0))
            act(self.rng.choice(self.tablets))
        self._heal()
        self._look()

    def _write(self, tablet: Tablet) -> None:
        if tablet.writing is not None:
            return
        tab = self.rng.choice(tablet.tabs)
        kind, payload, more = self._something(tablet)
        knew = frozenset(
            one.event.event_id for one in tablet.heard() if one.event.kind == "dose"
        )
        tablet.write(tab, self.now, kind, payload, **more)
        if tablet.writing is not None:
            self.true_times[tablet.writing[1]] = self.now
            self.truly_knew[tablet.writing[1]] = knew
        self.counts["doses"] += kind == "dose"
        self.counts["written"] += 1

    def _something(self, tablet: Tablet) -> tuple[str, dict[str, Any], dict[str, Any]]:
        rng = self.rng
        which = rng.random()
        if which < 0.34:
            return "vitals", {"systolic_mmhg": rng.choice(VALUES), "alertness": 5}, {}
        if which < 0.48:
            return "note", {"speaker": "patient", "text": f"No. {rng.randrange(1000)}"}, {}
        if which < 0.62:
            return self._a_dose(tablet)
        if which < 0.74:
            return self._a_correction(tablet)
        if which < 0.77:
            return "event", {"event": "asks-to-stop"}, {}
        return "state", self._a_state(tablet), {}

    def _a_dose(self, tablet: Tablet) -> tuple[str, dict[str, Any], dict[str, Any]]:
        heard = tablet.heard()
        stands = room.read_room(heard, MOST_MG)
        goes_past = (
            self.rng.random() < 0.15
        )  # the screen stops her, and now and then it does not
        if (tablet.holds is None or stands.is_in_conflict) and not goes_past:
            return "note", {"speaker": "observer", "text": "No lease here."}, {}
        knows = tuple(one.event.event_id for one in heard if one.event.kind == "dose")
        if "a dose says it knew of all" in self.faults:
            everyone = [one for tab in self.tablets for one in tab.heard()]
            knows = tuple({one.event.event_id for one in everyone if one.event.kind == "dose"})
        number = tablet.holds.number if tablet.holds else None
        payload = dose(Decimal(self.rng.choice((20, 30, 60))))
        return "dose", payload, {"knows": knows[:50], "lease": number}

    def _a_correction(self, tablet: Tablet) -> tuple[str, dict[str, Any], dict[str, Any]]:
        known = [
            one.event
            for one in tablet.heard()
            if one.event.kind in {"dose", "note", "vitals", "correction"}
        ]
        if not known:
            return "note", {"speaker": "observer", "text": "Nothing to correct."}, {}
        old = self.rng.choice(known)
        of = old.payload.get("of", old.kind)
        payload: dict[str, Any] = {"of": of, "mistake": "wrong-key", "detail": ""}
        if of == "dose" and self.rng.random() < 0.7:
            payload["instead"] = dose(Decimal(self.rng.choice((10, 25))))
        return "correction", payload, {"supersedes": old.event_id}

    def _a_state(self, tablet: Tablet) -> dict[str, Any]:
        rng, heard = self.rng, tablet.heard()
        mine = [one.event for one in heard if one.event.kind == "state"]
        change = rng.choice(("room", "emergency", "check", "handover", "reconcile"))
        item, value = rng.choice(list(room.STAGES)[:4]), ""
        if change == "emergency":
            item = rng.choice(("call", "oxygen"))
        elif change == "check":
            item, value = self._a_check(mine)
        elif change == "handover":
            item, value = self._a_handover(mine)
        elif change == "reconcile":
            asked = sorted(room.read_room(heard, MOST_MG).in_question)
            if not asked:
                return {"change": "room", "item": item, "value": ""}
            item, value = str(rng.choice(asked)), "Both looked at."
        return {"change": change, "item": item, "value": value}

    def _a_check(self, mine: list[envelope.Event]) -> tuple[str, str]:
        item = self.rng.choice(("suction", "oxygen"))
        ticks = [
            one
            for one in mine
            if one.payload["change"] == "check" and one.payload["item"] == item
        ]
        if ticks and self.rng.random() < 0.4:
            return item, f"undo {self.rng.choice(ticks).event_id} Not plugged in."
        return item, "yes"

    def _a_handover(self, mine: list[envelope.Event]) -> tuple[str, str]:
        handed = [one for one in mine if one.payload["change"] == "handover"]
        offers = [one for one in handed if one.payload["item"] == "offer"]
        holds = [one for one in handed if one.payload["item"] != "offer"]
        if offers and self.rng.random() < 0.5:
            return "accept", str(self.rng.choice(offers).event_id)
        if holds and self.rng.random() < 0.7:
            return "offer", f"{self.rng.choice(NURSES)} {self.rng.choice(holds).event_id}"
        return "begin", ""

    # --- The network and the server

    def _send(self, tablet: Tablet) -> None:
        tab = self.rng.choice(tablet.tabs)
        events = outbox.batch(tab.queue, self.rng.choice((1, 3, 200)))
        if not events:
            return
        for _ in range(self.rng.choices((0, 1, 2, 3), (3, 12, 3, 1))[0]):
            self.net.append(Message(tablet, tab, tablet.disk.device_id, events))
            self.counts["batches"] += 1

    def _deliver(self, tablet: Tablet | None = None) -> None:
        if not self.net:
            return
        message = self.net.pop(self.rng.randrange(len(self.net)))  # in any order
        if message.is_answer:
            self._answered(message)
        elif self.rng.random() < 0.04:
            self._back(message, "<html>Welcome to the hotel's network</html>")
        else:
            self._serve(message)

    def _serve(self, message: Message, *, calm: bool = False) -> None:
        """Serve a batch; the process may die before the commit, or right after it."""
        fate = 1.0 if calm else self.rng.random()
        wire = [envelope.as_wire(one) for one in message.sent]
        events = [envelope.read_event(one) for one in wire]
        verdicts = self.server.receive(message.device_id, events, int(self.now))
        if fate < 0.06:
            self.counts["died before commit"] += 1
            if "ack before commit" in self.faults:
                self._back(message, self.server.answer(message.device_id, verdicts))
            return
        self.server.commit(message.device_id, verdicts)
        if fate < 0.12:
            self.counts["died after commit"] += 1
            return
        self._back(message, self.server.answer(message.device_id, verdicts))

    def _back(self, message: Message, body: object) -> None:
        for _ in range(self.rng.choices((0, 1, 2), (2, 10, 1))[0]):
            self.net.append(
                Message(
                    message.tablet,
                    message.tab,
                    message.device_id,
                    message.sent,
                    body,
                    is_answer=True,
                )
            )

    def _answered(self, message: Message) -> None:
        tablet = message.tablet
        if message.tab not in tablet.tabs or message.device_id != tablet.disk.device_id:
            return
        if tablet.take(message.tab, message.sent, message.body):
            self._nothing_ticked_that_is_not_there(tablet)

    def _nothing_ticked_that_is_not_there(self, tablet: Tablet) -> None:
        missing = tablet.saved - self.server.before.keys()
        if missing:
            raise Broken(f"shown as saved, but not at the server: {sorted(missing)[:3]}")

    # --- What else happens

    def _crash_tab(self, tablet: Tablet) -> None:
        tablet.crash(self.rng.choice(tablet.tabs))
        self.counts["tabs died"] += 1

    def _evict(self, tablet: Tablet) -> None:
        self.evicted |= tablet.disk.items.keys() | (
            {tablet.writing[1]} if tablet.writing else set()
        )
        tablet.evict(self.now)
        self._enrol(tablet)
        self.counts["evictions"] += 1

    def _second_tab(self, tablet: Tablet) -> None:
        if len(tablet.tabs) < 2:
            tablet.open_tab()
            self.counts["second tabs"] += 1

    def _upset_clock(self, tablet: Tablet) -> None:
        rng = self.rng
        tablet.see(self.now)  # one upset between two looks; see clocks
        upset = rng.choice(("step", "small step", "sleep", "small sleep"))
        if upset == "step":
            tablet.timepiece.ahead_ms += rng.choice((-1, 1)) * rng.choice(
                (3_600_000, 86_400_000)
            )
        elif upset == "small step":
            tablet.timepiece.ahead_ms += rng.uniform(-1_900, 1_900)
        else:
            lasted = rng.uniform(2_500, 600_000) if upset == "sleep" else rng.uniform(0, 1_900)
            tablet.timepiece.slept_ms += lasted
            self.now += lasted
        if "the wall clock is trusted" in self.faults:
            tablet.clock = replace(tablet.clock, look=tablet.timepiece.look(self.now))
        tablet.see(self.now)
        self.counts["clocks upset"] += 1

    def _ask_clock(self, tablet: Tablet) -> None:
        epoch = clocks.see(tablet.clock, tablet.timepiece.look(self.now))
        sent = tablet.timepiece.look(self.now)
        self.now += self.rng.uniform(1, 400)
        received = self.now
        self.now += self.rng.uniform(0, 5)
        answered = self.now
        self.now += self.rng.uniform(1, 400)
        tablet.clock = clocks.learn(
            epoch,
            clocks.Exchange(
                epoch_id=epoch.epoch_id,
                sent=sent,
                received=received,
                answered=answered,
                got=tablet.timepiece.look(self.now),
            ),
        )

    def _lease(self, tablet: Tablet) -> None:
        held = lease.newest(self.server.leases)
        takes_over = held is not None and self.rng.random() < 0.5
        got = self.server.take_lease(
            lease.Asked(
                device_id=tablet.disk.device_id,
                order="o",
                most_mg=MOST_MG,
                takes_over=takes_over,
                reason="The other tablet is dead",
            ),
            int(self.now),
        )
        if got is not None and self.rng.random() < 0.8:  # the answer may get lost
            tablet.holds = got

    def _follow(self, tablet: Tablet, *, calm: bool = False) -> None:
        numbered = list(enumerate(self.server.log, 1))
        start = tablet.upto if calm else max(0, tablet.upto + self.rng.choice((0, 0, 0, -1, 1)))
        tablet.follow(numbered[start : start + (len(numbered) if calm else 8)])

    def _end_rights(self, tablet: Tablet) -> None:
        self.server.actors[tablet.disk.device_id][tablet.nurse] = False

    def _swap_nurse(self, tablet: Tablet) -> None:
        tablet.nurse = self.rng.choice(NURSES)
        self._enrol(tablet)

    # --- At the end

    def _heal(self) -> None:
        """Let everything arrive that still can."""
        while self.net:
            message = self.net.pop()
            if message.is_answer:
                self._answered(message)
            else:
                self._serve(message, calm=True)
        for tablet in self.tablets:
            tablet.disk_done()
            for _ in range(8):
                for tab in tuple(tablet.tabs):
                    self._flush(tablet, tab)
            self._follow(tablet, calm=True)
        for tablet in self.tablets:
            self._follow(tablet, calm=True)

    def _flush(self, tablet: Tablet, tab: Tab) -> None:
        if tab is not tablet.tabs[0]:
            return
        tab.queue = tablet._from_disk()
        tab.queue = outbox.purge(tab.queue)
        events = outbox.batch(tab.queue)
        if events:
            device = tablet.disk.device_id
            verdicts = self.server.receive(device, list(events), int(self.now))
            self.server.commit(device, verdicts)
            tablet.take(tab, events, self.server.answer(device, verdicts))

    def _look(self) -> None:
        for check in (
            self._nothing_lost,
            self._nothing_doubled,
            self._chains_hold,
            self._replicas_agree,
            self._doses_are_known,
            self._times_are_within,
        ):
            check()

    def _nothing_lost(self) -> None:
        for tablet in self.tablets:
            lost = tablet.ticked - self.evicted - self.server.before.keys()
            if lost:
                raise Broken(f"ticked on tablet {tablet.name} and lost: {sorted(lost)[:3]}")
            self._nothing_ticked_that_is_not_there(tablet)
            left = [one for one in tablet.disk.items.values() if one.standing is Standing.KEPT]
            if left:
                raise Broken(f"tablet {tablet.name} still has {len(left)} to send")

    def _nothing_doubled(self) -> None:
        counts = Counter(one.event.event_id for one in self.server.log)
        doubled = [key for key, count in counts.items() if count > 1]
        if doubled:
            raise Broken(f"in the record twice: {doubled[:3]}")

    def _chains_hold(self) -> None:
        for one in self.server.log:
            if one.flags & {"chain-broken", "sequence-reused"}:
                raise Broken(f"{one.event.event_id}: {sorted(one.flags)}")
        by_device: dict[UUID, list[int]] = {}
        for one in self.server.log:
            by_device.setdefault(one.event.device_id, []).append(one.event.device_seq)
        for numbers in by_device.values():
            if numbers != sorted(numbers):
                raise Broken("the entries of one device are not in its order")

    def _replicas_agree(self) -> None:
        true = room.read_room(self.server.log, MOST_MG)
        for tablet in self.tablets:
            heard = tablet.heard()
            self.rng.shuffle(heard)
            if room.read_room(heard, MOST_MG) != true:
                raise Broken(f"tablet {tablet.name} reads another room than the server")

    def _doses_are_known(self) -> None:
        """Count by hand what was given, and which doses did not know of each other."""
        read = room.read_room(self._through_a_careless_merge(), MOST_MG)
        doses = [one for one in self.server.log if one.event.kind == "dose"]
        struck = {
            one.event.supersedes: one.event
            for one in self.server.log
            if one.event.kind == "correction"
        }
        true_mg = Decimal(0)
        for one in doses:
            says, amount = one.event, Decimal(one.event.payload["amount_mg"])
            while says.event_id in struck:
                says = struck[says.event_id]
                amount = Decimal(says.payload.get("instead", {}).get("amount_mg", 0))
            true_mg += amount
        if read.total_mg != true_mg:
            raise Broken(f"{read.total_mg} mg counted, {true_mg} mg given")
        asked = self._truly_in_question(doses) & read.doses.keys()
        if asked - read.in_question:
            raise Broken("a dose that must be reconciled is not in question")
        self.counts["double doses"] += bool(asked)

    def _through_a_careless_merge(self) -> list[room.Heard]:
        if "the newest dose wins" not in self.faults:
            return self.server.log
        doses = [one for one in self.server.log if one.event.kind == "dose"]
        newest = max(doses, key=lambda one: one.event.observed_ms, default=None)
        return [one for one in self.server.log if one.event.kind != "dose" or one is newest]

    def _truly_in_question(self, doses: list[room.Heard]) -> set[UUID]:
        reconciled = {
            one.event.payload["item"]
            for one in self.server.log
            if one.event.kind == "state" and one.event.payload["change"] == "reconcile"
        }
        seen = self.truly_knew  # from who had read what, not from what the doses say
        asked = {
            key
            for one, other in combinations([one.event.event_id for one in doses], 2)
            if one not in seen[other] and other not in seen[one]
            for key in (one, other)
        }
        holders = {one.number: one.device_id for one in self.server.leases}
        asked |= {
            one.event.event_id
            for one in doses
            if one.event.lease is None or holders.get(one.event.lease) != one.event.device_id
        }
        return {key for key in asked if str(key) not in reconciled}

    def _times_are_within(self) -> None:
        for one in self.server.log:
            true, event = self.true_times.get(one.event.event_id), one.event
            if true is None or event.reckoned_ms is None or event.unc_ms is None:
                continue
            error = abs(event.reckoned_ms - true)
            if error > event.unc_ms:
                raise Broken(f"{event.event_id}: {error:.0f} ms off, said {event.unc_ms}")
