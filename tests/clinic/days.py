"""A browser without a screen for the tests of pages: signed in, at a moment of one's choice."""

import re
from collections.abc import Callable
from datetime import datetime

from django.http import HttpResponse
from django.test import Client
from tests.clinic.walk import Walk

from kapstone.core.people.models import User

_TAG = re.compile(r"<(script|style|svg|head)\b.*?</\1>|<[^>]+>", re.DOTALL)
_SPACE = re.compile(r"\s+")
_ACTION = re.compile(r"<(?:a|button)\b[^>]*>", re.DOTALL)
_MAIN = re.compile(r"<main\b.*?</main>", re.DOTALL)

ClockSetter = Callable[[datetime], None]


def words_on(response: HttpResponse) -> str:
    """Give what a page says, without its marks and pictures."""
    return _SPACE.sub(" ", _TAG.sub(" ", response.content.decode()))


def main_of(response: HttpResponse) -> str:
    """Give the main part of a page, with its marks."""
    found = _MAIN.search(response.content.decode())
    assert found is not None
    return found.group(0)


def acts_in(markup: str) -> list[str]:
    """List the links and buttons of a piece of a page."""
    return _ACTION.findall(markup)


def sign_in(walk: Walk, user: User) -> Client:
    """Give a client that is signed in as someone of the walk's clinic."""
    client = Client()
    client.force_login(user, "kapstone.core.people.signed_in.SignedIn")
    walk.stand()
    return client
