"""The ``kapstone`` command; ``python -m kapstone`` is the same."""

import sys

from kapstone.site.cli import main

if __name__ == "__main__":
    sys.exit(main())
