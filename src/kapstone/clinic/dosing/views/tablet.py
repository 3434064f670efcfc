"""What a tablet keeps of the room, and the worker that gives it back with the network gone."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone

from kapstone.clinic.dosing.purging import may_keep
from kapstone.clinic.dosing.room_page import TABS, panel_of
from kapstone.clinic.dosing.sync.envelope import PROTOCOL
from kapstone.clinic.dosing.tablet import CLIENT_VERSION, without_notes
from kapstone.clinic.dosing.views.emergency import help_context
from kapstone.clinic.dosing.views.room import WATCHED_FOR, room_context
from kapstone.clinic.dosing.views.strips import strip_of
from kapstone.clinic.dosing.views.targets import chart_at, of_session, read_uuid
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request


@door("dosing_session", read=Action.CREATE, of=of_session, watched_for=WATCHED_FOR)
def kept(request: Request, **kwargs: Any) -> HttpResponse:
    """Give the pages that the tablet seals and keeps: the room without notes, and the card."""
    chart = chart_at(request)
    context = room_context(request, chart, "vitals")
    page = {
        **context,
        "live": without_notes(chart, context["live"]),
        "head": replace(context["head"], intention=""),
        "panels": tuple(panel_of(chart, code) for code, _, _ in TABS),
        "strip": strip_of(request, chart),
        "is_kept": True,
    }
    return JsonResponse(
        {
            "room": render_to_string("dosing/room_kept.html", page, request),
            "help": render_to_string("dosing/help.html", help_context(request, chart), request),
            "token": get_token(request),
        }
    )


@door("dosing_session", read=Action.CREATE, of=of_session, watched_for=WATCHED_FOR)
def worker(request: Request, **kwargs: Any) -> HttpResponse:
    """
    Give the service worker of one room.

    It lies below the room's own address, so it can answer for nothing else. A release changes
    its text; the browser then keeps the new one waiting until every open room is closed.
    """
    text = f"// {CLIENT_VERSION}\nimportScripts({static('dosing/sync/worker.js')!r});\n"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8")


def keeps(request: HttpRequest, session_key: UUID) -> HttpResponse:
    """Say to a tablet, signed in or not, whether it may still keep its pages of a room."""
    device_id = read_uuid(request.GET.get("device", ""))
    slug = request.GET.get("clinic", "").replace("\x00", "")[:50]
    found = may_keep(slug, session_key, device_id, timezone.now()) if device_id else None
    said = {"session": str(session_key), "device_id": str(device_id), "keep": found}
    return JsonResponse({"protocol": PROTOCOL, **said})
