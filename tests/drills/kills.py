"""What is killed, and when: at random instants, and at the instant of a commit."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

import psycopg
from tests.drills.ground import Ground, children, end, end_all

from kapstone.site import postgres
from kapstone.site.hub import CHANNEL

DECK: Mapping[str, int] = {  # of each 25 kills, so many of each kind, in an order by chance
    "one worker": 6,
    "every worker": 2,
    "the app": 2,
    "one backend": 6,
    "the postmaster": 3,
    "the database": 6,
}
AT_A_COMMIT = 0.6  # judgement: most kills where an answer is on its way
LONGEST_PAUSE = 0.8  # seconds: the random part of the time between two kills
COMMIT_SECONDS = 3.0  # how long a commit is waited for
ONE_BACKEND = """
    SELECT pid FROM pg_stat_activity
    WHERE usename = %s AND backend_type = 'client backend' ORDER BY random() LIMIT 1
"""


def deal(chance: random.Random) -> Iterator[tuple[str, bool]]:
    """Deal what is killed, one kill after another, and whether at a commit; without end."""
    while True:
        deck = [kind for kind, times in DECK.items() for _ in range(times)]
        chance.shuffle(deck)
        for kind in deck:
            yield kind, chance.random() < AT_A_COMMIT


def strike(ground: Ground, kind: str, chance: random.Random, *, at_commit: bool) -> bool:
    """Wait for the instant and kill; say whether there was anything to kill."""
    time.sleep(chance.uniform(0, LONGEST_PAUSE))
    aim = {"the app": _app, "the postmaster": _postmaster, "the database": _database}
    hit: Callable[[int], bool]
    if kind == "one backend":
        hit = _backend(ground)
    elif kind in aim:
        hit = aim[kind](ground)
    else:
        hit = _workers(ground, chance, most=1 if kind == "one worker" else 64)
    return hit(_wait_for_commit(ground) if at_commit else 0)


def _wait_for_commit(ground: Ground) -> int:
    """Return at the instant of the next commit in a room, with the process that made it."""
    with suppress(psycopg.Error), ground.connect(postgres.APP) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        for told in connection.notifies(timeout=COMMIT_SECONDS, stop_after=1):
            return told.pid
    return 0


def _workers(ground: Ground, chance: random.Random, *, most: int) -> Callable[[int], bool]:
    running = ground.workers()
    chance.shuffle(running)
    return lambda _: end_all(running[:most])


def _app(ground: Ground) -> Callable[[int], bool]:
    def hit(_: int) -> bool:
        was_there = ground.app is not None and ground.app.poll() is None
        ground.kill_app()
        return was_there

    return hit


def _backend(ground: Ground) -> Callable[[int], bool]:
    def hit(committer: int) -> bool:
        if committer and committer in children(ground.postmaster()):
            return end(committer)
        with suppress(psycopg.Error), ground.connect() as connection:
            found = connection.execute(ONE_BACKEND, [postgres.APP]).fetchone()
            return end(found[0]) if found else False
        return False

    return hit


def _postmaster(ground: Ground) -> Callable[[int], bool]:
    first = ground.postmaster()
    return lambda _: end(first)


def _database(ground: Ground) -> Callable[[int], bool]:
    first = ground.postmaster()
    all_of_it = [first, *children(first)]
    return lambda _: end_all(all_of_it)
