"""One shift: twenty rooms, their tablets, and what they were told, while things break."""

import time
from collections import Counter
from typing import Any

from tests.drills.ground import Ground
from tests.drills.reckoning import Finding, lost, read_books, reckon
from tests.drills.tablet import Tablet
from tests.drills.ward import open_ward

ROOMS = 20
SECOND_TABLETS = 4  # rooms in which two tablets write at once
DRAIN_SECONDS = 120.0


class Silence(Exception):
    """Nobody was answered for so long that the service must be called gone."""


class Shift:
    """The tablets of twenty rooms, posting until they are told to close."""

    def __init__(self, ground: Ground, seed: int, *, pause_seconds: float) -> None:
        self.ground = ground
        rooms = open_ward(ROOMS)
        self.clinic = rooms[0].clinic
        ground.start_app()
        ground.wait_until_served()
        self.tablets = [
            Tablet(
                room,
                ground.port,
                seed * 1000 + number,
                gives=number < ROOMS,
                pause_seconds=pause_seconds,
            )
            for number, room in enumerate([*rooms, *rooms[:SECOND_TABLETS]])
        ]
        for tablet in self.tablets:
            tablet.open()
        for tablet in self.tablets:
            tablet.start()

    @property
    def acknowledged(self) -> int:
        """How many entries the tablets were told are saved."""
        return sum(len(tablet.acknowledged) for tablet in self.tablets)

    def wait_for_answers(self, more_than: int, seconds: float) -> float:
        """Wait until more is acknowledged than before; give how long that took."""
        begun = time.monotonic()
        while self.acknowledged <= more_than:
            if time.monotonic() - begun > seconds:
                raise Silence(f"{seconds:.0f} s without an answer to anybody")
            self.ground.mend_app()
            time.sleep(0.02)
        return time.monotonic() - begun

    def close(self) -> None:
        """Let each tablet send what it has left, then stop, whether or not it could."""
        for tablet in self.tablets:
            tablet.closing.set()
        until = time.monotonic() + DRAIN_SECONDS
        for tablet in self.tablets:
            tablet.join(max(0.0, until - time.monotonic()))
        self.abandon()

    def abandon(self) -> None:
        """Stop every tablet where it is."""
        for tablet in self.tablets:
            tablet.gave_up.set()
        for tablet in self.tablets:
            tablet.join(60)

    def lost_before(self, moment: float) -> int:
        """Count what was acknowledged before a moment and is not in the database now."""
        told = {
            key: one
            for tablet in self.tablets
            for key, one in list(tablet.acknowledged.items())
            if one.at < moment
        }
        with self.ground.connect() as connection:
            return len(lost(read_books(connection, self.clinic), told))

    def reckon(self) -> list[Finding]:
        """Compare everything with the database."""
        with self.ground.connect() as connection:
            return reckon(read_books(connection, self.clinic), self.tablets)

    def counts(self) -> Counter[str]:
        """Add up what the tablets counted."""
        return sum((tablet.counts for tablet in self.tablets), Counter())

    def figures(self) -> dict[str, Any]:
        """Say what the tablets did."""
        kinds = Counter(
            told.event.kind for tablet in self.tablets for told in tablet.acknowledged.values()
        )
        return {
            "tablets": len(self.tablets),
            "rooms": ROOMS,
            "entries acknowledged": self.acknowledged,
            "doses acknowledged": kinds["dose"] + kinds["correction"],
            **dict(sorted(self.counts().items())),
        }
