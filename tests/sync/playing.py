"""Play the vectors: JSON in, what the sync machine makes of it, JSON out."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from kapstone.clinic.dosing.sync import clocks, envelope, judging, lease, outbox, pace, room
from kapstone.errors import InvalidInput, Refused

VECTORS = Path(__file__).parent / "vectors"
KINDS = ("vitals", "no-value", "dose", "event", "note", "correction", "answer", "state")


def load(name: str) -> dict[str, Any]:
    return json.loads((VECTORS / f"{name}.json").read_text())


# --- Envelope


def canonical(case: Mapping[str, Any]) -> dict[str, Any]:
    text = envelope.canonical(case["value"])
    return {"text": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}


def event(case: Mapping[str, Any]) -> dict[str, Any]:
    read = envelope.read_event(case["event"])
    assert envelope.as_wire(read) == case["event"]
    return {"fingerprint": envelope.fingerprint(read)}


def unreadable(case: Mapping[str, Any]) -> dict[str, Any]:
    try:
        envelope.read_event(case["event"])
    except InvalidInput as fault:
        return {"members": sorted(fault.fields)}
    return {"members": []}


def uuid7(case: Mapping[str, Any]) -> dict[str, Any]:
    return {"uuid": str(envelope.uuid7(case["unix_ms"], int(case["random"], 16)))}


def wait(case: Mapping[str, Any]) -> dict[str, Any]:
    return {"wait_ms": pace.wait_ms(case["failures"], case["jitter"])}


def link(case: Mapping[str, Any]) -> dict[str, Any]:
    names = ("is_online", "silent_ms", "is_signed_out", "waiting", "stalled_ms")
    return {"link": str(pace.link_of(**{name: case[name] for name in names}))}


# --- Clocks


def clock(steps: list[dict[str, Any]]) -> list[Any]:
    told: list[Any] = []
    now: clocks.Clock | None = None
    for step in steps:
        match step["do"]:
            case "begin":
                now = clocks.begin(step["start"], clocks.Look(*step["look"]))
            case "see":
                now = clocks.see(_there(now), clocks.Look(*step["look"]))
            case "learn":
                said = step["exchange"]
                now = clocks.learn(
                    _there(now),
                    clocks.Exchange(
                        epoch_id=said["epoch_id"],
                        sent=clocks.Look(*said["sent"]),
                        received=said["received"],
                        answered=said["answered"],
                        got=clocks.Look(*said["got"]),
                    ),
                )
        stamped = clocks.stamp(_there(now))
        told.append(
            {
                "wall_ms": stamped.wall_ms,
                "mono_ms": stamped.mono_ms,
                "epoch_id": stamped.epoch_id,
                "offset_ms": stamped.offset_ms,
                "unc_ms": stamped.unc_ms,
                "is_unsure": stamped.is_unsure,
            }
        )
    return told


def _there(now: clocks.Clock | None) -> clocks.Clock:
    assert now is not None
    return now


# --- Lease


def read_lease(raw: Mapping[str, Any]) -> lease.Lease:
    return lease.Lease(
        **{**raw, "device_id": UUID(raw["device_id"]), "most_mg": Decimal(raw["most_mg"])}
    )


def lease_as_json(one: lease.Lease) -> dict[str, Any]:
    return {
        "number": one.number,
        "device_id": str(one.device_id),
        "order": one.order,
        "most_mg": str(one.most_mg),
        "lot": one.lot,
        "granted_ms": one.granted_ms,
        "expires_ms": one.expires_ms,
    }


def lease_taken(case: Mapping[str, Any]) -> dict[str, Any]:
    asked = case["asked"]
    try:
        got = lease.take(
            [read_lease(one) for one in case["leases"]],
            lease.Asked(
                **{
                    **asked,
                    "device_id": UUID(asked["device_id"]),
                    "most_mg": Decimal(asked["most_mg"]),
                }
            ),
            case["now_ms"],
        )
    except Refused as fault:
        return {"refused": fault.findings[0].code}
    return {"lease": lease_as_json(got)}


def lease_flags(case: Mapping[str, Any]) -> dict[str, Any]:
    dose = case["dose"]
    flags = lease.flags_of(
        [read_lease(one) for one in case["leases"]],
        device_id=UUID(dose["device_id"]),
        number=dose["number"],
        at_ms=dose["at_ms"],
    )
    return {"flags": list(flags)}


# --- Outbox


def queue(case: Mapping[str, Any]) -> list[Any]:
    """Play one queue; after each step say how it stands."""
    now = outbox.Outbox(session=UUID(case["session"]), device_id=UUID(case["device_id"]))
    told = []
    for step in case["steps"]:
        extra: dict[str, Any] = {}
        try:
            now, extra = STEPS[step["do"]](now, step)
        except InvalidInput:
            now, extra = outbox.failed(now), {"is_believed": False}
        told.append({**_queue_stands(now), **extra})
    return told


Told = tuple[outbox.Outbox, dict[str, Any]]


def _append(now: outbox.Outbox, step: Mapping[str, Any]) -> Told:
    draft = envelope.read_event({**step["draft"], "device_seq": 1, "prev_hash": "0" * 64})
    now, made = outbox.append(now, draft)
    return now, {"device_seq": made.device_seq, "prev_hash": made.prev_hash}


def _batch(now: outbox.Outbox, step: Mapping[str, Any]) -> Told:
    ids = [str(one.event_id) for one in outbox.batch(now, step.get("most", 200))]
    return now, {"batch": ids}


def _answer(now: outbox.Outbox, step: Mapping[str, Any]) -> Told:
    sent = [one.event for one in now.items if str(one.event.event_id) in step["sent"]]
    answer = outbox.read_answer(now, sent, step["body"])
    return outbox.take_answer(now, answer), {"is_believed": True}


def _crash(now: outbox.Outbox, step: Mapping[str, Any]) -> Told:
    """Lose what was not on the disk, and what was in memory only."""
    on_disk = [one for one in now.items if one.standing != "writing"]
    head = now.head
    if len(on_disk) < len(now.items):
        last = max(on_disk, key=lambda one: one.event.device_seq, default=None)
        seq = last.event.device_seq if last else 0
        before = last.fingerprint if last else envelope.GENESIS
        head = replace(head, seq=seq, fingerprint=before)
    return outbox.reopen(now.session, now.device_id, head, on_disk), {}


STEPS: Mapping[str, Callable[[outbox.Outbox, Mapping[str, Any]], Told]] = {
    "append": _append,
    "kept": lambda now, step: (outbox.kept(now, UUID(step["id"])), {}),
    "batch": _batch,
    "answer": _answer,
    "failed": lambda now, step: (outbox.failed(now), {}),
    "purge": lambda now, step: (outbox.purge(now), {}),
    "look-again": lambda now, step: (outbox.look_again(now, UUID(step["id"])), {}),
    "crash": _crash,
}


def _queue_stands(now: outbox.Outbox) -> dict[str, Any]:
    return {
        "items": [
            [one.event.device_seq, str(one.standing), one.commit_no, one.code]
            for one in now.items
        ],
        "waiting": len(now.waiting),
        "to_look_at": len(now.to_look_at),
        "mark": now.mark,
        "last_seq": now.last_seq,
        "failures": now.failures,
    }


# --- Judging


def check(one: envelope.Event) -> tuple[str, str] | None:
    return None if one.kind in KINDS else ("unknown-kind", "")


def judged(case: Mapping[str, Any]) -> dict[str, Any]:
    facts = judging.Facts(
        session=UUID(case["session"]),
        device_id=UUID(case["device_id"]),
        now_ms=case["now_ms"],
        actors={UUID(key): may for key, may in case["actors"].items()},
        leases=[read_lease(one) for one in case.get("leases", [])],
    )
    verdicts = judging.judge(facts, [envelope.read_event(one) for one in case["events"]], check)
    received = [one.event.device_seq for one in verdicts if one.standing.is_at_the_server]
    return {
        "verdicts": [
            [str(one.standing), one.code, list(one.flags), one.is_again] for one in verdicts
        ],
        "mark": judging.mark_of(received),
    }


# --- Room


def heard(raw: Mapping[str, Any]) -> room.Heard:
    return room.Heard(event=envelope.read_event(raw["event"]), flags=frozenset(raw["flags"]))


def room_read(case: Mapping[str, Any]) -> dict[str, Any]:
    most = Decimal(case["most_mg"]) if case["most_mg"] else None
    return room_as_json(room.read_room((heard(one) for one in case["heard"]), most))


def room_as_json(one: room.Room) -> dict[str, Any]:
    return {
        "entries": sorted(map(str, one.entries)),
        "struck": sorted(map(str, one.struck)),
        "doses": {str(key): f"{mg.normalize():f}" for key, mg in sorted(one.doses.items())},
        "total_mg": f"{one.total_mg.normalize():f}",
        "in_question": sorted(map(str, one.in_question)),
        "is_in_conflict": one.is_in_conflict,
        "is_stopped": one.is_stopped,
        "emergency": sorted(one.emergency),
        "stage": one.stage,
        "responsible": sorted(map(str, one.responsible)),
        "checks": dict(one.checks),
        "charted_twice": sorted(sorted(map(str, pair)) for pair in one.charted_twice),
        "verified": sorted(map(str, one.verified)),
    }
