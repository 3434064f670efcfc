"""
People: clinics, users with a role, patients, and who stands in which relation to whom.

A record of care points to a ``Subjects`` row: the *set* of patients that it is about. A patient
alone has a set of one; a couple's joint note points to a set of two.
"""

import uuid
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q


class Clinic(models.Model):
    """A tenant. Nothing of one clinic is ever shown in another."""

    fence = "open"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=48, default="UTC")
    phone = models.CharField(max_length=32)
    emergency_number = models.CharField(max_length=16, default="911")
    crisis_line_name = models.CharField(max_length=80, default="988 Suicide & Crisis Lifeline")
    crisis_line_number = models.CharField(max_length=16, default="988")
    answers_within_days = models.PositiveSmallIntegerField(default=3)
    watched_hours = models.CharField(max_length=120, default="weekdays, 08:00 to 17:00")
    is_synthetic = models.BooleanField(default=False)

    def __str__(self) -> str:
        """Name the clinic."""
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """Give the zone in which the clinic's days are counted and its hours are said."""
        return ZoneInfo(self.time_zone)


class Role(models.TextChoices):
    """What a person does here; the policy reads it."""

    PATIENT = "patient"
    THERAPIST = "therapist"
    PRESCRIBER = "prescriber"
    NURSE = "nurse"
    FRONT_DESK = "front-desk", "Front desk"
    ADMINISTRATOR = "administrator"
    RESEARCHER = "researcher"
    AUDITOR = "auditor"


class User(AbstractUser):
    """
    Someone who signs in, in one clinic, in one role, until their rights end.

    ``one_time_until`` is set while the password is one that an administrator was shown: until
    then it lets its owner in to choose their own, and nothing else.
    """

    fence = "open"  # sign-in must find a user before any clinic is known
    mutable = True
    closes = ("ended_at",)

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    role = models.CharField(max_length=16, choices=Role)
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="users")
    display_name = models.CharField(max_length=80, blank=True)
    is_mental_health_professional = models.BooleanField(default=False)
    signed_out_at = models.DateTimeField(null=True, blank=True)
    one_time_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                name="whose_rights_ended_signs_in_no_more",
                condition=Q(ended_at__isnull=True) | Q(is_active=False),
            )
        ]

    def __str__(self) -> str:
        """Name the user as colleagues see them."""
        return self.display_name or self.username


class Subjects(models.Model):
    """The set of patients that a record is about. Never empty, never changed."""

    fence = "clinic"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)  # sorted patient keys, hashed: one row for one set

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "key"], name="one_row_for_one_set")
        ]

    def __str__(self) -> str:
        """Name the set by its key."""
        return f"subjects {self.key[:12]}"


class Patient(models.Model):
    """A person in care. Signs in only if a user is attached."""

    fence = "clinic"
    closes = ("user_id",)

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="patients")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=16)
    screen_name = models.CharField(max_length=40)
    legal_name = models.CharField(max_length=200)
    born_on = models.DateField()
    user = models.OneToOneField(
        User, models.PROTECT, null=True, blank=True, related_name="patient"
    )
    alone = models.OneToOneField(Subjects, models.PROTECT, related_name="only_patient")
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "number"], name="one_number_one_patient"),
        ]

    def __str__(self) -> str:
        """Give the screen name, which is fit for a wall."""
        return self.screen_name


class SubjectsMember(models.Model):
    """One patient in a set of subjects."""

    fence = "clinic"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    subjects = models.ForeignKey(Subjects, models.PROTECT, related_name="members")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="memberships")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subjects", "patient"], name="a_patient_is_in_a_set_once"
            )
        ]

    def __str__(self) -> str:
        """Say who is in which set."""
        return f"{self.patient_id} in {self.subjects_id}"


class CareRecord(models.Model):
    """
    What every record of care has: a clinic, a set of subjects, and who wrote it when.

    A subclass names its ``record_class`` (a row of the access matrix). ``entry_id`` is made
    where the entry is made, so that a retry never writes twice. Rows are never changed: a
    correction is a new row that ``replaces`` the old one, where the subclass has that field.
    """

    fence = "clinic"
    record_class = ""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    subjects = models.ForeignKey(Subjects, models.PROTECT, related_name="+")
    entry_id = models.UUIDField(default=uuid.uuid4, unique=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class ContactDetails(CareRecord):
    """How to reach a patient, and who to call for them. The newest row stands."""

    record_class = "identity"

    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    pronouns = models.CharField(max_length=40, blank=True)
    safe_times = models.CharField(max_length=120, blank=True)
    contact_name = models.CharField(max_length=120, blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        """Say which version this is."""
        return f"contact details of {self.recorded_at:%Y-%m-%d}"


class EmergencyCard(CareRecord):
    """What must be known in the first minute. The newest row stands."""

    record_class = "emergency_card"

    allergies = models.CharField(max_length=300, blank=True)
    medicines = models.CharField(max_length=500, blank=True)
    airway = models.CharField(max_length=300, blank=True)
    weight_kg = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    weighed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="weight_is_above_zero",
                condition=Q(weight_kg__isnull=True) | Q(weight_kg__gt=0),
            ),
            models.CheckConstraint(
                name="a_weight_has_a_time",
                condition=Q(weight_kg__isnull=True) | Q(weighed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        """Say which version this is."""
        return f"emergency card of {self.recorded_at:%Y-%m-%d}"


class CareTeamMember(models.Model):
    """A user's place in a patient's care team, from a start until it is ended."""

    fence = "clinic"
    closes = ("ends_at",)

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="care_team")
    user = models.ForeignKey(User, models.PROTECT, related_name="care_teams")
    is_lead = models.BooleanField(default=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="care_team_ends_after_it_starts",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
            ),
            models.UniqueConstraint(
                fields=["patient", "user"],
                condition=Q(ends_at__isnull=True),
                name="one_open_place_in_a_team",
            ),
        ]
        indexes = [models.Index(fields=["user", "patient"], name="care_team_by_user")]

    def __str__(self) -> str:
        """Say who is on whose team."""
        return f"{self.user_id} cares for {self.patient_id}"


class RoomDuty(models.Model):
    """A user's assignment to one dosing session: from 2 h before until 24 h after it."""

    fence = "clinic"
    closes = ("ended_at",)

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="room_duties")
    user = models.ForeignKey(User, models.PROTECT, related_name="room_duties")
    session_key = models.UUIDField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)  # taken off the session early

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="duty_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            )
        ]
        indexes = [models.Index(fields=["user", "ends_at"], name="room_duty_by_user")]

    def __str__(self) -> str:
        """Say who is on duty for whom."""
        return f"{self.user_id} in the room with {self.patient_id}"


class PartnerLink(models.Model):
    """Two patients treated as a couple. Either may end it alone, at once."""

    fence = "clinic"
    closes = ("ends_at",)

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    one = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    other = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="nobody_is_their_own_partner", condition=~Q(one=F("other"))
            )
        ]

    def __str__(self) -> str:
        """Say who is linked to whom."""
        return f"{self.one_id} and {self.other_id}"


class Notice(models.Model):
    """A short message from Kapstone to a user, without clinical content."""

    fence = "clinic"
    closes = ("seen_at",)

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    to = models.ForeignKey(User, models.PROTECT, related_name="notices")
    about = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=32)
    text = models.CharField(max_length=300)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["to", "seen_at"], name="notice_unseen")]

    def __str__(self) -> str:
        """Say the notice."""
        return self.text
