"""
The room under load, on the real server: rooms that write, screens that follow, browsing people.

``python tools/bench_room.py [--minutes 10] [--rooms 60] [--watchers 3] [--browsing 20]``, or
KAPSTONE_BENCH_MINUTES. A clinic of its own is made, served by two workers, written to once a
second in every room, and looked at afterwards in its database: nothing acknowledged may lack,
and nothing may be there twice. It fails when a figure misses its limit.
"""

import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Set Django up as a demo in the tests' own data folder, then measure."""
    sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "tools")]
    place = Path(tempfile.gettempdir()) / f"kapstone-tests-{os.getuid()}"
    os.environ.setdefault("KAPSTONE_DATA", str(place))
    os.environ["KAPSTONE_MODE"] = "demo"
    os.environ["DJANGO_SETTINGS_MODULE"] = "kapstone.site.settings"
    import_module("django").setup()
    return int(import_module("roomload.bench").main())


if __name__ == "__main__":
    sys.exit(main())
