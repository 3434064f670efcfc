"""A patient's wish about messages, each message, and each try to send it."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, IntegerField, Q
from django.db.models.lookups import GreaterThan

from kapstone.core.people.models import CareRecord, Clinic, Patient, User
from kapstone.core.post.rules import Outcome

ENDS = ("sent_at", "kept_at", "unsure_at", "gave_up_at", "withdrawn_at")
_OPEN_ENDS = Func(
    *(F(name) for name in ENDS), function="num_nulls", output_field=IntegerField()
)


class ContactWish(CareRecord):
    """
    Whether and how a patient wants to be written to. The newest row stands; none means no.

    ``kinds`` are codes of the catalogue's messages. ``names_clinic`` says that the clinic may
    name itself in a message, which tells whoever reads along where the patient is in care.
    """

    record_class = "contact_wish"

    class Channel(models.TextChoices):
        """The ways there are."""

        NONE = "none", "Do not write to me"
        MAIL = "mail", "By e-mail"

    channel = models.CharField(max_length=8, choices=Channel)
    kinds = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    time_zone = models.CharField(max_length=48)
    quiet_from = models.TimeField()
    quiet_until = models.TimeField()
    names_clinic = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="quiet_hours_begin_and_end", condition=~Q(quiet_from=F("quiet_until"))
            )
        ]
        indexes = [
            models.Index(fields=["subjects", "-recorded_at"], name="contact_wish_newest")
        ]

    def __str__(self) -> str:
        """Say the way."""
        return f"{self.channel}, {len(self.kinds)} kinds"


class Message(models.Model):
    """
    One message to one address, written in the transaction of what causes it.

    ``once`` names the cause: while a message about it stands, there is no second. ``text`` has
    ``{link}`` where the link goes; ``opens`` and ``opens_key`` say which seal it is made from
    at the moment it is sent. A message ends in one way, and a person settles a report of it.
    """

    fence = "clinic"
    closes = (*ENDS, "settled_at", "settled_by_id")

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message_id = models.UUIDField()  # the same when a person sends it again
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="post")
    kind = models.CharField(max_length=24)
    once = models.CharField(max_length=120)
    reminds = models.BooleanField()
    address = models.EmailField()
    subject = models.CharField(max_length=120)
    text = models.CharField(max_length=2000)
    opens = models.CharField(max_length=24, blank=True)
    opens_key = models.UUIDField(null=True, blank=True)
    opens_hash = models.CharField(max_length=64, blank=True)
    queued_at = models.DateTimeField()
    queued_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField()
    useless_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    kept_at = models.DateTimeField(null=True, blank=True)
    unsure_at = models.DateTimeField(null=True, blank=True)
    gave_up_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "once"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_message_for_one_cause",
            ),
            models.CheckConstraint(
                name="a_message_is_of_use_for_a_while",
                condition=Q(useless_at__gt=F("due_at")),
            ),
            models.CheckConstraint(
                name="a_message_ends_in_one_way",
                condition=GreaterThan(_OPEN_ENDS, 3),
            ),
            models.CheckConstraint(
                name="a_link_in_a_message_is_whole",
                condition=Q(opens="", opens_key__isnull=True, opens_hash="")
                | (~Q(opens="") & Q(opens_key__isnull=False) & ~Q(opens_hash="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "due_at"],
                condition=Q(**{f"{name}__isnull": True for name in ENDS}),
                name="message_waiting",
            ),
            models.Index(fields=["patient", "-queued_at"], name="message_by_patient"),
            models.Index(fields=["clinic", "-queued_at"], name="message_newest"),
        ]

    def __str__(self) -> str:
        """Say the kind and when, nothing of the person."""
        return f"{self.kind} of {self.queued_at:%Y-%m-%d %H:%M}"


class Attempt(models.Model):
    """
    One try to send a message, claimed before the mail server is spoken to.

    ``handed_at`` is written just before the message itself goes over the wire. A try that never
    ended and never handed anything over is tried again; one that did is reported, never resent.
    """

    fence = "clinic"
    closes = ("handed_at", "ended_at", "outcome", "words")

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    message = models.ForeignKey(Message, models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(  # noqa: DJ001  unknown until the try has ended
        max_length=12, null=True, blank=True, choices=[(str(one), str(one)) for one in Outcome]
    )
    words = models.CharField(max_length=300, null=True, blank=True)  # noqa: DJ001  likewise

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message", "number"], name="a_try_is_claimed_by_one_worker"
            ),
            models.CheckConstraint(
                name="a_try_ends_with_an_outcome",
                condition=Q(ended_at__isnull=True, outcome__isnull=True)
                | Q(ended_at__isnull=False, outcome__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        """Say which try it is, and what came of it."""
        return f"try {self.number}: {self.outcome or 'not ended'}"
