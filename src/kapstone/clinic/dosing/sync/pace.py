"""When to try again: at once, then more and more slowly, and never all tablets together."""

import math

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
