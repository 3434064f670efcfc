"""Error pages: what happened, what was kept, what to do, in that order; never a code alone."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import MappingProxyType

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from kapstone.core.ui.context import appearance
from kapstone.core.ui.parts import Act, ErrorPage

HOME = Act(label="Go to the first page", href="/")
DATABASE_IS_AWAY = (InterfaceError, OperationalError)

PAGES: Mapping[int, ErrorPage] = MappingProxyType(
    {
        400: ErrorPage(
            status=400,
            title="The page could not read that",
            happened="Something in the address or the form was not in a shape this page knows.",
            kept="Nothing was saved from this try. What was saved before is untouched.",
            to_do="Go back and try once more. If it happens again, tell your clinic.",
            acts=(HOME,),
        ),
        403: ErrorPage(
            status=403,
            title="This is not open to you",
            happened="Your role or care team does not include this page or this act.",
            kept="Nothing was changed. What you have saved elsewhere is untouched.",
            to_do="If you need it for the care of a patient, ask an administrator.",
            acts=(HOME,),
        ),
        404: ErrorPage(
            status=404,
            title="There is no such page here",
            happened="The address leads nowhere, or to something that is not yours to see.",
            kept="Nothing was changed.",
            to_do="Check the address, or start from the first page.",
            acts=(HOME,),
        ),
        405: ErrorPage(
            status=405,
            title="This page cannot do that",
            happened="The address is right, but it does not take what was sent to it.",
            kept="Nothing was changed. What was saved before is untouched.",
            to_do="Go back, and use the buttons of the page itself.",
            acts=(HOME,),
        ),
        409: ErrorPage(
            status=409,
            title="Somebody else was here first",
            happened="The record changed while this page was open.",
            kept="Their entry is saved. Yours is not, so that neither is lost unseen.",
            to_do="Go back, load the page anew, and enter yours again if it is still right.",
            acts=(HOME,),
        ),
        422: ErrorPage(
            status=422,
            title="That could not be recorded",
            happened="A rule of the clinic, or a missing answer, stands in the way.",
            kept="Nothing was saved from this try. What was saved before is untouched.",
            to_do="Go back to see what is missing.",
            acts=(HOME,),
        ),
        500: ErrorPage(
            status=500,
            title="Something went wrong on our side",
            happened="The page met a fault. It has been noted, without anything you wrote.",
            kept="What was saved before is safe. This last entry may not be.",
            to_do="Go back and look whether the entry is there before you enter it again. "
            "In an emergency, call; do not wait for this page.",
            acts=(HOME,),
        ),
        503: ErrorPage(
            status=503,
            title="The record cannot be reached just now",
            happened="The database did not answer in time. It may be starting again.",
            kept="What was confirmed before is safe. This last entry may not be saved.",
            to_do="Wait a minute, load the page anew, and look whether the entry is there "
            "before you enter it again. In an emergency, call; do not wait for this page.",
            acts=(HOME,),
        ),
    }
)


def error_page(request: HttpRequest, status: int, *, reference: str = "") -> HttpResponse:
    """Answer with the page for a status; 500 for one that has no page of its own."""
    page = PAGES.get(status, PAGES[500])
    given = {"problem": page, "reference": reference}
    return render(request, "ui/error.html", given, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Serve as Django's ``handler400``."""
    return error_page(request, 400)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Serve as Django's ``handler403``."""
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Serve as Django's ``handler404``."""
    return error_page(request, 404)


def fault(request: HttpRequest) -> HttpResponse:
    """
    Serve as Django's ``handler500``: the page asks nothing of the database.

    So it does not ask who is signed in either. With the database away that question would fail
    again in this page, and once more in every middleware around it.
    """
    is_away = isinstance(sys.exc_info()[1], DATABASE_IS_AWAY)
    status = 503 if is_away else 500
    given = {"problem": PAGES[status], "help_href": "/help/", **appearance(request)}
    return HttpResponse(render_to_string("ui/error.html", given), status=status)
