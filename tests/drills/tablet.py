"""
A tablet of the drill: the pure machine of ``clinic/dosing/sync``, posting over a real socket.

It makes entries, keeps each until the server's answer is believed, and sends again whatever
was not answered. What it was told is saved is written down, for the reckoning.
"""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.drills.ward import CSRF, Room

from kapstone.clinic.dosing.sync.envelope import GENESIS, Event, uuid7
from kapstone.clinic.dosing.sync.outbox import (
    Outbox,
    Standing,
    append,
    batch,
    batch_as_wire,
    failed,
    kept,
    purge,
    read_answer,
    take_answer,
)
from kapstone.clinic.dosing.sync.pace import wait_ms
from kapstone.errors import InvalidInput

HURRY = 10  # the drill waits a tenth of what a tablet waits between tries
ANSWER_SECONDS = 30.0
MOST_KNOWN = 5
NO_ANSWER = (OSError, http.client.HTTPException)
KINDS = ("vitals", "note", "event", "dose", "correction")
SHARES = (60, 20, 10, 6, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """One entry of which the tablet was told that it is saved."""

    event: Event
    fingerprint: str
    commit_no: int | None
    at: float  # on the monotonic clock


class Tablet(threading.Thread):
    """One tablet in one room, until it is told to close and has nothing left to send."""

    def __init__(
        self, room: Room, port: int, seed: int, *, gives: bool, pause_seconds: float
    ) -> None:
        super().__init__(name=f"tablet-{seed}", daemon=True)
        self.room, self.port, self.gives, self.pause = room, port, gives, pause_seconds
        self.chance = random.Random(seed)  # noqa: S311 - a drill, not a secret
        device = UUID(int=self.chance.getrandbits(128), version=4)
        self.outbox = Outbox(session=room.session, device_id=device)
        self.lease: int | None = None
        self.doses: list[UUID] = []  # acknowledged, and not yet corrected
        self.made: dict[UUID, Event] = {}
        self.acknowledged: dict[UUID, Acknowledged] = {}
        self.in_doubt: set[UUID] = set()  # sent, and no answer came
        self.counts: Counter[str] = Counter()
        self.surprises: list[str] = []
        self.closing = threading.Event()
        self.gave_up = threading.Event()
        self._link: http.client.HTTPConnection | None = None

    # --- The room is opened

    def open(self) -> None:
        """Enrol the tablet, and take the dose lease if it gives the drug."""
        device = str(self.outbox.device_id)
        words = {"device_id": device, "name": self.name, "storage": "persistent"}
        self._must("devices", words)
        if self.gives:
            asked = {"device_id": device, "takes_over": False, "reason": "", "lot": "A12"}
            self.lease = self._must("lease", asked)["lease"]["number"]

    def _must(self, name: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        status, said = self._post(name, body)
        if status != 200 or not isinstance(said, dict):
            raise SystemExit(f"The room could not be opened: {name} answered {status}: {said}")
        return said

    # --- Its day

    def run(self) -> None:
        """Make entries and send them; when closing, only send what is left."""
        while not self.gave_up.is_set():
            if not self.outbox.waiting:
                if self.closing.is_set():
                    return
                for _ in range(self.chance.choice((1, 1, 1, 2, 4))):
                    self._make()
            if self._send():
                self.gave_up.wait(self.chance.expovariate(1 / self.pause))
            else:
                self.outbox = failed(self.outbox)
                wait = wait_ms(self.outbox.failures, self.chance.random())
                self.gave_up.wait(wait / 1000 / HURRY)

    def _make(self) -> None:
        (kind,) = self.chance.choices(KINDS, SHARES)
        if kind == "dose" and not self.gives:
            kind = "vitals"
        if kind == "correction" and not self.doses:
            kind = "note"
        now = time.time_ns() // 1_000_000
        draft = Event(
            event_id=uuid7(now, self.chance.getrandbits(74)),
            session=self.room.session,
            device_id=self.outbox.device_id,
            device_seq=1,  # the queue numbers and chains it
            prev_hash=GENESIS,
            actor=self.room.actor,
            authenticated="password",
            kind=kind,
            payload=self._payload(kind),
            observed_ms=now,
            wall_ms=now,
            mono_ms=time.monotonic_ns() // 1_000_000,
            epoch_id="drill.1",
            offset_ms=0,
            unc_ms=20,
            supersedes=self.doses.pop() if kind == "correction" else None,
            lease=self.lease if kind == "dose" else None,
            knows=tuple(self.doses[-MOST_KNOWN:]) if kind == "dose" else (),
            client_version="drill",
        )
        self.outbox, event = append(self.outbox, draft)
        self.outbox = kept(self.outbox, event.event_id)
        self.made[event.event_id] = event

    def _payload(self, kind: str) -> Mapping[str, Any]:
        if kind == "vitals":
            return {
                "systolic_mmhg": self.chance.randint(100, 150),
                "diastolic_mmhg": self.chance.randint(60, 90),
                "heart_rate_per_min": self.chance.randint(55, 95),
                "spo2_percent": self.chance.randint(94, 99),
                "alertness": self.chance.randint(3, 5),
            }
        if kind == "note":
            return {"speaker": "patient", "text": f"Floating {self.chance.random():.12f}."}
        if kind == "event":
            return {"event": "music", "degree": self.chance.randint(0, 3)}
        dose = {
            "product": "racemic",
            "route": "IM",
            "amount_mg": f"{self.chance.randint(500, 5300) / 100:.2f}",
            "is_identity_checked": True,
        }
        if kind == "dose":
            return dose
        return {"of": "dose", "mistake": "wrong-key", "instead": dose}

    # --- Sending

    def _send(self) -> bool:
        events = batch(self.outbox)
        self.counts["posts"] += 1
        try:
            status, said = self._post("entries/batch", batch_as_wire(self.outbox, events))
            answer = read_answer(self.outbox, events, said)
        except NO_ANSWER as fault:
            self._link = None
            self.counts["posts without an answer"] += 1
            self.counts["posts that timed out"] += isinstance(fault, TimeoutError)
            self.in_doubt |= {event.event_id for event in events}
            return False
        except InvalidInput:
            self.counts[f"answers of {status}"] += 1
            self.in_doubt |= {event.event_id for event in events}
            if status < 500:  # a server without its database may say so; nothing else may come
                self.surprises.append(f"{status}: {str(said)[:300]}")
            return False
        again = {UUID(row["id"]) for row in said["results"] if row.get("is_again")}
        # The commit was there all along, and its answer was lost on the way.
        self.counts["ambiguous commits"] += bool(again & self.in_doubt)
        self.in_doubt.clear()
        self.outbox = take_answer(self.outbox, answer)
        self._write_down()
        self.outbox = purge(self.outbox)
        return True

    def _write_down(self) -> None:
        now = time.monotonic()
        for item in self.outbox.items:
            if item.standing is Standing.SAVED:
                event = item.event
                if event.event_id not in self.acknowledged:
                    self.acknowledged[event.event_id] = Acknowledged(
                        event=event,
                        fingerprint=item.fingerprint,
                        commit_no=item.commit_no,
                        at=now,
                    )
                    if event.kind == "dose":
                        self.doses.append(event.event_id)
            elif item.standing in {Standing.HELD, Standing.REFUSED}:
                self.surprises.append(f"{item.standing}: {item.code}: {item.words}")

    def _post(self, name: str, body: Mapping[str, Any]) -> tuple[int, Any]:
        """Post once; give the status and what was said, as JSON if it is that."""
        if self._link is None:
            self._link = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=ANSWER_SECONDS
            )
        headers = {
            "Host": f"localhost:{self.port}",
            "Content-Type": "application/json",
            "Cookie": self.room.cookies,
            "X-CSRFToken": CSRF,
        }
        address = f"/sessions/{self.room.session}/{name}/"
        self._link.request("POST", address, json.dumps(body), headers)
        answer = self._link.getresponse()
        said = answer.read()
        try:
            return answer.status, json.loads(said)
        except ValueError:
            return answer.status, said
