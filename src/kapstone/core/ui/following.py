"""
Screens that follow what is written elsewhere: the beginning of an event stream.

A view answers a browser that asks for ``text/event-stream`` with :func:`follow`. Behind the
HTTP server the answer stays open (``kapstone.site.live``); anywhere else it ends, the browser
asks again after a while, and nothing is missed either. An event names a number, never what was
written: the screen fetches that through the door of the page it shows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

STREAM = "text/event-stream"
IN_ENVIRON = "kapstone.follow"  # where the server finds what the door let somebody follow
AGAIN_MS = 2000
LONGEST_NUMBER = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """
    What somebody may follow, as the door said just now.

    Parameters
    ----------
    topics : words such as ``session:12``, each with the number up to which all is known
    main : the topic whose numbers are the events' own; empty for a board of many
    """

    topics: Mapping[str, int]
    main: str = ""

    @property
    def number(self) -> int:
        """Give the number that the events count by; 0 for a board."""
        return self.topics.get(self.main, 0)


def wants_stream(request: HttpRequest) -> bool:
    """Whether the browser asks to follow, not for the page."""
    return STREAM in request.headers.get("Accept", "")


def known_to(request: HttpRequest) -> int | None:
    """
    Give the last number that the browser saw; None if it saw none or says nothing readable.

    A browser that begins anew by itself sends the header; a script that does sends ``after``.
    """
    raw = request.headers.get("Last-Event-ID") or request.GET.get("after") or ""
    readable = raw.isascii() and raw.isdigit() and len(raw) <= LONGEST_NUMBER
    return int(raw) if readable else None


def follow(request: HttpRequest, what: Follow) -> HttpResponse:
    """Begin a stream: say what was missed, or where things stand."""
    request.META[IN_ENVIRON] = what
    answer = HttpResponse(
        f"retry: {AGAIN_MS}\n\n".encode() + told(what, known_to(request)), content_type=STREAM
    )
    answer.headers["X-Accel-Buffering"] = "no"  # a proxy that gathers would hold events back
    return answer


def told(what: Follow, known: int | None) -> bytes:
    """Say what came after ``known``; where that is not known, say where things stand."""
    if what.main and known is not None and known < what.number:
        return event("entries", number=what.number, after=known, to=what.number)
    return event("now", number=what.number if what.main else None, to=what.number)


def event(name: str, *, number: int | None = None, **data: int) -> bytes:
    """Set one event as the stream's lines; ``number`` becomes the browser's last event id."""
    id_line = "" if number is None else f"id: {number}\n"
    return f"{id_line}event: {name}\ndata: {json.dumps(data)}\n\n".encode()
