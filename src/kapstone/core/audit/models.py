"""
The audit trail. Rows are written once and hold no foreign keys to the live record.

Without foreign keys the trail never blocks a record and is never lost with one.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class AuditEntry(models.Model):
    """One deed: who, when, what, to which record, about which patients."""

    fence = "clinic"

    clinic_id = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    by_id = models.BigIntegerField(null=True)
    deed = models.CharField(max_length=64)
    record = models.CharField(max_length=128)
    subjects = ArrayField(models.BigIntegerField(), default=list)  # patient ids
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["clinic_id", "-at"], name="audit_entry_recent"),
            GinIndex(fields=["subjects"], name="audit_entry_subjects"),
        ]

    def __str__(self) -> str:
        """Say the deed in one line."""
        return f"{self.at:%Y-%m-%d %H:%M} {self.by} {self.deed} {self.record}"


class AccessEntry(models.Model):
    """One look at a record of care, or one refusal to look."""

    fence = "clinic"

    clinic_id = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    by_id = models.BigIntegerField()
    role = models.CharField(max_length=16)
    relation = models.CharField(max_length=16)
    record_class = models.CharField(max_length=48)
    action = models.CharField(max_length=8)
    subjects = ArrayField(models.BigIntegerField(), default=list)
    address = models.CharField(max_length=300)
    allowed = models.BooleanField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["clinic_id", "-at"], name="access_entry_recent"),
            GinIndex(fields=["subjects"], name="access_entry_subjects"),
        ]

    def __str__(self) -> str:
        """Say the look in one line."""
        verb = "opened" if self.allowed else "was refused"
        return f"{self.at:%Y-%m-%d %H:%M} {self.by} {verb} {self.record_class}"
