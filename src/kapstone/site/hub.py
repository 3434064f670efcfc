"""
What is written is told to every worker: LISTEN on one connection, heard by many.

PostgreSQL passes an announcement on after the transaction that made it has committed, in the
order of commits. An announcement is ``topic:key:number`` and holds nothing of the content.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.db import connections

CHANNEL = "kapstone_rows"
ALIVE_SECONDS = 10.0  # how long silence is believed before the database is asked
ANSWER_SECONDS = 5.0
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
MOST_REMEMBERED = 10_000
_PARTS = 3
_FOR_DJANGO_ALONE = {"cursor_factory", "context", "prepare_threshold"}

Link = psycopg.AsyncConnection[Any]
log = logging.getLogger(__name__)


class Ear:
    """One stream's ear: what it has heard and not yet taken, at most one number a topic."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.heard: dict[str, int] = {}
        self.must_ask = False  # something may have been missed
        self.is_over = False

    def hear(self, topic: str, number: int) -> None:
        """Keep the highest number of a topic until it is taken."""
        self.heard[topic] = max(number, self.heard.get(topic, 0))
        self.news.set()

    def ask_again(self) -> None:
        """Note that something may have been missed."""
        self.must_ask = True
        self.news.set()

    def end(self) -> None:
        """Note that there is nobody to listen for, or nothing more to hear."""
        self.is_over = True
        self.news.set()

    async def wait(self, seconds: float) -> Mapping[str, int]:
        """Give what was heard, as soon as there is any, at the latest after a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.news.wait()
        self.news.clear()
        heard, self.heard = self.heard, {}
        return heard


class Hub:
    """Hear the database's announcements once, and pass them to every ear."""

    def __init__(self, connect: Callable[[], Awaitable[Link]]) -> None:
        self.connect = connect
        self.ears: set[Ear] = set()
        self.is_listening = False
        self._by_topic: defaultdict[str, set[Ear]] = defaultdict(set)
        self._latest: OrderedDict[str, int] = OrderedDict()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen, in the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._listen_for_ever())

    async def stop(self) -> None:
        """End every stream and stop listening."""
        self.end_all()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def end_all(self) -> None:
        """Tell every stream that it is over."""
        for ear in tuple(self.ears):
            ear.end()

    @contextmanager
    def listening(self, topics: Mapping[str, int]) -> Iterator[Ear]:
        """Lend an ear for these topics; what is newer than their numbers is heard at once."""
        ear = Ear()
        self.ears.add(ear)
        self.turn(ear, (), topics)
        try:
            yield ear
        finally:
            self.turn(ear, tuple(self._by_topic), {})
            self.ears.discard(ear)

    def turn(self, ear: Ear, away: Iterable[str], towards: Mapping[str, int]) -> None:
        """Turn an ear away from some topics and towards others."""
        for topic in away:
            if topic not in towards and topic in self._by_topic:
                self._by_topic[topic].discard(ear)
                if not self._by_topic[topic]:
                    del self._by_topic[topic]
        for topic, number in towards.items():
            self._by_topic[topic].add(ear)
            if self._latest.get(topic, 0) > number:
                ear.hear(topic, self._latest[topic])

    def pass_on(self, words: str) -> None:
        """Take one announcement apart and tell those who follow its topic."""
        parts = words.split(":")
        if len(parts) != _PARTS:
            return
        topic, number = f"{parts[0]}:{parts[1]}", int(parts[2]) if parts[2].isdigit() else 0
        self._latest[topic] = max(number, self._latest.pop(topic, 0))
        if len(self._latest) > MOST_REMEMBERED:
            self._latest.popitem(last=False)
        for ear in self._by_topic.get(topic, ()):
            ear.hear(topic, number)

    async def _listen_for_ever(self) -> None:
        wait = FIRST_WAIT
        while True:
            try:
                async with await self.connect() as link:
                    wait = FIRST_WAIT
                    await self._listen(link)
            except (psycopg.Error, OSError, TimeoutError) as fault:
                log.warning("Live screens do not hear the database: %s", fault)
            self.is_listening = False
            await asyncio.sleep(wait)
            wait = min(LONGEST_WAIT, wait * 2)

    async def _listen(self, link: Link) -> None:
        await link.execute(f"LISTEN {CHANNEL}")
        # Whatever was announced while nobody listened is gone: every stream asks once.
        self._latest.clear()
        self.is_listening = True
        for ear in tuple(self.ears):
            ear.ask_again()
        while True:
            async for notice in link.notifies(timeout=ALIVE_SECONDS):
                self.pass_on(notice.payload)
            async with asyncio.timeout(ANSWER_SECONDS):
                await link.execute("SELECT 1")


async def connect_as_django_does() -> Link:
    """Open a connection of the app's role, outside any transaction."""
    given = connections["default"].get_connection_params()
    own = {name: value for name, value in given.items() if name not in _FOR_DJANGO_ALONE}
    return await psycopg.AsyncConnection.connect(
        **own, autocommit=True, connect_timeout=5, application_name="kapstone live screens"
    )
