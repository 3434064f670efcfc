"""The bridge keeps both contracts: ASGI towards the server, WSGI (PEP 3333) towards Django."""

import asyncio
import threading
import time
from wsgiref.validate import validator

import pytest

from kapstone.site import bridge as bridge_module
from kapstone.site.bridge import Bridge, FileBlocks, environ_of

SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "method": "POST",
    "scheme": "https",
    "path": "/fork/é",
    "raw_path": b"/fork/%C3%A9",
    "root_path": "",
    "query_string": b"a=1&b=%20",
    "headers": [(b"host", b"localhost"), (b"content-type", b"text/plain")],
    "client": ("192.0.2.7", 4711),
    "server": ("localhost", 8000),
}


def ask(application, *, messages=None, limit=1024, seconds=1.0, slow=0.0, threads=1, **scope):
    """Send one request through a bridge; return what it sent, and the bridge's own timing."""
    return asyncio.run(
        _ask(
            Bridge(application, body_limit_bytes=limit, threads=threads, body_seconds=seconds),
            SCOPE | scope,
            [{"type": "http.request", "body": b""}] if messages is None else messages,
            slow,
        )
    )


async def _ask(bridge, scope, messages, slow=0.0):
    queue = list(messages)
    sent = []
    never = asyncio.Event()

    async def receive():
        if queue:
            await asyncio.sleep(slow)
            return queue.pop(0)
        await never.wait()

    async def send(message):
        sent.append(message)

    await bridge(scope, receive, send)
    return sent


def whole(sent):
    return b"".join(message.get("body", b"") for message in sent[1:])


def plain(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Two", "1"), ("X-Two", "2")])
    return [b"path ", environ["PATH_INFO"].encode("latin-1")]


def echo(environ, start_response):
    start_response("201 Created", [("Content-Type", "application/octet-stream")])
    return [environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))]


# --- Answers -------------------------------------------------------------------------------


def test_a_plain_answer_goes_out_in_one_piece():
    head, body = ask(plain)
    assert head == {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"text/plain"), (b"x-two", b"1"), (b"x-two", b"2")],
    }
    assert body == {"type": "http.response.body", "body": "path /fork/é".encode()}


def test_a_body_in_parts_arrives_whole():
    parts = [
        {"type": "http.request", "body": b"one ", "more_body": True},
        {"type": "http.request", "body": b"", "more_body": True},
        {"type": "http.request", "body": b"two", "more_body": False},
    ]
    assert whole(ask(echo, messages=parts)) == b"one two"


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_an_application_checked_by_the_standard_library_finds_no_fault(method):
    def careful(environ, start_response):
        environ["wsgi.input"].read(3)
        environ["wsgi.errors"].flush()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return [b"" if method == "HEAD" else b"hello"]

    messages = [{"type": "http.request", "body": b"abc"}]
    headers = [(b"host", b"localhost"), (b"content-type", b"text/plain")]
    sent = ask(validator(careful), messages=messages, method=method, headers=headers)
    assert sent[0]["status"] == 200


def test_pieces_are_passed_on_as_they_are_made():
    made = []

    def piecewise(environ, start_response):
        start_response("200 OK", [])

        def pieces():
            for number in range(3):
                made.append(number)
                yield str(number).encode()

        return pieces()

    sent = ask(piecewise)
    assert [message.get("body") for message in sent] == [None, b"0", b"1", b"2", b""]
    assert [message.get("more_body", False) for message in sent[1:]] == [True] * 3 + [False]


def test_the_head_waits_for_the_first_piece_that_says_something():
    def late(environ, start_response):
        def pieces():
            yield b""
            start_response("404 Not Found", [])
            yield b"gone"

        return pieces()

    assert [message.get("status") for message in ask(late)] == [404, None, None]


def test_write_is_there_for_old_applications():
    def writes(environ, start_response):
        write = start_response("200 OK", [])
        write(b"written ")
        return [b"returned"]

    assert whole(ask(writes)) == b"written returned"


@pytest.mark.parametrize("pieces", [[b"whole"], None], ids=["whole", "piecewise"])
def test_the_answer_is_closed_in_the_thread_that_made_it(pieces):
    threads = {}

    class Answer:
        streaming = pieces is None

        def __iter__(self):
            threads["made"] = threading.get_ident()
            return iter([b"whole"])

        def close(self):
            threads["closed"] = threading.get_ident()

    def application(environ, start_response):
        start_response("200 OK", [])
        return Answer()

    ask(application)
    assert threads["closed"] == threads["made"] != threading.get_ident()


