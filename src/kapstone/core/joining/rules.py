"""What an invitation's link and code look like, and whether an invitation still opens."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Without I, L, O and U, which are misread on paper and misheard on the telephone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LETTERS = 10  # 50 bits: with limited tries, enough for what lives a few days
LINK_BYTES = 32
_LINK = re.compile(r"[1-9][0-9]{0,8}-[A-Za-z0-9_-]{43}")
_CODE = re.compile(r"([1-9][0-9]{0,8})([0-9A-HJKMNP-TV-Z]{10})")
_HEARD_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


class State(StrEnum):
    """Whether an invitation opens, and if not, why."""

    OPEN = "open"
    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SHUT = "shut"  # too many wrong birth dates


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What decides whether an invitation opens."""

    expires_at: datetime
    used_at: datetime | None
    withdrawn_at: datetime | None
    wrong_tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What is handed over once, and kept only as a hash."""

    link: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What somebody brought, read: whose clinic it names, and the words that are hashed."""

    clinic_id: int
    words: str


def new_secrets(clinic_id: int) -> Secrets:
    """
    Make a link's end and a code, both of chance alone, each beginning with its clinic.

    The clinic stands in front because nothing of a clinic can be looked for before one stands
    inside its fence.
    """
    letters = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LETTERS))
    return Secrets(
        link=f"{clinic_id}-{secrets.token_urlsafe(LINK_BYTES)}",
        code=f"{clinic_id}-{letters[:5]}-{letters[5:]}",
    )


def read_given(words: str) -> Given | None:
    """Read a link's end or a code, however it is spaced; None where it can be neither."""
    if _LINK.fullmatch(words):
        return Given(clinic_id=int(words.partition("-")[0]), words=words)
    squeezed = re.sub(r"[\s-]", "", words[:40]).upper().translate(_HEARD_AS)
    found = _CODE.fullmatch(squeezed)
    if found is None:
        return None
    return Given(clinic_id=int(found[1]), words=f"{found[1]}-{found[2]}")


def state_of(facts: Facts, at: datetime, tries: float) -> State:
    """Say whether an invitation opens at this moment."""
    if facts.used_at is not None:
        return State.USED
    if facts.withdrawn_at is not None:
        return State.WITHDRAWN
    if facts.wrong_tries >= tries:
        return State.SHUT
    return State.EXPIRED if at >= facts.expires_at else State.OPEN
