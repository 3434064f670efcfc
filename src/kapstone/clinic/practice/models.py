"""Practice: walks at the fork, daily practices, check-ins, the journal."""

import uuid

from django.db import models
from django.db.models import Q

from kapstone.clinic.preparation.models import Fork
from kapstone.core.people.models import CareRecord


class ForkWalk(CareRecord):
    """One time at the fork: the new trail, the old one, or only noticed."""

    record_class = "trail"

    class Which(models.TextChoices):
        """Which trail was taken; noticing counts."""

        NEW = "new", "The new trail"
        OLD = "old", "The old trail"
        NOTICED = "noticed", "I just noticed it"

    fork = models.ForeignKey(Fork, models.PROTECT, related_name="walks")
    which = models.CharField(max_length=8, choices=Which)
    word = models.CharField(max_length=80, blank=True)
    walked_at = models.DateTimeField()
    device_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    closes = ("undone_at",)

    class Meta:
        indexes = [models.Index(fields=["fork", "walked_at"], name="walk_by_fork")]

    def __str__(self) -> str:
        """Say which trail was taken when."""
        return f"{self.which} at {self.walked_at:%Y-%m-%d %H:%M}"


class PracticePlan(CareRecord):
    """A daily practice that patient and therapist agreed on. The newest plan stands."""

    record_class = "practice"
    closes = ("stopped_at",)

    practice = models.CharField(max_length=24)
    target = models.CharField(max_length=120)
    agreed_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Say the practice and its target."""
        return f"{self.practice}: {self.target}"


class PracticeLog(CareRecord):
    """A practice that was done."""

    record_class = "practice"

    practice = models.CharField(max_length=24)
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    done_at = models.DateTimeField()
    device_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subjects", "done_at"], name="practice_by_patient")]

    def __str__(self) -> str:
        """Say what was done when."""
        return f"{self.practice} at {self.done_at:%Y-%m-%d %H:%M}"


class CheckIn(CareRecord):
    """The evening's weather, and what the day held. Every part may be left out."""

    record_class = "practice"

    day = models.DateField()
    weather = models.CharField(max_length=12, blank=True)  # storm, bright, fog, still, …
    stress = models.PositiveSmallIntegerField(null=True, blank=True)  # 0 to 10
    sleep_hours = models.DecimalField(max_digits=3, decimal_places=1, null=True, blank=True)
    moved_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    checked_in_at = models.DateTimeField()
    device_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="stress_is_0_to_10", condition=Q(stress__isnull=True) | Q(stress__lte=10)
            ),
            models.CheckConstraint(
                name="sleep_is_0_to_24",
                condition=Q(sleep_hours__isnull=True)
                | (Q(sleep_hours__gte=0) & Q(sleep_hours__lte=24)),
            ),
        ]
        indexes = [models.Index(fields=["subjects", "day"], name="check_in_by_day")]

    def __str__(self) -> str:
        """Say the weather of the day."""
        return f"{self.weather} on {self.day}"


class JournalEntry(CareRecord):
    """
    One entry of the journal. Private to its author unless a live grant shares it.

    The second fence holds it too: without a grant no other user's transaction sees the row.
    """

    fence = "sealed"
    shareable = True
    record_class = "journal_private"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    prompt = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    written_at = models.DateTimeField()
    device_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )

    class Meta:
        indexes = [models.Index(fields=["subjects", "-written_at"], name="journal_newest")]

    def __str__(self) -> str:
        """Say the day, nothing of the text."""
        return f"journal of {self.written_at:%Y-%m-%d}"
