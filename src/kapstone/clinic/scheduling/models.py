"""Requests for a first appointment, rooms, and appointments."""

import uuid

from django.db import models
from django.db.models import F, Q

from kapstone.core.people.models import CareRecord, Clinic, Patient, User

_WANTS = {
    "alone": "Individual sessions",
    "couple": "With a partner",
    "group": "In a group",
}


class AppointmentRequest(models.Model):
    """
    What a stranger asked of the clinic. Not yet a patient, so it has no subjects.

    ``patient`` is set once, when the clinic takes the request up.
    """

    fence = "clinic"
    closes = ("patient_id",)

    class ForWhom(models.TextChoices):
        """For whom care is asked."""

        ALONE = "alone", "For me"
        COUPLE = "couple", "For me and my partner"
        GROUP = "group", "In a group"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="requests")
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    reference = models.CharField(max_length=12)
    name = models.CharField(max_length=120)
    contact = models.CharField(max_length=200)
    safe_times = models.CharField(max_length=200, blank=True)
    brings = models.CharField(max_length=2000, blank=True)
    for_whom = models.CharField(max_length=8, choices=ForWhom)
    access_needs = models.CharField(max_length=500, blank=True)
    received_at = models.DateTimeField()
    patient = models.OneToOneField(
        Patient, models.PROTECT, null=True, blank=True, related_name="request"
    )

    class Meta:
        indexes = [models.Index(fields=["clinic", "-received_at"], name="request_recent")]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "reference"], name="one_reference")
        ]

    def __str__(self) -> str:
        """Give the reference that the person was told."""
        return self.reference

    @property
    def wants(self) -> str:
        """Say for whom care is asked, as the clinic says it."""
        return _WANTS[self.for_whom]


class RequestAnswer(models.Model):
    """What the clinic answered: taken up for screening, or not now with help."""

    fence = "clinic"

    class Answer(models.TextChoices):
        """The two answers; silence is neither."""

        SCREENING = "screening", "Invite to screening"
        NOT_NOW = "not-now", "Not now, with help"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    request = models.OneToOneField(AppointmentRequest, models.PROTECT, related_name="answer")
    answer = models.CharField(max_length=12, choices=Answer)
    letter = models.CharField(max_length=4000)
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    def __str__(self) -> str:
        """Say the answer."""
        return self.get_answer_display()


class Room(models.Model):
    """A place in the clinic, or a video line; none is booked once it is retired."""

    fence = "clinic"
    closes = ("retired_at",)

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="rooms")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=40)
    is_video = models.BooleanField(default=False)
    retired_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        """Name the room."""
        return self.name


class Appointment(CareRecord):
    """
    A booked slot. Moving it cancels it and books a new one that ``replaces`` it.

    ``number`` counts doses within a course (1, 2, …) for a dosing appointment.
    """

    record_class = "appointment"
    closes = ("cancelled_at", "cancel_reason", "attended_at", "missed_at")

    class Kind(models.TextChoices):
        """What the appointment is for."""

        REQUEST = "request", "First call"
        SCREENING = "screening"
        PREPARATION = "preparation"
        DOSING = "dosing"
        INTEGRATION = "integration"
        CALL = "call", "Call"
        REVIEW = "review"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    modality = models.CharField(
        max_length=24, blank=True
    )  # code of a modality in the catalogue
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    room = models.ForeignKey(Room, models.PROTECT, null=True, related_name="appointments")
    with_user = models.ForeignKey(User, models.PROTECT, null=True, related_name="appointments")
    holds_room = models.BooleanField(default=False)  # nobody else may be in the room meanwhile
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    attended_at = models.DateTimeField(null=True, blank=True)
    missed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="appointment_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="appointment_is_attended_or_missed_not_both",
                condition=Q(attended_at__isnull=True) | Q(missed_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "starts_at"], name="appointment_by_day"),
            models.Index(fields=["subjects", "starts_at"], name="appointment_by_patient"),
        ]

    def __str__(self) -> str:
        """Say what is booked when."""
        return f"{self.get_kind_display()} {self.starts_at:%Y-%m-%d %H:%M}"
