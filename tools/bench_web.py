"""
Server time and queries of the main pages, on the demo clinic and on a large one.

``python tools/bench_web.py [--patients 20000] [--rounds 60]``. Pages are asked in one process,
as the app's role, through the whole middleware. The large clinic is the demo copied many times
over five years (tools/multiply.py). It fails when a page misses its target.
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
    return int(import_module("measuring").main())


if __name__ == "__main__":
    sys.exit(main())
