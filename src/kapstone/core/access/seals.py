"""
Words that open something, made from a key under the installation's secret.

Nothing that opens anything is kept: the table has a hash, a waiting message has a key, and only
a process that knows the secret makes the words from it, at the moment they are sent.
"""

import base64
import re
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

SHAPE = re.compile(r"[1-9][0-9]{0,8}-[A-Za-z0-9_-]{43}")
_MADE, _KEPT = "kapstone.seals.made", "kapstone.seals.kept"


def _secrets() -> tuple[str, ...]:
    """List today's secret and those before it, so that a new one shuts nobody out."""
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def seal(clinic_id: int, what: str, key: UUID, *, secret: str | None = None) -> str:
    """
    Make the end of a link to one thing; it begins with its clinic, as an invitation's does.

    Parameters
    ----------
    what : the kind of thing, so that a key of one kind never opens another
    """
    made = salted_hmac(_MADE, f"{what}/{key}", secret=secret, algorithm="sha256").digest()
    return f"{clinic_id}-{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


def hash_of(words: str) -> str:
    """Hash words that open something, under the installation's secret."""
    return salted_hmac(_KEPT, words, algorithm="sha256").hexdigest()


def hashes_of(words: str) -> list[str]:
    """Hash under today's secret and those before it."""
    return [
        salted_hmac(_KEPT, words, secret=secret, algorithm="sha256").hexdigest()
        for secret in _secrets()
    ]


def seal_behind(clinic_id: int, what: str, key: UUID, kept: str) -> str | None:
    """Make the words again whose hash was kept, under whichever secret it was made."""
    for secret in _secrets():
        words = seal(clinic_id, what, key, secret=secret)
        if kept in hashes_of(words):
            return words
    return None


def clinic_in(words: str) -> int | None:
    """Read whose clinic the words name; None where they cannot be a seal."""
    return int(words.partition("-")[0]) if SHAPE.fullmatch(words) else None
