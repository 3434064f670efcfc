"""Event streams: what is heard is passed on once, in order, and the door is asked again."""

import asyncio
import json

import pytest

from kapstone.core.ui.following import IN_ENVIRON, Follow, event, told
from kapstone.site import live as live_module
from kapstone.site.bridge import Bridge
from kapstone.site.hub import Hub
from kapstone.site.live import Live, asked_again, news_of

SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/sessions/1/room/live/",
    "query_string": b"",
    "headers": [(b"accept", b"text/event-stream"), (b"last-event-id", b"3")],
    "client": ("192.0.2.7", 4711),
    "server": ("localhost", 8000),
}
ROOM = Follow(topics={"entry:1": 5, "check:1": 2}, main="entry:1")
BOARD = Follow(topics={"entry:1": 5, "entry:2": 9})


def events(raw):
    """Read a stream as a browser does: name, number, data."""
    found = []
    for block in raw.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if line)
        if "event" in lines:
            found.append((lines["event"], lines.get("id"), json.loads(lines["data"])))
    return found


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("known", "name", "data"),
        [
            (None, "now", {"to": 5}),
            (3, "entries", {"after": 3, "to": 5}),
            (0, "entries", {"after": 0, "to": 5}),
            (5, "now", {"to": 5}),
            (9, "now", {"to": 5}),  # of a database that was put back to an earlier day
        ],
    )
    def test_a_stream_begins_with_what_was_missed(self, known, name, data):
        assert events(told(ROOM, known)) == [(name, "5", data)]

    def test_a_board_has_no_numbers_of_its_own(self):
        assert events(told(BOARD, 3)) == [("now", None, {"to": 0})]

    def test_what_is_newer_is_said_once(self):
        now, words = news_of(ROOM, {"entry:1": 7})
        assert events(words) == [("entries", "7", {"after": 5, "to": 7})]
        assert news_of(now, {"entry:1": 7}) == (now, b"")
        assert news_of(now, {"entry:1": 6}) == (now, b"")

    def test_what_has_no_number_is_a_change(self):
        assert events(news_of(ROOM, {"check:1": 3})[1]) == [("change", None, {})]
        assert events(news_of(ROOM, {"entry:1": 0})[1]) == [("change", None, {})]
        assert events(news_of(BOARD, {"entry:2": 10})[1]) == [("change", None, {})]

    def test_what_is_not_followed_is_not_said(self):
        assert news_of(ROOM, {"entry:2": 99}) == (ROOM, b"")

    def test_asking_again_finds_what_was_not_heard(self):
        later = Follow(topics={"entry:1": 8, "check:1": 2}, main="entry:1")
        assert events(asked_again(ROOM, later)) == [("entries", "8", {"after": 5, "to": 8})]
        assert asked_again(ROOM, ROOM) == b""
        fewer = Follow(topics={"entry:1": 5})
        assert events(asked_again(BOARD, fewer)) == [("change", None, {})]


class Django:
    """Answers as Django would: with the beginning of a stream, or with what a test sets."""

    def __init__(self, follow=ROOM):
        self.follow, self.status, self.asked = follow, "200 OK", []

    def __call__(self, environ, start_response):
        known = environ.get("HTTP_LAST_EVENT_ID")
        self.asked.append((environ["PATH_INFO"], known))
        start_response(self.status, [("Content-Type", "x"), ("Content-Length", "1")])
        if self.status != "200 OK":
            return [b"no"]
        environ[IN_ENVIRON] = self.follow
        return [told(self.follow, int(known) if known else None)]


class Client:
    """A browser at the other end of a stream."""

    def __init__(self):
        self.sent, self.left = [], asyncio.Event()
        self.arrived = asyncio.Event()
        self.has_asked = False

    async def receive(self):
        if not self.has_asked:
            self.has_asked = True
            return {"type": "http.request", "body": b""}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.sent.append(message)
        self.arrived.set()

    @property
    def events(self):
        return events(b"".join(message.get("body", b"") for message in self.sent[1:]))

    async def until(self, name, count=1):
        async with asyncio.timeout(5):
            while sum(one[0] == name for one in self.events) < count:
                self.arrived.clear()
                await self.arrived.wait()


async def never():
    await asyncio.Event().wait()


def follow_with(django, act, *, listening=True, **scope):
    """Follow through the application while ``act(hub, client)`` runs; return the client."""

    async def run():
        hub = Hub(never)
        hub.is_listening = listening
        app = Live(Bridge(django, body_limit_bytes=1024, threads=1), hub)
        client = Client()
        stream = asyncio.create_task(app(SCOPE | scope, client.receive, client.send))
        await act(hub, client)
        client.left.set()
        async with asyncio.timeout(5):
            await stream
        assert not hub.ears
        assert not hub._by_topic
        return client

    return asyncio.run(run())


