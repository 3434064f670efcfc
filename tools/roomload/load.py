"""Write in every room once a second, follow it on several screens, and browse meanwhile."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from uuid import uuid4

from tests.sync.wire import batch_of, event_of

from kapstone.clinic.dosing.sync.envelope import GENESIS, fingerprint, read_event
from roomload.clinic import CSRF, OpenRoom, Person, Rooms
from roomload.wire import Wire

EVERY_SECONDS = 1.0
THINKING_SECONDS = 5.0  # between two pages of one person
SETTLING_SECONDS = 3.0
MOST_IN_BATCH = 200
TRIES = 5
OK = 200
CHANCE = random.Random(20261125)  # noqa: S311 - the same load each time


@dataclass(slots=True)
class Seen:
    """What came of it all; times are seconds of one clock."""

    made: dict[tuple[int, int], float] = field(default_factory=dict)  # by session and number
    committed: dict[tuple[int, int], float] = field(default_factory=dict)
    shown: defaultdict[tuple[int, int], list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )
    ids: dict[str, int] = field(default_factory=dict)  # acknowledged event: its session
    pages: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    begun_again: int = 0


class Tablet:
    """One tablet's chain of events, as the wire has them."""

    def __init__(self, room: OpenRoom) -> None:
        self.room = room
        self.device_id = str(uuid4())
        self.number, self.before = 0, GENESIS

    def event(self) -> dict[str, object]:
        """Make the next event: a set of vital signs."""
        self.number += 1
        ms = time.time_ns() // 1_000_000
        event = event_of(
            ms=ms,
            bits=CHANCE.getrandbits(74),
            before=self.before,
            session=self.room.session,
            device_id=self.device_id,
            device_seq=self.number,
            actor=self.room.writer.key,
            kind="vitals",
            payload={"heart_rate_per_min": 60 + self.number % 40, "spo2_percent": 97},
            client_version="bench",
        )
        self.before = fingerprint(read_event(event))
        return event

    def body(self, events: list[dict[str, object]]) -> bytes:
        """Set a batch as it is posted."""
        return json.dumps(batch_of(self.room.session, self.device_id, events)).encode()

    async def enrol(self, wire: Wire) -> None:
        """Open the room on this tablet."""
        body = {"device_id": self.device_id, "name": "bench", "storage": "persistent"}
        answer = await wire.ask(
            f"/sessions/{self.room.session}/devices/",
            body=json.dumps(body).encode(),
            csrf=CSRF,
        )
        if answer.status != OK:
            raise SystemExit(f"Enrolling answered {answer.status}: {answer.body[:300]!r}")


async def run(port: int, rooms: Rooms, *, minutes: float, browsing: int) -> Seen:
    """Let everybody work for so long; return what was seen."""
    seen = Seen()
    until = time.monotonic() + minutes * 60
    watching = [
        asyncio.create_task(_watch(port, room, person, seen))
        for room in rooms.open
        for person in room.watchers
    ]
    await asyncio.sleep(SETTLING_SECONDS)
    async with asyncio.TaskGroup() as group:
        for room in rooms.open:
            group.create_task(_write(port, room, until, seen))
        for _ in range(browsing):
            group.create_task(_browse(port, rooms, until, seen))
    await asyncio.sleep(SETTLING_SECONDS)
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    return seen


