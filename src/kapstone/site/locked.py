"""The page of a name and address that were locked out after too many wrong passwords."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kapstone.core.ui.parts import Act, ErrorPage

LOCKED = ErrorPage(
    status=429,
    title="Too many wrong passwords",
    happened="This name was tried five times from here with a password that does not fit.",
    kept="Nothing was changed. Whoever is signed in stays signed in.",
    to_do="Wait 15 minutes, then try again. If you need a record now, ask a colleague.",
    acts=(Act(label="Back to the sign-in", href="/sign-in/"),),
)
# The same lock, where no name and password are asked for.
LOCKED_OUT_OF_JOINING = ErrorPage(
    status=429,
    title="Too many tries",
    happened="From here an invitation was tried five times with something that does not fit.",
    kept="Nothing was changed. The invitation was not looked at this time.",
    to_do="Wait 15 minutes, then try again, or call your clinic.",
    acts=(Act(label="Back to the sign-in", href="/sign-in/"),),
)


def page(request: HttpRequest, *_: Any) -> HttpResponse:
    """Answer instead of the page that asked; what was sent was not looked at."""
    problem = LOCKED_OUT_OF_JOINING if request.path.startswith("/join/") else LOCKED
    return render(request, "ui/error.html", {"problem": problem, "reference": ""}, status=429)
