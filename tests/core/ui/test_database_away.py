"""What somebody sees while the database is away: a page that says so, made without it."""

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.urls import reverse

MOST_TRIES = 2  # the page asked for, and the health check before it


@pytest.fixture
def away(django_test_environment, django_db_blocker, monkeypatch):
    """Let every try to connect fail, and count them."""
    from tests import databases

    tries = []
    connect = DatabaseWrapper.get_new_connection

    def count(self, params):
        tries.append(params)
        return connect(self, params)

    monkeypatch.setattr(DatabaseWrapper, "get_new_connection", count)
    with django_db_blocker.unblock(), databases.connected_to("there_is_no_such_database"):
        yield tries
        connection.close()


@pytest.mark.parametrize("address", ["/", "/today/", "/me/"])
def test_without_the_database_the_page_says_so_and_asks_it_nothing_more(away, client, address):
    client.raise_request_exception = False
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    answer = client.get(address)
    said = answer.content.decode()
    assert answer.status_code == 503
    assert "The record cannot be reached just now" in said
    assert "In an emergency, call" in said
    assert 'href="/help/"' in said
    assert len(away) <= MOST_TRIES


def test_an_entry_from_a_tablet_is_not_answered_as_saved(away, client):
    client.raise_request_exception = False
    session = "00000000-0000-4000-8000-000000000000"
    address = reverse("dosing:batch", kwargs={"session_key": session})
    answer = client.post(address, "{}", content_type="application/json")
    assert answer.status_code == 503
    assert b"room-sync" not in answer.content
