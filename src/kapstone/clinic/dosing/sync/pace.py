"""When to try again: at once, then more and more slowly, and never all tablets together."""

import math
from enum import StrEnum

FIRST_MS = 500
MOST_MS = 15_000
HEARTBEAT_MS = 5_000  # a tablet with something to send looks at least this often
SPREAD = 0.5  # the share of a wait that chance decides


def wait_ms(failures: int, jitter: float) -> int:
    """
    Give the wait before the next try.

    Parameters
    ----------
    failures : how many tries in a row have failed, 0 for none
    jitter : chance, from 0 up to but not including 1, handed in

    Returns
    -------
    milliseconds: doubling from 0.5 s to 15 s, shortened by up to half
    """
    if failures <= 0:
        return 0
    whole = min(MOST_MS, FIRST_MS << min(failures - 1, 16))
    return math.floor(whole * (1 - SPREAD * jitter))


# --- How a tablet stands to the server

SILENT_MS = 8_000  # no word from the server for so long: gone
STALLED_MS = 10_000  # something waits, and nothing was taken for so long: stuck
SOON_MS = 3_000  # less is not worth a word


class Link(StrEnum):
    """How a tablet stands to the server, as the room says it."""

    AWAY = "away"
    SIGNED_OUT = "signed-out"
    STUCK = "stuck"  # the server is heard, and takes no entries
    SAVING = "saving"
    WELL = "well"


def link_of(
    *, is_online: bool, silent_ms: int, is_signed_out: bool, waiting: int, stalled_ms: int
) -> Link:
    """
    Say how a tablet stands to the server, from what is heard and from what is taken.

    Parameters
    ----------
    is_online : what the browser says of the network
    silent_ms : since the server was last heard, by a stream or an answer
    is_signed_out : whether the server asked for a sign-in
    waiting : how many entries are on the tablet only
    stalled_ms : since entries began to wait, or since an answer last took one
    """
    if is_signed_out:
        return Link.SIGNED_OUT
    if not is_online or silent_ms > SILENT_MS:
        return Link.AWAY
    if waiting > 0 and stalled_ms >= STALLED_MS:
        return Link.STUCK
    return Link.SAVING if waiting > 0 and stalled_ms >= SOON_MS else Link.WELL
