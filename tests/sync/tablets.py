"""The tablets of the drill: a disk, two clocks, tabs, and a nurse who believes the screen."""

import random
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from kapstone.clinic.dosing.sync import clocks, envelope, lease, outbox, room
from kapstone.clinic.dosing.sync.outbox import Standing

Faults = frozenset[str]
VALUES = (118, 128, 138)


@dataclass(slots=True)
class Timepiece:
    """A tablet's two real clocks, which drift, sleep and are set."""

    began: float
    ahead_ms: float  # how wrong the wall clock is
    drift: float  # how much too fast the quartz runs
    slept_ms: float = 0.0

    def look(self, now: float) -> clocks.Look:
        gone = now - self.began
        wall = now + self.ahead_ms + gone * self.drift
        return clocks.Look(wall, (gone - self.slept_ms) * (1 + self.drift))


@dataclass(slots=True)
class Disk:
    """What the tablet keeps when it is switched off."""

    device_id: UUID
    head: outbox.Head = field(default_factory=outbox.Head)
    items: dict[UUID, outbox.Item] = field(default_factory=dict)


@dataclass(slots=True)
class Tab:
    """One tab: a queue in memory, over the tablet's disk."""

    queue: outbox.Outbox


@dataclass(slots=True)
class Tablet:
    """One tablet of the room."""

    name: int
    session: UUID
    rng: random.Random
    faults: Faults
    disk: Disk
    timepiece: Timepiece
    clock: clocks.Clock
    nurse: UUID
    tabs: list[Tab] = field(default_factory=list)
    writing: tuple[Tab, UUID] | None = None  # the lock for appending, and for whom
    feed: dict[UUID, room.Heard] = field(default_factory=dict)
    upto: int = 0
    holds: lease.Lease | None = None
    ticked: set[UUID] = field(default_factory=set)  # tick 1 was shown
    saved: set[UUID] = field(default_factory=set)  # tick 2 was shown

    def open_tab(self) -> Tab:
        tab = Tab(self._from_disk())
        self.tabs.append(tab)
        return tab

    def _from_disk(self) -> outbox.Outbox:
        return outbox.reopen(
            self.session, self.disk.device_id, self.disk.head, self.disk.items.values()
        )

    # --- Clocks

    def see(self, now: float) -> clocks.Stamped:
        self.clock = clocks.see(self.clock, self.timepiece.look(now))
        return clocks.stamp(self.clock)

    # --- Writing

    def write(
        self, tab: Tab, now: float, kind: str, payload: dict[str, Any], **more: Any
    ) -> None:
        """Append under the lock: from what the disk holds, not from what the tab remembers."""
        if self.writing is not None:
            return
        told = {one.event.event_id: one for one in tab.queue.items}
        fresh = self._from_disk()
        tab.queue = replace(
            fresh,
            items=tuple(told.get(one.event.event_id, one) for one in fresh.items),
            mark=max(fresh.mark, tab.queue.mark),
        )
        stamped = self.see(now)
        draft = envelope.Event(
            event_id=envelope.uuid7(max(0, int(now)), self.rng.getrandbits(74)),
            session=self.session,
            device_id=self.disk.device_id,
            device_seq=1,
            actor=self.nurse,
            authenticated="pin",
            kind=kind,
            payload=payload,
            observed_ms=stamped.now_ms,
            wall_ms=stamped.wall_ms,
            mono_ms=stamped.mono_ms,
            epoch_id=stamped.epoch_id,
            offset_ms=stamped.offset_ms,
            unc_ms=stamped.unc_ms,
            client_version="1",
            prev_hash=envelope.GENESIS,
            **more,
        )
        tab.queue, event = outbox.append(tab.queue, draft)
        self.writing = (tab, event.event_id)
        if "tick before the disk" in self.faults:
            self.ticked.add(event.event_id)

    def disk_done(self) -> None:
        """The disk has taken the event and the head, both or neither."""
        if self.writing is None:
            return
        tab, event_id = self.writing
        self.writing = None
        tab.queue = outbox.kept(tab.queue, event_id)
        item = next(one for one in tab.queue.items if one.event.event_id == event_id)
        self.disk.items[event_id] = item
        self.disk.head = replace(
            self.disk.head, seq=item.event.device_seq, fingerprint=item.fingerprint
        )
        self.ticked.add(event_id)

    def crash(self, tab: Tab) -> None:
        """The tab dies; what it was writing may or may not have reached the disk."""
        if self.writing is not None and self.writing[0] is tab:
            if self.rng.random() < 0.5:
                self.disk_done()
            self.writing = None
        self.tabs.remove(tab)
        if not self.tabs:
            self.open_tab()

    def evict(self, now: float) -> None:
        """The browser throws the storage away, the device's id with it."""
        self.writing = None
        device = UUID(int=self.rng.getrandbits(128), version=4)
        if "device id outlives its storage" in self.faults:
            device = self.disk.device_id
        self.disk, self.holds = Disk(device), None
        self.feed, self.upto = {}, 0
        self.tabs = []
        self.open_tab()
        self.clock = clocks.begin(f"e{int(now)}", self.timepiece.look(now))

    # --- Sending

    def take(self, tab: Tab, sent: tuple[envelope.Event, ...], body: object) -> bool:
        """Take what came back, if it can be believed."""
        if "any 200 is an answer" in self.faults and not isinstance(body, dict):
            body = _forged(tab.queue, sent)
        try:
            answer = outbox.read_answer(tab.queue, sent, body)
        except outbox.InvalidInput:
            tab.queue = outbox.failed(tab.queue)
            return False
        tab.queue = outbox.take_answer(tab.queue, answer)
        self.saved |= {one.event_id for one in answer.results if one.standing.is_at_the_server}
        for one in tab.queue.items:  # only what is still on the disk is changed there
            if one.event.event_id in self.disk.items:
                self.disk.items[one.event.event_id] = one
        self.disk.head = replace(self.disk.head, mark=max(self.disk.head.mark, tab.queue.mark))
        self._purge(tab)
        return True

    def _purge(self, tab: Tab) -> None:
        before = {one.event.event_id for one in tab.queue.items}
        if "purge beyond the mark" in self.faults:
            unsafe = tuple(one for one in tab.queue.items if one.standing is Standing.WRITING)
            tab.queue = replace(tab.queue, items=unsafe)
        tab.queue = outbox.purge(tab.queue)
        gone = before - {one.event.event_id for one in tab.queue.items}
        for event_id in gone:
            self.disk.items.pop(event_id, None)

    # --- What the nurse sees

    def heard(self) -> list[room.Heard]:
        waiting = [
            room.Heard(event=one.event)
            for one in self.disk.items.values()
            if one.standing is not Standing.HELD and one.event.event_id not in self.feed
        ]
        return [*self.feed.values(), *waiting]

    def follow(self, page: list[tuple[int, room.Heard]]) -> None:
        """Take a page of what was committed; a page with a gap before it is asked for again."""
        for number, heard in page:
            if number == self.upto + 1 or "pages with gaps are taken" in self.faults:
                self.feed[heard.event.event_id] = heard
                self.upto = max(number, self.upto)


def _forged(queue: outbox.Outbox, sent: tuple[envelope.Event, ...]) -> dict[str, Any]:
    return {
        "protocol": envelope.PROTOCOL,
        "session": str(queue.session),
        "device_id": str(queue.device_id),
        "mark": queue.last_seq,
        "results": [
            {
                "id": str(one.event_id),
                "status": "saved",
                "commit_no": None,
                "code": "",
                "words": "",
            }
            for one in sent
        ],
    }


def dose(amount: Decimal) -> dict[str, Any]:
    return {"product": "racemic", "route": "IM", "amount_mg": str(amount)}
