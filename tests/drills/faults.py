"""
Planted faults, each of which must turn a drill red: the server as it would be if it were wrong.

They live beside the product, never in it: ``kapstone serve`` knows nothing of them.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from django.db import transaction

from kapstone.clinic.dosing.sync.envelope import PROTOCOL, uuid7
from kapstone.core.access.fences import acting_in
from kapstone.site import asgi
from kapstone.site.bridge import Message, Receive, Scope, Send

FAULTS = ("answer before commit", "ids made by the server", "dose written apart")
LATE_SECONDS = 0.05


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _replayed(body: bytes, receive: Receive) -> Receive:
    told = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def again() -> Message:
        return next(told, None) or await receive()

    return again


async def _say(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def answer_before_commit(scope: Scope, receive: Receive, send: Send) -> None:
    """Say that all is saved, and only then begin to save it."""
    body = await _body(receive)
    sent = json.loads(body)
    row = {"status": "saved", "commit_no": None, "code": "", "words": "", "flags": []}
    said = {
        "protocol": PROTOCOL,
        "session": sent["session"],
        "device_id": sent["device_id"],
        "mark": max(event["device_seq"] for event in sent["events"]),
        "results": [{"id": event["event_id"], **row} for event in sent["events"]],
    }
    await _say(send, 200, json.dumps(said).encode())
    await asyncio.sleep(LATE_SECONDS)

    async def to_nobody(message: Message) -> None:
        pass

    await asgi.application(scope, _replayed(body, receive), to_nobody)


async def ids_made_by_the_server(scope: Scope, receive: Receive, send: Send) -> None:
    """Give each event an id of the server's own, so that the same one sent again is new."""
    sent = json.loads(await _body(receive))
    ids: dict[str, str] = {}
    for event in sent["events"]:
        fresh = str(uuid7(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(9))))
        ids[fresh], event["event_id"] = event["event_id"], fresh
    answer: list[Message] = []

    async def keep(message: Message) -> None:
        answer.append(message)

    body = json.dumps(sent).encode()
    length = (b"content-length", str(len(body)).encode())
    others = [(name, value) for name, value in scope["headers"] if name != length[0]]
    renamed = {**scope, "headers": [*others, length]}
    await asgi.application(renamed, _replayed(body, receive), keep)
    said = b"".join(message.get("body", b"") for message in answer)
    if answer[0]["status"] == 200:
        told = json.loads(said)
        for row in told["results"]:
            row["id"] = ids[row["id"]]
        said = json.dumps(told).encode()
    await _say(send, answer[0]["status"], said)


def write_doses_apart() -> None:
    """Write the row of a dose in a transaction of its own, after that of its entry."""
    landing = import_module("kapstone.clinic.dosing.landing")  # Django is ready only now
    write = landing.write_dose

    def later(**words: Any) -> Any:
        clinic = words["entry"].clinic_id

        def apart() -> None:
            time.sleep(LATE_SECONDS)
            with acting_in(clinic_id=clinic):
                write(**words)

        transaction.on_commit(apart)
        return words["entry"]  # what the audit row names

    landing.write_dose = later


class Faulty:
    """The server, with one fault in how it takes batches."""

    def __init__(self, take: Callable[..., Any]) -> None:
        self.take = take

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a batch wrongly, and all else rightly."""
        if scope["type"] == "http" and scope["path"].endswith("/entries/batch/"):
            await self.take(scope, receive, send)
        else:
            await asgi.application(scope, receive, send)


TAKES: Mapping[str, Callable[..., Any]] = {
    "answer before commit": answer_before_commit,
    "ids made by the server": ids_made_by_the_server,
}


def make() -> Any:
    """Make the server with the fault that ``KAPSTONE_DRILL_FAULT`` names."""
    fault = os.environ["KAPSTONE_DRILL_FAULT"]
    if fault == "dose written apart":
        write_doses_apart()
        return asgi.application
    return Faulty(TAKES[fault])


application = make()
