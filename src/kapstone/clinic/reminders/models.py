"""The secret address of somebody's calendar feed."""

import uuid

from django.db import models
from django.db.models import Q

from kapstone.core.people.models import Clinic, User


class CalendarFeed(models.Model):
    """
    One secret address at which a calendar program reads when somebody is booked.

    Kept as a hash, shown once. Somebody has at most one that was not withdrawn.
    """

    fence = "clinic"
    closes = ("withdrawn_at",)

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="calendar_feeds")
    feed_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_calendar_feed_for_one_user",
            )
        ]

    def __str__(self) -> str:
        """Say whose it is, and since when."""
        return f"calendar feed of {self.user_id}, {self.made_at:%Y-%m-%d}"
