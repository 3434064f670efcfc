"""What was typed when the sign-in ran out is given back, and to nobody else."""

import re

import pytest
from django.conf import settings
from django.test import Client
from tests.builders import make_clinic, make_user

from kapstone.core.access.kept import ADDRESS, PREFIX
from kapstone.core.people.models import Role

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough word"  # noqa: S105
HERE = "http://testserver"
WORDS = "The light & the sea <far>"
SENT = {
    "kind": "note",
    "text": WORDS,
    "witness_password": PASSWORD,
    "csrfmiddlewaretoken": "x",
    "entry_id": "8a1b1b4e-2f0c-4a86-9b58-0f3f3f3b2a10",
}
ADDRESS_OF_FORM = "/sessions/8a1b1b4e-2f0c-4a86-9b58-0f3f3f3b2a10/room/entries/"


@pytest.fixture
def nurse(db):
    user = make_user(make_clinic(), Role.NURSE)
    user.set_password(PASSWORD)
    user.save()
    return user


def carried(answer):
    """Read the hidden fields of a page, as a browser would send them."""
    found = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.content.decode()
    )
    plain = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
    return {
        name: re.sub("|".join(plain), lambda one: plain[one[0]], value) for name, value in found
    }


def test_a_form_sent_too_late_comes_back_after_signing_in(nurse):
    browser = Client()
    page = browser.post(ADDRESS_OF_FORM, SENT, headers={"Referer": f"{HERE}/today/"})
    assert page.status_code == 401
    assert page["Location"] == "/sign-in/?next=/today/"
    kept = carried(page)
    assert kept[ADDRESS] == ADDRESS_OF_FORM
    assert kept[f"{PREFIX}text"] == WORDS
    assert not any(
        "password" in name or "csrf" in name for name in kept if name != "csrfmiddlewaretoken"
    )
    wrong = browser.post("/sign-in/", {**kept, "username": nurse.username, "password": "no"})
    assert carried(wrong)[f"{PREFIX}text"] == WORDS
    back = browser.post("/sign-in/", {**kept, "username": nurse.username, "password": PASSWORD})
    assert back.status_code == 200
    body = back.content.decode()
    assert f'action="{ADDRESS_OF_FORM}"' in body
    assert "Not sent yet" in body
    again = carried(back)
    assert again["text"] == WORDS
    assert again["entry_id"] == SENT["entry_id"]
    assert "witness_password" not in again
    assert 'href="/today/"' in body


def test_an_address_that_is_not_ours_is_not_sent_to(nurse):
    for address in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        sent = {"username": nurse.username, "password": PASSWORD, ADDRESS: address}
        assert Client().post("/sign-in/", sent).status_code == 302


def test_a_part_that_is_sent_too_late_leaves_the_page_as_it_is():
    browser = Client(headers={"HX-Request": "true"})
    answer = browser.post(ADDRESS_OF_FORM, SENT)
    assert answer.status_code == 401
    assert "HX-Redirect" not in answer
    assert not answer.content
    assert browser.get("/today/")["HX-Redirect"] == "/sign-in/?next=/today/"


def test_a_page_older_than_the_sign_in_gives_back_what_it_sent(nurse):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(nurse)
    browser.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    sent = {**SENT, "csrfmiddlewaretoken": "b" * 32}
    ours = browser.post(ADDRESS_OF_FORM, sent, headers={"Origin": HERE})
    assert ours.status_code == 403
    assert carried(ours)["text"] == WORDS
    for headers in ({}, {"Origin": "null"}, {"Origin": "https://evil.example"}):
        answer = browser.post(ADDRESS_OF_FORM, sent, headers=headers)
        assert answer.status_code == 403
        assert "The light" not in answer.content.decode()