def test_a_file_goes_out_in_large_blocks_and_is_closed(tmp_path):
    path = tmp_path / "large"
    path.write_bytes(b"x" * 150_000)
    opened = path.open("rb")

    def application(environ, start_response):
        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](opened, 4096)

    sent = ask(application)
    assert [len(message.get("body", b"")) for message in sent] == [0, 65536, 65536, 18928, 0]
    assert opened.closed
    assert FileBlocks is not None


# --- Faults --------------------------------------------------------------------------------


def test_an_application_that_never_starts_an_answer_is_an_error():
    with pytest.raises(RuntimeError, match="without calling start_response"):
        ask(lambda environ, start_response: [b""])


def test_two_starts_are_an_error():
    def twice(environ, start_response):
        start_response("200 OK", [])
        start_response("500 Oh", [])
        return [b""]

    with pytest.raises(RuntimeError, match="called twice"):
        ask(twice)


def test_a_fault_before_the_first_piece_may_replace_the_answer():
    def recovers(environ, start_response):
        start_response("200 OK", [])
        error = ValueError("late")
        start_response("500 Oh", [], (ValueError, error, error.__traceback__))
        return [b"sorry"]

    assert ask(recovers)[0]["status"] == 500


def test_a_fault_after_the_first_piece_is_raised_and_the_answer_closed():
    closed = []

    def fails(environ, start_response):
        start_response("200 OK", [])

        class Answer:
            def __iter__(self):
                yield b"half"
                raise ValueError("late")

            def close(self):
                closed.append(True)

        return Answer()

    with pytest.raises(ValueError, match="late"):
        ask(fails)
    assert closed == [True]


# --- Bodies that are refused ---------------------------------------------------------------


def never(environ, start_response):
    raise AssertionError("the application was asked")


def test_a_body_that_says_it_is_too_long_is_dropped_and_refused():
    headers = [(b"content-length", b"1025")]
    head, body = ask(never, headers=headers)
    assert head["status"] == 413
    assert (b"connection", b"close") in head["headers"]
    assert body["body"] == b"At most 1 KiB can be sent.\n"


def test_a_body_that_turns_out_too_long_is_refused():
    parts = [
        {"type": "http.request", "body": b"x" * 600, "more_body": True},
        {"type": "http.request", "body": b"x" * 600, "more_body": False},
    ]
    assert ask(never, messages=parts)[0]["status"] == 413


def test_a_body_without_end_is_cut_off(monkeypatch):
    monkeypatch.setattr(bridge_module, "MOST_DROPPED_BYTES", 5_000)
    endless = [{"type": "http.request", "body": b"x" * 600, "more_body": True}] * 100
    assert ask(never, messages=endless)[0]["status"] == 413


def test_a_body_at_the_limit_is_taken():
    full = [{"type": "http.request", "body": b"x" * 1024}]
    assert len(whole(ask(echo, messages=full))) == 1024


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"", b"12 "])
def test_a_length_that_is_no_number_is_refused(length):
    assert ask(never, headers=[(b"content-length", length)], messages=[])[0]["status"] == 400


def test_a_body_that_dribbles_is_given_up():
    drops = [{"type": "http.request", "body": b"x", "more_body": True}] * 100
    began = time.monotonic()
    sent = ask(never, messages=drops, seconds=0.2, slow=0.05)
    assert sent[0]["status"] == 408
    assert time.monotonic() - began < 1


# --- Clients that leave --------------------------------------------------------------------


