"""What a benchmark needs before it can import the product: paths, and Django as a demo."""

import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(module: str) -> int:
    """Set Django up in the tests' own data folder, then run the ``main`` of a module."""
    sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "tools")]
    place = Path(tempfile.gettempdir()) / f"kapstone-tests-{os.getuid()}"
    os.environ.setdefault("KAPSTONE_DATA", str(place))
    os.environ["KAPSTONE_MODE"] = "demo"
    os.environ["DJANGO_SETTINGS_MODULE"] = "kapstone.site.settings"
    import_module("django").setup()
    return int(import_module(module).main())