class TestAStream:
    def test_it_keeps_djangos_head_and_never_says_how_long_it_is(self):
        async def act(hub, client):
            await client.until("entries")

        client = follow_with(Django(), act)
        head = client.sent[0]
        assert head["status"] == 200
        assert head["headers"] == [(b"content-type", b"x")]
        assert client.sent[-1] == {
            "type": "http.response.body",
            "body": b"",
            "more_body": False,
        }

    def test_what_was_missed_comes_first_then_what_is_heard(self):
        async def act(hub, client):
            await client.until("entries")
            hub.pass_on("entry:1:6")
            hub.pass_on("entry:2:40")
            await client.until("entries", 2)

        client = follow_with(Django(), act)
        assert [(name, data) for name, _, data in client.events] == [
            ("entries", {"after": 3, "to": 5}),
            ("entries", {"after": 5, "to": 6}),
        ]

    def test_what_was_committed_between_answer_and_ear_is_not_lost(self):
        """The hub heard it before the stream had an ear: it is heard all the same."""
        django = Django()

        async def run():
            hub = Hub(never)
            hub.pass_on("entry:1:6")
            app = Live(Bridge(django, body_limit_bytes=1024, threads=1), hub)
            client = Client()
            stream = asyncio.create_task(app(SCOPE, client.receive, client.send))
            await client.until("entries", 2)
            client.left.set()
            await stream
            return client

        assert asyncio.run(run()).events[-1] == ("entries", "6", {"after": 5, "to": 6})

    def test_it_beats_while_the_database_is_heard(self, monkeypatch):
        monkeypatch.setattr(live_module, "BEAT_SECONDS", 0.02)

        async def act(hub, client):
            await client.until("beat", 3)

        follow_with(Django(), act)

    def test_it_is_silent_while_the_database_is_not_heard(self, monkeypatch):
        monkeypatch.setattr(live_module, "BEAT_SECONDS", 0.02)

        async def act(hub, client):
            await asyncio.sleep(0.2)

        client = follow_with(Django(), act, listening=False)
        assert [name for name, _, _ in client.events] == ["entries"]

    @pytest.mark.parametrize("status", ["302 Found", "404 Not Found", "403 Forbidden"])
    def test_it_ends_when_the_door_says_no(self, monkeypatch, status):
        monkeypatch.setattr(live_module, "CHECK_SECONDS", 0.05)
        django = Django()

        async def act(hub, client):
            await client.until("entries")
            django.status = status
            await client.until("ended")

        client = follow_with(django, act)
        assert client.events[-1] == ("ended", None, {"status": int(status[:3])})
        assert client.sent[-1]["more_body"] is False

    def test_the_door_is_asked_with_what_is_known(self, monkeypatch):
        monkeypatch.setattr(live_module, "CHECK_SECONDS", 0.03)
        django = Django()

        async def act(hub, client):
            await client.until("entries")
            hub.pass_on("entry:1:8")
            django.follow = Follow(topics={"entry:1": 8, "check:1": 2}, main="entry:1")
            await asyncio.sleep(0.2)

        client = follow_with(django, act)
        assert [data for name, _, data in client.events if name == "entries"] == [
            {"after": 3, "to": 5},
            {"after": 5, "to": 8},
        ]
        assert django.asked[0] == ("/sessions/1/room/live/", "3")
        assert django.asked[-1][1] == "8"

    def test_after_the_database_was_away_every_stream_asks_at_once(self):
        django = Django()

        async def act(hub, client):
            await client.until("entries")
            django.follow = Follow(topics={"entry:1": 9, "check:1": 2}, main="entry:1")
            for ear in hub.ears:
                ear.ask_again()
            await client.until("entries", 2)

        client = follow_with(django, act)
        assert client.events[-1] == ("entries", "9", {"after": 5, "to": 9})

    @pytest.mark.parametrize("status", ["302 Found", "404 Not Found", "500 Oh"])
    def test_a_refusal_is_djangos_own_answer(self, status):
        django = Django()
        django.status = status

        async def act(hub, client):
            await asyncio.sleep(0)

        client = follow_with(django, act)
        assert client.sent[0]["status"] == int(status[:3])
        assert client.sent[1]["body"] == b"no"

    def test_a_page_asked_for_as_a_page_is_not_kept_open(self):
        async def act(hub, client):
            async with asyncio.timeout(5):
                while len(client.sent) < 2:
                    await asyncio.sleep(0.01)

        headers = [(b"accept", b"text/html"), (b"last-event-id", b"3")]
        client = follow_with(Django(), act, headers=headers)
        assert (b"content-length", b"1") in client.sent[0]["headers"]
        assert len(client.sent) == 2

    def test_one_too_many_is_answered_whole_and_asks_again_by_itself(self, monkeypatch):
        monkeypatch.setattr(live_module, "MOST_STREAMS", 0)

        async def act(hub, client):
            await client.until("entries")

        client = follow_with(Django(), act)
        assert (b"content-length", b"1") in client.sent[0]["headers"]

    def test_a_server_that_stops_ends_its_streams(self):
        async def act(hub, client):
            await client.until("entries")
            hub.end_all()
            async with asyncio.timeout(2):
                while client.sent[-1].get("more_body") is not False:
                    await asyncio.sleep(0.01)

        follow_with(Django(), act)


class TestTheHub:
    def test_strange_announcements_are_passed_over(self):
        hub = Hub(never)
        with hub.listening({"entry:1": 0}) as ear:
            for words in ("", "entry", "entry:1", "a:b:c:d", "::"):
                hub.pass_on(words)
            assert not ear.heard
            hub.pass_on("entry:1:")
            assert ear.heard == {"entry:1": 0}

    def test_a_burst_is_one_piece_of_news(self):
        async def run():
            hub = Hub(never)
            with hub.listening({"entry:1": 0}) as ear:
                for number in range(1, 500):
                    hub.pass_on(f"entry:1:{number}")
                return await ear.wait(1)

        assert asyncio.run(run()) == {"entry:1": 499}

    def test_it_forgets_the_oldest_topics(self, monkeypatch):
        monkeypatch.setattr("kapstone.site.hub.MOST_REMEMBERED", 2)
        hub = Hub(never)
        for key in (1, 2, 1, 3):
            hub.pass_on(f"entry:{key}:1")
        assert set(hub._latest) == {"entry:1", "entry:3"}


def test_an_event_is_one_block_of_lines():
    assert event("entries", number=4, after=3, to=4) == (
        b'id: 4\nevent: entries\ndata: {"after": 3, "to": 4}\n\n'
    )
