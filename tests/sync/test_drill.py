"""The drill of the sync protocol (F22): a part of it in each run, and each planted fault."""

import os

import pytest
from tests.sync.drill import play
from tests.sync.simulator import FAULTS, Broken, Schedule

SCHEDULES = int(os.environ.get("KAPSTONE_SYNC_SCHEDULES", "5000"))
PARTS = 5
ENOUGH = 600  # schedules within which each planted fault must show


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_lost_doubled_or_read_differently(part, record_property):
    size = -(-SCHEDULES // PARTS)
    counts, failed = play(range(part * size, (part + 1) * size))
    record_property("sync", dict(counts))
    assert not failed, "\n".join(
        f"{words}: python -m tests.sync.drill --seed {seed}" for seed, words in failed
    )
    # A drill in which nothing went wrong would prove nothing.
    for trouble in ("died before commit", "died after commit", "evictions", "double doses"):
        assert counts[trouble] > size // 100, trouble


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_its_seed_replays(fault):
    _, failed = play(range(ENOUGH), fault)
    assert failed
    seed, words = failed[0]
    with pytest.raises(Broken) as again:
        Schedule(seed, frozenset({fault})).run()
    assert str(again.value) == words
