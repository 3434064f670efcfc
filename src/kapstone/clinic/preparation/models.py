"""Preparation: intention, fork, and the container."""

import uuid

from django.db import models
from django.db.models import Q

from kapstone.clinic.course.models import Course
from kapstone.core.people.models import CareRecord


class Intention(CareRecord):
    """What the patient hopes to turn to, in their own words. The newest version stands."""

    record_class = "intention"

    course = models.ForeignKey(Course, models.PROTECT, related_name="intentions")
    text = models.CharField(max_length=300)
    category = models.CharField(max_length=24)
    confidence = models.PositiveSmallIntegerField(null=True, blank=True)  # 0 to 10
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="confidence_is_0_to_10",
                condition=Q(confidence__isnull=True) | Q(confidence__lte=10),
            )
        ]

    def __str__(self) -> str:
        """Give the patient's words."""
        return self.text


class Fork(CareRecord):
    """Where two trails part: a cue, what is done now, and what the patient would like to do."""

    record_class = "trail"
    closes = ("put_away_at",)

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, models.PROTECT, related_name="forks")
    cue = models.CharField(max_length=120)
    old_trail = models.CharField(max_length=120)
    new_trail = models.CharField(max_length=120)
    named_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    put_away_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Say the fork as the patient would."""
        return f"{self.cue}: {self.old_trail} / {self.new_trail}"


class PreparationCheck(CareRecord):
    """One item of the preparation or container checklist. The newest answer stands."""

    record_class = "preparation"

    course = models.ForeignKey(Course, models.PROTECT, related_name="preparation_checks")
    number = models.PositiveSmallIntegerField()  # the dose it prepares: 1, 2, …
    item = models.CharField(max_length=32)  # code in the catalogue
    value = models.JSONField()
    checked_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["course", "number", "item"], name="preparation_by_dose")
        ]

    def __str__(self) -> str:
        """Say the item and its answer."""
        return f"{self.item}: {self.value}"