async def _write(port: int, room: OpenRoom, until: float, seen: Seen) -> None:
    """
    Make an event each second, whether or not the last one is saved yet.

    An event's time runs from when it was made: one that waits behind a slow answer counts so.
    """
    wire, tablet = Wire(port, room.writer.cookie), Tablet(room)
    await tablet.enrol(wire)
    due = time.monotonic() + CHANCE.random() * EVERY_SECONDS
    waiting: list[tuple[float, dict[str, object]]] = []
    while True:
        while due <= time.monotonic() and due < until:
            waiting.append((due, tablet.event()))
            due += EVERY_SECONDS
        if waiting:
            sent, waiting = waiting[:MOST_IN_BATCH], waiting[MOST_IN_BATCH:]
            await _send(wire, tablet, sent, seen)
        elif due >= until:
            return
        else:
            await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _send(
    wire: Wire, tablet: Tablet, sent: list[tuple[float, dict[str, object]]], seen: Seen
) -> None:
    """Post until it is believed, as a tablet does."""
    body = tablet.body([event for _, event in sent])
    path = f"/sessions/{tablet.room.session}/entries/batch/"
    for _ in range(TRIES):
        try:
            answer = await wire.ask(path, body=body, csrf=CSRF)
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError) as fault:
            seen.errors[f"post: {type(fault).__name__}"] += 1
            continue
        if answer.status == OK:
            break
        seen.errors[f"post: {answer.status}"] += 1
    else:
        return
    at = time.monotonic()
    for (made, event), result in zip(sent, json.loads(answer.body)["results"], strict=True):
        if result["status"] != "saved":
            seen.errors[f"entry {result['status']}: {result['code']}"] += 1
            continue
        key = (tablet.room.session_id, result["commit_no"])
        seen.made[key], seen.committed[key] = made, at
        seen.ids[str(event["event_id"])] = tablet.room.session_id


async def _watch(port: int, room: OpenRoom, person: Person, seen: Seen) -> None:
    """Follow one room on one screen, and note when each number was first told."""
    known: int | None = None
    while True:
        wire = Wire(port, person.cookie)
        try:
            async for words in wire.follow(f"/sessions/{room.session}/room/live/", known):
                at = time.monotonic()
                lines = dict(line.split(": ", 1) for line in words.decode().split("\n"))
                if "id" in lines:
                    to = int(lines["id"])
                    for number in range((known or 0) + 1, to + 1):
                        seen.shown[room.session_id, number].append(at)
                    known = to
                if lines.get("event") == "ended":
                    seen.errors["stream ended"] += 1
        except (ConnectionError, asyncio.IncompleteReadError, ValueError) as fault:
            seen.errors[f"stream: {type(fault).__name__}"] += 1
        finally:
            await wire.close()
        seen.begun_again += 1
        await asyncio.sleep(1)


async def _browse(port: int, rooms: Rooms, until: float, seen: Seen) -> None:
    wire = Wire(port, rooms.browser.cookie)
    while True:
        await asyncio.sleep(CHANCE.expovariate(1 / THINKING_SECONDS))
        began = time.monotonic()
        if began >= until:
            return
        try:
            answer = await wire.ask(CHANCE.choice(rooms.pages))
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError) as fault:
            seen.errors[f"page: {type(fault).__name__}"] += 1
            continue
        seen.pages.append(time.monotonic() - began)
        if answer.status != OK:
            seen.errors[f"page: {answer.status}"] += 1


async def pour(port: int, rooms: Rooms, *, tablets: int, batches: int) -> float:
    """Send full batches from several tablets as fast as they are taken; entries a second."""
    chosen = [(Wire(port, room.writer.cookie), Tablet(room)) for room in rooms.open[:tablets]]
    bodies = []
    for wire, tablet in chosen:
        await tablet.enrol(wire)
        bodies.append(
            [
                tablet.body([tablet.event() for _ in range(MOST_IN_BATCH)])
                for _ in range(batches)
            ]
        )

    async def empty(wire: Wire, tablet: Tablet, ready: list[bytes]) -> None:
        for body in ready:
            path = f"/sessions/{tablet.room.session}/entries/batch/"
            answer = await wire.ask(path, body=body, csrf=CSRF)
            said = json.loads(answer.body)
            if {one["status"] for one in said["results"]} != {"saved"}:
                raise SystemExit(f"A full batch answered {answer.status}: {said}"[:500])

    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for (wire, tablet), ready in zip(chosen, bodies, strict=True):
            group.create_task(empty(wire, tablet, ready))
    return len(chosen) * batches * MOST_IN_BATCH / (time.monotonic() - began)
