"""The product's own settings, told that this is a test, in a data folder of the tests' own."""

import os
import tempfile
from pathlib import Path

os.environ["KAPSTONE_MODE"] = "test"
os.environ.setdefault(
    "KAPSTONE_DATA", str(Path(tempfile.gettempdir()) / f"kapstone-tests-{os.getuid()}")
)

from kapstone.site.settings import *  # noqa: F403

# A true hash takes 20 ms on purpose; a test that signs in should not.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405  whitenoise warns without it
