"""Consent: what was signed, and what was taken back."""

import uuid

from django.db import models
from django.db.models import Q

from kapstone.core.people.models import CareRecord, User


class ConsentSignature(CareRecord):
    """Agreement, element by element, to one version of one form."""

    record_class = "consent"

    class Method(models.TextChoices):
        """How the name was given."""

        TYPED = "typed"
        DRAWN = "drawn"
        PAPER = "paper"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    template = models.CharField(max_length=32)
    template_version = models.CharField(max_length=16)
    text_sha256 = models.CharField(max_length=64)
    elements = models.JSONField()  # element code -> true, false, or a chosen level
    signed_name = models.CharField(max_length=200)
    method = models.CharField(max_length=8, choices=Method)
    explained_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    has_capacity = models.BooleanField()
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="consent_needs_capacity", condition=Q(has_capacity=True)
            ),
            models.CheckConstraint(
                name="consent_names_its_text",
                condition=Q(text_sha256__regex=r"^[0-9a-f]{64}$"),
            ),
        ]
        indexes = [models.Index(fields=["subjects", "-signed_at"], name="consent_newest")]

    def __str__(self) -> str:
        """Say which version was signed when."""
        return f"{self.template} v{self.template_version}, {self.signed_at:%Y-%m-%d}"


class ConsentWithdrawal(CareRecord):
    """The patient takes back the whole consent, or one element of it. Holds at once."""

    record_class = "consent"

    signature = models.ForeignKey(ConsentSignature, models.PROTECT, related_name="withdrawals")
    element = models.CharField(max_length=8, blank=True)  # empty: all of it
    reason = models.CharField(max_length=500, blank=True)
    withdrawn_at = models.DateTimeField()

    def __str__(self) -> str:
        """Say what was taken back."""
        return f"{self.element or 'all'} withdrawn {self.withdrawn_at:%Y-%m-%d}"
