"""What an intention, a fork and a checklist must be. No Django, no clock."""

from collections.abc import Iterator
from dataclasses import dataclass

from kapstone.errors import Finding, Weight

MOST_FORKS = 3
"""The trail map draws up to three forks (the design of the map, not a clinical number)."""
LONGEST_INTENTION = 300  # clinical.md 3.2
LONGEST_PHRASE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkFacts:
    """What must be known before a fork is named."""

    standing: int
    is_new: bool
    replaced_is_standing: bool = True


def check_fork(facts: ForkFacts) -> Iterator[Finding]:
    """Yield every reason against naming or rewording a fork."""
    if facts.is_new and facts.standing >= MOST_FORKS:
        words = f"You have {MOST_FORKS} forks. Put one away first, or change its words."
        yield Finding("too-many-forks", Weight.BLOCK, words)
    if not facts.is_new and not facts.replaced_is_standing:
        words = "This fork was changed since you opened it. Look at its newest words first."
        yield Finding("fork-changed", Weight.BLOCK, words)
