"""Adverse events that a prescriber has still to look at, and by when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from kapstone.catalogue.room import load_room
from kapstone.clinic.dosing.models import AdverseEvent, AdverseEventReview
from kapstone.core.people.models import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One adverse event in the queue."""

    event: AdverseEvent
    due_at: datetime
    is_late: bool
    looks: int


def grave() -> Q:
    """Say which events go to the queue: by grade, by seriousness, or by what it was."""
    words = load_room()
    at_once = [one.code for one in words.adverse_events if one.look_at_once]
    return (
        Q(grade__gte=words.review_grade_from.value) | Q(is_serious=True) | Q(term__in=at_once)
    )


def needs_review(event: AdverseEvent) -> bool:
    """Whether an event goes to the queue."""
    words = load_room()
    at_once = words.adverse_event(event.term).look_at_once
    return at_once or words.needs_review(grade=event.grade, is_serious=event.is_serious)


def due_at_of(event: AdverseEvent) -> datetime:
    """Say by when an event is looked at."""
    return event.recorded_at + timedelta(hours=load_room().review_within_hours.value)


def events_waiting(patients: QuerySet[Patient], at: datetime) -> tuple[Waiting, ...]:
    """List the grave events of these patients that nobody closed, the first due first."""
    reviews = AdverseEventReview.objects.filter(event=OuterRef("pk"))
    rows = (
        AdverseEvent.objects.filter(grave(), subjects__only_patient__in=patients)
        .filter(~Exists(reviews.filter(is_closed=True)))
        .select_related("subjects__only_patient", "session", "recorded_by")
        .prefetch_related("reviews")
        .order_by("recorded_at", "pk")
    )
    return tuple(
        Waiting(
            event=row,
            due_at=due_at_of(row),
            is_late=at > due_at_of(row) and not row.reviews.all(),
            looks=len(row.reviews.all()),
        )
        for row in rows
    )


def event_with(entry_id: UUID) -> AdverseEvent | None:
    """Find one adverse event."""
    return (
        AdverseEvent.objects.filter(entry_id=entry_id)
        .select_related("subjects__only_patient", "session", "recorded_by", "clinic")
        .first()
    )
