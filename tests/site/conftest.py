"""A data folder of one's own, for tests that start, stop or break a server."""

import os
import stat
from pathlib import Path

import pytest

from kapstone.site import postgres


def open_to_the_server(folder: Path) -> Path:
    """Let the server's system user walk to a folder of pytest's, as it could to a real one."""
    for above in (folder, *folder.parents[:-1]):
        if above.stat().st_uid == os.geteuid():
            above.chmod(above.stat().st_mode | stat.S_IXGRP | stat.S_IXOTH)
    return folder


@pytest.fixture
def data_folder(tmp_path):
    """A data folder for one test that starts, stops, breaks or kills its own server."""
    folder = open_to_the_server(tmp_path) / "data"
    yield folder
    postgres.stop(folder)
