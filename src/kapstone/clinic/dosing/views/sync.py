"""What tablets in the room ask of the server: docs/reference/room-sync.md."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from kapstone.clinic.dosing.actions.syncing import enrol_device, land_batch, take_lease
from kapstone.clinic.dosing.models import DosingSession, EventReceipt
from kapstone.clinic.dosing.replica import lease_in_force, leases_of, room_of
from kapstone.clinic.dosing.steps import last_commit
from kapstone.clinic.dosing.sync.batches import answer_as_wire, read_batch, read_uuid
from kapstone.clinic.dosing.sync.envelope import PROTOCOL, UNKEEPABLE, unix_ms
from kapstone.clinic.dosing.sync.lease import Lease
from kapstone.clinic.dosing.views.room import WATCHED_FOR
from kapstone.clinic.dosing.views.targets import of_bare_session
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request
from kapstone.errors import InvalidInput, KapstoneError, Refused


class TooLarge(KapstoneError):
    """More was sent than the server takes at once."""

    status = 413


class NotJson(KapstoneError):
    """What was sent is not JSON."""

    status = 400


def _body(request: Request) -> Any:
    """
    Read the JSON that was posted.

    Raises
    ------
    TooLarge, NotJson
        If there is too much of it, or it is something else.
    """
    try:
        return json.loads(request.body)
    except RequestDataTooBig:
        raise TooLarge("That is more than can be sent at once. Send fewer entries.") from None
    except (ValueError, RecursionError):
        raise NotJson("JSON is expected here, and this is not JSON.") from None


def _answer(request: Request, say: Callable[[], Mapping[str, Any]]) -> HttpResponse:
    """Answer in JSON, a refusal too."""
    try:
        return JsonResponse({"protocol": PROTOCOL, **say()})
    except Refused as refusal:
        said: dict[str, Any] = {"code": refusal.findings[0].code, "words": str(refusal)}
        session: DosingSession = request.target.record
        standing = lease_in_force(leases_of(session), request.access.at)
        said |= {"lease": _lease(standing)} if standing else {}
        return JsonResponse({"protocol": PROTOCOL, **said}, status=409)
    except (InvalidInput, TooLarge, NotJson) as wrong:
        words = {"words": str(wrong)[:1000]}
        return JsonResponse({"protocol": PROTOCOL, **words}, status=wrong.status)


def _members(request: Request, **kinds: type) -> dict[str, Any]:
    """Read a flat object: these members and no other, each of its kind."""
    raw = _body(request)
    if not isinstance(raw, dict) or set(raw) != set(kinds):
        names = ", ".join(sorted(kinds))
        raise InvalidInput({"": f"These members are expected, and no other: {names}."})
    for name, kind in kinds.items():
        if not isinstance(raw[name], kind):
            raise InvalidInput({name: f"{name} cannot be read."})
        if UNKEEPABLE.search(str(raw[name])):
            raise InvalidInput({name: f"{name} holds a character that cannot be kept."})
    return raw


@door(
    "dosing_session",
    read=None,
    write=Action.CREATE,
    of=of_bare_session,
    watched_for=WATCHED_FOR,
)
def batch(request: Request, **kwargs: Any) -> HttpResponse:
    """Take a batch of entries; the answer leaves after the transaction has committed."""

    def say() -> Mapping[str, Any]:
        session: DosingSession = request.target.record
        sent = read_batch(_body(request), session.key)
        landed = land_batch(by=request.user, at=request.access.at, session=session, batch=sent)
        now = unix_ms(request.access.at)
        return answer_as_wire(
            session.key, sent, landed.verdicts, mark=landed.mark, server_ms=now
        )

    return _answer(request, say)


@door("dosing_session", read=None, write=Action.CREATE, of=of_bare_session)
def devices(request: Request, **kwargs: Any) -> HttpResponse:
    """Open the room on a tablet, and say up to where the server has its entries."""

    def say() -> Mapping[str, Any]:
        session: DosingSession = request.target.record
        sent = _members(request, device_id=str, name=str, storage=str)
        device_id = read_uuid(sent["device_id"], "device_id")
        enrol_device(
            by=request.user,
            at=request.access.at,
            session=session,
            device_id=device_id,
            name=sent["name"],
            storage=sent["storage"],
        )
        rows = EventReceipt.objects.filter(session=session, device_id=device_id)
        return {
            "device_id": str(device_id),
            "actor": str(request.user.key),
            "mark": rows.order_by("-pk").values_list("mark", flat=True).first() or 0,
            "commit_no": last_commit(session),
        }

    return _answer(request, say)


@door(
    "dosing_session",
    read=Action.CREATE,
    write=Action.CREATE,
    of=of_bare_session,
    watched_for=WATCHED_FOR,
)
def lease(request: Request, **kwargs: Any) -> HttpResponse:
    """Say which tablet may give the drug, or give this one the right."""

    def say() -> Mapping[str, Any]:
        session: DosingSession = request.target.record
        if request.method != "POST":
            standing = lease_in_force(leases_of(session), request.access.at)
            room = room_of(session)
            return {
                "lease": _lease(standing) if standing else None,
                "doses": sorted(str(one) for one in room.doses),
                "in_question": sorted(str(one) for one in room.in_question),
                "total_mg": f"{room.total_mg:f}",
            }
        sent = _members(request, device_id=str, takes_over=bool, reason=str, lot=str)
        got = take_lease(
            by=request.user,
            at=request.access.at,
            session=session,
            device_id=read_uuid(sent["device_id"], "device_id"),
            takes_over=sent["takes_over"],
            reason=sent["reason"],
            lot=sent["lot"],
        )
        return {"lease": _lease(got)}

    return _answer(request, say)


@door("dosing_session", read=Action.CREATE, of=of_bare_session, watched_for=WATCHED_FOR)
def clock(request: Request, **kwargs: Any) -> HttpResponse:
    """Say what the server's clock says: when the question came, and when the answer left."""
    return JsonResponse(
        {
            "protocol": PROTOCOL,
            "received_ms": unix_ms(request.access.at),
            "answered_ms": unix_ms(timezone.now()),
        }
    )


def _lease(one: Lease) -> Mapping[str, Any]:
    return {
        "number": one.number,
        "device_id": str(one.device_id),
        "order": one.order,
        "most_mg": f"{one.most_mg:f}",
        "lot": one.lot,
        "granted_ms": one.granted_ms,
        "expires_ms": one.expires_ms,
    }
