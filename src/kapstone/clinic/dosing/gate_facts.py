"""What must be known before the gate can be judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One answer to a check, or a lift of it."""

    value: Mapping[str, Any]
    by_id: int
    by: str
    role: str
    at: datetime
    lift_reason: str = ""

    @property
    def is_lift(self) -> bool:
        """Whether this row lifts the check and does not answer it."""
        return bool(self.lift_reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Something that holds elsewhere in the record: eligibility or consent, in words."""

    holds: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """The order in force for this dose."""

    key: str
    product: str
    route: str
    amount_mg: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """What must be known to judge the gate."""

    at: datetime
    answers: Mapping[str, Sequence[Given]]  # oldest first, lifts among them
    eligibility: Standing
    consent: Standing
    order: Ordered | None
    last_dose_at: datetime | None
    urgent_call: str = ""  # a safety call still open: its sentence
    emergency_call: bool = False
