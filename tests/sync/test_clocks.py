"""
Clocks that are a day wrong, drift, sleep, change to summer time and are set (F29).

The order of one device is never wrong, and a reckoned time is never further off than it says.
"""

import os
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from tests.sync.tablets import Timepiece

from kapstone.clinic.dosing.sync import clocks

RUNS = int(os.environ.get("KAPSTONE_CLOCKS", "10000"))
START = 1_772_445_600_000.0
HOUR, DAY = 3_600_000.0, 86_400_000.0
UPSETS = (
    ("set by a day", lambda rng: (rng.choice((-DAY, DAY)), 0.0)),
    (
        "summer time, as a tablet without zones does it",
        lambda rng: (rng.choice((-HOUR, HOUR)), 0.0),
    ),
    ("set by the network", lambda rng: (rng.uniform(-1_900, 1_900), 0.0)),
    ("slept", lambda rng: (0.0, rng.uniform(2_100, 600_000))),
    ("nodded", lambda rng: (0.0, rng.uniform(1, 1_900))),
)


def run(seed, *, see=clocks.see, learn=clocks.learn):
    """Play one tablet through an hour; give each stamp with the true time it was made."""
    rng = random.Random(seed)  # noqa: S311  a drill, not a secret
    now = START
    timepiece = Timepiece(
        began=now - rng.uniform(0, DAY),
        ahead_ms=rng.choice((0.0, DAY, -DAY, rng.uniform(-HOUR, HOUR))),
        drift=rng.uniform(-200e-6, 200e-6),
    )
    clock = clocks.begin("a", timepiece.look(now))
    made = []
    for _ in range(rng.randint(5, 40)):
        now += rng.uniform(0, 60_000)
        clock = see(clock, timepiece.look(now))
        act = rng.random()
        if act < 0.2:
            step, slept = rng.choice(UPSETS)[1](rng)
            timepiece.ahead_ms += step
            timepiece.slept_ms += slept
            now += slept
            clock = see(clock, timepiece.look(now))
        elif act < 0.45:
            clock, now = ask(rng, clock, timepiece, now, learn)
        else:
            made.append((now, clocks.stamp(clock)))
    return made


def ask(rng, clock, timepiece, now, learn):
    """Ask the server's clock; the tablet may nod while the answer is on its way."""
    sent, there = timepiece.look(now), now + rng.expovariate(1 / 80)
    answered = there + rng.uniform(0, 20)
    now = answered + rng.expovariate(1 / 80)
    if rng.random() < 0.1:
        nodded = rng.uniform(0, 1_900)
        timepiece.slept_ms += nodded
        now += nodded
    got = timepiece.look(now)
    exchange = clocks.Exchange(
        epoch_id=clock.epoch_id, sent=sent, received=there, answered=answered, got=got
    )
    return learn(clock, exchange), now


def wrong_in(made):
    """Name what is wrong with the stamps of one run."""
    for now, one in made:
        if one.offset_ms is not None and abs(one.now_ms - now) > one.unc_ms:
            return "further off than it says"
    for (_, one), (_, other) in pairwise(made):
        if one.epoch_id == other.epoch_id and other.mono_ms < one.mono_ms:
            return "a duration below zero"
    return ""


def test_a_reckoned_time_is_never_further_off_than_it_says():
    wrong = {seed: words for seed in range(RUNS) if (words := wrong_in(run(seed)))}
    assert not wrong


def test_the_clock_is_known_often_enough_for_that_to_mean_something():
    made = [one for seed in range(500) for _, one in run(seed)]
    known = [one for one in made if one.offset_ms is not None]
    assert len(known) > len(made) / 3
    assert sorted(one.unc_ms for one in known)[len(known) // 2] < 1_000


# --- Controls


def never_a_new_epoch(clock, look):
    return replace(clock, look=look)


def by_the_wall(clock, exchange):
    """Keep the offset to the wall clock, and forget that it can jump."""
    seen = clocks.see(clock, exchange.got)
    there = exchange.received - exchange.sent.wall_ms
    back = exchange.answered - exchange.got.wall_ms
    wall_to_mono = exchange.got.wall_ms - exchange.got.mono_ms
    ahead = (there + back) / 2 + wall_to_mono
    known = clocks.Known(ahead, 0.0, exchange.got.mono_ms)
    return replace(seen, known=known, strayed_ms=0.0)


def the_last_answer_counts(clock, exchange):
    """Forget that the tablet may nod while the answer is on its way."""
    seen = clocks.see(clock, exchange.got)
    half = exchange.round_trip_ms / 2
    known = clocks.Known(exchange.ahead_ms, half, exchange.got.mono_ms)
    return replace(seen, known=known, strayed_ms=0.0)


@pytest.mark.parametrize(
    "careless",
    [
        {"see": never_a_new_epoch},
        {"learn": by_the_wall},
        {"learn": the_last_answer_counts},
    ],
    ids=lambda careless: next(iter(careless.values())).__name__,
)
def test_a_careless_clock_is_found_out(careless):
    assert any(wrong_in(run(seed, **careless)) for seed in range(300))


def test_the_order_by_wall_clock_is_wrong_and_the_order_by_number_is_not():
    wrong = 0
    for seed in range(300):
        made = run(seed)
        by_wall = sorted(made, key=lambda pair: pair[1].wall_ms)
        wrong += by_wall != made
        assert [now for now, _ in made] == sorted(now for now, _ in made)
    assert wrong > 30
