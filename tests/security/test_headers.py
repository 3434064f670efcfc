"""Every dynamic page carries the strict policy, stays out of caches, and holds no script."""

import re
from http.cookies import SimpleCookie

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import path, reverse
from tests.bodies import said_in
from tests.core.access.sweep.sweep import arguments

from kapstone.core.access.doors import public_door
from kapstone.core.access.registry import routes

WHO = ("stranger", "author", "patient-own", "nurse-room", "auditor")
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=|javascript:|<base\b|<iframe\b", re.I
)
# A script element that only carries data is not run, and names its type.
DATA = re.compile(r'<script[^>]*type="application/json"[^>]*>.*?</script>', re.S)


def answers(world, client):
    """Knock once on every address, by every method that any address answers."""
    for route in routes():
        given = arguments(world, route, "own") or arguments(world, route, "new")
        if given is None:
            continue
        for method in ("GET", "POST", "PUT"):
            with transaction.atomic():
                yield (
                    f"{method} {route.name}",
                    client.generic(method, reverse(route.name, kwargs=given)),
                )
                transaction.set_rollback(True)


def faults(answer):
    """Name each header that is missing or weak."""
    headers = answer.headers
    policy = dict(
        part.strip().split(" ", 1)
        for part in headers.get("Content-Security-Policy", "none").split(";")
        if " " in part.strip()
    )
    if policy != POLICY:
        yield f"policy {policy}"
    if headers.get("Cache-Control") != "no-store":
        yield f"caching {headers.get('Cache-Control')}"
    vary = {name.strip() for name in headers.get("Vary", "").split(",")}
    if not {"Cookie", "HX-Request"} <= vary and answer.status_code != 405:
        yield f"vary {vary}"
    for name, value in (
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ):
        if headers.get(name) != value:
            yield f"{name} {headers.get(name)}"
    if "Permissions-Policy" not in headers or "Server" in headers:
        yield "permissions or server"


@pytest.mark.parametrize("who", WHO)
def test_every_answer_carries_the_strict_headers(world, who):
    client = Client(raise_request_exception=False)
    if world.who(who).user is not None:
        client.force_login(world.users[who], "kapstone.core.people.signed_in.SignedIn")
    cookies, weak, seen = client.cookies.output(), [], set()
    for what, answer in answers(world, client):
        seen.add(answer.status_code)
        weak += [f"{what} {answer.status_code}: {fault}" for fault in faults(answer)]
        client.cookies = SimpleCookie()
        client.cookies.load(cookies.replace("Set-Cookie: ", ""))
    assert not weak, "\n".join(weak[:40])
    assert {200, 302, 405} <= seen


@pytest.mark.parametrize("who", WHO)
def test_no_page_holds_a_script_or_a_style_of_its_own(world, clients, who):
    found, pages = [], 0
    for route in routes():
        given = arguments(world, route, "own") or arguments(world, route, "new")
        if given is None or not route.door.read:
            continue
        with transaction.atomic():
            answer = clients[who].get(reverse(route.name, kwargs=given))
            transaction.set_rollback(True)
        pages += answer.status_code == 200
        html = DATA.sub("", said_in(answer))
        found += [f"{route.name}: {match.group()}" for match in INLINE.finditer(html)]
    assert not found, "\n".join(found)
    assert pages >= 8


def test_cookies_are_kept_from_scripts_and_other_sites(client, db):
    page = client.get(reverse("access:sign_in"))
    csrf = page.cookies[settings.CSRF_COOKIE_NAME]
    assert csrf["httponly"]
    assert csrf["samesite"] == "Lax"
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE


def test_the_session_changes_its_name_when_somebody_signs_in(world):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "chosen-by-somebody-else"
    user = world.users["desk"]
    with transaction.atomic():
        user.set_password("a long enough password")
        user.save()
        answer = client.post(
            reverse("access:sign_in"),
            {"username": user.username, "password": "a long enough password"},
        )
        assert answer.status_code == 302
        session = answer.cookies[settings.SESSION_COOKIE_NAME]
        transaction.set_rollback(True)
    assert session.value != "chosen-by-somebody-else"
    assert session["httponly"]


def breaks(request):
    raise ValueError("a fault on our side")


def answers_plainly(request):
    return HttpResponse("fine")


class Book:
    """An address that breaks, and one that does not."""

    urlpatterns = [
        path("breaks/", public_door(breaks), name="breaks"),
        path("", public_door(answers_plainly), name="fine"),
    ]
    handler500 = "kapstone.core.ui.errors.fault"
    handler404 = "kapstone.core.ui.errors.not_found"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/breaks/", "/nowhere/"])
def test_a_page_about_a_fault_carries_them_too(settings, address):
    settings.ROOT_URLCONF = Book
    answer = Client(raise_request_exception=False).get(address)
    assert answer.status_code in {404, 500}
    assert [fault for fault in faults(answer) if not fault.startswith("vary")] == []
    assert "ValueError" not in answer.content.decode()
