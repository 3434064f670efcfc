"""What may be logged, and the words that bring help nearer. Plain facts in, findings out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from kapstone.errors import Finding, Weight

UNDO_SECONDS = 10  # ux.md B7
UNDO_GRACE = timedelta(seconds=UNDO_SECONDS + 20)  # a slow phone must not lose the right
EARLIER = timedelta(hours=36)  # "earlier today", and the night after it
CLOCK_SKEW = timedelta(minutes=10)

# Words at which Help now comes nearer. Nothing is blocked, sent or counted because of them.
_CRISIS = re.compile(
    r"\bsuicid\w*|\bkill(?:ing)? myself\b|\bend(?:ing)? (?:it all|my life)\b"
    r"|\b(?:want|wish|going) to die\b|\bwish i (?:was|were) dead\b|\bbetter off dead\b"
    r"|\bno reason to live\b|\bdon'?t want to (?:live|be here|wake up)\b"
    r"|\b(?:hurt|harm|cut)(?:ting|ing)? myself\b|\bself[- ]?harm\w*|\boverdos\w*"
    r"|\bcan'?t go on\b|\bnot safe\b",
    re.IGNORECASE,
)


def speaks_of_crisis(text: str) -> bool:
    """Say whether a text holds words at which Help now should stand nearer."""
    return _CRISIS.search(text.replace("\u2019", "'")) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkFacts:
    """What must be known of a walk: when it was, when it is logged, and its fork."""

    walked_at: datetime
    at: datetime
    fork_put_away: bool = False


def check_walk(facts: WalkFacts) -> Iterator[Finding]:
    """Yield every reason against logging a walk."""
    if facts.fork_put_away:
        yield _block(
            "fork-put-away", "This fork was put away. Choose another, or name it anew."
        )
    if facts.walked_at > facts.at + CLOCK_SKEW:
        yield _block("walk-ahead", "That time has not come yet.")
    if facts.at - facts.walked_at > EARLIER:
        yield _block("walk-too-long-ago", "That is too long ago to log. Today still counts.")


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoFacts:
    """What must be known before a walk is undone."""

    logged_at: datetime
    at: datetime


def check_undo(facts: UndoFacts) -> Iterator[Finding]:
    """Yield the reason against undoing a walk, if it is too late."""
    if facts.at - facts.logged_at > UNDO_GRACE:
        yield _block("undo-too-late", "It is too late to undo this. It stays as you logged it.")


def _block(code: str, message: str) -> Finding:
    return Finding(code, Weight.BLOCK, message)
