"""
Server time and queries of the main pages, on the demo clinic and on a large one.

``python tools/bench_web.py [--patients 20000] [--rounds 60]``. Pages are asked in one process,
as the app's role, through the whole middleware. The large clinic is the demo copied many times
over five years (tools/multiply.py). It fails when a page misses its target.
"""

import sys

from as_demo import run

if __name__ == "__main__":
    sys.exit(run("measuring"))
