"""
Whatever is sent to any address: a clear sentence, nothing written, never a fault on our side.

A seeded part of all cases in each run; ``KAPSTONE_BAD_INPUTS=0`` tries every one.
"""

import json
import os
import random
import re
import uuid
from copy import copy
from datetime import timedelta
from html import unescape
from types import MappingProxyType
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from tests.bodies import said_in
from tests.core.access.sweep.sweep import ARGUMENT, arguments

from kapstone.core.access.fences import fence_of, fenced_models, stand_in
from kapstone.core.access.registry import routes
from kapstone.core.ui.errors import PAGES

CASES = int(os.environ.get("KAPSTONE_BAD_INPUTS", "500"))
BACKEND = "kapstone.core.people.signed_in.SignedIn"
# What a refused request may leave behind: that it was refused, that a record was sought, and
# that an invitation was answered with a wrong birth date.
TRACES = {"AccessEntry", "WrongTry"}
SOUGHT = "record-sought"
COUNTED = [
    model
    for model in fenced_models()
    if fence_of(model) != "open" and model.__name__ not in TRACES
]
ONE = '(SELECT count(*) FROM "{}" {})'
BUT = {"AuditEntry": f"WHERE deed <> '{SOUGHT}'"}
COUNT = "SELECT " + ", ".join(
    ONE.format(model._meta.db_table, BUT.get(model.__name__, "")) for model in COUNTED
)
VALUES = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "x" * 70_000,
    "\U0001f48a" * 40,
    "\u202egnp.exe\u200b",
    "\ud7ff\uffff",
    "<script>alert(1)</script>",
    "' OR 1=1; --",
    "../../etc/passwd",
    "%s%d{}{0}",
    "-1",
    "0",
    "1e309",
    "-0.0000001",
    "NaN",
    "Infinity",
    "99999999999999999999999999",
    "1,5",
    "\u0661\u0662\u0663",
    "0001-01-01",
    "9999-12-31",
    "9999-12-31T23:59",
    "0001-01-01T00:00",
    "2026-02-30",
    "1900-01-01T12:00",
    "25:61",
    "not-one-of-the-choices",
    "true",
    "null",
    "[1, 2]",
    '{"a": 1}',
    "00000000-0000-0000-0000-000000000000",
)
KEYS = (
    "0",
    "-1",
    "not-a-key",
    "%00",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%27%20OR%201%3D1--",
    "%F0%9F%92%8A",
    "%ff%fe",
    "a" * 3000,
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "99999999999999999999999999",
    "\u0661",
)
PARAMETERS = (
    *("page", "show", "of", "item", "dose", "turn", "when", "view", "day", "tab", "rev"),
    *("modality", "fork", "patient", "user", "words", "in_window", "starts", "kind"),
    *("minutes", "with_user", "room", "next", "change", "theme", "open"),
)


def some(cases, seed=7):
    """Give a seeded part of the cases, or all of them."""
    cases = list(cases)
    if not CASES or len(cases) <= CASES:
        return cases
    return random.Random(seed).sample(cases, CASES)  # noqa: S311  not a secret


@pytest.fixture(scope="module")
def counts(world):
    """Count the rows that a user can see in every clinical table."""

    def count(who):
        user = world.users.get(who)
        clinic = user.clinic_id if user else world.clinics["oak"].pk
        stand_in(clinic_id=clinic, user_id=user.pk if user else None)
        with connection.cursor() as cursor:
            cursor.execute(COUNT)
            return cursor.fetchone()

    return count


@pytest.fixture(scope="module")
def before(world, counts):
    """Count once for everyone: each case is undone."""
    return {one.code: counts(one.code) for one in world.principals}


def words_of(answer):
    """Give the words that a refusal says: its alerts, its page, or what it tells a tablet."""
    body = said_in(answer)
    if answer.headers.get("Content-Type") == "application/json":
        return str(json.loads(body).get("words", ""))
    alerts = re.findall(r'role="alert".*?>(.*?)</(?:div|section|p|ul)>', body, re.S)
    is_a_page_of_its_own = any(f"<h1>{page.title}</h1>" in body for page in PAGES.values())
    text = body if is_a_page_of_its_own else " ".join(alerts)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", text))).strip()


def is_a_sentence(text):
    return len(re.findall(r"[^\W\d_]{2,}", text)) >= 3