def test_a_client_that_leaves_while_sending_gets_no_answer():
    parts = [
        {"type": "http.request", "body": b"x", "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert ask(never, messages=parts) == []


def test_a_client_that_leaves_ends_an_answer_made_in_pieces():
    produced, closed = [], threading.Event()

    class Endless:
        def __iter__(self):
            while len(produced) < 1000:
                produced.append(1)
                time.sleep(0.01)
                yield b"x"

        def close(self):
            closed.set()

    def application(environ, start_response):
        start_response("200 OK", [])
        return Endless()

    messages = [{"type": "http.request", "body": b""}, {"type": "http.disconnect"}]
    ask(application, messages=messages, slow=0.05)
    assert closed.is_set()
    assert len(produced) < 100


def test_a_question_that_waited_until_nobody_listens_is_not_asked():
    asked = []

    def application(environ, start_response):
        asked.append(environ["REQUEST_METHOD"])
        time.sleep(0.2)
        start_response("200 OK", [])
        return [b""]

    async def both():
        bridge = Bridge(application, body_limit_bytes=10, threads=1)
        stays = [{"type": "http.request", "body": b""}]
        await asyncio.gather(
            _ask(bridge, SCOPE | {"method": "GET"}, stays),
            _ask(bridge, SCOPE | {"method": "GET"}, [*stays, {"type": "http.disconnect"}]),
            _ask(bridge, SCOPE | {"method": "POST"}, [*stays, {"type": "http.disconnect"}]),
        )

    asyncio.run(both())
    assert asked == ["GET", "POST"], "a write that arrived whole is still done"


def test_a_client_that_does_not_read_gives_its_thread_back(monkeypatch):
    monkeypatch.setattr(bridge_module, "SEND_SECONDS", 0.1)
    closed = threading.Event()

    class Answer:
        def __iter__(self):
            return iter([b"x"] * 10)

        def close(self):
            closed.set()

    def application(environ, start_response):
        start_response("200 OK", [])
        return Answer()

    async def stalled():
        bridge = Bridge(application, body_limit_bytes=10, threads=1)

        async def receive():
            if not asked:
                asked.append(1)
                return {"type": "http.request", "body": b""}
            await asyncio.Event().wait()

        async def send(message):
            await asyncio.Event().wait()

        asked: list[int] = []
        await asyncio.wait_for(bridge(SCOPE, receive, send), 5)

    asyncio.run(stalled())
    assert closed.is_set()


# --- The environment -----------------------------------------------------------------------


def test_the_environment_says_what_the_request_said():
    environ = environ_of(SCOPE, b"abc")
    assert environ["REQUEST_METHOD"] == "POST"
    assert environ["PATH_INFO"] == "/fork/é".encode().decode("latin-1")
    assert environ["QUERY_STRING"] == "a=1&b=%20"
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert environ["CONTENT_LENGTH"] == "3"
    assert environ["REMOTE_ADDR"] == "192.0.2.7"
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["HTTP_HOST"] == "localhost"


@pytest.mark.parametrize(
    ("headers", "name", "value"),
    [
        ([(b"x-user", b"me"), (b"x_user", b"root")], "HTTP_X_USER", "me"),
        ([(b"cookie", b"a=1"), (b"cookie", b"b=2")], "HTTP_COOKIE", "a=1; b=2"),
        ([(b"accept", b"x"), (b"accept", b"y")], "HTTP_ACCEPT", "x,y"),
        ([(b"content-length", b"999")], "CONTENT_LENGTH", "0"),
        ([(b"content-length", b"999")], "HTTP_CONTENT_LENGTH", None),
    ],
)
def test_headers_become_variables_without_being_forged(headers, name, value):
    assert environ_of(SCOPE | {"headers": headers}, b"").get(name) == value


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"raw_path": b"/%FF"}, "/\xff"),
        ({"raw_path": None, "path": "/é"}, "/\xc3\xa9"),
        ({"raw_path": b"/a%2Fb"}, "/a/b"),
    ],
)
def test_a_path_reaches_django_byte_for_byte(change, path):
    assert environ_of(SCOPE | change, b"")["PATH_INFO"] == path


# --- Start, end and other protocols --------------------------------------------------------


def test_the_server_may_start_and_end_it():
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = ask(never, messages=messages, type="lifespan")
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_a_websocket_is_closed():
    sent = ask(never, messages=[{"type": "websocket.connect"}], type="websocket")
    assert sent == [{"type": "websocket.close", "code": 1000}]


def test_as_many_pages_are_made_at_once_as_there_are_threads():
    together, most = [], []

    def application(environ, start_response):
        together.append(1)
        most.append(len(together))
        time.sleep(0.05)
        together.pop()
        start_response("200 OK", [])
        return [b""]

    async def many():
        bridge = Bridge(application, body_limit_bytes=10, threads=3)
        ready = [{"type": "http.request", "body": b""}]
        await asyncio.gather(*(_ask(bridge, SCOPE, ready) for _ in range(12)))

    asyncio.run(many())
    assert max(most) == 3
