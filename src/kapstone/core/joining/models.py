"""An invitation for one patient to make a sign-in of their own, and each wrong try at it."""

import uuid

from django.db import models
from django.db.models import F, Q

from kapstone.core.people.models import CareRecord, Clinic, Patient


class Invitation(CareRecord):
    """
    One invitation. What opens it is kept as a hash only, and it is used or withdrawn once.

    A patient has at most one that is neither.
    """

    record_class = "invitation"
    closes = ("used_at", "withdrawn_at")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="invitations")
    link_hash = models.CharField(max_length=64, unique=True)
    code_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="an_invitation_holds_a_while", condition=Q(expires_at__gt=F("recorded_at"))
            ),
            models.CheckConstraint(
                name="an_invitation_ends_in_one_way",
                condition=Q(used_at__isnull=True) | Q(withdrawn_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(used_at__isnull=True, withdrawn_at__isnull=True),
                name="one_open_invitation",
            ),
        ]

    def __str__(self) -> str:
        """Say for whom it is, and from when."""
        return f"invitation of {self.patient_id}, {self.recorded_at:%Y-%m-%d %H:%M}"


class WrongTry(models.Model):
    """One answer to an invitation with a birth date that is not the patient's."""

    fence = "clinic"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    invitation = models.ForeignKey(Invitation, models.PROTECT, related_name="wrong_tries")
    at = models.DateTimeField()

    def __str__(self) -> str:
        """Say at which invitation."""
        return f"wrong try at {self.invitation_id}"
