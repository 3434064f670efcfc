"""Guessing is stopped early, for one name from one address, and before any hashing."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.urls import reverse
from tests.builders import make_clinic, make_user

from kapstone.core.people.models import Role

pytestmark = pytest.mark.django_db
NAME, RIGHT, WRONG = "beech", "a long enough one", "not that one"


@pytest.fixture
def user():
    nurse = make_user(make_clinic(), Role.NURSE)
    nurse.username = NAME
    nurse.set_password(RIGHT)
    nurse.save()
    return nurse


@pytest.fixture
def hashed(monkeypatch):
    """Count how often a password was hashed."""
    counted = []
    verify = MD5PasswordHasher.verify
    monkeypatch.setattr(
        MD5PasswordHasher,
        "verify",
        lambda self, password, encoded: counted.append(1) or verify(self, password, encoded),
    )
    return counted


def attempt(client, password, **where):
    words = {"username": NAME, "password": password}
    return client.post(reverse("access:sign_in"), words, **where)


def test_five_wrong_passwords_lock_the_name_here_and_cost_no_more_hashing(client, user, hashed):
    answers = [attempt(client, WRONG).status_code for _ in range(5)]
    assert answers[:4] == [422] * 4
    assert answers[4] == 429
    before = len(hashed)
    locked = attempt(client, RIGHT)
    assert locked.status_code == 429
    assert "Wait 15 minutes" in locked.content.decode()
    assert len(hashed) == before


def test_the_lock_is_not_on_the_person_elsewhere(client, user):
    for _ in range(5):
        attempt(client, WRONG)
    assert attempt(client, RIGHT, REMOTE_ADDR="192.0.2.9").status_code == 302


def test_a_right_password_forgets_the_wrong_ones(client, user):
    for _ in range(4):
        attempt(client, WRONG)
    assert attempt(client, RIGHT).status_code == 302
    client.logout()
    assert [attempt(client, WRONG).status_code for _ in range(4)] == [422] * 4


def test_a_proxy_that_nobody_named_cannot_lend_an_address(client, user):
    for number in range(5):
        attempt(client, WRONG, HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    assert attempt(client, RIGHT, HTTP_X_FORWARDED_FOR="192.0.2.77").status_code == 429
