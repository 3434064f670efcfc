"""Integration: progress notes, psychotherapy notes, commitments."""

import uuid

from django.db import models

from kapstone.clinic.preparation.models import Fork
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.people.models import CareRecord


class ProgressNote(CareRecord):
    """
    The chart part of a session: modality, what was worked on, plan, response, risk.

    ``fields`` holds the modality's own structured record (``catalogue`` names its keys).
    """

    record_class = "progress_note"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    appointment = models.ForeignKey(
        Appointment, models.PROTECT, null=True, related_name="progress_notes"
    )
    modality = models.CharField(max_length=24)
    fields = models.JSONField(default=dict)
    summary = models.CharField(max_length=4000)
    plan = models.CharField(max_length=2000, blank=True)
    risk_flags = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    signed_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )

    class Meta:
        indexes = [models.Index(fields=["subjects", "-started_at"], name="note_newest")]

    def __str__(self) -> str:
        """Say the modality and day."""
        return f"{self.modality}, {self.started_at:%Y-%m-%d}"


class PsychotherapyNote(CareRecord):
    """
    The content of conversation, kept apart from the chart and open to its author alone.

    Anything others need for safety belongs in the progress note.
    """

    fence = "sealed"
    record_class = "psychotherapy_note"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    appointment = models.ForeignKey(
        Appointment, models.PROTECT, null=True, related_name="psychotherapy_notes"
    )
    text = models.TextField()
    written_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )

    def __str__(self) -> str:
        """Say the day, nothing of the text."""
        return f"psychotherapy note of {self.written_at:%Y-%m-%d}"


class Commitment(CareRecord):
    """What the patient will do before next time."""

    record_class = "progress_note"
    closes = ("kept_at", "let_go_at")

    note = models.ForeignKey(ProgressNote, models.PROTECT, related_name="commitments")
    text = models.CharField(max_length=200)
    fork = models.ForeignKey(Fork, models.PROTECT, null=True, related_name="commitments")
    practice = models.CharField(max_length=24, blank=True)  # code in the catalogue
    kept_at = models.DateTimeField(null=True, blank=True)
    let_go_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Give the commitment's words."""
        return self.text
