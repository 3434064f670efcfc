"""
The room under load, on the real server: rooms that write, screens that follow, browsing people.

``python tools/bench_room.py [--minutes 10] [--rooms 60] [--watchers 3] [--browsing 20]``, or
KAPSTONE_BENCH_MINUTES. A clinic of its own is made, served by two workers, written to once a
second in every room, and looked at afterwards in its database: nothing acknowledged may lack,
and nothing may be there twice. It fails when a figure misses its limit.
"""

import sys

from as_demo import run

if __name__ == "__main__":
    sys.exit(run("roomload.bench"))
