"""The vectors that the browser's half is held against too; see docs/reference/room-sync.md."""

import pytest
from tests.sync import playing

PLAYS = {
    ("envelope", "canonical"): playing.canonical,
    ("envelope", "events"): playing.event,
    ("envelope", "unreadable"): playing.unreadable,
    ("envelope", "uuid7"): playing.uuid7,
    ("pace", "waits"): playing.wait,
    ("pace", "links"): playing.link,
    ("clocks", "runs"): lambda case: playing.clock(case["steps"]),
    ("lease", "takes"): playing.lease_taken,
    ("lease", "flags"): playing.lease_flags,
    ("outbox", "runs"): playing.queue,
    ("judging", "batches"): playing.judged,
    ("room", "rooms"): playing.room_read,
}


def cases():
    for (file, part), play in PLAYS.items():
        for case in playing.load(file)[part]:
            yield pytest.param(play, case, id=f"{file}: {case['name']}")


@pytest.mark.parametrize(("play", "case"), cases())
def test_the_machine_does_what_the_vector_says(play, case):
    assert play(case) == case["expect"]


def test_every_file_of_vectors_is_played():
    files = {path.stem for path in playing.VECTORS.glob("*.json")}
    parts = {(file, part) for file in files for part in playing.load(file) if part != "about"}
    assert parts == set(PLAYS)
