"""Run ``kapstone`` with a planted fault: ``python -m tests.drills.faulty serve --port N``."""

import sys

from kapstone.site import cli

if __name__ == "__main__":
    import os

    os.environ["DJANGO_SETTINGS_MODULE"] = cli.SETTINGS
    from kapstone.site import serve

    serve.APPLICATION = "tests.drills.faults:application"
    sys.exit(cli.main())
