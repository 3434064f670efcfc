"""Screening: what was answered, what was lifted, and who signed."""

import uuid

from django.db import models

from kapstone.clinic.scheduling.models import AppointmentRequest
from kapstone.core.people.models import CareRecord


class Screening(CareRecord):
    """One screening of one patient, against one version of the rules."""

    record_class = "screening"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(
        AppointmentRequest, models.PROTECT, null=True, related_name="screenings"
    )
    indication = models.CharField(max_length=32)
    rules_version = models.CharField(max_length=32)
    started_at = models.DateTimeField()

    def __str__(self) -> str:
        """Say when it began."""
        return f"screening of {self.started_at:%Y-%m-%d}"


class ScreeningAnswer(CareRecord):
    """The answer to one datum that decides a rule. The newest answer stands."""

    record_class = "screening"

    screening = models.ForeignKey(Screening, models.PROTECT, related_name="answers")
    rule = models.CharField(max_length=16)  # C01 …, B01 …, or medicines
    datum = models.CharField(max_length=48)
    value = models.JSONField()  # bool, "unsure", number, date as ISO text, or a choice
    detail = models.CharField(max_length=1000, blank=True)
    source = models.CharField(max_length=24)  # patient, clinician, laboratory, letter
    answered_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["screening", "datum", "-answered_at"], name="answer_newest")
        ]

    def __str__(self) -> str:
        """Say the datum and its value."""
        return f"{self.datum}: {self.value}"


class RuleLift(CareRecord):
    """A prescriber's signed reason to go on although a REVIEW rule stands."""

    record_class = "screening"

    screening = models.ForeignKey(Screening, models.PROTECT, related_name="lifts")
    rule = models.CharField(max_length=40)  # C01 …, or M-lamotrigine … for a medicine
    reason = models.CharField(max_length=2000)
    lifted_at = models.DateTimeField()

    def __str__(self) -> str:
        """Say which rule was lifted."""
        return f"{self.rule} lifted"


class EligibilitySignature(CareRecord):
    """One of the two signatures under a screening, with the verdict as it stood."""

    record_class = "screening"

    class Capacity(models.TextChoices):
        """In which capacity someone signs."""

        PRESCRIBER = "prescriber"
        MENTAL_HEALTH = "mental-health"

    class Verdict(models.TextChoices):
        """What the signer decided. No row means no verdict, and no verdict means no."""

        ELIGIBLE = "eligible"
        NOT_NOW = "not-now"

    screening = models.ForeignKey(Screening, models.PROTECT, related_name="signatures")
    capacity = models.CharField(max_length=16, choices=Capacity)
    verdict = models.CharField(max_length=12, choices=Verdict)
    reason = models.CharField(max_length=2000, blank=True)
    letter = models.CharField(max_length=4000, blank=True)  # to the patient, when not now
    findings = models.JSONField()  # facts, findings and lifts as they stood when it was signed
    rules_version = models.CharField(max_length=32)
    signed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subjects", "-signed_at"], name="eligibility_newest")]

    def __str__(self) -> str:
        """Say the verdict and in which capacity."""
        return f"{self.verdict} ({self.capacity})"


class MoreAsked(CareRecord):
    """What is still wanted from the patient or from someone else before a decision."""

    record_class = "screening"

    screening = models.ForeignKey(Screening, models.PROTECT, related_name="more_asked")
    words = models.CharField(max_length=2000)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        """Say when it was asked."""
        return f"asked for more on {self.asked_at:%Y-%m-%d}"
