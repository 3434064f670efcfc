"""The review after the series, and the decision taken."""

import uuid

from django.db import models

from kapstone.clinic.course.models import Course
from kapstone.core.people.models import CareRecord


class CourseReview(CareRecord):
    """One review of a course: the figures as they stood, and what was decided together."""

    record_class = "review"

    class Point(models.TextChoices):
        """When in the series the review is held."""

        EARLY = "early", "After two"
        MIDDLE = "middle", "Mid-series"
        END = "end", "After the series"

    class Decision(models.TextChoices):
        """What was decided. Kapstone never proposes one."""

        GO_ON = "go-on", "Go on as planned"
        CHANGE = "change", "Go on, with a change"
        STOP = "stop", "Stop and keep watch"
        MAINTAIN = "maintain", "Maintenance"
        REFER = "refer", "Refer"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, models.PROTECT, related_name="reviews")
    point = models.CharField(max_length=8, choices=Point)
    figures = models.JSONField()  # the outcome facts shown when it was decided
    decision = models.CharField(max_length=12, choices=Decision)
    reason = models.CharField(max_length=2000)
    patient_agrees = models.BooleanField()
    decided_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subjects", "-decided_at"], name="review_newest")]

    def __str__(self) -> str:
        """Say the decision."""
        return f"{self.get_decision_display()}, {self.decided_at:%Y-%m-%d}"
