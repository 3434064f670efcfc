"""What is not there and what is not yours answer alike, by status and by every byte (F03)."""

import re
import uuid

import pytest
from django.db import transaction
from django.urls import reverse
from tests.bodies import said_in
from tests.core.access.sweep.sweep import ARGUMENT, arguments

from kapstone.core.access.registry import routes

# Each stands outside in another way; among them they are shut out of almost everything.
OUTSIDERS = ("clinic", "nurse-clinic", "patient-partner", "desk", "far-therapist")
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=|"x-csrftoken": )"\w+"')
WHOSE = ("own", "far", "joint", "newfar")


def kept_apart(world):
    """Give each address that names a record, with the keys of a record that nobody has."""
    for route in routes():
        if route.door.public or not ARGUMENT.search(route.address):
            continue
        for about in WHOSE:
            given = arguments(world, route, about)
            keys = {
                name for name, value in (given or {}).items() if isinstance(value, uuid.UUID)
            }
            if keys:
                absent = given | {name: uuid.uuid4() for name in keys}
                yield route, about, given, absent


def answer(client, method, address):
    with transaction.atomic():
        got = client.generic(method, address)
        transaction.set_rollback(True)
    body = TOKEN.sub("", said_in(got)).replace(address, "HERE")
    headers = {name: value for name, value in got.items() if name != "Set-Cookie"}
    location = headers.pop("Location", "").replace(address, "HERE")
    return got.status_code, headers, location, body


@pytest.mark.parametrize("who", OUTSIDERS)
def test_absent_and_not_yours_answer_alike(world, clients, who):
    compared, apart = 0, []
    for route, about, given, absent in kept_apart(world):
        for method in route.door.methods:
            theirs = answer(clients[who], method, reverse(route.name, kwargs=given))
            if theirs[0] < 400 or theirs[0] == 422:
                continue  # theirs to open: the sweep judges that
            nobodys = answer(clients[who], method, reverse(route.name, kwargs=absent))
            compared += 1
            if theirs != nobodys:
                apart.append(
                    f"{method} {route.name} about {about}: {theirs[0]} or {nobodys[0]}"
                )
    assert not apart, "\n".join(apart)
    assert compared >= 50


@pytest.mark.parametrize("who", ["clinic", "desk", "researcher", "administrator"])
@pytest.mark.parametrize(
    "hidden",
    [
        "contact_name=kq",
        "allergies=kq",
        "order_by=legal_name",
        "sort=born_on",
        "legal_name__startswith=kq",
        "user__password=x",
        "page=-1&fields=all",
    ],
)
def test_no_list_is_narrowed_or_ordered_by_what_it_does_not_show(world, clients, who, hidden):
    for address in ("/patients/", "/schedule/", "/requests/", "/screening/", "/audit/"):
        plain = answer(clients[who], "GET", address)
        asked = answer(clients[who], "GET", f"{address}?{hidden}")
        assert plain[0] == asked[0]
        assert rows(plain[3]) == rows(asked[3])


def rows(body):
    """Give the rows of a page's tables and lists, without the addresses in them."""
    return [
        re.sub(r'(href|value|name)="[^"]*"', "", row)
        for row in re.findall(r"<(?:tr|li)\b.*?</(?:tr|li)>", body, re.S)
    ]


def test_a_word_narrows_the_patients_only_to_those_one_may_name(world, clients):
    hidden = world.patients["own"].legal_name
    for who in ("clinic", "nurse-clinic", "far-therapist", "patient-other"):
        got = answer(clients[who], "GET", f"/patients/?words={hidden}")
        none = answer(clients[who], "GET", "/patients/?words=nobody-is-called-this")
        assert len(rows(got[3])) == len(rows(none[3]))
