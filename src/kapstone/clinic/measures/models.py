"""Questionnaires asked and answered, safety calls, and the safety plan."""

import uuid

from django.db import models
from django.db.models import Q

from kapstone.core.people.models import CareRecord


class MeasureRequest(CareRecord):
    """A questionnaire that a patient is asked to answer by a time."""

    record_class = "measure"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    instrument = models.CharField(max_length=32)
    point = models.CharField(max_length=32)  # baseline, before-session-4, end, …
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["clinic", "due_at"], name="measure_due")]

    def __str__(self) -> str:
        """Say what is asked for when."""
        return f"{self.instrument} by {self.due_at:%Y-%m-%d}"


class DraftAnswer(CareRecord):
    """
    One answer of a questionnaire that is not sent yet, so that a patient can stop and resume.

    The newest row of an item stands. Kept here and never on the device. A critical answer is
    acted on as soon as it is kept, sent or not.
    """

    record_class = "measure"

    request = models.ForeignKey(MeasureRequest, models.PROTECT, related_name="drafts")
    item = models.CharField(max_length=48)
    value = models.JSONField(null=True)  # null: the patient chose to leave it open
    saved_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["request", "item", "saved_at"], name="draft_newest")]

    def __str__(self) -> str:
        """Say which item, never the answer."""
        return f"{self.item} at {self.saved_at:%Y-%m-%d %H:%M}"


class Answers(CareRecord):
    """One person's reply to one version of one questionnaire, item by item."""

    record_class = "measure"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.OneToOneField(
        MeasureRequest, models.PROTECT, null=True, blank=True, related_name="answers"
    )
    instrument = models.CharField(max_length=32)
    instrument_version = models.CharField(max_length=16)
    items = models.JSONField()  # item code -> integer, or null where it was left out
    answered_at = models.DateTimeField()
    total = models.SmallIntegerField(null=True)  # null: not valid, too much is missing
    band = models.CharField(max_length=32, blank=True)
    scoring_rule = models.CharField(max_length=48)
    is_interim = models.BooleanField(default=False)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["subjects", "instrument", "answered_at"], name="answers_by_patient"
            ),
            models.Index(fields=["clinic", "instrument", "answered_at"], name="answers_recent"),
        ]

    def __str__(self) -> str:
        """Say the score."""
        return f"{self.instrument} {self.total} on {self.answered_at:%Y-%m-%d}"


class SafetyCall(CareRecord):
    """A person must contact this patient by a deadline, because of what they answered."""

    record_class = "suicidality"

    class Priority(models.TextChoices):
        """How soon; the deadlines are in the catalogue."""

        SAME_DAY = "same-day"
        URGENT = "urgent"
        EMERGENCY = "emergency"
        REVIEW = "review"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    trigger = models.CharField(max_length=48)  # such as phq9-item9-1
    sentence = models.CharField(max_length=200)
    answers = models.ForeignKey(Answers, models.PROTECT, null=True, related_name="safety_calls")
    request = models.ForeignKey(
        MeasureRequest, models.PROTECT, null=True, blank=True, related_name="safety_calls"
    )  # set where the answer came from a questionnaire that was asked for, sent or not
    priority = models.CharField(max_length=12, choices=Priority)
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["clinic", "due_at"], name="safety_call_due")]

    def __str__(self) -> str:
        """Say why and by when."""
        return f"{self.trigger} by {self.due_at:%Y-%m-%d %H:%M}"


class SafetyCallDone(CareRecord):
    """Who reached the patient, and what came of it. An unreached call stays open."""

    record_class = "suicidality"

    class Outcome(models.TextChoices):
        """What happened at one try."""

        REACHED = "reached", "Reached, settled"
        REACHED_URGENT = "reached-urgent", "Reached, needs more help"
        NOT_REACHED = "not-reached", "Not reached"

    call = models.ForeignKey(SafetyCall, models.PROTECT, related_name="tries")
    outcome = models.CharField(max_length=16, choices=Outcome)
    summary = models.CharField(max_length=1000)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call"],
                condition=~Q(outcome="not-reached"),
                name="a_safety_call_is_closed_once",
            )
        ]

    def __str__(self) -> str:
        """Say the outcome."""
        return self.get_outcome_display()


class SafetyPlan(CareRecord):
    """The patient's own plan for hard hours. The newest version stands."""

    record_class = "suicidality"

    sections = models.JSONField()  # heading code -> the patient's words
    written_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subjects", "-written_at"], name="safety_plan_newest")]

    def __str__(self) -> str:
        """Say which version this is."""
        return f"safety plan of {self.written_at:%Y-%m-%d}"
