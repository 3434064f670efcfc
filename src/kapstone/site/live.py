"""
Event streams that stay open without a thread each.

Django answers the request first, with the same middleware, session and door as any page. Where
its answer is the beginning of a stream (``kapstone.core.ui.following``), this takes it over: it
passes on what the hub hears, says every few seconds that it is alive, and asks Django the same
question again every ``CHECK_SECONDS``. The stream ends with the first answer that is not yes.
"""

from __future__ import annotations

import asyncio
import random
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import FrameType

from kapstone.core.ui.following import IN_ENVIRON, STREAM, Follow, event, told
from kapstone.site.bridge import Bridge, Message, Receive, Scope, Send, environ_of
from kapstone.site.hub import Ear, Hub

BEAT_SECONDS = 5.0
CHECK_SECONDS = 15.0
SEND_SECONDS = 30.0  # a client that reads slower than this is left
MOST_STREAMS = 300  # of one worker; whoever comes then gets a stream that ends, and asks again
OK, FAULT = 200, 500
_LENGTH = b"content-length"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Django said to a stream's question."""

    status: int
    messages: tuple[Message, ...]
    follow: Follow | None


class LeftBehind(ConnectionError):
    """The client does not take what is sent."""


class Live:
    """An ASGI application in front of the bridge, which keeps event streams open."""

    def __init__(self, bridge: Bridge, hub: Hub) -> None:
        self.bridge, self.hub = bridge, hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep a stream open; pass everything else to the bridge."""
        if scope["type"] == "lifespan":
            await self.bridge(scope, self._with_hub(receive), send)
        elif _asks_to_follow(scope):
            await self._follow(scope, receive, send)
        else:
            await self.bridge(scope, receive, send)

    def _with_hub(self, receive: Receive) -> Receive:
        async def receive_and_act() -> Message:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.hub.start()
                _when_told_to_stop(self.hub.end_all)
            elif message["type"] == "lifespan.shutdown":
                await self.hub.stop()
            return message

        return receive_and_act

    async def _ask(self, scope: Scope, known: int | None = None) -> Answer:
        """Ask Django, as a page is asked for; the answer is whole."""
        environ = environ_of(scope, b"")
        if known is not None:
            environ["HTTP_LAST_EVENT_ID"] = str(known)
        messages = await self.bridge.ask(environ)
        status = messages[0]["status"] if messages else FAULT
        follow = environ.get(IN_ENVIRON) if status == OK else None
        return Answer(status=status, messages=messages, follow=follow)

    async def _follow(self, scope: Scope, receive: Receive, send: Send) -> None:
        first = await self._ask(scope)
        if first.follow is None or len(self.hub.ears) >= MOST_STREAMS:
            for message in first.messages:
                await send(message)
            return
        with self.hub.listening(first.follow.topics) as ear:
            watch = asyncio.get_running_loop().create_task(_end_with_client(receive, ear))
            try:
                await _begin(send, first.messages)
                await self._go_on(scope, first.follow, ear, send)
                await _send(send, b"", more=False)
            except LeftBehind:
                return
            finally:
                watch.cancel()

    async def _go_on(self, scope: Scope, follow: Follow, ear: Ear, send: Send) -> None:
        """Pass on what is heard until the client leaves or the door says no."""
        clock = asyncio.get_running_loop().time
        # Streams that began together, after a restart, do not all ask in the same moment.
        check_at = clock() + CHECK_SECONDS * random.uniform(0.6, 1.0)  # noqa: S311 - no secret
        beat_at = clock() + BEAT_SECONDS
        while True:
            heard = await ear.wait(max(0.0, min(check_at, beat_at) - clock()))
            if ear.is_over:
                return
            if clock() >= check_at or ear.must_ask:
                ear.must_ask, check_at = False, clock() + CHECK_SECONDS
                again = await self._ask(scope, follow.number)
                if again.follow is None:
                    await _send(send, event("ended", status=again.status))
                    return
                self.hub.turn(ear, follow.topics, again.follow.topics)
                await _send(send, asked_again(follow, again.follow))
                follow = again.follow
            follow, words = news_of(follow, heard)
            # A beat vouches for the whole way from the database to the screen.
            if clock() >= beat_at:
                beat_at = clock() + BEAT_SECONDS
                words += event("beat") if self.hub.is_listening else b""
            await _send(send, words)


def news_of(follow: Follow, heard: Mapping[str, int]) -> tuple[Follow, bytes]:
    """Say what was heard beyond what is known, and know it from now on."""
    newer = {
        topic: number
        for topic, number in heard.items()
        if topic in follow.topics and (number == 0 or number > follow.topics[topic])
    }
    now = replace(follow, topics={**follow.topics, **{t: n for t, n in newer.items() if n}})
    if now.number > follow.number:
        return now, told(now, follow.number)
    return now, event("change") if newer else b""


def asked_again(before: Follow, now: Follow) -> bytes:
    """Say what Django knows that was not heard: entries, or other topics than before."""
    if now.main and now.number != before.number:
        return told(now, before.number)
    return event("change") if now.topics != before.topics else b""


def _asks_to_follow(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    accepted = [value for name, value in scope["headers"] if name == b"accept"]
    return any(STREAM.encode() in value for value in accepted)


async def _begin(send: Send, messages: Sequence[Message]) -> None:
    """Send the head as Django made it, without an end, and the first events."""
    head, body = messages
    headers = [(name, value) for name, value in head["headers"] if name != _LENGTH]
    await send({**head, "headers": headers})
    await _send(send, body["body"])


async def _send(send: Send, words: bytes, *, more: bool = True) -> None:
    if not words and more:
        return
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await send({"type": "http.response.body", "body": words, "more_body": more})
    except TimeoutError:
        raise LeftBehind from None


async def _end_with_client(receive: Receive, ear: Ear) -> None:
    """End the stream when whoever follows has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
    ear.end()


def _when_told_to_stop(end: Callable[[], None]) -> None:
    """End the streams at once when the server is told to stop: it waits for every answer."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for which in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(which)

        def stop(number: int, frame: FrameType | None, before: object = before) -> None:
            loop.call_soon_threadsafe(end)
            if callable(before):
                before(number, frame)

        signal.signal(which, stop)