def judge(what, who, answer, before, counts):
    """Name what is wrong with an answer to a bad request."""
    status = answer.status_code
    if status >= 500:
        yield f"{what}: {status}"
        return
    if status < 400:
        return
    if counts(who) != before[who]:
        yield f"{what}: {status}, and something was written"
    if not is_a_sentence(words_of(answer)):
        yield f"{what}: {status} says {words_of(answer)[:80]!r}"
    if "Traceback" in said_in(answer):
        yield f"{what}: shows a traceback"


def send(client, verb, *where, **rest):
    """Send one request and undo what it wrote, and its cookies."""
    cookies = copy(client.cookies)
    sent = getattr(client, verb.lower())(*where, **rest)
    client.cookies = cookies
    return sent


# --- Forms


def form_cases(forms):
    for form in forms:
        for name in form.controls:
            if name != "csrfmiddlewaretoken":
                yield from ((form, name, value) for value in VALUES)


def test_no_value_in_any_field_is_a_fault(world, forms, clients, before, counts):
    faults, answered = [], {}
    for form, name, value in some(form_cases(forms)):
        with transaction.atomic():
            sent = form.filled(world.at) | {name: value}
            answer = send(clients[form.who], "POST", form.action, data=sent)
            what = f"{form} {name}={value[:30]!r}"
            faults += judge(what, form.who, answer, before, counts)
            transaction.set_rollback(True)
        answered[answer.status_code] = answered.get(answer.status_code, 0) + 1
    assert not faults, "\n".join(faults[:60])
    assert answered.get(422, 0) > answered.get(404, 0)


@pytest.mark.parametrize(
    ("what", "change"),
    [
        pytest.param("nothing at all", lambda sent: {}, id="empty"),
        pytest.param(
            "each twice", lambda sent: {k: [v, v] for k, v in sent.items()}, id="twice"
        ),
        pytest.param(
            "brackets", lambda sent: {f"{k}[]": v for k, v in sent.items()}, id="brackets"
        ),
        pytest.param(
            "names of methods",
            lambda sent: sent | dict.fromkeys(("items", "keys", "get", "0", "", "\x00"), "x"),
            id="names of methods",
        ),
        pytest.param(
            "too many",
            lambda sent: sent | {f"n{i}": "x" for i in range(1500)},
            id="too many fields",
        ),
        pytest.param(
            "ten megabytes", lambda sent: sent | {"words": "x" * 10_000_000}, id="ten megabytes"
        ),
    ],
)
def test_no_shape_of_a_form_is_a_fault(world, forms, clients, before, counts, what, change):
    faults, once = [], {}
    for form in forms:
        once.setdefault(form.route, form)
    for form in once.values():
        with transaction.atomic():
            answer = send(
                clients[form.who], "POST", form.action, data=change(form.filled(world.at))
            )
            faults += judge(f"{form}, {what}", form.who, answer, before, counts)
            transaction.set_rollback(True)
    assert not faults, "\n".join(faults[:60])


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"a": 1}'),
        ("application/json", b"{"),
        ("text/plain", b"amount_mg=5"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-da"),
        ("multipart/form-data", b"no boundary"),
        ("application/x-www-form-urlencoded; charset=utf-99", b"a=b"),
        ("application/x-www-form-urlencoded", b"a=%ff%fe&%00=%00"),
        (
            "application/xml",
            b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        ),
    ],
)
def test_no_kind_of_body_is_a_fault(world, forms, clients, before, counts, kind, body):
    faults = []
    for form in {form.route: form for form in forms}.values():
        with transaction.atomic():
            answer = send(
                clients[form.who],
                "generic",
                method="POST",
                path=form.action,
                data=body,
                content_type=kind,
            )
            faults += judge(f"{form} as {kind}", form.who, answer, before, counts)
            transaction.set_rollback(True)
    assert not faults, "\n".join(faults[:60])


# --- Addresses


def address_cases(world):
    for route in routes():
        names = ARGUMENT.findall(route.address)
        given = arguments(world, route, "own") or arguments(world, route, "new") or {}
        for wrong in names:
            for key in KEYS:
                address = route.address
                for name in names:
                    value = key if name == wrong else quote(str(given.get(name, "x")))
                    address = re.sub(rf"<(?:\w+:)?{name}>", lambda _, v=value: v, address)
                yield route, address


