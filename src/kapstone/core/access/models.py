"""Grants a patient gives, glass a clinician breaks, and links that open one page once."""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from kapstone.catalogue.post import Opens
from kapstone.core.people.models import CareRecord, Clinic, Patient, User


class SharingGrant(CareRecord):
    """
    One item that a patient shares, with their care team or their partner.

    ``item`` is the entry id of the shared record. Withdrawing closes the grant; the next read
    is already refused.
    """

    record_class = "sharing_grant"
    closes = ("withdrawn_at",)

    class Audience(models.TextChoices):
        """With whom an item is shared."""

        TEAM = "team"
        PARTNER = "partner"

    item_class = models.CharField(max_length=48)
    item = models.UUIDField()
    audience = models.CharField(max_length=8, choices=Audience)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "audience"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_live_grant_for_an_item",
            )
        ]

    def __str__(self) -> str:
        """Say what is shared with whom."""
        return f"{self.item_class} {self.item} with {self.audience}"


class BrokenGlass(models.Model):
    """One hour in which a user may read, not write, what their relation would not show."""

    fence = "clinic"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="glass_broken")
    reason_code = models.CharField(max_length=32)
    reason = models.CharField(max_length=500)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    review_due_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="glass_mends_within_the_hour",
                condition=Q(expires_at__lte=F("opened_at") + timedelta(hours=1)),
            )
        ]

    def __str__(self) -> str:
        """Say who broke the glass for whom."""
        return f"{self.user_id} for {self.patient_id} at {self.opened_at:%Y-%m-%d %H:%M}"


class GlassReview(models.Model):
    """The auditor's written view of one breaking of the glass."""

    fence = "clinic"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    glass = models.OneToOneField(BrokenGlass, models.PROTECT, related_name="review")
    was_justified = models.BooleanField()
    comment = models.CharField(max_length=500)
    reviewed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField()

    def __str__(self) -> str:
        """Say the finding."""
        return "justified" if self.was_justified else "not justified"


class WindowLink(models.Model):
    """
    A link that opens one page of one patient, once, until it runs out.

    What opens it is made from its key under the installation's secret, and kept as a hash only:
    neither this table nor the messages it is sent in open anything by themselves.
    """

    fence = "clinic"
    closes = ("used_at", "withdrawn_at")

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="window_links")
    purpose = models.CharField(max_length=16, choices=[(str(one), str(one)) for one in Opens])
    link_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_window_link_holds_a_while", condition=Q(expires_at__gt=F("made_at"))
            ),
            models.CheckConstraint(
                name="a_window_link_ends_in_one_way",
                condition=Q(used_at__isnull=True) | Q(withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        """Say what it opens, and for whom."""
        return f"{self.purpose} of {self.patient_id}, until {self.expires_at:%Y-%m-%d %H:%M}"
