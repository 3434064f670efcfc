"""
What somebody had typed when their sign-in ran out: given back to them, and kept nowhere.

The fields travel through the sign-in page and come back as a form that is looked at and sent
once more. Only what this very browser has just sent from a page of ours is ever given back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from kapstone.core.access.forms import SignInForm
from kapstone.core.access.queries import demo_accounts
from kapstone.core.people.models import User
from kapstone.core.ui.errors import error_page

ADDRESS, PREFIX = "kept-address", "kept-field-"
# Plumbing: sent again, but nothing that a person typed or can judge.
_UNSEEN = {"entry_id", "check", "tab", "kind", "next", "device_at", "device_id", "device_seq"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptField:
    """One field as it was sent."""

    name: str
    value: str

    @property
    def label(self) -> str:
        """Say the field's name as words."""
        return self.name.replace("_", " ").replace("-", " ").capitalize()

    @property
    def is_seen(self) -> bool:
        """Whether a person would know it again."""
        return self.name not in _UNSEEN and bool(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A form that was sent and not taken: where to, and what it said."""

    address: str
    fields: tuple[KeptField, ...]


def _is_ours(request: HttpRequest, address: str) -> bool:
    return address.startswith("/") and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def _fields(request: HttpRequest, prefix: str) -> Iterator[KeptField]:
    for name, values in request.POST.lists():
        own = name.removeprefix(prefix)
        if not name.startswith(prefix) or own == "csrfmiddlewaretoken" or "password" in own:
            continue
        yield from (KeptField(name=own, value=str(value)) for value in values)


def kept_now(request: HttpRequest) -> Kept:
    """Take what this request sent, without its passwords."""
    return Kept(address=request.path, fields=tuple(_fields(request, "")))


def kept_before(request: HttpRequest) -> Kept | None:
    """Take what travelled through the sign-in page; None where nothing did."""
    address = request.POST.get(ADDRESS, "")
    if not address or not _is_ours(request, address):
        return None
    return Kept(address=address, fields=tuple(_fields(request, PREFIX)))


def page_before(request: HttpRequest) -> str:
    """Name the page that a form was sent from; the form's own address may answer no GET."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    here = came_from.netloc == request.get_host() and _is_ours(request, came_from.path)
    return came_from.path if here else request.get_full_path()


def sign_in_page(
    request: HttpRequest,
    form: SignInForm,
    *,
    back: str,
    kept: Kept | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the sign-in form, and say what waits behind it."""
    context: dict[str, Any] = {
        "form": form,
        "next": back,
        "kept": kept,
        "kept_address": ADDRESS,
        "kept_prefix": PREFIX,
        "accounts": demo_accounts() if settings.MODE == "demo" else [],
        "demo_password": getattr(settings, "DEMO_PASSWORD", ""),
    }
    return render(request, "access/sign_in.html", context, status=status)


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Answer a form whose sender is no longer signed in."""
    back = page_before(request)
    page = sign_in_page(request, SignInForm(), back=back, kept=kept_now(request), status=401)
    page.headers["Location"] = f"{settings.LOGIN_URL}?next={quote(back)}"
    return page


def give_back(
    request: HttpRequest, kept: Kept, *, back: str, status: int = 200
) -> HttpResponse:
    """Show what was typed, and offer to send it once more."""
    context = {"kept": kept, "back": back}
    return render(request, "access/kept.html", context, status=status)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """
    Serve as ``CSRF_FAILURE_VIEW``.

    A page left open while its reader signed in anew carries the token of before. Its own
    browser says that the form came from here, so what was typed is given back to be sent
    again by hand; anybody else's form is refused as ever.
    """
    here = f"{request.scheme}://{request.get_host()}"
    if request.headers.get("Origin") != here or not isinstance(request.user, User):
        return error_page(request, 403)
    return give_back(request, kept_now(request), back=page_before(request), status=403)
