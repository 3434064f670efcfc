"""The whole server, as a process of its own, seen from the outside."""

import http.client
import re
import socket
import threading
from urllib.parse import urlsplit

import pytest
from tests import databases
from tests.serving import serving

PATH = "/sign-in/"


@pytest.fixture(scope="module")
def port(tmp_path_factory, django_test_environment, django_db_blocker):
    """The port of a served, empty clinic."""
    with django_db_blocker.unblock():
        database = databases.copy()
        log = tmp_path_factory.mktemp("served") / "log"
        with serving(database, log, KAPSTONE_WORKERS="2") as address:
            yield urlsplit(address).port
        databases.drop(database)


def ask(port, path=PATH, *, method="GET", body=None, headers=None, host="localhost"):
    connection = http.client.HTTPConnection(host, port, timeout=20)
    connection.request(method, path, body=body, headers=headers or {})
    answer = connection.getresponse()
    answer.text = answer.read().decode(errors="replace")
    connection.close()
    return answer


def test_a_page_answers_with_the_headers_that_keep_it_private(port):
    answer = ask(port)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in answer.headers["Vary"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Server"] is None
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    cookies = answer.headers.get_all("Set-Cookie") or []
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


def test_style_sheets_have_hashed_names_and_are_kept_for_good(port):
    sheets = re.findall(r'href="(/static/[^"]+\.css)"', ask(port).text)
    assert sheets
    for sheet in sheets:
        assert re.search(r"\.[0-9a-f]{12}\.css$", sheet)
        answer = ask(port, sheet)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_head_answers_like_get_without_a_body(port):
    answer = ask(port, method="HEAD")
    assert (answer.status, answer.text) == (200, "")


def test_a_body_over_the_limit_is_refused_in_words(port):
    answer = ask(port, method="POST", body=b"x" * (2048 * 1024 + 1))
    assert answer.status == 413
    assert answer.text == "At most 2048 KiB can be sent.\n"


def test_a_form_without_its_token_is_refused(port):
    assert ask(port, method="POST", body=b"username=x&password=y").status == 403


@pytest.mark.parametrize("path", ["/%00", "/%ff", "/a%2Fb", "/" + "x" * 4000, "/static/../etc"])
def test_a_strange_address_is_not_found_and_nothing_worse(port, path):
    assert ask(port, path).status in {400, 404}


def test_another_host_name_is_refused(port):
    assert ask(port, headers={"Host": "elsewhere.example"}).status == 400


def test_a_client_may_leave_in_the_middle(port):
    for _ in range(20):
        with socket.create_connection(("localhost", port)) as half:
            half.sendall(
                b"POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nx"
            )
    assert ask(port).status == 200


def test_many_at_once_are_all_answered(port):
    statuses = []
    threads = [
        threading.Thread(target=lambda: statuses.append(ask(port).status)) for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 40
