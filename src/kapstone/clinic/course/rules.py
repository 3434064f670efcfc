"""When a course may be opened and ended. Plain facts in, findings out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from kapstone.errors import Finding, Weight

INDICATIONS = {
    "depression": "depression",
    "anxiety": "anxiety",
    "ptsd": "PTSD",
    "addiction": "addiction",
    "trauma": "trauma",
}
MOST_SESSIONS = 12  # judgement: twice the usual six; a longer series is reviewed in between


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFacts:
    """What must be known before a course is opened."""

    planned_sessions: int
    has_open_course: bool


def check_open(facts: OpenFacts) -> Iterator[Finding]:
    """Yield every reason against opening a course."""
    if facts.has_open_course:
        yield Finding(
            "course-open",
            Weight.BLOCK,
            "A course is already open. End it with its review first.",
        )
    if not 1 <= facts.planned_sessions <= MOST_SESSIONS:
        yield Finding(
            "sessions-out-of-range",
            Weight.BLOCK,
            f"Plan from 1 to {MOST_SESSIONS} sessions, then review together.",
        )


def check_end(started_at: datetime, at: datetime, reason: str) -> Iterator[Finding]:
    """Yield every reason against ending a course."""
    if at < started_at:
        yield Finding("not-begun", Weight.BLOCK, "The course has not begun.")
    if not reason.strip():
        yield Finding("no-reason", Weight.BLOCK, "Say why the course ends.")
