"""A course of care."""

import uuid

from django.db import models
from django.db.models import F, Q

from kapstone.core.people.models import CareRecord


class Course(CareRecord):
    """One planned series for one patient, from its start to the decision after it."""

    record_class = "course"
    closes = ("ended_at", "end_reason")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    indication = models.CharField(max_length=32)  # depression, anxiety, ptsd, addiction, …
    programme = models.CharField(max_length=32)  # code of a preset in the catalogue
    planned_sessions = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="course_ends_after_it_starts",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
            ),
            models.CheckConstraint(
                name="course_has_sessions", condition=Q(planned_sessions__gt=0)
            ),
            models.UniqueConstraint(
                fields=["subjects"],
                condition=Q(ended_at__isnull=True),
                name="one_open_course_for_a_patient",
            ),
        ]

    def __str__(self) -> str:
        """Say what the course is for."""
        return f"{self.indication}, {self.planned_sessions} sessions"