@pytest.mark.parametrize("who", ["prescriber-team", "patient-own", "stranger"])
def test_no_key_in_any_address_is_a_fault(world, clients, before, counts, who):
    faults = []
    for route, address in some(address_cases(world)):
        for method in ("GET", "POST"):
            with transaction.atomic():
                answer = send(clients[who], method, address)
                faults += judge(f"{method} {address[:90]}", who, answer, before, counts)
                transaction.set_rollback(True)
            if route.door.public:
                break
    assert not faults, "\n".join(faults[:60])


def parameter_cases(world):
    for route in routes():
        given = arguments(world, route, "own") or arguments(world, route, "new")
        if given is None or not route.door.read:
            continue
        address = reverse(route.name, kwargs=given)
        for name in PARAMETERS:
            yield from (
                f"{address}?{name}={quote(value)}" for value in VALUES[:5] + VALUES[12:]
            )


@pytest.mark.parametrize("who", ["prescriber-team", "patient-own"])
def test_no_parameter_of_any_page_is_a_fault(world, clients, before, counts, who):
    faults = []
    for address in some(parameter_cases(world), seed=len(who))[: CASES // 2 or None]:
        with transaction.atomic():
            answer = send(clients[who], "GET", address[:8000])
            faults += judge(address[:120], who, answer, before, counts)
            transaction.set_rollback(True)
    assert not faults, "\n".join(faults[:60])


@pytest.mark.parametrize(
    "method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "BREW"]
)
def test_no_method_is_a_fault(world, clients, before, counts, method):
    faults = []
    for route in routes():
        given = arguments(world, route, "own") or arguments(world, route, "new")
        if given is None:
            continue
        with transaction.atomic():
            address = reverse(route.name, kwargs=given)
            answer = send(
                clients["prescriber-team"], "generic", method=method, path=address, data="a=b"
            )
            if method != "HEAD":
                faults += judge(
                    f"{method} {route.name}", "prescriber-team", answer, before, counts
                )
            if answer.status_code >= 500:
                faults.append(f"{method} {route.name}")
            if method not in {"HEAD"} and answer.status_code not in {404, 405}:
                faults.append(f"{method} {route.name}: {answer.status_code}")
            transaction.set_rollback(True)
    assert not faults, "\n".join(faults[:60])


# --- Who sends it


def test_without_the_token_of_the_page_nothing_is_taken(world, forms, before, counts):
    faults = []
    for form in forms:
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        if world.users.get(form.who):
            client.force_login(world.users[form.who], BACKEND)
        for headers in ({}, {"Origin": "https://elsewhere.example"}):
            with transaction.atomic():
                filled = form.filled(world.at)
                filled.pop("csrfmiddlewaretoken", None)
                path = urlsplit(form.action).path
                answer = client.post(path, filled, headers=headers)
                faults += judge(f"{form} without a token", form.who, answer, before, counts)
                if answer.status_code != 403:
                    faults.append(f"{form} without a token: {answer.status_code}")
                transaction.set_rollback(True)
    assert not faults, "\n".join(faults[:60])


def test_a_token_of_another_session_is_not_taken(world, before, counts):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.users["desk"], BACKEND)
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    answer = client.post("/account/", {"csrfmiddlewaretoken": "b" * 32})
    assert answer.status_code == 403


def test_a_host_that_is_not_ours_is_not_answered(client):
    assert client.get("/sign-in/", headers={"Host": "evil.example"}).status_code == 400


def test_a_fault_is_found_and_a_word_written_is_found(world, before, counts):
    """Show that the judge can say no."""

    class Answer:
        status_code, content, headers = 500, b"", MappingProxyType({})

    assert list(judge("x", "desk", Answer(), before, counts)) == ["x: 500"]
    Answer.status_code, Answer.content = 422, b'<p role="alert">Wrong</p>'
    with transaction.atomic():
        stand_in(clinic_id=world.clinics["oak"].pk, user_id=world.users["desk"].pk)
        patient = world.patients["own"]
        COUNTED[0].objects.create(
            clinic_id=patient.clinic_id,
            at=world.at + timedelta(days=1),
            by="desk",
            deed="x",
            record=str(uuid.uuid4()),
        )
        found = " ".join(judge("x", "desk", Answer(), before, counts))
        transaction.set_rollback(True)
    assert "something was written" in found
    assert "says 'Wrong'" in found
