"""
What is published stays as it is: the list of hashes, and the one way to add to it.

:func:`publish` adds the files that are not listed yet, and refuses when a listed one has
changed: new words are a new version, in a new file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from kapstone.errors import CatalogueError

DATA = Path(__file__).parent / "data"
LIST = "published.sha256"
# a clinician's check, and the date of the next look, change no word of the content
NOT_CONTENT = ("checked_by = ", "reviewed_on = ", "review_by = ")


def published(data: Path = DATA) -> Mapping[str, str]:
    """Give the hash of every published file, keyed by its path below the data folder."""
    lines = (data / LIST).read_text("utf-8").splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines if line)}


def standing(data: Path = DATA) -> Mapping[str, str]:
    """Give the hash of every sheet as it is now, leaving out who checked it and when."""
    return {
        file.relative_to(data).as_posix(): _digest(file.read_text("utf-8"))
        for file in sorted(data.glob("*/*.toml"))
    }


def changed(data: Path = DATA) -> list[str]:
    """Give the published files that are gone or no longer what they were."""
    now = standing(data)
    return [path for path, digest in published(data).items() if now.get(path) != digest]


def drafts(data: Path = DATA) -> list[str]:
    """Give the files that are not published yet."""
    listed = published(data)
    return [path for path in standing(data) if path not in listed]


def publish(data: Path = DATA) -> list[str]:
    """
    Add every draft to the list.

    Returns
    -------
    the files added

    Raises
    ------
    CatalogueError : a published file has changed
    """
    if broken := changed(data):
        raise CatalogueError(f"published, and changed since: {', '.join(broken)}")
    added = drafts(data)
    text = "".join(f"{digest}  {path}\n" for path, digest in standing(data).items())
    (data / LIST).write_text(text, "utf-8")
    return added


def _digest(text: str) -> str:
    content = "\n".join(line for line in text.splitlines() if not line.startswith(NOT_CONTENT))
    return hashlib.sha256(content.encode()).hexdigest()
