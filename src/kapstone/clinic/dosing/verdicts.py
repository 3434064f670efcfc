"""What a check comes to: a verdict, the words for it, and whether somebody may lift it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What one check says. No answer is ``ask``, never go."""

    GO = "go"
    CONDITION = "condition"
    ASK = "ask"
    WAIT = "wait"
    HOLD = "hold"
    NO = "no"


_RANK = tuple(Verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One verdict, with the values it rests on in words."""

    verdict: Verdict
    words: str
    liftable: bool = False
    look_again_at: datetime | None = None

    @property
    def rank(self) -> int:
        """Give how grave the verdict is; a hold that nobody lifts is the graver hold."""
        return 2 * _RANK.index(self.verdict) + (not self.liftable)

    def may_be_lifted(self, role: str) -> bool:
        """Whether a role is named that may lift it, and it is of a kind to be lifted."""
        return bool(role) and self.liftable and self.verdict is Verdict.HOLD
