"""What is written to a patient outside the app, when, and how often at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from kapstone.catalogue.basis import Figure
from kapstone.catalogue.reader import OptionalPatientText, PatientText
from kapstone.catalogue.rows import find, refuse_repeats
from kapstone.catalogue.shelf import Sheet, take
from kapstone.errors import CatalogueError


class Opens(StrEnum):
    """The one thing that the link in a message opens."""

    INVITATION = "invitation"
    LETTER = "letter"
    PLAN = "plan"
    CHECK_IN = "check-in"
    LOG = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageKind:
    """One kind of message: its words, what its link opens, and for how long."""

    code: str
    choice: OptionalPatientText  # blank: not the patient's to choose, since it is asked for
    reminds: bool  # sent by the clock: keeps quiet hours, and counts against a day's most
    subject: PatientText
    words: PatientText
    opens: Opens
    open_hours: Figure

    @property
    def open_for(self) -> timedelta:
        """Give how long its link may wait to be pressed."""
        return timedelta(hours=self.open_hours.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderTimes:
    """When each reminder is due: clock hours where the patient is, or hours after a dose."""

    tomorrow_at_hour: Figure
    first_night_at_hour: Figure
    weather_at_hour: Figure
    practice_at_hour: Figure
    practice_useless_at_hour: Figure
    first_check_in_hours: Figure
    last_check_in_hours: Figure
    check_in_from_hours: Figure
    check_in_lasts_hours: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Sheet):
    """One version of the words and limits."""

    KIND: ClassVar[str] = "post"

    greeting: PatientText
    closing: PatientText
    opens: PatientText
    once: PatientText
    from_clinic: PatientText
    quiet_from_hour: Figure
    quiet_until_hour: Figure
    most_in_window: Figure
    most_outside: Figure
    link_stays_minutes: Figure
    try_hours: Figure
    first_wait_minutes: Figure
    longest_wait_minutes: Figure
    kinds: tuple[MessageKind, ...]
    times: ReminderTimes

    def __post_init__(self) -> None:
        refuse_repeats((kind.code for kind in self.kinds), "kinds")
        for hour in (self.quiet_from_hour, self.quiet_until_hour):
            if not 0 <= hour.value < 24:
                raise CatalogueError("a quiet hour is an hour of the clock")
        if any(kind.reminds and not kind.choice for kind in self.kinds):
            raise CatalogueError("a reminder that a patient cannot choose does not exist")

    def kind(self, code: str) -> MessageKind:
        """
        Find a kind of message.

        Raises
        ------
        CatalogueError : there is no such kind
        """
        return find(self.kinds, code, "kind of message")

    @property
    def link_stays(self) -> timedelta:
        """Give how long a link that was pressed opens its page."""
        return timedelta(minutes=self.link_stays_minutes.value)


def load_post(version: int | None = None) -> Post:
    """Read the words and limits; without a version, the newest."""
    return take(Post, "standard", version)
